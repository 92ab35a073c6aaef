"""Write the typed client out of OpenAPI: `python -m api.client.generate`.

A generator of our own: the well-kept ones bring an HTTP library and classes of their own, and what
our contract holds is little. Structs are msgspec's, as everywhere in this house.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from keyword import iskeyword
from pathlib import Path
from typing import Any, Final

from api.main import create_app
from infrastructure.settings import Settings
from infrastructure.wiring.house import House

Schema = Mapping[str, Any]
FOLDER: Final = Path(__file__).parent
_WORDS: Final = {
    "string:uuid": "UUID",
    "string:date-time": "datetime",
    "string:date": "date",
    "string:time": "time",
    "string:": "str",
    "integer:": "int",
    "number:": "float",
    "boolean:": "bool",
    "null:": "None",
}
_TAKEN: Final = frozenset({"date", "datetime", "time", "field", "id"})
"""Names that would hide a type or a function."""
_MADE: Final = "Made by `python -m api.client.generate`; never edited."
_HEAD: Final = f'''"""What goes over the wire. {_MADE}"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, field
'''
_CALLS: Final = f'''"""Every operation of the service. {_MADE}"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from api.client import models as m
from api.client.calling import Calls, key_or_new, part, seen_etag


class Anseo(Calls):
    """The service, as one caller. Refusals are raised as `Refused`."""
'''


def contract() -> dict[str, Any]:
    """Return OpenAPI as the code of this moment says it; no database is asked."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(ANSEO_HOME=Path(folder))
        return create_app(House(settings, "host=nowhere")).openapi()


def typed(schema: Schema, prefix: str = "") -> str:
    """Return the Python type of a schema."""
    if "$ref" in schema:
        return prefix + str(schema["$ref"]).rsplit("/", 1)[1]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(typed(one, prefix) for one in schema[union]))
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    kind = schema.get("type")
    if kind == "array":
        return f"list[{typed(schema.get('items', {}), prefix)}]"
    if kind == "object":
        return f"dict[str, {_values(schema, prefix)}]"
    told = f"{kind}:{schema.get('format', '')}"
    return _WORDS.get(told) or _WORDS.get(f"{kind}:") or "Any"


def _values(schema: Schema, prefix: str) -> str:
    more = schema.get("additionalProperties")
    return typed(more, prefix) if isinstance(more, Mapping) else "Any"


def models(document: Schema) -> str:
    """Return the module of shapes."""
    schemas: Mapping[str, Schema] = document["components"]["schemas"]
    tags = dict(_tags(document))
    parts = [_HEAD]
    aliases = {name: one for name, one in schemas.items() if "properties" not in one}
    for name, one in sorted(aliases.items()):
        parts.append(f"{name} = {typed(one)}\n")
    for name, one in sorted(schemas.items()):
        if name not in aliases:
            parts.append(_struct(name, one, tags.get(name)))
    return "\n".join(parts)


def _tags(node: Any) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield for each struct of a union by which field and word it is known."""
    if isinstance(node, Mapping):
        found = node.get("discriminator", {})
        for word, ref in found.get("mapping", {}).items() if isinstance(found, Mapping) else ():
            yield ref.rsplit("/", 1)[1], (found["propertyName"], word)
        for value in node.values():
            yield from _tags(value)
    elif isinstance(node, list):
        for value in node:
            yield from _tags(value)


def _struct(name: str, schema: Schema, tag: tuple[str, str] | None) -> str:
    options = ["frozen=True", "kw_only=True"]
    if tag is not None:
        options += [f"tag_field={tag[0]!r}", f"tag={tag[1]!r}"]
    lines = [f"\nclass {name}(Struct, {', '.join(options)}):", _words(schema, "    ")]
    required = schema.get("required", [])
    for known, one in schema["properties"].items():
        if tag is None or known != tag[0]:
            lines.append(_field(known, one, needed=known in required))
    return "\n".join(lines) + "\n"


def _field(name: str, schema: Schema, *, needed: bool) -> str:
    own = named(name)
    renamed = f"name={name!r}" if own != name else ""
    if needed:
        return f"    {own}: {typed(schema)}" + (f" = field({renamed})" if renamed else "")
    default = f"field(default=UNSET, {renamed})" if renamed else "UNSET"
    return f"    {own}: {typed(schema)} | UnsetType = {default}"


def named(name: str) -> str:
    """Return a name as Python may use it: runId is run_id, `from` is from_."""
    own = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).replace("-", "_")
    return f"{own}_" if iskeyword(own) or own in _TAKEN else own


def _words(said: Schema, indent: str) -> str:
    lines = str(said.get("description") or said.get("title") or "").strip().splitlines()
    text = lines[0].replace("\\", "\\\\") if lines else "No words."
    return f'{indent}"""{text}"""\n'


def operations(document: Schema) -> str:
    """Return the module of calls: each operation that asks for a token."""
    found = sorted(
        (one["operationId"], method.upper(), path, one)
        for path, methods in document["paths"].items()
        for method, one in methods.items()
        if "security" in one
    )
    return "\n".join([_CALLS, *(_operation(*one) for one in found)])


def _operation(name: str, method: str, path: str, one: Schema) -> str:
    told = one.get("parameters", [])
    needed = [p for p in told if p["in"] == "path" or (p["in"] == "query" and p.get("required"))]
    may = [p for p in told if p["in"] == "query" and not p.get("required")]
    asks = [f"{named(p['name'])}: {typed(p['schema'], 'm.')}" for p in needed]
    body, media = _body(one)
    sure = one.get("requestBody", {}).get("required", False)
    asks += [f"body: {body}"] if body and sure else []
    headers, by_header = _headers(told)
    by_header += [f"body: {_or_none(body)} = None"] if body and not sure else []
    options = [f"{named(p['name'])}: {_or_none(typed(p['schema'], 'm.'))} = None" for p in may]
    star = ["*", *by_header, *options] if by_header or options else []
    returns = _returns(one)
    way = path
    for p in needed:
        way = way.replace(f"{{{p['name']}}}", f"{{part({named(p['name'])})}}")
    lines = [
        f"    def {name}({', '.join(['self', *asks, *star])}) -> {returns}:",
        f'        """{one["summary"]}."""',
        "        return self._call(  # type: ignore[no-any-return]",
        f"            {method!r},",
        f"            f{way!r},",
        f"            {returns},",
    ]
    query = [p for p in told if p["in"] == "query"]
    if query:
        pairs = ", ".join(f"{p['name']!r}: {named(p['name'])}" for p in query)
        lines.append(f"            query={{{pairs}}},")
    lines += [f"            headers={{{headers}}},"] if headers else []
    lines += ["            body=body,"] if body else []
    lines += [f"            media={media!r},"] if body and media != "application/json" else []
    return "\n".join([*lines, "        )", ""])


def _headers(told: list[Schema]) -> tuple[str, list[str]]:
    known = {p["name"] for p in told if p["in"] == "header"}
    headers, asks = [], []
    if "If-Match" in known:
        headers.append("'If-Match': seen_etag(seen)")
        asks.append("seen: int")
    if "Idempotency-Key" in known:
        headers.append("'Idempotency-Key': key_or_new(key)")
        asks.append("key: str | None = None")
    return ", ".join(headers), asks


def _body(one: Schema) -> tuple[str, str]:
    content = one.get("requestBody", {}).get("content", {})
    for media, said in content.items():
        if media == "application/json":
            return typed(said["schema"], "m."), media
        return "bytes", media
    return "", ""


def _returns(one: Schema) -> str:
    for status, said in one["responses"].items():
        if status.startswith("2"):
            content = said.get("content", {})
            if "application/json" in content:
                return typed(content["application/json"]["schema"], "m.")
            return "bytes" if content else "None"
    return "None"


def _or_none(found: str) -> str:
    return found if found.endswith("None") else f"{found} | None"


def files() -> dict[str, str]:
    """Return every file that is made, by its name."""
    document = contract()
    return {"models.py": models(document), "operations.py": operations(document)}


def main() -> None:
    """Write them."""
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote api/client/{name}\n")


if __name__ == "__main__":
    main()

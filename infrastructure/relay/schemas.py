"""JSON Schemas of the public types, made from the facts' classes and kept beside this file.

`python -m infrastructure.relay.schemas` writes them again. The content model is open: unknown
fields are allowed and consumers ignore them, and a list of codes is given as examples instead of
as an enumeration, because a new code must not break a reader.
"""

import inspect
import json
from pathlib import Path
from typing import Any, Final

import msgspec

from domain.shared import said_outside as said
from infrastructure.relay.wire import HIDDEN, PUBLIC

FOLDER: Final = Path(__file__).parent / "schemas"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each public type."""
    made = {}
    for cls, wire_type in PUBLIC.items():
        (root,), parts = msgspec.json.schema_components([cls])
        body = parts.pop(cls.__name__) if "$ref" in root else root
        for hidden in HIDDEN[cls]:
            del body["properties"][hidden]
        body["required"] = [name for name in body["required"] if name not in HIDDEN[cls]]
        used = _reached(body, parts)
        whole = body | {"$defs": used} if used else body
        made[wire_type] = {
            "$schema": _DIALECT,
            "$id": f"urn:anseo:{wire_type}",
            **_named(_opened(whole)),
            "title": wire_type,
        }
    return made


# Names from closed lists: every other goes out as the last word of the examples. See `neutral`.
_LISTS: Final = {
    "stage": [*sorted(said.STAGES), said.OTHER_STAGE],
    "type": [*sorted(said.STAGES), said.OTHER_STAGE],
    "track": [*sorted(said.TRACKS), said.OTHER_TRACK],
    "template_key": [*sorted(said.TEXTS), said.OTHER_TEXT],
    "name": [*sorted(said.PLAYBOOKS), said.OTHER_PLAYBOOK],
}


def _named(part: Any) -> Any:
    """Return a schema that lists the names which a text field may hold."""
    if not isinstance(part, dict):
        return part
    texts = part.get("properties", {})
    for name in set(texts) & set(_LISTS):
        if texts[name] == {"type": "string"}:
            texts[name] = {"type": "string", "examples": _LISTS[name]}
    return {
        name: {k: _named(v) for k, v in one.items()} if name == "$defs" else one
        for name, one in part.items()
    }


def _reached(part: Any, parts: dict[str, Any]) -> dict[str, Any]:
    """Return those parts that a schema still speaks of when hidden fields are gone."""
    reached: dict[str, Any] = {}
    waiting = _names(part)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = parts[name]
            waiting += _names(parts[name])
    return {name: one for name, one in parts.items() if name in reached}


def _names(part: Any) -> list[str]:
    if isinstance(part, list):
        return [name for one in part for name in _names(one)]
    if not isinstance(part, dict):
        return []
    own = [part["$ref"].rpartition("/")[2]] if "$ref" in part else []
    return own + [name for one in part.values() for name in _names(one)]


def _opened(part: Any) -> Any:
    """Return a schema in which a closed list of codes has become a list of examples."""
    if isinstance(part, list):
        return [_opened(one) for one in part]
    if not isinstance(part, dict):
        return part
    if "enum" in part:
        kept = {name: value for name, value in part.items() if name != "enum"}
        whole = all(isinstance(code, int) for code in part["enum"])
        return _opened(kept) | {
            "type": "integer" if whole else "string",
            "examples": part["enum"],
        }
    # What tells one kind of a struct from another stands in each kind, as a constant.
    return {name: _moved(name, value) for name, value in part.items() if name != "discriminator"}


def _moved(name: str, value: Any) -> Any:
    if name == "$ref":
        return value.replace("#/components/schemas/", "#/$defs/")
    is_text = name == "description" and isinstance(value, str)
    return inspect.cleandoc(value) if is_text else _opened(value)


def text(schema: dict[str, Any]) -> str:
    """Return a schema as it is kept in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write() -> None:
    """Write every schema and remove those of types that are no more."""
    FOLDER.mkdir(exist_ok=True)
    wanted = {f"{wire_type}.json": schema for wire_type, schema in schemas().items()}
    for old in FOLDER.glob("*.json"):
        if old.name not in wanted:
            old.unlink()
    for name, schema in wanted.items():
        (FOLDER / name).write_text(text(schema), encoding="utf-8")


if __name__ == "__main__":
    write()

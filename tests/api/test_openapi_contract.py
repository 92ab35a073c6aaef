"""The contract: what OpenAPI says of the door, frozen, complete and true."""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from api.client import generate
from api.main import create_app
from api.problems import MEDIA_TYPE
from infrastructure.settings import Settings
from infrastructure.wiring.house import House

GOLDEN = Path(__file__).parents[1] / "golden" / "openapi.json"
QUESTIONS = {"simulate", "ask_what_if"}  # a POST for their bodies' sake; nothing is stored
ACCEPT = "ANSEO_ACCEPT_OPENAPI"


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    """Made without a database: a door is described by its code alone."""
    return create_app(House(Settings(ANSEO_HOME=tmp_path), "host=nowhere")).openapi()


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for path in document["paths"].values() for each in path.values()]


def test_the_contract_is_what_was_agreed(document: dict[str, Any]) -> None:
    """Clients are built on it. Run with ANSEO_ACCEPT_OPENAPI=1 to accept a change on purpose."""
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if os.environ.get(ACCEPT):
        GOLDEN.write_text(text, encoding="utf-8")
        generate.main()  # the typed client is made of it
    agreed = GOLDEN.read_text(encoding="utf-8") if GOLDEN.exists() else ""
    assert text == agreed, (
        f"OpenAPI is not what {GOLDEN.name} says. If the change is wanted, look at the diff of"
        f" `{ACCEPT}=1 pytest {Path(__file__).name}` and commit it with the change."
    )


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")


def test_every_operation_has_a_summary_a_description_and_an_example(
    document: dict[str, Any],
) -> None:
    for operation in operations(document):
        name = operation["operationId"]
        assert operation["summary"], name
        assert operation["description"].endswith("."), name
        answers = [operation["responses"].get(code) for code in ("200", "201")]
        contents = [a["content"] for a in answers if a is not None and "content" in a]
        if body := operation.get("requestBody"):
            contents.append(body["content"])
        assert contents or name == "metrics", name
        for content in contents:
            for media in content.values():
                assert _exemplified(document, media), name


def _exemplified(document: dict[str, Any], media: dict[str, Any]) -> bool:
    if "example" in media:
        return True
    schema = media["schema"]
    refs = [schema.get("$ref")] + [one.get("$ref") for one in schema.get("oneOf", [])]
    named = [document["components"]["schemas"][r.rsplit("/", 1)[1]] for r in refs if r]
    return bool(named) and all(one.get("examples") for one in named)


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        for example in schema.get("examples", []):
            whole = {**schema, "components": {"schemas": schemas}}
            jsonschema.validate(example, whole, cls=jsonschema.Draft202012Validator)


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    for operation in operations(document):
        for status, answer in operation["responses"].items():
            if int(status) < 400 or operation["operationId"] == "readyz":
                continue
            assert list(answer["content"]) == [MEDIA_TYPE], (operation["operationId"], status)


def test_commands_say_that_they_need_a_key_or_a_version(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for method, operation in path.items():
            if "security" not in operation or operation["operationId"] in QUESTIONS:
                continue
            needed = {p["name"] for p in operation.get("parameters", []) if p.get("required")}
            wanted = {"post": "Idempotency-Key", "put": "If-Match"}.get(method)
            assert wanted is None or wanted in needed, operation["operationId"]


def test_lists_have_a_limit(document: dict[str, Any]) -> None:
    for operation in operations(document):
        for parameter in operation.get("parameters", []):
            if parameter["name"] == "limit":
                assert parameter["schema"]["maximum"] == 200

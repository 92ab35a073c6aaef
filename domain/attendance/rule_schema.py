"""The JSON Schema of a rule set, as a file that ships with the product."""

from functools import cache
from importlib import resources
from typing import Any, Final

from domain.attendance.rule_model import FLAT, RuleSet
from domain.attendance.triggers import DATE_WINDOW_CONDITION, NAMED

SCHEMA_ID: Final = "https://anseo.ie/schemas/rule-set-1.json"
_DAY: Final = {"type": "string", "description": "a date, or a day of every year such as 09-01"}


@cache
def schema_text() -> bytes:
    """Return the schema as it ships."""
    return (resources.files("domain.attendance") / "rule_set.schema.json").read_bytes()


def drawn_schema() -> dict[str, Any]:
    """Draw the schema from the model; besides, what a person may write in place of its fields."""
    schema = RuleSet.model_json_schema(by_alias=True)
    trigger, stage = schema["$defs"]["Trigger"], schema["$defs"]["Stage"]
    trigger["properties"] |= _named()
    own = set(stage["properties"])
    words = {name: trigger["properties"][name] for name in FLAT if name not in own}
    stage["properties"] |= words
    stage["required"] = [name for name in stage["required"] if name != "trigger"]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return {**head, **schema}


def _named() -> dict[str, Any]:
    """Return how the five conditions with a name are written."""
    return {
        "condition": {"enum": [*NAMED, DATE_WINDOW_CONDITION]},
        "percent": {
            "description": "attendance that is still reached: 90, or 92.5 as text",
            "type": ["integer", "string"],
        },
        "days": {"description": "so many rolling calendar days", "type": "integer", "minimum": 1},
        "from": _DAY,
        "to": _DAY,
    }

"""The JSON Schema of a rule set is the form that the program reads, and takes what it takes."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from domain.attendance.rule_schema import drawn_schema, schema_text
from domain.attendance.rules import shipped_rule_sets, shipped_text

SCHEMA = json.loads(schema_text())
WRITTEN = sorted((Path(__file__).parent / "default_rule_sets").glob("*.json"))
CHECK = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
NAMED = [
    {"condition": "AbsenceCountThreshold", "value": 5, "days": 30},
    {"condition": "AttendancePercentThreshold", "percent": 90},
    {"condition": "AttendancePercentThreshold", "percent": "92.5", "exclusive": True},
    {"condition": "ConsecutiveAbsenceDays", "value": 3},
    {"condition": "TardyCountThreshold", "value": 3, "window": {"type": "TERM"}},
    {"condition": "DateWindow", "from": "09-01", "to": "12-31"},
]


def one(**trigger: Any) -> dict[str, Any]:
    return {"id": "t", "stages": [{"order": 1, "type": "LETTER_1", "trigger": trigger}]}


def test_the_schema_is_drawn_from_what_the_program_reads_by() -> None:
    """Write it anew with `python -m tests.domain.attendance.accept_schema` after a change."""
    assert json.loads(json.dumps(drawn_schema())) == SCHEMA
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", shipped_rule_sets())
def test_each_shipped_rule_set_fits_the_schema(name: str) -> None:
    CHECK.validate(json.loads(shipped_text(name)))


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_the_rule_sets_of_the_papers_fit_the_schema(path: Path) -> None:
    CHECK.validate(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("condition", NAMED, ids=lambda one: one["condition"])
def test_the_five_conditions_are_accepted_by_name(condition: dict[str, Any]) -> None:
    """001-100, 001-101, 001-102, 001-103, 001-104 as a trigger and flat beside the type of the
    stage.
    """
    CHECK.validate(one(**condition))
    CHECK.validate({"id": "t", "stages": [{"order": 1, "type": "LETTER_1", **condition}]})


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"id": "t", "stages": [{"order": 1}]},
        {**one(metric="ABSENT_DAYS", value=5), "colour": "red"},
        one(metric="ABSENT_DAYS", value=5, op=">"),
        one(condition="FullMoon", value=5),
        one(metric="ABSENT_DAYS", value=5, window={"type": "DECADE"}),
        {**one(metric="ABSENT_DAYS", value=5), "unit": "HOURS"},
        {**one(metric="ABSENT_DAYS", value=5), "effectiveFrom": "tomorrow"},
    ],
)
def test_what_does_not_fit_the_schema_is_found(broken: dict[str, Any]) -> None:
    assert not CHECK.is_valid(broken)

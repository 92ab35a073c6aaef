"""What a code means is data, with dates and a place.

The shipped tables show 001-027. Files under test: `domain/attendance/code_tables`.
"""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from domain.attendance.codes import (
    ABSENT,
    ATTENDING,
    POSSIBLE,
    CodeRow,
    CodeTable,
    Completeness,
    DayCounting,
    MarkStatus,
    Reasons,
    code_table,
)
from domain.attendance.jurisdictions import JurisdictionUnknown, jurisdiction, jurisdictions

ON = date(2025, 10, 1)
FOLDER = Path("domain/attendance")
TABLES = sorted(path.stem for path in (FOLDER / "code_tables").glob("*.json"))
SCHEMA = json.loads((FOLDER / "code_table.schema.json").read_text(encoding="utf-8"))
MADE = {
    "id": "t",
    "version": "1",
    "jurisdiction": "GB-ENG",
    "day_counting": "HALF_DAYS",
    "completeness": "complete",
    "note": "made for a test",
}


def status(table: str, code: str, on: date = ON) -> MarkStatus | None:
    row = code_table(table).find(code, on)
    return row.status if row else None


def test_the_schema_of_the_tables_is_the_one_that_the_program_reads_by() -> None:
    """Write it anew with `python -m tests.domain.attendance.accept_schema` after a change."""
    assert CodeTable.model_json_schema() == SCHEMA


@pytest.mark.parametrize("name", TABLES)
def test_every_shipped_table_fits_the_schema(name: str) -> None:
    data = json.loads((FOLDER / "code_tables" / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.validate(data, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert data["id"] == name
    assert data["version"].startswith(name)


@pytest.mark.parametrize(
    "broken",
    [
        {"codes": [{"code": "A", "status": "AWAY", "meaning": "m"}]},
        {"codes": [{"code": "A", "status": "PRESENT", "meaning": "m", "colour": "red"}]},
        {"codes": [{"code": "", "status": "PRESENT", "meaning": "m"}]},
        {"codes": [], "completeness": "nearly"},
    ],
)
def test_a_table_that_does_not_fit_the_schema_is_found(broken: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**MADE, **broken}, SCHEMA, cls=jsonschema.Draft202012Validator)
    with pytest.raises(ValidationError):
        CodeTable.model_validate({**MADE, **broken})


@pytest.mark.parametrize("name", TABLES)
def test_the_flags_of_every_code_satisfy_the_formula(name: str) -> None:
    """possible = attending + authorised + unauthorised, and no code is two of them."""
    for row in code_table(name).codes:
        said = row.as_dict()
        kinds = [said[kind] for kind in ("attending", "authorised", "unauthorised")]
        assert sum(kinds) == said["possible"], row.code
        assert said["possible"] == (row.status in POSSIBLE)
        assert list(said) == [
            *("code", "meaning", "status", "possible"),
            *("attending", "authorised", "unauthorised", "late"),
        ]


def test_every_jurisdiction_has_a_table_and_every_table_a_jurisdiction() -> None:
    assert {place.code_table for place in jurisdictions().values()} == set(TABLES)
    assert len([one for one in jurisdictions() if one.startswith("US-")]) == 51
    for code, place in jurisdictions().items():
        assert place.table.jurisdiction in {code, "US"}


def test_complete_and_partial_places_are_told_apart() -> None:
    complete = {
        code
        for code, place in jurisdictions().items()
        if place.table.completeness is Completeness.COMPLETE
    }
    assert complete == {"IE", "GB-ENG", "US-CA", "US-TX"}


@pytest.mark.parametrize("written", ["UK", "GB", "gb "])
def test_there_is_no_table_for_the_united_kingdom(written: str) -> None:
    """Trap 5: one hard-coded table for "UK"."""
    with pytest.raises(JurisdictionUnknown, match="four systems"):
        jurisdiction(written)


def test_an_unknown_jurisdiction_is_answered_with_the_known_ones() -> None:
    with pytest.raises(JurisdictionUnknown, match="GB-SCT"):
        jurisdiction("FR")


@pytest.mark.parametrize("written", ["us-ca", " US-CA "])
def test_a_jurisdiction_may_be_typed_carelessly(written: str) -> None:
    assert jurisdiction(written).name == "California"


def test_the_same_letter_means_different_things_in_different_places() -> None:
    """Trap 5: P is sport in England and present in Ireland; J is three things."""
    assert status("gb-eng", "P") is MarkStatus.PRESENT_OFFSITE
    assert status("ie", "P") is MarkStatus.PRESENT
    assert status("gb-eng", "J") is None
    assert status("gb-wls", "J") is MarkStatus.PRESENT_OFFSITE
    assert status("gb-nir", "J") is MarkStatus.NOT_COUNTED
    assert status("gb-eng", "C") is MarkStatus.ABSENT_AUTHORISED
    assert status("ie", "C") is MarkStatus.NOT_COUNTED


@pytest.mark.parametrize("table", ["gb-sct", "gb-nir"])
@pytest.mark.parametrize("code", ["N", "O", "/", "13"])
def test_what_a_partial_table_does_not_know_is_not_guessed_from_england(
    table: str, code: str
) -> None:
    assert status(table, code) is None


def test_scottish_codes_are_numbers_with_their_noughts() -> None:
    assert status("gb-sct", "02") is MarkStatus.NOT_COUNTED
    assert status("gb-sct", "2") is None
    assert [status("gb-sct", code) for code in ("10", "11", "12")] == [
        MarkStatus.PRESENT,
        MarkStatus.PRESENT_LATE,
        MarkStatus.PRESENT_OFFSITE,
    ]


def test_wales_keeps_the_set_that_england_has_left() -> None:
    for code in ("F", "H", "J", "Y"):
        assert status("gb-wls", code) is not None
        assert status("gb-eng", code) is None
    for code in ("C1", "C2", "J1", "K", "Q", "Y1"):
        assert status("gb-wls", code) is None


@pytest.mark.parametrize("name", TABLES)
def test_a_mark_that_nobody_took_is_neither_present_nor_absent(name: str) -> None:
    """Trap 3: unknown, so that the register is chased."""
    for written in ("", " ", "-"):
        assert status(name, written) is MarkStatus.MISSING
    assert MarkStatus.MISSING not in POSSIBLE


@pytest.mark.parametrize("code", ["1/2", "present?", "PP", "Seán"])
def test_an_unknown_code_is_never_guessed(code: str) -> None:
    assert [status(table, code) for table in TABLES] == [None] * len(TABLES)


@pytest.mark.parametrize("written", ["c1", "C 1", " C1 ", "c1\t"])
def test_typing_makes_no_other_code(written: str) -> None:
    """Trap 6: case and white space."""
    row = code_table("gb-eng").find(written, ON)
    assert row is not None
    assert row.code == "C1"


def test_a_code_is_known_only_between_its_days() -> None:
    codes = [
        {"code": "J", "status": "PRESENT_OFFSITE", "meaning": "m", "effective_to": "2024-08-18"},
        {
            "code": "j 1",
            "status": "ABSENT_AUTHORISED",
            "meaning": "m",
            "effective_from": "2024-08-19",
        },
    ]
    table = CodeTable.model_validate({**MADE, "codes": codes})
    old, new = table.codes
    assert table.find("J", date(2024, 8, 18)) is old
    assert table.find("J", date(2024, 8, 19)) is None
    assert table.find("J1", date(2024, 8, 18)) is None
    assert table.find("J1", date(2024, 8, 19)) is new


@pytest.mark.parametrize(
    "second",
    [
        {"code": "a", "effective_from": "2024-08-18"},
        {"code": "A ", "effective_to": "2020-01-01"},
        {"code": "B", "also_written": ["A"]},
    ],
)
def test_a_table_in_which_a_code_means_two_things_on_one_day_is_refused(
    second: dict[str, object],
) -> None:
    first = {"code": "A", "status": "PRESENT", "meaning": "m", "effective_to": "2024-08-18"}
    codes = [first, {"status": "MISSING", "meaning": "m", **second}]
    with pytest.raises(ValidationError, match="two things on one day"):
        CodeTable.model_validate({**MADE, "codes": codes})


PARTS = ("Early Departure", "Partial")


def test_a_table_that_is_based_on_another_changes_only_what_it_says() -> None:
    base, texas = code_table("edfi"), code_table("us-tx")
    more = {row.code for row in texas.codes} - {row.code for row in base.codes}
    assert {row.code for row in base.codes} <= {row.code for row in texas.codes}
    assert more == {f"{word} {part}" for word in ("Excused", "Unexcused") for part in PARTS}
    assert texas.find("Tardy", ON) == base.find("Tardy", ON)
    assert texas.find("Partial", ON) != base.find("Partial", ON)


def test_excused_and_unexcused_are_the_two_halves_of_any() -> None:
    assert ABSENT[Reasons.EXCUSED] | ABSENT[Reasons.UNEXCUSED] == ABSENT[Reasons.ANY]
    assert not ABSENT[Reasons.EXCUSED] & ABSENT[Reasons.UNEXCUSED]
    assert not ABSENT[Reasons.ANY] & ATTENDING


def test_only_a_roll_that_is_called_once_a_day_counts_whole_days() -> None:
    whole = {name for name in TABLES if code_table(name).day_counting is DayCounting.WHOLE_DAYS}
    assert whole == {"ie"}


def test_a_row_that_is_made_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError):
        CodeRow.model_validate([])


def test_a_place_knows_when_its_school_years_begin() -> None:
    begins = {place: jurisdiction(place).school_year for place in ("IE", "GB-ENG", "US-CA")}
    assert {place: (day.month, day.day) for place, day in begins.items()} == {
        "IE": (9, 1),
        "GB-ENG": (8, 1),
        "US-CA": (7, 1),
    }

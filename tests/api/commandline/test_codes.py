"""`anseo codes list` as a person and as a program meet it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infrastructure.embedded.postgres import EmbeddedPostgres
from tests.support.typed import anseo

KEYS = ["code", "meaning", "status", "possible", "attending", "authorised", "unauthorised", "late"]


def listed(*words: str) -> dict[str, dict[str, Any]]:
    done = anseo("codes", "list", *words, "--json")
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(rows, list)
    assert all(list(row) == KEYS for row in rows)
    assert all(type(row[flag]) is bool for row in rows for flag in KEYS[3:])
    return {row["code"]: row for row in rows}


def test_a_program_gets_a_list_of_objects_with_exactly_these_keys() -> None:
    codes = listed("--jurisdiction", "GB-ENG", "--date", "2024-08-19")
    assert len(codes) == 35
    assert codes["U"] == {
        "code": "U",
        "meaning": "arrived after the register closed",
        "status": "ABSENT_UNAUTHORISED",
        "possible": True,
        "attending": False,
        "authorised": False,
        "unauthorised": True,
        "late": True,
    }


def test_the_day_before_the_change_has_the_old_codes() -> None:
    codes = listed("--jurisdiction", "GB-ENG", "--date", "2024-08-18")
    assert {"H", "J", "Y"} <= set(codes)
    assert not {"J1", "K", "Q", "Y1"} & set(codes)


def test_without_a_day_the_codes_are_those_of_today() -> None:
    assert "J1" in listed("--jurisdiction", "GB-ENG")


def test_an_irish_school_is_not_told_of_unauthorised_absence() -> None:
    said = anseo("codes", "list", "--jurisdiction", "IE", "--date", "2025-09-01").stdout
    table = said.split("\n", 1)[1]
    assert "unexplained" in table
    assert "authorised" not in table


def test_a_partial_table_says_so_to_people_and_beside_the_json() -> None:
    plain = anseo("codes", "list", "--jurisdiction", "GB-SCT")
    assert plain.stdout.startswith("GB-SCT on ")
    assert "partial" in plain.stdout.splitlines()[0]
    told = anseo("codes", "list", "--jurisdiction", "US-OH", "--json")
    assert "partial" in told.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--jurisdiction", "UK"), "GB-WLS"),
        (("--jurisdiction", "FR"), "US-CA"),
        (("--jurisdiction", "IE", "--date", "2025-02-30"), "--date '2025-02-30'"),
        (("--jurisdiction", "IE", "--date", "01/09/2025"), "write it as 2025-09-01"),
        ((), "--jurisdiction"),
        (("--jurisdiction", "IE", "--school", "SB"), "not both"),
    ],
)
def test_a_wish_that_cannot_be_is_answered_with_what_can(words: tuple[str, ...], told: str) -> None:
    done = anseo("codes", "list", *words, status=2)
    assert told in done.stderr
    assert done.stdout == ""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ANSEO_HOME", str(tmp_path))
    keep = EmbeddedPostgres(tmp_path)
    keep.ensure()
    yield tmp_path
    keep.remove()


@pytest.mark.postgres
def test_the_codes_of_a_school_are_its_own_and_then_its_countrys(home: Path) -> None:
    schools, own = home / "schools.csv", home / "codes.csv"
    schools.write_text("school,name,jurisdiction,zone\nYB,Ysgol Bryn,GB-WLS,Europe/London\n")
    own.write_text("code,stands_for,from,until,meaning\nill,I,2025-09-01,,\nB,V,2025-09-01,,\n")
    anseo("import", "schools", str(schools))
    anseo("codes", "list", "--school", "NO", status=1)
    said = anseo("import", "codes", str(own), "--school", "YB", "--json")
    assert json.loads(said.stdout.splitlines()[-1])["imported"]
    before = listed("--school", "YB", "--date", "2025-08-31")
    after = listed("--school", "YB", "--date", "2025-09-01")
    assert "ILL" not in before
    assert after["ILL"]["status"] == "ABSENT_AUTHORISED"
    assert after["B"]["meaning"] == "school-run, school-staffed visit or trip"
    assert before["B"]["meaning"] != after["B"]["meaning"]

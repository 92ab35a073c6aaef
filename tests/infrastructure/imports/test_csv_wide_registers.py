"""Registers as they are printed: a row a pupil, a column a session, and what is odd about them."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from domain.attendance.codes import code_table
from domain.attendance.school_codes import SchoolCodes
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.school_roll import RollEntry, SchoolRoll
from domain.shared.ids import SchoolId, StudentId, derived_id
from infrastructure.imports.csv_marks import read_marks
from infrastructure.imports.csv_text import ColumnProfile
from infrastructure.imports.prepared import Mark, Prepared
from tests.support.register import TENANT

TODAY = date(2025, 10, 1)
CALENDAR = SchoolDays(
    terms=(Term(date(2025, 9, 1), date(2025, 12, 19)),), closed=frozenset({date(2025, 9, 5)})
)
PUPILS = {
    source_id: RollEntry(StudentId(derived_id("pupil", source_id)), None)
    for source_id in ("001", "002")
}
ENGLISH = SchoolRoll(
    SchoolId(derived_id("school")), "H", SchoolCodes(code_table("gb-eng")), PUPILS, CALENDAR
)
IRISH = SchoolRoll(
    SchoolId(derived_id("school")), "S", SchoolCodes(code_table("ie")), PUPILS, CALENDAR
)
MONDAY, TUESDAY = date(2025, 9, 1), date(2025, 9, 2)


def wide(path: Path, text: str | bytes, roll: SchoolRoll = ENGLISH, form: str = "ISO") -> Prepared:
    file = path / "register.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    profile = ColumnProfile.model_validate({"shape": "wide", "date_format": form})
    return read_marks(TENANT, file, roll, profile, TODAY)


def said(prepared: Prepared) -> list[tuple[str, str, str, str]]:
    names: dict[UUID, str] = {entry.student: source_id for source_id, entry in PUPILS.items()}
    marks = [row for row in prepared.rows.get("mark", ()) if isinstance(row, Mark)]
    return sorted((names[m.student], f"{m.on_date:%d}", m.session, m.code) for m in marks)


def codes(prepared: Prepared) -> list[tuple[int | None, str]]:
    return [(one.row, one.code) for one in prepared.problems]


def test_a_column_for_each_session(tmp_path: Path) -> None:
    text = "student,name,2025-09-01 AM,2025-09-01 PM\n001,Seán,/,\\\n002,Áine,I,O\n"
    assert said(wide(tmp_path, text)) == [
        ("001", "01", "AM", "/"),
        ("001", "01", "PM", "\\"),
        ("002", "01", "AM", "I"),
        ("002", "01", "PM", "O"),
    ]


@pytest.mark.parametrize(
    "header",
    [
        "student,01/09/2025,,02/09/2025,\n,AM,PM,AM,PM\n",
        "student,Mon 01/09/2025 AM,Mon 01/09/2025 PM,Tue 02/09/2025 AM,Tue 02/09/2025 PM\n",
        "student,Monday 01.09.2025 am,01-09-2025 pm,Tuesday 02/09/2025: AM,02/09/2025 PM\n",
    ],
)
def test_headers_as_systems_print_them(tmp_path: Path, header: str) -> None:
    prepared = wide(tmp_path, header + "001,/,\\,I,O\n", form="DMY")
    assert [(day, half) for _, day, half, _ in said(prepared)] == [
        ("01", "AM"),
        ("01", "PM"),
        ("02", "AM"),
        ("02", "PM"),
    ]
    assert prepared.problems == []


def test_a_day_over_both_marks_of_it(tmp_path: Path) -> None:
    prepared = wide(tmp_path, "student,2025-09-01,2025-09-02\n001,/\\,IO\n002,,C1\n")
    assert [code for *_, code in said(prepared)] == ["/", "\\", "I", "O", "-", "-"]
    assert codes(prepared)[0] == (3, "two-meanings")


@pytest.mark.parametrize("week", ["/\\/\\II/\\##", "/\\/\\II/\\######"])
def test_a_string_for_each_week(tmp_path: Path, week: str) -> None:
    """Ten letters or fourteen; `#` on the closed Friday and the weekend says what is known."""
    prepared = wide(tmp_path, f"student,w/c 2025-09-01\n001,{week}\n")
    assert "".join(code for *_, code in said(prepared)) == "/\\/\\II/\\"
    assert prepared.problems == []


def test_a_week_that_begins_on_no_monday_or_has_nine_letters_is_set_aside(tmp_path: Path) -> None:
    prepared = wide(tmp_path, "student,2025-09-02,2025-09-08\n001,/\\/\\II/\\##,/\\/\\II/\\#\n")
    assert codes(prepared)[:2] == [(2, "week-odd"), (2, "week-odd")]
    assert "under 2025-09-02" in prepared.problems[0].detail


def test_spaces_in_a_week_are_marks_that_nobody_took(tmp_path: Path) -> None:
    prepared = wide(tmp_path, 'student,2025-09-01\n001,"/\\        "\n')
    assert [code for *_, code in said(prepared)] == ["/", "\\"] + ["-"] * 6
    assert codes(prepared) == [(None, "no-mark")]


def test_an_irish_roll_has_one_mark_a_day(tmp_path: Path) -> None:
    prepared = wide(tmp_path, "student,2025-09-01,2025-09-02\n001,P,A\n", IRISH)
    assert said(prepared) == [("001", "01", "DAY", "P"), ("001", "02", "DAY", "A")]


def test_rows_of_sums_and_strangers_are_told_once(tmp_path: Path) -> None:
    text = "student,2025-09-01 AM,2025-09-02 AM\n009,/,/\nTotal,1,1\n1,/,/\n"
    assert codes(wide(tmp_path, text)) == [
        (2, "unknown-student"),
        (4, "zeros-lost"),
        (None, "total-row"),
    ]


def test_a_file_without_days_is_no_register(tmp_path: Path) -> None:
    assert codes(wide(tmp_path, "student,name\n001,Seán\n")) == [(None, "no-day-columns")]


@pytest.mark.parametrize(
    ("days", "form"),
    [("13/09/2025", "DMY"), ("09/13/2025", "MDY"), ("2025-09-12", "ISO")],
)
def test_auto_takes_the_one_form_that_fits(tmp_path: Path, days: str, form: str) -> None:
    for written in ("AUTO", form):
        prepared = wide(tmp_path, f"student,{days} AM\n001,/\n", form=written)
        assert prepared.stops is False
    assert {code for _, code in codes(prepared)} <= {"closed-day"}


@pytest.mark.parametrize(
    ("days", "code"),
    [
        (("01/09/2025", "02/09/2025"), "dates-ambiguous"),
        (("13/09/2025", "2025-09-14"), "dates-mixed"),
        (("13/09/2025", "09/14/2025"), "dates-mixed"),
    ],
)
def test_auto_never_guesses(tmp_path: Path, days: tuple[str, str], code: str) -> None:
    """Trap of 6.4: 01/09 is the first of September or the ninth of January: the file is refused."""
    prepared = wide(tmp_path, f"student,{days[0]} AM,{days[1]} AM\n001,/,/\n", form="AUTO")
    assert codes(prepared) == [(None, code)]
    text = "student,date,session,code\n" + "".join(f"001,{day},AM,/\n" for day in days)
    file = tmp_path / "long.csv"
    file.write_text(text)
    long = read_marks(TENANT, file, ENGLISH, ColumnProfile(date_format="AUTO"), TODAY)
    assert codes(long) == [(None, code)]


@pytest.mark.parametrize("alphabet", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_alphabets_of_spreadsheets(tmp_path: Path, alphabet: str) -> None:
    text = "student,Naoínán,2025-09-01 AM\n001,Seán,/\n"
    assert said(wide(tmp_path, text.encode(alphabet))) == [("001", "01", "AM", "/")]

"""`anseo import …` as a person and as a program meet it: syncs, profiles, reports."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.commandline.main import app
from infrastructure.clock import move_school_clock
from infrastructure.store.database import Database
from tests.support.csv_school import CALENDAR, SCHOOLS, STUDENTS
from tests.support.syncs import FRIDAY
from tests.support.wonde import SCHOOL, TOKEN, WondeServer, Wrong, made_up_school, serving

pytestmark = pytest.mark.postgres
REGISTER = "Pupil,01/09/2025,02/09/2025\n001,P,A\n002,P,P\n"
PROFILE = {"columns": {"student": "Pupil"}, "date_format": "DMY", "shape": "wide"}


@pytest.fixture
def server(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WondeServer]:
    with database.worker() as conn:
        move_school_clock(conn, FRIDAY)
    with serving(made_up_school(5)) as server:
        monkeypatch.setenv("DATABASE_URL", database.url)
        monkeypatch.setenv("ANSEO_HOME", str(tmp_path))
        monkeypatch.setenv("WONDE_URL", server.url)
        monkeypatch.setenv("WONDE_TOKEN", TOKEN)
        yield server


def anseo(*words: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == status, done.output
    return done.output


def told(*words: str, status: int = 0) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(anseo(*words, "--json", status=status).splitlines()[-1])
    return answer


def test_a_sync_and_its_reports_read_later(server: WondeServer) -> None:
    people, marks = told("import", "wonde", SCHOOL, "--jurisdiction", "GB-ENG")["imports"]
    assert (people["outcome"], marks["outcome"]) == ("IMPORTED", "IMPORTED")
    assert marks["changes"]["mark"]["added"] == 50
    assert "nothing was changed" in anseo("import", "wonde", SCHOOL)
    listed = told("import", "list")["imports"]
    assert [one["outcome"] for one in listed] == ["UNCHANGED", "UNCHANGED", "IMPORTED", "IMPORTED"]
    shown = told("import", "show", listed[2]["import"])
    assert (shown["actor"], shown["report"]) == ("staff:command-line", marks)


def test_a_new_school_needs_its_place_and_a_sync_its_token(
    server: WondeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--jurisdiction" in anseo("import", "wonde", SCHOOL, status=1)
    assert "no such place" in anseo("import", "wonde", SCHOOL, "--jurisdiction", "UK", status=1)
    monkeypatch.setenv("WONDE_TOKEN", "")
    assert "WONDE_TOKEN" in anseo("import", "wonde", SCHOOL, status=1)


def test_insisting_needs_a_name_and_a_reason(server: WondeServer) -> None:
    anseo("import", "wonde", SCHOOL, "--jurisdiction", "GB-ENG")
    for number in range(1, 5):
        del server.world.records["students"][f"A000{number}"]
    assert "too-few-pupils" in anseo("import", "wonde", SCHOOL, "--full", status=2)
    insist = ("import", "wonde", SCHOOL, "--full", "--accept-fewer", "SITE_CLOSED")
    assert "--by" in anseo(*insist, status=2)
    assert "staff:7: SITE_CLOSED" in anseo(*insist, "--by", "staff:7")
    assert told("import", "list")["imports"][1]["actor"] == "staff:7"


def test_a_refused_sync_says_so_by_its_exit_code_and_is_kept(server: WondeServer) -> None:
    server.goes_wrong("students", Wrong.DENIED)
    said = anseo("import", "wonde", SCHOOL, "--jurisdiction", "GB-ENG", status=2)
    assert "source-denied" in said
    (kept,) = told("import", "list")["imports"]
    assert (kept["outcome"], kept["problem_counts"]) == ("REFUSED", {"source-denied": 1})


def test_a_saved_profile_reads_a_printed_register(server: WondeServer, tmp_path: Path) -> None:
    files = {"schools": SCHOOLS, "calendar": CALENDAR, "students": STUDENTS, "wide": REGISTER}
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)
    profile = tmp_path / "profile.json"
    profile.write_text(json.dumps(PROFILE))
    anseo("import", "schools", str(tmp_path / "schools.csv"))
    of_school = ("--school", "19876A")
    for name in ("calendar", "students"):
        anseo("import", name, str(tmp_path / f"{name}.csv"), *of_school)
    saved = [told("import", "save-profile", "office", str(profile), *of_school) for _ in "12"]
    assert [one["version"] for one in saved] == [1, 2]
    (listed,) = told("import", "profiles", *of_school)["profiles"]
    assert (listed["name"], listed["version"], listed["profile"]["shape"]) == ("office", 2, "wide")
    register = ("import", "csv", str(tmp_path / "wide.csv"), *of_school)
    assert "no saved profile" in anseo(*register, "--profile", "nobody", status=2)
    assert told(*register, "--profile", "office")["changes"]["mark"]["added"] == 4
    text = "student,first_day,last_day,possible,attended,authorised,unauthorised\n"
    (tmp_path / "sums.csv").write_text(text + "001,2025-09-01,2025-09-05,5,4,1,0\n")
    sums = ("import", "csv", str(tmp_path / "sums.csv"), *of_school, "--shape", "totals")
    assert told(*sums)["changes"]["attendance_total"]["added"] == 1
    days = ("--from", "2025-09-01", "--to", "2025-09-05", "--by", "staff:office")
    shown = anseo("register", "show", *of_school, "--student", "001", *days)
    assert "no rule counts this" in shown
    anseo("import", "delete-profile", "office", *of_school)
    assert "no saved profile" in anseo("import", "delete-profile", "office", *of_school, status=2)
    profile.write_text('{"columns": {"studnt": "Pupil"}}')
    faulty = anseo("import", "save-profile", "office", str(profile), *of_school, status=2)
    assert "studnt" in faulty


def test_an_import_that_is_none_is_not_shown(server: WondeServer) -> None:
    for wanted in ("x", "11111111-1111-4111-8111-111111111111"):
        assert "anseo import list" in anseo("import", "show", wanted, status=2)

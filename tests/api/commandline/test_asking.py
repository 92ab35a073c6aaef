"""`anseo simulate` and `anseo whatif` as a person and as a program meet them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from api.commandline.opening import opened
from infrastructure.runtime.deciding import undecided
from infrastructure.store.database import Database
from infrastructure.wiring import workers
from tests.support import postgres
from tests.support.typed import anseo, told

pytestmark = pytest.mark.postgres
FILES = {
    "schools": "school,name,jurisdiction,zone\nSB,Scoil Bhríde,IE,Europe/Dublin\n",
    "calendar": "date,kind,until\n2025-09-01,TERM,2025-12-19\n2025-10-27,HOLIDAY,2025-10-31\n",
    "students": "student,given,family,birth_on,year_group,household,enrolled_on,left_on\n"
    "P1,Seán,Ó Briain,2013-04-02,5,H1,,\nP2,Áine,Murphy,2014-05-03,4,H2,,\n",
}
DAYS = [date(2025, 9, 1) + timedelta(days=n) for n in range(40)]
MARKS = "student,date,code\n" + "".join(
    f"P1,{day},F\nP2,{day},P\n" for day in DAYS if day.weekday() < 5
)
CLOSED = "date,kind,until\n2025-09-02,EMERGENCY_CLOSURE,2025-09-05\n"
PERIOD = ("--from", "2025-09-01", "--to", "2025-10-10")


@contextmanager
def at_home(folder: Path, url: str) -> Iterator[Path]:
    """Import a school into a database of its own, and let the commands meet it there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANSEO_HOME", str(folder))
        patch.setenv("DATABASE_URL", url)
        for name, text in (FILES | {"marks": MARKS, "closed": CLOSED}).items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        anseo("import", "schools", str(folder / "schools.csv"))
        for name in ("calendar", "students", "marks"):
            anseo("import", name, str(folder / f"{name}.csv"), "--school", "SB")
        yield folder


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, template: str
) -> Iterator[Path]:
    """A school about which no rule set ever decides, so that tests may share it in any order."""
    with (
        postgres.throw_away(postgres_url, template) as database,
        at_home(tmp_path_factory.mktemp("asking"), database.url) as folder,
    ):
        yield folder


@pytest.fixture
def founded(database: Database, tmp_path: Path) -> Iterator[None]:
    """A school about which the rule set of its place decides."""
    with at_home(tmp_path, database.url):
        anseo("found", "--tenant", "demo")
        with opened() as house:
            crew = list(workers.ROLES["project"](house))
            while sum(worker.step() for worker in crew):
                pass
        yield


@pytest.mark.usefixtures("folder")
def test_one_pupil_is_simulated_by_the_schools_own_number() -> None:
    """001-096"""
    words = ("simulate", "--student", "P1", "--rules", "ie-default-1", "--on", "2025-09-10")
    answer = told(*words)
    assert answer["fires"][0] == "SAME_DAY_TEXT"
    letter = next(one for one in answer["stages"] if one["stage"] == "LETTER_1")
    assert letter["fires"]  # five days that nobody explained
    assert letter["conditions"][0]["missing"] == "9 days more of absence"
    said = anseo(*words).stdout
    assert "LETTER_1" in said
    assert "ABSENT_DAYS >= 20: 7, 13 days more of absence" in said


@pytest.mark.usefixtures("folder")
def test_a_term_is_asked_about_with_other_rules_and_other_days(folder: Path) -> None:
    asked = ("whatif", "--rules", "ie-default-1", *PERIOD, "--school", "SB")
    found = told(*asked)
    assert (found["schools"], found["pupils"]) == (1, 2)
    duty = next(one for one in found["stages"] if one["stage"] == "STATUTORY_20_DAY")
    assert (duty["entered"], duty["really_entered"]) == (1, 0)
    told_days = {one["stage"]: one["would_be"]["proposed_on"] for one in found["changes"]}
    assert told_days["STATUTORY_20_DAY"] == "2025-09-29"
    closed = told(*asked, "--calendar", str(folder / "closed.csv"))
    later = {one["stage"]: one["would_be"]["proposed_on"] for one in closed["changes"]}
    assert later["STATUTORY_20_DAY"] == "2025-10-03"
    said = anseo(*asked, "--approve-after", "never").stdout
    assert "nobody approves" in said
    assert "week of" in said


@pytest.mark.usefixtures("folder")
def test_what_the_register_cannot_say_is_told_by_stage() -> None:
    answer = told("unanswered", "--rules", "us-ca-default-1")
    assert answer["late_marks_without_minutes"] == 0
    assert "SARB_REFERRAL" not in answer["answered"]
    assert (
        "the age of 2 pupils is not known"
        in anseo("unanswered", "--rules", "us-ca-default-1").stdout
    )


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_asked_is_said_with_what_to_do(folder: Path) -> None:
    rules = ("--rules", "ie-default-1")
    nobody = ("simulate", "--student", "P9", *rules, "--on", "2025-09-10")
    assert "no student P9" in anseo(*nobody, status=1).output
    assert "shipped are" in anseo("whatif", "--rules", "none", *PERIOD, status=1).output
    backwards = ("whatif", *rules, "--from", "2025-10-10", "--to", "2025-09-01")
    assert "lies before" in anseo(*backwards, status=1).output
    where = ("whatif", *rules, *PERIOD)
    assert "no school" in anseo(*where, "--school", "XX", status=1).output
    assert "never" in anseo(*where, "--approve-after", "0", status=1).output
    days = str(folder / "closed.csv")
    assert "--school" in anseo(*where, "--calendar", days, status=1).output
    terms = ("--school", "SB", "--calendar", str(folder / "calendar.csv"))
    assert "no terms" in anseo(*where, *terms, status=1).output
    (folder / "broken.json").write_text("{", encoding="utf-8")
    broken = ("whatif", "--rules", str(folder / "broken.json"), *PERIOD)
    assert "cannot be used" in anseo(*broken, status=1).output


@pytest.mark.usefixtures("folder")
def test_a_school_without_rules_is_told_so_and_a_day_to_come_is_refused() -> None:
    """The default of its place is tried out, never stored; who has none hears what to do."""
    with opened() as house, house.database.worker() as conn:
        assert [row.source_id for row in undecided(conn)] == ["SB"]
    words = ("evaluate", "--school", "SB", "--date", "2025-09-30")
    dry = told(*words, "--dry-run")
    assert (dry["rule_set"], dry["stored"]) == ("ie-default-1", False)
    assert [one["jurisdiction"] for one in dry["without_rules"]] == ["IE"]
    said = told(*words)
    assert (said["rule_set"], said["stages"]) == (None, [])
    assert "no rule set decides here (IE)" in anseo(*words).stdout
    ahead = anseo("evaluate", "--school", "SB", "--date", "2099-09-30", "--json", status=1)
    refused = json.loads(ahead.stdout.splitlines()[-1])["refused"]
    assert [one["code"] for one in refused] == ["day-not-ended"]
    assert "day-not-ended" in anseo(*words[:-1], "2099-09-30", status=1).stdout
    wales = anseo("found", "--tenant", "cymru", "--jurisdiction", "GB-WLS").stdout
    assert "no rule set ships for GB-WLS" in wales
    assert "gb-eng-default-1 decides" in anseo("found", "--jurisdiction", "GB-ENG").stdout
    assert "GB-ENG" in anseo("found", "--jurisdiction", "UK", status=2).output


@pytest.mark.usefixtures("founded")
def test_evaluations_are_played_again_and_come_out_as_they_are_on_record() -> None:
    with opened() as house, house.database.worker() as conn:
        assert undecided(conn) == []
    said = told("evaluate", "--school", "SB", "--date", "2025-09-30")
    assert (said["rule_set"], said["stored"], said["without_rules"]) == ("ie-default-1", True, [])
    (school,) = said["schools"]
    done = {(one["stage"], one["reason"]): one["pupils"] for one in school["done"]}
    assert done["STATUTORY_20_DAY", "PROPOSED"] == 1
    notice = next(one for one in said["stages"] if one["stage"] == "STATUTORY_20_DAY")
    assert [pupil["source_id"] for pupil in notice["pupils"]] == ["P1"]
    dry = told("evaluate", "--school", "all", "--date", "2025-09-30", "--dry-run")
    assert dry["stages"] == said["stages"]
    again = told("retrace")
    assert (again["looks"], again["differences"]) == (1, [])
    assert again["facts"] > 0
    assert "1 looks played again" in anseo("retrace").stdout

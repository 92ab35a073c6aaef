"""`anseo register` and `anseo calendar say`: a named person corrects, closes and looks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infrastructure.embedded.postgres import EmbeddedPostgres
from tests.support.csv_school import CALENDAR, SCHOOLS, STUDENTS
from tests.support.typed import anseo, told

MARKS = "student,date,code\n001,2025-10-07,F\n001,2025-10-08,F\n"
SPAN = ("--from", "2025-10-06", "--to", "2025-10-10")
WHO = ("--school", "19876A", "--student", "001", "--by", "staff:office")


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    keep = EmbeddedPostgres(folder)
    keep.ensure()
    texts = {"schools": SCHOOLS, "calendar": CALENDAR, "students": STUDENTS, "marks": MARKS}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANSEO_HOME", str(folder))
        for what, text in texts.items():
            path = folder / f"{what}.csv"
            path.write_text(text, encoding="utf-8")
            place = () if what == "schools" else ("--school", "19876A")
            anseo("import", what, str(path), *place)
        yield folder
    keep.remove()


def test_a_person_corrects_a_mark_and_sees_what_it_was() -> None:
    wish = ("--date", "2025-10-07", "--code", "A", "--reason", "rang at ten")
    before = told("register", "show", *WHO, *SPAN)
    done = told("register", "correct", *WHO, *wish)
    view = told("register", "show", *WHO, *SPAN)
    assert (before["line"], view["line"]) == ("NNNN", "AANN")
    (one,) = view["amendments"]
    assert (one["was"]["code"], one["became"]["code"], one["by"]) == ("F", "A", "staff:office")
    assert (one["reason"], one["known_from"]) == ("rang at ten", done["position"])
    then = told("register", "show", *WHO, *SPAN, "--known-at", str(before["known_at"]))
    assert (then["line"], then["amendments"]) == ("NNNN", [])
    assert "F became A, by staff:office" in anseo("register", "show", *WHO, *SPAN).stdout


def test_a_person_closes_a_day_afterwards() -> None:
    say = ("calendar", "say", "--school", "19876A", "--date", "2025-10-08", "--by", "staff:head")
    done = told(*say, "--kind", "EMERGENCY_CLOSURE", "--reason", "storm")
    shown = told(
        *("calendar", "show", "--school", "19876A", "--from", "2025-10-08", "--to", "2025-10-08")
    )
    assert (shown["version"], shown["days"][0]["open"]) == (done["version"], False)
    assert shown["versions"][0]["by"] == "staff:head"
    anseo(*say, "--kind", "WITHDRAWN", "--reason", "another school")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--date", "2025-10-07", "--reason", "x"), "either --code or --delete"),
        (("--date", "2025-10-07", "--reason", "x", "--code", "ZZ"), "code-unknown"),
        (("--date", "7.10.2025", "--reason", "x", "--code", "A"), "no day of the calendar"),
        (("--date", "2025-10-09", "--reason", "x", "--delete"), "mark-unknown"),
    ],
)
def test_a_wish_that_cannot_be_is_told(words: tuple[str, ...], said: str) -> None:
    assert said in anseo("register", "correct", *WHO, *words, status=2).output


def test_software_corrects_nothing() -> None:
    who = (*WHO[:4], "--by", "process:x")
    done = anseo(*("register", "show", *who), status=2)
    assert "as staff:NAME" in done.output


def test_a_student_who_is_not_there_and_rules_of_elsewhere_are_told_in_words() -> None:
    nobody = ("register", "show", "--school", "19876A", "--student", "999", "--by", "staff:office")
    assert "no student of 19876A is called 999" in anseo(*nobody, status=1).output
    foreign = anseo("rules", "activate", "gb-eng-default-1", "--school", "19876A", status=2).output
    assert "rule-set-elsewhere: " in foreign
    assert "jurisdiction: GB-ENG; schools_in: IE" in foreign


def test_what_is_over_its_age_is_thrown_away() -> None:
    assert told("register", "purge-raw")["pages"] == 0
    assert "0 pages" in anseo("register", "purge-raw").stdout

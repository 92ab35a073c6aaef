"""`anseo calendar show` over files that were imported, in CSV and in iCalendar."""

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infrastructure.embedded.postgres import EmbeddedPostgres
from tests.support.typed import anseo

SCHOOLS = "school,name,jurisdiction,zone\nSB,Scoil Bhríde,IE,Europe/Dublin\n"
CALENDAR = "date,kind,until\n2025-09-01,TERM,2025-12-19\n"
EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//\r\nBEGIN:VEVENT\r\n"
    "DTSTART;VALUE=DATE:20251027\r\nDTEND;VALUE=DATE:20251101\r\nSUMMARY:Half term\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)
SPAN = ("--from", "2025-10-24", "--to", "2025-11-03")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    keep = EmbeddedPostgres(folder)
    keep.ensure()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANSEO_HOME", str(folder))
        for name, text in (("schools.csv", SCHOOLS), ("c.csv", CALENDAR), ("c.ics", EVENT)):
            (folder / name).write_text(text, encoding="utf-8", newline="")
        anseo("import", "schools", str(folder / "schools.csv"))
        anseo("import", "calendar", str(folder / "c.csv"), "--school", "SB")
        anseo("import", "calendar", str(folder / "c.ics"), "--school", "SB")
        yield folder
    keep.remove()


def shown(*words: str) -> dict[str, Any]:
    done = anseo("calendar", "show", "--school", "SB", *words, "--json")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.postgres
@pytest.mark.usefixtures("home")
def test_days_are_numbered_over_the_closure() -> None:
    numbers = {day["date"]: day["school_day"] for day in shown(*SPAN)["days"] if day["open"]}
    assert numbers == {"2025-10-24": 40, "2025-11-03": 41}


@pytest.mark.postgres
@pytest.mark.usefixtures("home")
def test_before_the_closure_was_known_the_days_were_open() -> None:
    first = shown(*SPAN)["versions"][-1]["position"]
    then = shown(*SPAN, "--known-at", str(first))
    assert sum(day["open"] for day in then["days"]) == 7


@pytest.mark.postgres
@pytest.mark.usefixtures("home")
def test_a_person_reads_a_line_a_day() -> None:
    told = anseo("calendar", "show", "--school", "SB", *SPAN).stdout
    assert "2025-10-24  open            day 40, week 8" in told
    assert "2025-10-27  closed" in told
    assert "HOLIDAY" in told


@pytest.mark.postgres
@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("--school", "NO"), 1, "anseo import schools"),
        (("--school", "SB", "--from", "2025-02-30"), 2, "write it as 2025-09-01"),
        (("--school", "SB", "--from", "2025-10-02", "--to", "2025-10-01"), 2, "forwards"),
    ],
)
def test_a_wish_that_cannot_be_is_answered_with_what_can(
    words: tuple[str, ...], status: int, told: str
) -> None:
    assert told in anseo("calendar", "show", *words, status=status).stderr


def suggested(place: str, first: str = "2025-09-01", last: str = "2026-06-30") -> str:
    return anseo(
        "calendar", "suggest", "--jurisdiction", place, "--from", first, "--to", last
    ).stdout


def test_public_holidays_are_asked_about_and_never_decided() -> None:
    """Trap 20. Good Friday is none in Ireland; Texas remembers on days on which school is open."""
    irish = suggested("IE")
    assert '"2025-10-27","PUBLIC_HOLIDAY?","October Bank Holiday"' in irish
    assert "2026-04-03" not in irish
    assert '"2026-04-21","PUBLIC_HOLIDAY?","San Jacinto Day"' in suggested("US-TX")


def test_the_four_parts_of_the_kingdom_have_lists_of_their_own() -> None:
    march = {
        place
        for place in ("GB-ENG", "GB-WLS", "GB-SCT", "GB-NIR")
        if "2026-03-17" in suggested(place)
    }
    assert march == {"GB-NIR"}
    assert "2026-04-06" not in suggested("GB-SCT")  # Easter Monday


def test_days_at_weekends_close_nothing_and_are_left_out() -> None:
    days = [line.split(",")[0].strip('"') for line in suggested("GB-ENG").splitlines()[1:]]
    assert days == sorted(days)
    assert "2026-05-25" in days
    assert all(date.fromisoformat(day).weekday() < 5 for day in days)


@pytest.mark.postgres
def test_a_suggestion_is_refused_until_a_person_has_decided(home: Path) -> None:
    path = home / "suggested.csv"
    path.write_text(suggested("IE", "2025-10-01", "2025-10-31"), encoding="utf-8")
    words = ("import", "calendar", str(path), "--school", "SB")
    assert "kind is TERM, HOURS or a kind of day" in anseo(*words, status=2).stdout
    path.write_text(path.read_text(encoding="utf-8").replace("?", ""), encoding="utf-8")
    anseo(*words)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("UK", "2025-09-01", "2025-12-31"), "four systems"),
        (("IE", "2025-09-01", "2025-08-31"), "forwards"),
        (("IE", "2025-09-01", ""), "forwards"),
    ],
)
def test_a_suggestion_that_cannot_be_is_answered_with_what_can(
    words: tuple[str, str, str], told: str
) -> None:
    place, first, last = words
    span = ("--from", first, "--to", last)
    assert told in anseo("calendar", "suggest", "--jurisdiction", place, *span, status=2).stderr


def test_without_the_optional_package_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    words = ("--jurisdiction", "IE", "--from", "2025-09-01", "--to", "2025-12-31")
    assert "anseo[holidays]" in anseo("calendar", "suggest", *words, status=1).stderr


@pytest.mark.postgres
@pytest.mark.usefixtures("home")
def test_days_and_a_term_are_said_in_a_persons_name_and_taken_back() -> None:
    """Row 001-030: a range at once; what opens it opens no weekend."""
    who = ("--school", "SB", "--by", "staff:office", "--reason", "the board's dates")
    days = ("--from", "2026-01-05", "--to", "2026-01-12")
    anseo("calendar", "term", "Spring", "--from", "2026-01-05", "--to", "2026-04-02", *who)
    closed = ("--date", "2026-01-07", "--until", "2026-01-09", "--kind", "PLANNED_CLOSURE")
    anseo("calendar", "say", *closed, *who)
    assert [day["date"][-2:] for day in shown(*days)["days"] if day["open"]] == ["05", "06", "12"]
    anseo("calendar", "term", "Spring", "--withdraw", *who)
    assert not any(day["open"] for day in shown(*days)["days"])
    assert (
        "term-unknown" in anseo("calendar", "term", "Spring", "--withdraw", *who, status=2).output
    )
    half = ("--from", "2026-01-05")
    assert "--withdraw" in anseo("calendar", "term", "Spring", *half, *who, status=2).output

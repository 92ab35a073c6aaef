"""Three ladders through a real year, with every date worked out by hand.

Schools of 2025-26 in Ireland, England and California: Christmas, half-terms, a closure that nobody
planned, and both changes of the clocks lie in the way. People approve on the next school day.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from domain.attendance.codes import code_table
from domain.attendance.day_words import DayWord
from domain.attendance.metrics import Denominator
from domain.attendance.other_days import with_words
from domain.attendance.rules import shipped_rule_set
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.sheet import sheet_of
from domain.attendance.tally import SchoolFacts
from domain.attendance.what_if import Step, climb_school
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.agenda import last_ended
from tests.support.naive_ladder import open_days
from tests.support.roll_book import SCHOOL, line

pytestmark = pytest.mark.journey
DAY: Final = timedelta(days=1)
Way = dict[str, tuple[str, str]]
"""By stage: the evening that proposed it, and the day on which it was entered."""


def days(*spans: str) -> list[date]:
    """Days written as `2025-10-27` or `2025-10-27/31`, within one month."""
    found = []
    for span in spans:
        first, _, last = span.partition("/")
        begin = date.fromisoformat(first)
        end = int(last) if last else begin.day
        found += [begin + n * DAY for n in range(end - begin.day + 1)]
    return found


def school(terms: Iterable[tuple[str, str]], closed: Iterable[str]) -> SchoolDays:
    found = tuple(Term(date.fromisoformat(a), date.fromisoformat(b)) for a, b in terms)
    return SchoolDays(found, closed=frozenset(days(*closed)))


def climbed(
    rules: str,
    calendar: SchoolDays,
    marks: Mapping[date, str],
    minutes: Mapping[date, int] | None = None,
) -> Way:
    """The year of one pupil, each stage once, by its first evening and its day of entry."""
    pupil = line(marks, calendar=calendar, minutes=minutes)
    table = code_table("us-ca") if rules.startswith("us-ca") else None
    facts = SchoolFacts(calendar, Denominator.MARKS, table)
    found = climb_school(shipped_rule_set(rules), open_days(calendar), sheet_of([pupil]), facts)
    steps: dict[str, Step | None] = {
        rung.name: found.step(number, 0) for number, rung in enumerate(found.ladder)
    }
    return {
        name: (step.proposed.isoformat(), "" if step.entered is None else step.entered.isoformat())
        for name, step in steps.items()
        if step is not None
    }


IRELAND: Final = school(
    [("2025-09-01", "2025-12-19"), ("2026-01-05", "2026-03-27"), ("2026-04-13", "2026-06-26")],
    ["2025-10-27/31", "2026-02-02", "2026-02-16/20", "2026-05-04", "2026-06-01"],
)
STORM: Final = [DayWord(day, is_open=False) for day in days("2025-11-20/21")]
ILL: Final = days(
    "2025-09-22/26",  # 1 to 5
    "2025-10-23/24",  # 6, 7: the last days before the mid-term break and the change of the clocks
    "2025-11-03/5",  # 8, 9, 10
    "2025-11-19",  # 11
    "2025-11-20/21",  # the storm: closed, they do not count
    "2025-11-24/27",  # 12 to 15
    "2025-12-18/19",  # 16, 17: the last days before Christmas
    "2026-01-05/7",  # 18, 19, 20
    "2026-01-19/20",  # 21, 22
    "2026-02-13",  # 23
    "2026-02-23/24",  # 24, 25: after the second mid-term break
)


def test_the_irish_ladder_to_the_twentieth_day() -> None:
    """The table, by hand. A mark settles when so many school days lie behind its day.

    | stage | what is reached | when | proposed | entered |
    |---|---|---|---|---|
    | NUDGE_5_DAYS | 5th day | Fri 26 Sep | that evening | by itself |
    | NUDGE_10_DAYS | 10th day | Wed 5 Nov | that evening | by itself |
    | LETTER_1 | 15th day, settled 2 | Thu 27 Nov | Mon 1 Dec | Tue 2 Dec |
    | MEETING | 3 more after 2 Dec: 18, 19 Dec, 5 Jan | Mon 5 Jan | that evening | Tue 6 Jan |
    | STATUTORY_20_DAY | 20th day, settled 1 | Wed 7 Jan | Thu 8 Jan | Fri 9 Jan, by the head |
    | LETTER_2 | 3 more after 6 Jan: 7, 19, 20 Jan, settled 2 | Tue 20 Jan | Thu 22 Jan | Fri 23 |
    | ESCALATION | 3 more after 23 Jan: 13, 23, 24 Feb, settled 2 | Tue 24 Feb | Thu 26 | Fri 27 |
    """
    marks = dict.fromkeys(ILL, "II")
    assert climbed("ie-default-1", with_words(IRELAND, STORM), marks) == {
        "NUDGE_5_DAYS": ("2025-09-26", "2025-09-26"),
        "NUDGE_10_DAYS": ("2025-11-05", "2025-11-05"),
        "LETTER_1": ("2025-12-01", "2025-12-02"),
        "MEETING": ("2026-01-05", "2026-01-06"),
        "STATUTORY_20_DAY": ("2026-01-08", "2026-01-09"),
        "LETTER_2": ("2026-01-22", "2026-01-23"),
        "ESCALATION": ("2026-02-26", "2026-02-27"),
    }


def test_a_storm_that_nobody_entered_would_have_brought_the_letter_two_days_early() -> None:
    """With 20 and 21 November as absences the 15th day is Tue 25 Nov, and settles on Thu 27."""
    way = climbed("ie-default-1", IRELAND, dict.fromkeys(ILL, "II"))
    assert way["LETTER_1"] == ("2025-11-27", "2025-11-28")


ENGLAND: Final = school(
    [("2025-09-01", "2025-12-19"), ("2026-01-05", "2026-03-27"), ("2026-04-13", "2026-07-17")],
    ["2025-10-27/31", "2026-02-16/20", "2026-05-04", "2026-05-25/29"],
)
FLOOD: Final = [DayWord(day, is_open=False) for day in days("2025-12-01/5")]
UNAUTHORISED: Final = {
    **dict.fromkeys(days("2025-10-06/8"), "UU"),  # school week 6: six sessions
    date(2025, 11, 5): "N/",  # school week 9, after half-term: one
    date(2025, 11, 18): "/G",  # school week 11: one
    date(2025, 12, 9): "O/",  # school week 13, after the week of the flood: one
    date(2026, 1, 7): "U/",  # school week 15, after Christmas: the tenth
}


def test_the_english_ten_sessions_in_ten_school_weeks() -> None:
    """Weeks of half-term, flood and Christmas are no school weeks: weeks 6 to 15 hold ten.

    | stage | what is reached | proposed | entered |
    |---|---|---|---|
    | LETTER_1 | 6 of 56 sessions by Wed 8 Oct, at least 10 %, settled 5 | Wed 15 Oct | Thu 16 Oct |
    | MEETING_ATTENDANCE_CONTRACT | 6 of the last 40, once the letter is out | Fri 17 Oct | Mon 20 |
    | LETTER_2 | still 6 of the 40 until Tue 14 Oct, settled 5 | Tue 21 Oct | Wed 22 Oct |
    | NUDGE_DAYS_MISSED | 6 of 80 in the half-term before, over 5 % | Mon 3 Nov | by itself |
    | FIRST_DAY_CONTACT | N on the day | Wed 5 Nov | by itself |
    | CONSIDER_PENALTY_NOTICE | 10 sessions by Wed 7 Jan, settled 5 | Wed 14 Jan | Thu 15, head |
    """
    assert climbed("gb-eng-default-1", with_words(ENGLAND, FLOOD), UNAUTHORISED) == {
        "LETTER_1": ("2025-10-15", "2025-10-16"),
        "MEETING_ATTENDANCE_CONTRACT": ("2025-10-17", "2025-10-20"),
        "LETTER_2": ("2025-10-21", "2025-10-22"),
        "NUDGE_DAYS_MISSED": ("2025-11-03", "2025-11-03"),
        "FIRST_DAY_CONTACT": ("2025-11-05", "2025-11-05"),
        "CONSIDER_PENALTY_NOTICE": ("2026-01-14", "2026-01-15"),
    }


def test_without_the_flood_the_tenth_session_comes_one_school_week_too_late() -> None:
    """7 January is then in school week 16: weeks 7 to 16 hold four. Seventy days hold four, too."""
    assert "CONSIDER_PENALTY_NOTICE" not in climbed("gb-eng-default-1", ENGLAND, UNAUTHORISED)


CALIFORNIA: Final = school(
    [("2025-08-13", "2025-12-19"), ("2026-01-05", "2026-06-04")],
    [
        *("2025-09-01", "2025-11-11", "2025-11-24/28", "2026-01-19", "2026-02-16"),
        *("2026-03-30/31", "2026-04-01/3", "2026-05-25"),
    ],
)
SMOKE: Final = [DayWord(day, is_open=False) for day in days("2025-10-09/10")]
TRUANT: Final = {
    date(2025, 9, 5): "UU",  # the first occasion
    date(2025, 9, 23): "T/",  # 45 minutes without an excuse: the second
    date(2025, 9, 24): "E/",  # 45 minutes at the dentist: none
    date(2025, 10, 1): "T/",  # 30 minutes: none
    date(2025, 10, 9): "UU",  # smoke: closed
    date(2025, 10, 14): "UU",  # the third
    date(2025, 11, 3): "UU",  # the Monday after the clocks went back
    date(2025, 12, 4): "II",  # excused: none
    date(2026, 3, 9): "UU",  # the Monday after the clocks went forward
}
LATE: Final = {date(2025, 9, 23): 45, date(2025, 9, 24): 45, date(2025, 10, 1): 30}


def test_the_californian_three_notices() -> None:
    """48260 to 48262: three occasions, one further, one further, with a conference between.

    | stage | what is reached | proposed | entered |
    |---|---|---|---|
    | TRUANCY_NOTICE_1 | third occasion on Tue 14 Oct, settled 3 | Fri 17 Oct | Mon 20 Oct |
    | CONFERENCE | the first notice is out | Tue 21 Oct | Wed 22 Oct |
    | TRUANCY_NOTICE_2 | one more on Mon 3 Nov | that evening | Tue 4 Nov |
    | HABITUAL_TRUANT_NOTICE_3 | one more on Mon 9 Mar | that evening | Tue 10 Mar, by the head |
    """
    way = climbed("us-ca-default-1", with_words(CALIFORNIA, SMOKE), TRUANT, LATE)
    notices = {name: way.get(name) for name in way if "NUDGE" not in name}
    assert notices == {
        "TRUANCY_NOTICE_1": ("2025-10-17", "2025-10-20"),
        "CONFERENCE": ("2025-10-21", "2025-10-22"),
        "TRUANCY_NOTICE_2": ("2025-11-03", "2025-11-04"),
        "HABITUAL_TRUANT_NOTICE_3": ("2026-03-09", "2026-03-10"),
    }


def test_without_the_smoke_the_first_notice_comes_on_the_fifteenth() -> None:
    """9 October is then the third occasion, and settles on the 14th."""
    way = climbed("us-ca-default-1", CALIFORNIA, TRUANT, LATE)
    assert way["TRUANCY_NOTICE_1"] == ("2025-10-14", "2025-10-15")


@pytest.mark.parametrize(
    ("zone", "calendar", "first"),
    [
        ("Europe/Dublin", IRELAND, "2025-10-24"),
        ("Europe/Dublin", IRELAND, "2026-03-26"),
        ("Europe/London", ENGLAND, "2025-10-24"),
        ("Europe/London", ENGLAND, "2026-03-26"),
        ("America/Los_Angeles", CALIFORNIA, "2025-10-31"),
        ("America/Los_Angeles", CALIFORNIA, "2026-03-06"),
    ],
)
def test_over_both_changes_of_the_clocks_each_school_day_has_one_evening(
    zone: str, calendar: SchoolDays, first: str
) -> None:
    """A poller that asks every quarter of an hour sees each open day end once, in order."""
    begins = date.fromisoformat(first)
    row = SchoolRow(SCHOOL, "t", "S1", "School", "IE", zone, "ie", Denominator.MARKS)
    at = datetime.combine(begins, time(), ZoneInfo(zone)).astimezone(UTC)
    evenings, before = [], last_ended(at, row, calendar, time(17))
    for _ in range(24 * 4 * 25):
        at += timedelta(minutes=15)
        ended = last_ended(at, row, calendar, time(17))
        if ended != before:
            local = at.astimezone(ZoneInfo(zone))
            assert (local.date(), local.time()) == (ended, time(17))
            evenings.append(ended)
            before = ended
    wanted = [day for n in range(25) if calendar.is_open(day := begins + n * DAY)]
    assert evenings == wanted

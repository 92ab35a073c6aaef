"""The worked examples and traps about codes, told in the codes schools write. Shows 001-027."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.attendance.codes import ABSENT, POSSIBLE, CodeRow, CodeTable, MarkStatus, Reasons
from domain.attendance.jurisdictions import jurisdiction
from domain.attendance.metrics import Counting, Denominator, Numbers, in_days
from domain.attendance.register_line import Mark, Pupil, RegisterLine, Session, register_line
from domain.attendance.school_days import SchoolDays
from domain.attendance.tally import measure
from domain.shared.ids import SchoolId, StudentId
from tests.support.asking_rules import PERSISTENT, days_absent, reaches

FIRST = date(2025, 9, 1)
SUMMER = date(2026, 8, 31)  # the last day of the school year: every mark of it has settled
WEEKDAYS = [day for n in range(600) if (day := FIRST + timedelta(days=n)).weekday() < 5]
PUPIL = Pupil(StudentId(UUID(int=1)), SchoolId(UUID(int=2)), "1")
OPEN = SchoolDays()
BEFORE, AFTER = date(2024, 8, 18), date(2024, 8, 19)
ENGLAND, IRELAND = jurisdiction("GB-ENG").table, jurisdiction("IE").table
CALIFORNIA, TEXAS = jurisdiction("US-CA").table, jurisdiction("US-TX").table
# The Department's own published sums, code by code.
PRESENT_SESSIONS = {"/", "\\", "L"}
EDUCATIONAL_ACTIVITY = {"B", "J", "P", "V", "W", "K"}
UNAUTHORISED = {"G", "U", "O", "N"}
AUTHORISED = {*"IMRSTHEFC", "C1", "C2", "J1"}
NOT_COUNTED = {*"DXQZ#Y-", *(f"Y{n}" for n in range(1, 8))}


def row(table: CodeTable, code: str, on: date = FIRST) -> CodeRow:
    found = table.find(code, on)
    assert found is not None, code
    return found


def line(table: CodeTable, halves: Iterable[str]) -> RegisterLine:
    """Two codes a day, morning and afternoon; an empty word leaves the half out."""
    places = ((day, half) for day in WEEKDAYS for half in (Session.AM, Session.PM))
    marks = [
        Mark(day, half, code, row(table, code, day).status)
        for (day, half), code in zip(places, halves, strict=False)
        if code
    ]
    return register_line(PUPIL, marks, table.day_counting, OPEN)


def numbers(line: RegisterLine, counting: Counting = Counting()) -> Numbers:  # noqa: B008
    return measure(line, OPEN, (WEEKDAYS[0], WEEKDAYS[-1]), counting, Denominator.MARKS)


def codes_of(counts: Mapping[str, int]) -> list[str]:
    return [code for code, times in counts.items() for _ in range(times)]


def statuses(table: CodeTable, on: date) -> dict[str, MarkStatus]:
    return {one.code: one.status for one in table.in_force(on)}


def with_status(on: date, *wanted: MarkStatus) -> set[str]:
    return {code for code, status in statuses(ENGLAND, on).items() if status in wanted}


def test_a_what_is_in_the_denominator_in_english_codes() -> None:
    """125 of 136: neither 125 of 140 nor 118 of 140, which would accuse. Traps 1, 2 and 10."""
    told = {"/": 118, "L": 4, "V": 2, "K": 1, "I": 6, "M": 2, "U": 3, "Y2": 2, "#": 2}
    register = line(ENGLAND, codes_of(told))
    found = numbers(register)
    assert sum(told.values()) == 140
    assert (found.possible, found.absent, found.possible - found.absent) == (136, 11, 125)
    assert found.rate_percent == "8.1"
    assert not reaches(register, PERSISTENT, SUMMER)
    unauthorised = numbers(register, Counting(Reasons.UNEXCUSED))
    assert unauthorised.absent == 3


def test_e_and_f_half_days_in_english_codes() -> None:
    """I in the morning: half a day beside a mark, and one of one where the afternoon is closed."""
    half = numbers(line(ENGLAND, ["I", "\\"]))
    assert (in_days(half.absent), in_days(half.possible)) == ("0.5", 1)
    mixed = numbers(line(ENGLAND, ["I", "#"]))
    assert (mixed.absent, mixed.possible) == (1, 1)


@pytest.mark.parametrize(("on", "known"), [(BEFORE, {"J", "H"}), (AFTER, {"K"})])
def test_the_departments_sums_are_the_tables_statuses(on: date, known: set[str]) -> None:
    """The identities of the published counts, before and after the change of 19 August 2024."""
    there = set(statuses(ENGLAND, on))
    assert known <= there
    assert with_status(on, MarkStatus.PRESENT, MarkStatus.PRESENT_LATE) == PRESENT_SESSIONS
    assert with_status(on, MarkStatus.PRESENT_OFFSITE) == EDUCATIONAL_ACTIVITY & there
    assert with_status(on, *ABSENT[Reasons.UNEXCUSED]) == UNAUTHORISED
    assert with_status(on, *ABSENT[Reasons.EXCUSED]) == AUTHORISED & there
    assert there - with_status(on, *POSSIBLE) == NOT_COUNTED & there
    assert {one.code for one in ENGLAND.in_force(on) if one.late} == {"L", "U"}


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(one.code for one in ENGLAND.in_force(FIRST)))))
def test_possible_is_the_sum_of_the_departments_parts(codes: list[str]) -> None:
    """possible = present + off site + authorised + unauthorised, whatever was written."""
    told = Counter(codes)
    attending = sum(told[code] for code in PRESENT_SESSIONS | EDUCATIONAL_ACTIVITY)
    absent = sum(told[code] for code in AUTHORISED | UNAUTHORISED)
    found = numbers(line(ENGLAND, codes))
    assert (found.possible, found.absent) == (attending + absent, absent)
    assert numbers(line(ENGLAND, codes), Counting(Reasons.UNEXCUSED)).absent == sum(
        told[code] for code in UNAUTHORISED
    )


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["/", "\\", "I", "G"]), min_size=1, max_size=60),
    st.lists(st.sampled_from(sorted(NOT_COUNTED - {"Y"})), max_size=60),
)
def test_codes_that_do_not_count_change_no_rate(codes: list[str], added: list[str]) -> None:
    """Trap 1: D, X, Q, Y1 to Y7, # and Z are neither present nor absent, wherever they stand."""
    assert numbers(line(ENGLAND, [*codes, *added])).rate == numbers(line(ENGLAND, codes)).rate
    assert numbers(line(ENGLAND, [*added, *codes])).rate == numbers(line(ENGLAND, codes)).rate


@pytest.mark.parametrize("code", ["D", "X", "Q", *(f"Y{n}" for n in range(1, 8)), "#", "Z", "-"])
def test_nobody_is_accused_or_praised_by_a_code_that_does_not_count(code: str) -> None:
    said = row(ENGLAND, code).as_dict()
    assert not any(said[flag] for flag in ("possible", "attending", "authorised", "unauthorised"))


def test_closure_exclusion_from_roll_and_inability_are_told_apart() -> None:
    """The family of # / X / Y / Z: administration, and pupils who could not or need not attend."""
    assert row(ENGLAND, "#").status is row(ENGLAND, "Z").status is MarkStatus.NOT_OPEN
    family = ["X", "Q", "D", *(f"Y{n}" for n in range(1, 8))]
    assert {row(ENGLAND, code).status for code in family} == {MarkStatus.NOT_COUNTED}
    assert row(ENGLAND, "-").status is MarkStatus.MISSING


@pytest.mark.parametrize("code", ["B", "K", "P", "V", "W", "L"])
def test_off_site_and_late_before_the_register_closes_are_attending(code: str) -> None:
    """Trap 2."""
    assert row(ENGLAND, code).as_dict()["attending"]


def test_the_codes_that_count_towards_a_penalty_are_the_unauthorised_ones() -> None:
    """G, N, O and U; authorised absence never (trap 11), but N provisionally does."""
    for on in (BEFORE, AFTER):
        assert with_status(on, *ABSENT[Reasons.UNEXCUSED]) == {"G", "N", "O", "U"}
    assert row(ENGLAND, "N").status is MarkStatus.ABSENT_UNEXPLAINED
    assert "provisional" in (row(ENGLAND, "N").note or "")


def test_what_was_withdrawn_and_what_is_new_on_19_august_2024() -> None:
    before, after = set(statuses(ENGLAND, BEFORE)), set(statuses(ENGLAND, AFTER))
    assert before - after == {"H", "J", "Y"}
    assert after - before == {"C1", "C2", "J1", "K", "Q", *(f"Y{n}" for n in range(1, 8))}


def test_an_interview_attended_then_and_is_an_absence_now() -> None:
    """Trap 4: the old J and the new J1 are two rows."""
    assert row(ENGLAND, "J", BEFORE).as_dict()["attending"]
    assert row(ENGLAND, "J1", AFTER).as_dict()["authorised"]


def test_the_meaning_of_c_changed_and_its_history_keeps_the_old_one() -> None:
    old, new = row(ENGLAND, "C", BEFORE), row(ENGLAND, "C", AFTER)
    assert "performances" in old.meaning
    assert new.meaning == "leave: exceptional circumstances"


def test_an_extended_family_holiday_is_known_until_2013_only() -> None:
    assert row(ENGLAND, "F", date(2013, 7, 1)).as_dict()["authorised"]
    assert ENGLAND.find("F", date(2014, 7, 1)) is None


def test_i_late_is_three_things_in_three_places() -> None:
    """Trap 12: England's L and U, the Irish roll call, California's thirty minutes."""
    before_it_closed, after_it_closed = row(ENGLAND, "L").as_dict(), row(ENGLAND, "U").as_dict()
    assert (before_it_closed["attending"], before_it_closed["late"]) == (True, True)
    assert (after_it_closed["unauthorised"], after_it_closed["late"]) == (True, True)
    assert not any(one.late for one in IRELAND.codes)  # who comes after the roll call was absent
    assert IRELAND.find("L", FIRST) is None
    assert row(CALIFORNIA, "Tardy").as_dict()["attending"]


@pytest.mark.parametrize(
    ("table", "part"),
    [
        (CALIFORNIA, "Tardy"),
        (CALIFORNIA, "Early departure"),
        (CALIFORNIA, "Partial"),
        (TEXAS, "Early departure"),  # coming late is not taken as a part of a day there
        (TEXAS, "Partial"),
    ],
)
def test_a_code_for_a_part_of_a_day_says_no_excuse_unless_it_says_so(
    table: CodeTable, part: str
) -> None:
    """48260 asks for "without a valid excuse": the categories of Ed-Fi do not say it."""
    assert row(table, part).part_of_day
    assert row(table, part).without_excuse is None
    assert row(table, f"Excused {part}").without_excuse is False
    assert row(table, f"Unexcused {part}").without_excuse is True
    assert {row(table, f"{word} {part}").part_of_day for word in ("Excused", "Unexcused")} == {True}


def test_a_full_day_says_its_excuse_by_its_status() -> None:
    for table in (CALIFORNIA, TEXAS):
        assert row(table, "Unexcused Absence").without_excuse is True
        assert row(table, "Excused Absence").without_excuse is False
        assert row(table, "Present").without_excuse is False
    assert row(TEXAS, "Tardy").without_excuse is None
    assert not row(TEXAS, "Tardy").part_of_day


@pytest.mark.parametrize("code", list("ABDEFH"))
def test_every_irish_reason_counts_towards_twenty(code: str) -> None:
    """Trap 15: a certificate does not take illness out."""
    for days, reached in ((20, True), (19, False)):
        register = line(IRELAND, [code, code] * days)
        assert reaches(register, days_absent(20), SUMMER, unit="DAY") is reached


@pytest.mark.parametrize("code", ["C", "G"])
def test_expelled_and_transferred_irish_pupils_are_not_absent(code: str) -> None:
    """Trap 16: both have notifications of their own."""
    assert numbers(line(IRELAND, [code, code] * 30)).absent == 0
    assert row(IRELAND, code).category is None


def test_only_an_unexplained_irish_absence_is_unexcused() -> None:
    """The agency tells explained from unexplained; the law knows no authorised absence."""
    unexcused = {one.code for one in IRELAND.codes if one.status in ABSENT[Reasons.UNEXCUSED]}
    assert unexcused == {"F"}
    assert IRELAND.words.authorised == "explained"
    assert IRELAND.words.unauthorised == "unexplained"


def test_an_irish_day_is_never_counted_as_two_or_as_a_half() -> None:
    """Trap 13."""
    day = numbers(line(IRELAND, ["A", "A"]))
    assert (in_days(day.absent), in_days(day.possible)) == (1, 1)
    morning_only = numbers(line(IRELAND, ["A", "P"]))
    assert in_days(morning_only.absent) == 1


@pytest.mark.parametrize(
    ("letter", "category"),
    [
        ("A", "Illness"),
        ("B", "Urgent Family Reason"),
        ("D", "Suspended"),
        ("E", "Other"),
        ("F", "Unexplained"),
        ("H", "Holiday"),
    ],
)
def test_primary_letters_and_post_primary_categories_are_one_list(
    letter: str, category: str
) -> None:
    """Primary systems write the letter, post-primary ones the category of the report."""
    found = row(IRELAND, letter)
    assert found.category == category
    assert row(IRELAND, category.lower()) == found


@pytest.mark.parametrize(
    ("category", "status"),
    [
        ("In Attendance", MarkStatus.PRESENT),
        ("Present", MarkStatus.PRESENT),
        ("Excused Absence", MarkStatus.ABSENT_AUTHORISED),
        ("Unexcused Absence", MarkStatus.ABSENT_UNAUTHORISED),
        ("Tardy", MarkStatus.PRESENT_LATE),
        ("Early departure", MarkStatus.PRESENT),
        ("Partial", MarkStatus.ABSENT_UNEXPLAINED),
    ],
)
@pytest.mark.parametrize("place", ["US", "US-CA", "US-TX", "US-OH"])
def test_every_category_of_ed_fi_has_a_meaning_in_every_state(
    place: str, category: str, status: MarkStatus
) -> None:
    assert row(jurisdiction(place).table, category).status is status


def test_what_nobody_has_checked_says_so() -> None:
    unchecked = {
        (table.jurisdiction, one.code)
        for table in (ENGLAND, IRELAND, CALIFORNIA, TEXAS, jurisdiction("GB-WLS").table)
        for one in table.codes
        if not one.checked
    }
    assert unchecked == {("GB-ENG", "C"), ("GB-ENG", "F"), ("GB-WLS", "C")}

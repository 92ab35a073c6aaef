"""The marks of the made-up district: on the right days, with known codes, in believable numbers."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from statistics import mean, median

import pytest

from domain.attendance.codes import MarkStatus, code_table
from infrastructure.embedded.district import DEMO_SEED, District, make_district
from infrastructure.embedded.district.absence import Pattern

TERM_ENDS = date(2025, 12, 19)
Marks = dict[str, dict[date, str]]  # pupil -> day -> code


@pytest.fixture(scope="module")
def district() -> District:
    return make_district(DEMO_SEED)


@pytest.fixture(scope="module")
def roll(district: District) -> Marks:
    """What the roll said on the day."""
    found: Marks = defaultdict(dict)
    for on in district.term_days:
        for school in district.schools:
            for pupil, day, code in said(district.daily_marks(school, on)):
                assert day == on
                assert day not in found[pupil]
                found[pupil][day] = code
    return found


@pytest.fixture(scope="module")
def settled(district: District, roll: Marks) -> Marks:
    """What it says in the end."""
    found = {pupil: dict(days) for pupil, days in roll.items()}
    for on in district.term_days:
        for school in district.schools:
            for pupil, day, code in said(district.corrections(school, on)):
                found[pupil][day] = code
    return found


def said(data: bytes) -> Iterator[tuple[str, date, str]]:
    for row in csv.DictReader(data.decode().splitlines()):
        assert row["session"] == "DAY"
        yield row["student"], date.fromisoformat(row["date"]), row["code"]


def rate(days: dict[date, str]) -> float:
    return sum(code != "P" for code in days.values()) / len(days)


def test_no_mark_lies_on_a_closed_day(district: District, roll: Marks) -> None:
    closed = {date(2025, 11, 20), *(date(2025, 10, day) for day in range(27, 32))}
    for pupil, days in roll.items():
        training = date(2025, 11, 14) if in_college(district, pupil) else date(2025, 10, 10)
        assert not (closed | {training}) & set(days)
        assert all(day.weekday() < 5 and day <= TERM_ENDS for day in days)
    assert district.daily_marks("SB", date(2025, 11, 20)) == b""


def in_college(district: District, pupil: str) -> bool:
    return district.pupils[pupil].school.source_id == "SDC"


def test_each_pupil_on_the_roll_has_one_mark_on_each_open_day(
    district: District, roll: Marks
) -> None:
    for pupil in district.pupils.values():
        days = [day for day in pupil.school.open_days if day <= TERM_ENDS and pupil.on_roll(day)]
        assert sorted(roll[pupil.source_id]) == days
    assert {len(days) for days in roll.values()} >= {73}


def test_some_join_late_and_some_leave_early(district: District) -> None:
    first = date(2025, 9, 1)
    joiners = [one for one in district.pupils.values() if one.enrolled_on > first]
    leavers = [one for one in district.pupils.values() if one.left_on]
    assert 3 <= len(joiners) <= 8
    assert 3 <= len(leavers) <= 8
    opening = b"".join(one.data for one in district.files()).decode()
    assert not any(one.source_id in opening for one in joiners)
    for one in joiners:
        files = list(district.deliveries(one.enrolled_on))
        named = [file.content for file in files if one.source_id in file.data.decode()]
        assert named == ["students", "guardians", "marks"]


def test_who_leaves_is_named_on_the_last_day_and_not_before(district: District) -> None:
    opening = b"".join(one.data for one in district.files() if one.content == "students").decode()
    for one in district.pupils.values():
        if one.left_on:
            row = f"{one.enrolled_on.isoformat()},{one.left_on.isoformat()}"
            assert row not in opening
            files = [file for file in district.deliveries(one.left_on) if row in file.data.decode()]
            assert [file.content for file in files] == ["students"]


def test_a_storm_is_announced_on_the_school_day_before(district: District) -> None:
    files = [one for one in district.deliveries(date(2025, 11, 19)) if one.content == "calendar"]
    assert [one.school for one in files] == ["SB", "GBF", "SDC"]
    assert all(b"2025-11-20,EMERGENCY_CLOSURE" in one.data for one in files)
    assert list(district.deliveries(date(2025, 11, 20))) == []


def test_the_year_goes_on_after_christmas(district: District) -> None:
    for school in district.schools.values():
        assert school.open_days[-1] == school.terms[-1].ends_on
        assert 150 < len(school.open_days) < 185
        assert list(said(district.daily_marks(school.source_id, date(2026, 1, 5))))


def test_every_code_is_known_and_many_are_used(roll: Marks, settled: Marks) -> None:
    table = code_table("ie")
    used = Counter(code for days in (*roll.values(), *settled.values()) for code in days.values())
    assert set(used) == {"P", "A", "B", "D", "E", "F", "H"}
    for code in used:
        row = table.find(code, TERM_ENDS)
        assert row is not None
        assert row.status is not MarkStatus.UNKNOWN_CODE


def test_notes_arrive_two_school_days_late(district: District, roll: Marks) -> None:
    turned = Counter[str]()
    for on in district.term_days:
        for one in district.schools.values():
            for pupil, day, code in said(district.corrections(one.source_id, on)):
                assert roll[pupil][day] == "F"
                assert one.open_days.index(on) - one.open_days.index(day) == 2
                turned[code] += 1
    assert turned["A"] > 200
    assert turned["P"] > 3  # the pupil was there after all
    assert "F" not in turned


def test_a_file_of_a_day_holds_the_roll_and_the_notes_about_earlier_days(
    district: District,
) -> None:
    for on in district.term_days:
        for one in district.deliveries(on):
            if one.content == "marks":
                assert one.school is not None
                roll = list(said(district.daily_marks(one.school, on)))
                notes = list(said(district.corrections(one.school, on)))
                assert list(said(one.data)) == [*roll, *notes]


def test_most_pupils_miss_little_and_a_tenth_misses_much(
    district: District, settled: Marks
) -> None:
    rates = {pupil: rate(days) for pupil, days in settled.items()}
    by_pattern = defaultdict(list)
    for pupil, share in rates.items():
        by_pattern[district.patterns[pupil]].append(share)
    assert 0.02 <= median(by_pattern[Pattern.STEADY]) <= 0.06
    assert 0.03 < mean(rates.values()) < 0.06
    assert 0.08 <= len(by_pattern[Pattern.CHRONIC]) / 600 <= 0.1
    assert 0.1 < mean(by_pattern[Pattern.CHRONIC]) < 0.2
    assert 0.06 < sum(share >= 0.1 for share in rates.values()) / 600 < 0.11
    assert max(by_pattern[Pattern.CHRONIC]) > 0.2


def test_a_handful_gets_worse_and_then_better(district: District, settled: Marks) -> None:
    dips = [pupil for pupil, pattern in district.patterns.items() if pattern is Pattern.DIP]
    assert 4 <= len(dips) <= 10

    def share(first: date, last: date) -> float:
        days = [code for one in dips for day, code in settled[one].items() if first <= day <= last]
        return sum(code != "P" for code in days) / len(days)

    before = share(date(2025, 9, 1), date(2025, 9, 19))
    within = share(date(2025, 9, 22), date(2025, 10, 24))
    after = share(date(2025, 11, 10), TERM_ENDS)
    assert before < 0.1
    assert within > 0.2
    assert after < 0.1


def test_illness_sticks_rises_in_winter_and_loves_long_weekends(settled: Marks) -> None:
    by_day: dict[date, list[bool]] = defaultdict(list)
    again: list[bool] = []
    after_present: list[bool] = []
    for days in settled.values():
        ordered = sorted(days)
        for day in ordered:
            by_day[day].append(days[day] != "P")
        for one, other in pairwise(ordered):
            (after_present if days[one] == "P" else again).append(days[other] != "P")
    assert mean(again) > 5 * mean(after_present)

    def share(*wanted: int, months: bool) -> float:
        chosen = [day for day in by_day if (day.month if months else day.weekday()) in wanted]
        return mean(mean(by_day[day]) for day in chosen)

    assert share(11, 12, months=True) > 1.3 * share(9, months=True)
    assert share(0, 4, months=False) > 1.1 * share(1, 2, 3, months=False)


def test_children_of_one_home_are_away_together_more_than_others(
    district: District, settled: Marks
) -> None:
    first = [home.pupils[0].source_id for home in district.households if len(home.pupils) > 1]
    second = [home.pupils[1].source_id for home in district.households if len(home.pupils) > 1]
    strangers = second[7:] + second[:7]

    def together(others: list[str]) -> int:
        return sum(
            code != "P" and settled[other].get(day, "P") != "P"
            for one, other in zip(first, others, strict=True)
            for day, code in settled[one].items()
        )

    assert together(second) > 2 * together(strangers)

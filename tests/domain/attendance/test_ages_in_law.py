"""Compulsory school age as ranges of days: Ireland, England and Wales, California, Texas."""

from datetime import date, timedelta

import pytest

from domain.attendance.ages import COMPULSORY, LONGER, Known, birthday, compulsory, ranges
from domain.attendance.jurisdictions import jurisdiction, jurisdictions

DAY = timedelta(days=1)
KNOWN = Known(date(2024, 9, 1), date(2027, 8, 31))


def of(place: str, born: date) -> tuple[date, date]:
    law = jurisdiction(place).compulsory_age
    assert law is not None
    return compulsory(born, law)


@pytest.mark.parametrize(
    ("born", "first"),
    [
        (date(2020, 3, 31), date(2025, 3, 31)),  # five on a prescribed day: from that day
        (date(2020, 4, 1), date(2025, 8, 31)),
        (date(2020, 8, 31), date(2025, 8, 31)),
        (date(2020, 9, 1), date(2025, 12, 31)),
        (date(2020, 12, 31), date(2025, 12, 31)),
        (date(2021, 1, 1), date(2026, 3, 31)),
    ],
)
@pytest.mark.parametrize("place", ["GB-ENG", "GB-WLS"])
def test_english_children_begin_on_the_prescribed_day_after_five(
    place: str, born: date, first: date
) -> None:
    """Education Act 1996, section 8(2): DOMAIN 1.1, the term after the fifth birthday."""
    assert of(place, born)[0] == first


@pytest.mark.parametrize(
    ("born", "last"),
    [
        (date(2009, 9, 1), date(2026, 6, 26)),  # the last Friday in June of that school year
        (date(2010, 6, 26), date(2026, 6, 26)),
        (date(2010, 8, 31), date(2026, 6, 26)),  # sixteen after it, before the next school year
        (date(2010, 9, 1), date(2027, 6, 25)),
        (date(2009, 8, 31), date(2025, 6, 27)),
    ],
)
def test_english_pupils_leave_with_the_last_friday_in_june(born: date, last: date) -> None:
    assert of("GB-ENG", born)[1] == last
    assert last.weekday() == 4


@pytest.mark.parametrize(
    ("place", "ages"), [("IE", (6, 16)), ("US-CA", (6, 18)), ("US-TX", (6, 19))]
)
def test_elsewhere_the_age_runs_from_birthday_to_birthday(
    place: str, ages: tuple[int, int]
) -> None:
    born = date(2012, 5, 4)
    first, last = of(place, born)
    assert (first, last + DAY) == (birthday(born, ages[0]), birthday(born, ages[1]))


def test_who_was_born_on_the_29_february_has_a_birthday_in_march() -> None:
    assert birthday(date(2012, 2, 29), 6) == date(2018, 3, 1)
    assert birthday(date(2012, 2, 29), 16) == date(2028, 2, 29)


def test_of_whoever_is_well_inside_an_age_no_birthday_is_told() -> None:
    """Privacy: a pupil of ten looks like every other pupil of ten."""
    place = jurisdiction("IE")
    told = [ranges(born, place.compulsory_age, place.ages, KNOWN) for born in _tens()]
    assert all(one == told[0] for one in told)
    assert told[0][COMPULSORY] == (KNOWN.first, KNOWN.last)
    assert told[0]["AGE_6"] == (KNOWN.first, KNOWN.last)
    assert told[0]["AGE_16"] == (KNOWN.last + DAY, KNOWN.last)
    assert told[0][LONGER] == (KNOWN.last + DAY, KNOWN.last)


def _tens() -> list[date]:
    return [date(2015, 1, 1) + 40 * n * DAY for n in range(9)]


def test_an_age_that_is_over_before_the_first_known_day_has_no_day_inside() -> None:
    place = jurisdiction("IE")
    grown = ranges(date(2000, 1, 1), place.compulsory_age, (), KNOWN)
    assert grown[COMPULSORY] == (KNOWN.first, KNOWN.first - DAY)


def test_where_nobody_has_read_the_law_only_ages_are_told() -> None:
    assert jurisdiction("GB-SCT").compulsory_age is None
    assert ranges(date(2015, 1, 1), None, (5,), KNOWN) == {"AGE_5": (KNOWN.first, KNOWN.last)}


def test_every_law_says_where_it_stands_and_whether_it_was_read() -> None:
    laws = [one.compulsory_age for one in jurisdictions().values()]
    read = [law for law in laws if law is not None]
    assert {law.read for law in read} <= {"PRIMARY", "SECONDARY", "UNREAD"}
    assert all(law.law and law.begins_at < law.ends_at for law in read)

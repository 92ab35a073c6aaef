"""A rule set decides in its own place, from its first day to its last, and nowhere round about."""

from datetime import date, time

import pytest

from domain.attendance.in_force import Scope, decides_at, decides_on, is_over, replaces, scope_of
from domain.attendance.jurisdictions import jurisdiction, jurisdictions, with_usual_hours
from domain.attendance.register_hours import RegisterHours, closes_at
from domain.attendance.register_line import Session
from domain.attendance.rules import shipped_rule_set, shipped_rule_sets

TODAY = date(2026, 1, 15)
IE, TEXAS, STATES, ANY = (Scope(jurisdiction=place) for place in ("IE", "US-TX", "US", None))


@pytest.mark.parametrize(
    ("rules", "place", "decides"),
    [
        (IE, "IE", True),
        (IE, "GB-ENG", False),
        (TEXAS, "US-TX", True),
        (TEXAS, "US-CA", False),
        (TEXAS, "US", False),
        (STATES, "US-TX", True),
        (STATES, "US", True),
        (Scope(jurisdiction="GB-E"), "GB-ENG", False),
        (ANY, "GB-SCT", True),
    ],
)
def test_a_country_decides_in_its_parts_and_a_part_in_itself(
    rules: Scope, place: str, decides: bool
) -> None:
    assert decides_at(rules, place) is decides


def test_the_first_and_the_last_day_of_a_rule_set_count() -> None:
    rules = scope_of({"effectiveFrom": "2025-09-01", "effectiveTo": "2026-08-31", "stages": []})
    days = [date(2025, 8, 31), date(2025, 9, 1), date(2026, 8, 31), date(2026, 9, 1)]
    assert [decides_on(rules, day) for day in days] == [False, True, True, False]
    assert [is_over(rules, day) for day in days] == [False, False, False, True]
    assert decides_on(ANY, date.min)


@pytest.mark.parametrize(
    ("new", "old", "places", "replaced"),
    [
        (IE, IE, ["IE"], True),
        (IE, TEXAS, ["IE", "US-TX"], False),
        (IE, ANY, ["IE"], True),
        (IE, ANY, ["IE", "US-TX"], False),
        (IE, ANY, [], False),
        (ANY, IE, [], True),
        (IE, Scope(jurisdiction="IE"), [], True),
        (Scope(effective_from=date(2026, 9, 1)), IE, ["IE"], False),
        (Scope(effective_to=date(2026, 6, 30)), IE, ["IE"], False),
        (
            Scope(effective_to=date(2026, 6, 30)),
            Scope(effective_to=date(2026, 6, 30)),
            ["IE"],
            True,
        ),
    ],
)
def test_a_rule_set_replaces_what_it_decides_instead_of(
    new: Scope, old: Scope, places: list[str], replaced: bool
) -> None:
    """One that begins in September leaves this year's in use until then."""
    assert replaces(new, old, places, TODAY) is replaced


def test_a_place_has_the_default_that_was_written_for_it_or_none() -> None:
    given = {code: place.default_rules for code, place in jurisdictions().items()}
    wanted = {code: name for code, name in given.items() if name is not None}
    assert sorted(wanted) == ["GB-ENG", "IE", "US-CA", "US-TX"]
    assert set(wanted.values()) <= set(shipped_rule_sets())
    assert all(shipped_rule_set(name).jurisdiction == code for code, name in wanted.items())
    assert jurisdiction("GB-WLS").default_rules is None


def test_a_school_that_says_nothing_has_the_hours_that_are_usual_at_its_place() -> None:
    """DOMAIN 1.2: in Ireland the roll is called once, often 10:00 to 10:30."""
    usual = with_usual_hours((), "IE")
    assert closes_at(usual, TODAY, Session.DAY) == time(10, 30)
    assert closes_at(with_usual_hours((), "nowhere"), TODAY, Session.PM) == time(13, 30)
    own = RegisterHours(date(2025, 9, 1), am_close=time(9, 10))
    said = with_usual_hours([own], "GB-ENG")
    assert closes_at(said, TODAY, Session.AM) == time(9, 10)
    assert closes_at(said, TODAY, Session.PM) == time(13, 30)
    assert {place.usual_hours.read for place in jurisdictions().values()} == {"SECONDARY", "UNREAD"}

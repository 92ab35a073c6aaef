"""A school's day ends by its own wall clock, on both days of the year when clocks change."""

from datetime import UTC, date, datetime, time

import pytest

from domain.attendance.metrics import Denominator
from domain.attendance.school_days import SchoolDays, Term
from domain.shared.ids import SchoolId, derived_id
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.agenda import last_ended

FIVE = time(17, 0)
ALWAYS = SchoolDays(
    (Term(date(2025, 9, 1), date(2026, 6, 26)),),
    opened=frozenset({date(2025, 10, 26), date(2026, 3, 29)}),  # Sundays on which clocks change
)


def school(zone: str) -> SchoolRow:
    row = SchoolId(derived_id("school", zone))
    return SchoolRow(row, "test", "S1", "S", "IE", zone, "IE", Denominator.MARKS)


@pytest.mark.parametrize(
    ("now", "zone", "at", "day"),
    [
        ("2025-10-24 15:59", "Europe/Dublin", FIVE, date(2025, 10, 23)),
        ("2025-10-24 16:00", "Europe/Dublin", FIVE, date(2025, 10, 24)),
        ("2025-10-26 16:59", "Europe/Dublin", FIVE, date(2025, 10, 24)),
        ("2025-10-26 17:00", "Europe/Dublin", FIVE, date(2025, 10, 26)),
        ("2026-03-29 15:59", "Europe/Dublin", FIVE, date(2026, 3, 27)),
        ("2026-03-29 16:00", "Europe/Dublin", FIVE, date(2026, 3, 29)),
        # The hour that comes twice, and the one that never comes.
        ("2025-10-26 00:30", "Europe/Dublin", time(1, 30), date(2025, 10, 26)),
        ("2025-10-26 01:30", "Europe/Dublin", time(1, 30), date(2025, 10, 26)),
        ("2026-03-29 00:59", "Europe/Dublin", time(1, 30), date(2026, 3, 27)),
        ("2026-03-29 01:00", "Europe/Dublin", time(1, 30), date(2026, 3, 29)),
        ("2025-10-25 00:30", "America/Los_Angeles", FIVE, date(2025, 10, 24)),
    ],
)
def test_the_wall_clock_at_the_school_decides(now: str, zone: str, at: time, day: date) -> None:
    """001-097 and DOMAIN 5.3: nightly, in the school's zone, never the tenant's or UTC."""
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert last_ended(moment, school(zone), ALWAYS, at) == day


def test_before_the_first_term_no_day_has_ended() -> None:
    before = datetime(2025, 8, 30, 20, tzinfo=UTC)
    assert last_ended(before, school("Europe/Dublin"), ALWAYS, FIVE) is None
    assert last_ended(before, school("Europe/Dublin"), SchoolDays(), FIVE) is None

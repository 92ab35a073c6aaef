"""When a step may happen: D+n in school days or calendar days, inside the school's hours."""

from datetime import datetime, timedelta

from domain.shared.calendar import SchoolCalendar
from domain.shared.playbooks import OffsetUnit, Step


def due_at(step: Step, triggered_at: datetime, now: datetime, calendar: SchoolCalendar) -> datetime:
    """Return the first lawful moment of a step's day, in UTC, never before now.

    D+0 is the day of the trigger or the next open day. Where the known calendar ends before the
    n-th school day, the step waits as many weekdays past its end instead of being lost.
    """
    start = calendar.local(triggered_at).date()
    if step.unit is OffsetUnit.CALENDAR_DAYS:
        day = start + timedelta(days=step.offset)
    else:
        found = calendar.school_days_after(start, step.offset)
        day = found if found is not None else start + timedelta(days=step.offset * 7 // 5 + 1)
    return calendar.lawful_moment(day, now)

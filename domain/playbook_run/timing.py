"""When a step may happen: D+n in school days or calendar days, inside the school's hours."""

from datetime import datetime, timedelta

from domain.shared.calendar import SchoolCalendar
from domain.shared.playbooks import OffsetUnit, Step


def due_at(step: Step, triggered_at: datetime, now: datetime, calendar: SchoolCalendar) -> datetime:
    """Return the first lawful moment of a step's day, in UTC, never before now.

    D+0 is the day of the trigger or the next open day. Where the known calendar ends before the
    n-th school day, the step waits the rest in weekdays past its end instead of being lost.
    """
    start = calendar.local(triggered_at).date()
    if step.unit is OffsetUnit.CALENDAR_DAYS:
        day = start + timedelta(days=step.offset)
    else:
        found = calendar.school_days_after(start, step.offset)
        day = found or calendar.weekday_past_the_end(start, step.offset)
    return calendar.lawful_moment(day, now)

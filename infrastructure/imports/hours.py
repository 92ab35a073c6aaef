"""The hours of a school's registers out of a row of its calendar."""

import re
from datetime import time
from itertools import pairwise
from typing import Final

from domain.attendance.register_hours import FOR_EVER
from domain.shared.ids import SchoolId
from infrastructure.imports.csv_text import CsvRow, Unusable
from infrastructure.imports.prepared import RegisterTimes

TIMES: Final = ("am_start", "am_close", "pm_start", "pm_close", "day_end")
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::00)?")


def read_hours(row: CsvRow, school: SchoolId, known: list[RegisterTimes]) -> None:
    """Take hours from a day on, or until another one; a row without any time takes them back.

    Raises:
        Unusable: for what is no time of day, times out of order, or a second word about these days.
    """
    first, last = row.need_day("date"), row.day("until") or FOR_EVER
    if last < first:
        raise Unusable("bad-value", "until is before the date.")
    times = [_time(row, name) for name in TIMES]
    named = [one for one in times if one is not None]
    if any(earlier > later for earlier, later in pairwise(named)):
        raise Unusable("bad-value", f"The times go in this order: {', '.join(TIMES)}.")
    am_start, am_close, pm_start, pm_close, day_end = times
    new = RegisterTimes(
        school, first, last, am_start, am_close, pm_start, pm_close, day_end, not named
    )
    said = [one for one in known if one[:3] == new[:3]]
    if any(one != new for one in said):
        raise Unusable("two-versions")
    if not said:
        known.append(new)


def _time(row: CsvRow, name: str) -> time | None:
    written = row.text(name)
    if written is None:
        return None
    found = _CLOCK.fullmatch(written)
    if found is None:
        raise Unusable("bad-value", f"{name} is a time such as 09:20.")
    return time(int(found[1]), int(found[2]))

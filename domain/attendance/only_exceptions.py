"""Registers where only exceptions are marked: a place without a mark means present.

It does if the school was open for the pupil's year and the pupil on the roll: DOMAIN.md 1.4,
negative attendance.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from domain.attendance.codes import MarkStatus
from domain.attendance.register_line import ASSUMED, Session
from domain.attendance.roll import Roll
from domain.attendance.school_days import SchoolDays
from domain.attendance.sheet import Marked, Sheet
from domain.attendance.windows import Days

_HALVES: Final = (Session.AM, Session.PM)


def as_expected(sheet: Sheet, calendar: SchoolDays, until: int) -> Sheet:
    """Write presence wherever a pupil was expected and nobody marked anything.

    From the first day of the sheet until its last, or until a later day, given by its number. What
    is written so is told apart from marks: see `Sheet.marked_possible`. Days off the roll are not
    looked at, whatever stands there.
    """
    if not len(sheet.days):
        return sheet
    last = max(int(sheet.days[-1]), until)
    taught = np.array(calendar.open_ordinals(int(sheet.days[0]), last), np.int32)
    days = np.union1d(sheet.days, taught).astype(np.int32)
    at = 2 * np.searchsorted(days, sheet.days)
    cells = np.zeros((len(sheet.cells), 2 * len(days)), np.uint8)
    cells[:, at], cells[:, at + 1] = sheet.cells[:, 0::2], sheet.cells[:, 1::2]
    missing = sheet.status(MarkStatus.MISSING)
    for own, who in _by_calendar(sheet, calendar):
        some = cells[who]
        some[missing[some] & _expected(own, days)] = len(sheet.legend)
        cells[who] = some
    half_day = at[sheet.late.half_day // 2] + sheet.late.half_day % 2
    return replace(
        sheet,
        days=days,
        cells=cells,
        legend=(*sheet.legend, ASSUMED),
        late=sheet.late._replace(half_day=half_day.astype(np.int32)),
    )


def _expected(calendar: SchoolDays, days: Days) -> Marked:
    """Say of each half-day whether school was open."""
    dates = [date.fromordinal(int(day)) for day in days]
    return np.array(
        [calendar.is_open_half(day, half) for day in dates for half in _HALVES], np.bool_
    )


def _by_calendar(
    sheet: Sheet, calendar: SchoolDays
) -> Iterator[tuple[SchoolDays, npt.NDArray[np.intp] | slice]]:
    """Yield the days of each year group that has days of its own, and where its pupils stand."""
    roll = sheet.pupils
    if not calendar.groups or not isinstance(roll, Roll):
        yield calendar.for_group(None), slice(None)
        return
    own = dict(calendar.groups)
    groups = np.array([group if group in own else "" for group in roll.year_groups])
    for group in np.unique(groups).tolist():
        yield calendar.for_group(group), np.flatnonzero(groups == group)

"""Occasions: full days without excuse, parts of days, coming late; and what nobody has decided.

California, Education Code 48260: "tardy or absent for more than any 30-minute period during the
schoolday without a valid excuse". A mark that does not say whether there was an excuse, or how
long it was, is never counted: it is told beside the numbers, so that a person can ask.
"""

from typing import NamedTuple

import numpy as np

from domain.attendance.codes import CodeTable, MarkStatus, Reasons
from domain.attendance.conditions import Occasions
from domain.attendance.metrics import Counting
from domain.attendance.sheet import Counts, Marked, Sheet


class Parts(NamedTuple):
    """Which marks are about a part of a day, by what they say of an excuse."""

    without: Marked
    unsaid: Marked


def occasions(
    sheet: Sheet, table: CodeTable | None, asked: Occasions, counting: Counting
) -> Counts:
    """Twice the occasions of each day, at most so many."""
    parts = _parts(sheet, table, counting)
    unexcused = sheet.absent(counting._replace(reasons=Reasons.UNEXCUSED))
    unexcused &= ~parts.without & ~parts.unsaid
    tardy = sheet.status(MarkStatus.PRESENT_LATE) & sheet.coded(counting)

    def of_day(mornings: Marked, afternoons: Marked) -> Counts:
        whole = twice_whole(mornings, afternoons) // 2
        halves = (1 - whole) * (mornings[0].astype(np.int32) + afternoons[0])
        late = mornings[2].astype(np.int32) + afternoons[2]
        short = mornings[3].astype(np.int32) + afternoons[3]
        counts: Counts = asked.part_day * halves + asked.tardy * late + asked.any_part * short
        return counts + asked.full_day * whole

    marked = unexcused, sheet.possible, tardy, parts.without & ~tardy
    counts = sheet.per_day(of_day, *marked).copy()
    if asked.later_than is not None:
        _add_long(sheet, counts, parts.without, asked.later_than)
    capped: Counts = 2 * np.minimum(counts, asked.per_day)
    return capped


def undecided(
    sheet: Sheet, table: CodeTable | None, asked: Occasions, counting: Counting
) -> Counts:
    """Twice the days on which there may have been an occasion, and none is counted."""
    parts = _parts(sheet, table, counting)
    by_minutes = asked.later_than is not None
    late = sheet.status(MarkStatus.PRESENT_LATE)
    excuse = parts.unsaid & (by_minutes | (asked.any_part & ~late))
    minutes = parts.without & (by_minutes and not asked.any_part)
    halves = (excuse | minutes)[sheet.cells.T]
    if asked.later_than is not None:
        pupil, half_day, away = sheet.late
        mark = sheet.cells[pupil, half_day]
        settled = minutes[mark] | (excuse[mark] & (away <= asked.later_than))
        halves[half_day[settled], pupil[settled]] = False
        # A mark for the whole day has its minutes at the first of its halves.
        both = (half_day % 2 == 0) & (sheet.cells[pupil, half_day ^ 1] == mark)
        halves[half_day[both] + 1, pupil[both]] = False
    days = (halves[0::2] | halves[1::2]) & sheet.on_roll(sheet.days)
    may_be: Counts = 2 * (days & (occasions(sheet, table, asked, counting) == 0)).astype(np.int32)
    return may_be


def leaves_open(asked: Occasions) -> bool:
    """Say whether it takes an excuse or minutes to tell an occasion."""
    return asked.later_than is not None or asked.any_part


def twice_whole(mornings: Marked, afternoons: Marked) -> Counts:
    """Twice: was there a half-day that counts, and was each of them one of the first kind?"""
    expected = mornings[1] | afternoons[1]
    wholly = (mornings[0] | ~mornings[1]) & (afternoons[0] | ~afternoons[1])
    twice: Counts = 2 * (expected & wholly).astype(np.int32)
    return twice


def _parts(sheet: Sheet, table: CodeTable | None, counting: Counting) -> Parts:
    said = {} if table is None else table.parts_of_days
    late, coded = sheet.status(MarkStatus.PRESENT_LATE), sheet.coded(counting)
    part = late | np.array([code in said for code, _ in sheet.legend], np.bool_)
    known = [said.get(code) for code, _ in sheet.legend]
    without = np.array([one is True for one in known], np.bool_)
    unsaid = np.array([one is None for one in known], np.bool_)
    return Parts(part & without & coded, part & unsaid & coded)


def _add_long(sheet: Sheet, counts: Counts, marked: Marked, longer_than: int) -> None:
    pupil, half_day, minutes = sheet.late
    day = half_day // 2
    days = sheet.days[day]
    there = (sheet.joined[pupil] <= days) & (days <= sheet.left[pupil])
    long = marked[sheet.cells[pupil, half_day]] & there & (minutes > longer_than)
    np.add.at(counts, (day[long], pupil[long]), 1)

"""Sheets put together: a few days written anew on an old sheet, years laid side by side."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from domain.attendance.register_line import RegisterLine
from domain.attendance.roll import NOBODY, Roll, Rolls
from domain.attendance.roll_book import OnRoll
from domain.attendance.sheet import EVER, MOST_MARKS, Late, Legend, Sheet
from domain.attendance.windows import Days
from domain.shared.ids import StudentId

Cells = npt.NDArray[np.uint8]


class Again(NamedTuple):
    """What was looked at anew: all marks of some days, for some pupils or (None) for everybody."""

    days: Sequence[int]
    places: npt.NDArray[np.intp] | None = None


def rewritten(old: Sheet, new: Sheet, again: Again) -> Sheet:
    """Return the old sheet with what was looked at anew in place of what stood there.

    Both sheets have the same roll. The legend of the old one goes on, so that its numbers stay.
    """
    days = np.union1d(old.days, new.days).astype(np.int32)
    legend = legend_of(old)
    who = np.arange(len(old.joined)) if again.places is None else again.places
    cells = _on_days(old, days)
    looked_at = _columns(np.searchsorted(days, np.intersect1d(days, again.days)))
    cells[np.ix_(who, looked_at)] = 0
    there = _columns(np.searchsorted(days, new.days))
    cells[np.ix_(who, there)] = _renumbered(new, legend)[who]
    return Sheet(
        pupils=new.pupils,
        days=days,
        cells=cells,
        legend=tuple(legend.entries),
        joined=new.joined,
        left=new.left,
        late=_late_again(old, new, days, who, looked_at),
    )


def enrolled(old: Sheet, pupils: OnRoll) -> Sheet:
    """Return a sheet for another roll: who came has an empty line, who went has none."""
    assert isinstance(old.pupils, Roll)  # noqa: S101  stored sheets have one
    places = old.pupils.places(pupils.roll.students)
    cells = np.zeros((len(pupils.roll), old.cells.shape[1]), np.uint8)
    known = np.flatnonzero(places != NOBODY)
    cells[known] = old.cells[places[known]]
    of_old = np.full(len(old.joined), NOBODY, np.intp)
    of_old[places[known]] = known
    stays = of_old[old.late.pupil] != NOBODY
    return Sheet(
        pupils=pupils.roll,
        days=old.days,
        cells=cells,
        legend=old.legend,
        joined=pupils.joined,
        left=pupils.left,
        late=Late(
            of_old[old.late.pupil[stays]].astype(np.int32),
            old.late.half_day[stays],
            old.late.minutes[stays],
        ),
    )


def newcomers(old: Sheet, pupils: OnRoll) -> list[StudentId]:
    """Return who stands on a roll and not on a sheet, or there in another year group."""
    assert isinstance(old.pupils, Roll)  # noqa: S101  stored sheets have one
    places = old.pupils.places(pupils.roll.students).tolist()
    groups = old.pupils.year_groups
    return [
        pupils.roll[here].student
        for here, there in enumerate(places)
        if there == NOBODY or groups[there] != pupils.roll.year_groups[here]
    ]


def roll_of(sheet: Sheet) -> OnRoll:
    """Return the roll of a stored sheet."""
    assert isinstance(sheet.pupils, Roll)  # noqa: S101  stored sheets have one
    return OnRoll(sheet.pupils, sheet.joined, sheet.left)


def between_days(sheet: Sheet, first: int, last: int) -> Sheet:
    """Return the days of a sheet from the first to the last, both included."""
    begin, end = np.searchsorted(sheet.days, first), np.searchsorted(sheet.days, last, "right")
    if end - begin == len(sheet.days):
        return sheet
    inside = (sheet.late.half_day >= 2 * begin) & (sheet.late.half_day < 2 * end)
    pupil, half_day, minutes = (one[inside] for one in sheet.late)
    return Sheet(
        pupils=sheet.pupils,
        days=sheet.days[begin:end],
        cells=sheet.cells[:, 2 * begin : 2 * end],
        legend=sheet.legend,
        joined=sheet.joined,
        left=sheet.left,
        late=Late(pupil, (half_day - 2 * begin).astype(np.int32), minutes),
    )


def side_by_side(sheets: Sequence[Sheet]) -> Sheet:
    """Lay years of one school side by side, oldest first; the roll is that of the last."""
    *earlier, last = sheets
    roll = last.pupils
    assert isinstance(roll, Roll)  # noqa: S101  stored sheets have one
    if not earlier:
        return last
    legend = legend_of(last)
    onto = OnRoll(roll, last.joined, last.left)
    same = [enrolled(one, onto) for one in earlier]
    late, shift = [], 0
    for one in (*same, last):
        pupil, half_day, minutes = one.late
        late.append(np.stack([pupil, half_day + shift, minutes]))
        shift += 2 * len(one.days)
    return Sheet(
        pupils=roll,
        days=np.concatenate([*(one.days for one in same), last.days]),
        cells=np.concatenate([*(_renumbered(one, legend) for one in same), last.cells], axis=1),
        legend=tuple(legend.entries),
        joined=last.joined,
        left=last.left,
        late=Late(*np.concatenate(late, axis=1).astype(np.int32)),
    )


def fit_together(sheets: Sequence[Sheet]) -> bool:
    """Say whether schools' sheets can be asked as one: the same days, and few enough marks."""
    marks = {entry for one in sheets for entry in one.legend}
    rolls = all(isinstance(one.pupils, Roll) for one in sheets)
    same = all(np.array_equal(sheets[0].days, one.days) for one in sheets)
    return rolls and same and len(marks) <= MOST_MARKS


def one_behind_the_other(sheets: Sequence[Sheet]) -> Sheet:
    """Return the sheets of several schools, which fit together, as one."""
    first = sheets[0]
    if len(sheets) == 1:
        return first
    rolls = [one.pupils for one in sheets if isinstance(one.pupils, Roll)]
    legend = legend_of(first)
    edges = np.cumsum([0, *(len(one.joined) for one in sheets)]).tolist()
    late = [
        np.stack([one.late.pupil + shift, one.late.half_day, one.late.minutes])
        for one, shift in zip(sheets, edges, strict=False)
    ]
    cells = [first.cells, *(_renumbered(one, legend) for one in sheets[1:])]
    return Sheet(
        pupils=Rolls(rolls),
        days=first.days,
        cells=np.concatenate(cells),
        legend=tuple(legend.entries),
        joined=np.concatenate([one.joined for one in sheets]),
        left=np.concatenate([one.left for one in sheets]),
        late=Late(*np.concatenate(late, axis=1).astype(np.int32)),
    )


def only(sheet: Sheet, places: Sequence[int]) -> Sheet:
    """Return the lines of the pupils at some places, which are sorted."""
    who = np.array(places, np.intp)
    mine = [(n, *pair) for n, row in enumerate(places) for pair in _late_of(sheet, row)]
    pupils = sheet.pupils
    return Sheet(
        pupils=pupils.only(places) if isinstance(pupils, Roll) else [pupils[row] for row in places],
        days=sheet.days,
        cells=sheet.cells[who],
        legend=sheet.legend,
        joined=sheet.joined[who],
        left=sheet.left[who],
        late=Late(*np.array(mine, np.int32).reshape(-1, 3).T),
    )


def lines_of(sheet: Sheet) -> Iterator[RegisterLine]:
    """Yield the lines of a sheet, pupil by pupil."""
    days = tuple(date.fromordinal(int(day)) for day in sheet.days)
    codes = np.array([code for code, _ in sheet.legend], object)
    letters = np.array([letter for _, letter in sheet.legend], object)
    late: dict[int, list[tuple[int, int]]] = {}
    for pupil, half_day, minutes in np.stack(sheet.late).T.tolist():
        late.setdefault(pupil, []).append((half_day, minutes))
    for row, (cells, pupil) in enumerate(zip(sheet.cells, sheet.pupils, strict=True)):
        joined, left = int(sheet.joined[row]), int(sheet.left[row])
        yield RegisterLine(
            student=pupil.student,
            school=pupil.school,
            source_id=pupil.source_id,
            days=days,
            marks="".join(letters[cells]),
            codes=tuple(codes[cells]),
            enrolled_on=date.fromordinal(joined) if joined else None,
            left_on=date.fromordinal(left) if left < EVER else None,
            late=tuple(late.get(row, ())),
        )


def legend_of(sheet: Sheet) -> Legend:
    """Return a legend that goes on where a sheet's ends."""
    legend = Legend()
    for code, letter in sheet.legend[1:]:
        legend.number(code, letter)
    return legend


def _late_of(sheet: Sheet, row: int) -> list[Any]:
    mine = sheet.late.pupil == row
    pairs = np.stack([sheet.late.half_day[mine], sheet.late.minutes[mine]], axis=1)
    return [tuple(pair) for pair in pairs.tolist()]


def _renumbered(sheet: Sheet, legend: Legend) -> Cells:
    if list(sheet.legend) == legend.entries[: len(sheet.legend)]:
        return sheet.cells
    numbers = np.array([legend.number(*entry) for entry in sheet.legend], np.uint8)
    return np.asarray(numbers[sheet.cells], np.uint8)


def _columns(rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    return np.stack([2 * rows, 2 * rows + 1], axis=1).ravel()


def _on_days(sheet: Sheet, days: Days) -> Cells:
    cells = np.zeros((sheet.cells.shape[0], 2 * len(days)), np.uint8)
    cells[:, _columns(np.searchsorted(days, sheet.days))] = sheet.cells
    return cells


def _late_again(
    old: Sheet,
    new: Sheet,
    days: Days,
    who: npt.NDArray[np.intp],
    looked_at: npt.NDArray[np.intp],
) -> Late:
    pupil, half_day, minutes = _moved(old, days)
    gone = np.isin(pupil, who) & np.isin(half_day, looked_at)
    of_new = _moved(new, days)
    mine = np.isin(of_new.pupil, who)
    parts = [
        np.stack([pupil, half_day, minutes])[:, ~gone],
        np.stack(of_new)[:, mine],
    ]
    joined = np.concatenate(parts, axis=1)
    order = np.lexsort((joined[1], joined[0]))
    return Late(*joined[:, order].astype(np.int32))


def _moved(sheet: Sheet, days: Days) -> Late:
    """Return the late marks with their places among other days."""
    row = np.searchsorted(days, sheet.days)
    half_day = 2 * row[sheet.late.half_day // 2] + sheet.late.half_day % 2
    return Late(sheet.late.pupil, half_day.astype(np.int32), sheet.late.minutes)

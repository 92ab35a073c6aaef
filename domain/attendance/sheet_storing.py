"""What must be written so that stored lines say what a newer sheet says."""

from typing import Final, NamedTuple

import numpy as np

from domain.attendance.roll import Roll
from domain.attendance.sheet import PackedLine, Sheet, packed
from domain.attendance.sheet_joining import only

_MOST: Final = 4  # of so many pupils one may have an older day changed, or all is written anew


class Difference(NamedTuple):
    """Bytes behind each line for days at its end, and the lines in which anything else changed.

    `behind` holds `width` bytes for each pupil in the order of the roll.
    """

    width: int
    behind: bytes
    lines: list[tuple[int, PackedLine]]


def difference(old: Sheet, new: Sheet) -> Difference | None:
    """Return what changed from a stored sheet to a newer one; None: write all of it anew.

    The newer one goes on in the legend of the older.
    """
    held = len(old.days)
    if not _same_roll(old, new) or not np.array_equal(old.days, new.days[:held]):
        return None
    changed = (old.cells != new.cells[:, : 2 * held]).any(axis=1)
    late = {*_late(old), *_late(new)} - (_late(old) & _late(new))
    changed[[pupil for pupil, _, _ in late]] = True
    places = np.flatnonzero(changed).tolist()
    if _MOST * len(places) > len(changed):
        return None
    behind = np.ascontiguousarray(new.cells[:, 2 * held :])
    lines = list(zip(places, packed(only(new, places)), strict=True))
    return Difference(behind.shape[1], behind.tobytes(), lines)


def _same_roll(old: Sheet, new: Sheet) -> bool:
    return (
        isinstance(old.pupils, Roll)
        and isinstance(new.pupils, Roll)
        and old.pupils.same_as(new.pupils)
        and np.array_equal(old.joined, new.joined)
        and np.array_equal(old.left, new.left)
    )


def _late(sheet: Sheet) -> set[tuple[int, int, int]]:
    return set(map(tuple, np.stack(sheet.late).T.tolist()))

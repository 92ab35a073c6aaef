"""Registers for benchmarks: a school year of many pupils, made by chance and always the same."""

from typing import Final
from uuid import UUID

import numpy as np

from domain.attendance.register_line import NOTHING
from domain.attendance.roll import Roll
from domain.attendance.sheet import EVER, Late, Sheet
from domain.shared.ids import SchoolId, StudentId
from tests.support.rules_ways import DAYS

LEGEND: Final = (
    NOTHING,
    ("/", "/"),
    ("I", "A"),
    ("G", "O"),
    ("U", "O"),
    ("N", "N"),
    ("F", "N"),
    ("L", "L"),
)


def school_id(number: int) -> SchoolId:
    """Return the id of a school."""
    return SchoolId(UUID(int=number + 1))


def student_id(number: int) -> StudentId:
    """Return the id of a pupil, counted through the whole district."""
    return StudentId(UUID(int=number))


def made_up_school(random: np.random.Generator, school: int, first: int, pupils: int) -> Sheet:
    """Four percent absence by chance, a twentieth of the pupils often away; some joined late."""
    often = random.random(pupils) < 0.05
    gone = random.random((pupils, 2 * len(DAYS))) < np.where(often, 0.15, 0.03)[:, None]
    cells = np.where(gone, random.integers(2, 7, gone.shape), 1).astype(np.uint8)
    joined = np.zeros(pupils, np.int32)
    for late in np.flatnonzero(random.random(pupils) < 0.03):
        since = int(random.integers(10, 150))
        joined[late] = DAYS[since].toordinal()
        cells[late, : 2 * since] = 0
    numbers = range(first, first + pupils)
    nobody = np.zeros(0, np.int32)
    return Sheet(
        pupils=Roll(
            school_id(school),
            b"".join(student_id(n).bytes for n in numbers),
            [f"{n:06}" for n in numbers],
            [None] * pupils,
        ),
        days=np.array([day.toordinal() for day in DAYS], np.int32),
        cells=cells,
        legend=LEGEND,
        joined=joined,
        left=np.full(pupils, EVER, np.int32),
        late=Late(nobody, nobody, nobody),
    )

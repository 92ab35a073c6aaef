"""The pupils of a page of the register, in the order of their ids."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final, overload
from uuid import UUID

import numpy as np
import numpy.typing as npt

from domain.attendance.register_line import Pupil
from domain.shared.ids import SchoolId, StudentId

_UUID: Final = 16
_AS_ONE: Final = f"S{_UUID}"
NOBODY: Final = -1


class Roll(Sequence[Pupil]):
    """Pupils by place; each is made when somebody asks who it is.

    `students` are ids of sixteen bytes, one after the other, sorted.
    """

    def __init__(
        self,
        school: SchoolId,
        students: bytes,
        source_ids: Sequence[str],
        year_groups: Sequence[str | None],
    ) -> None:
        self.school = school
        self.students = students
        self.source_ids = source_ids
        self.year_groups = year_groups

    def __len__(self) -> int:
        """Count the pupils."""
        return len(self.source_ids)

    @overload
    def __getitem__(self, place: int, /) -> Pupil: ...
    @overload
    def __getitem__(self, place: slice, /) -> list[Pupil]: ...
    def __getitem__(self, place: int | slice, /) -> Pupil | list[Pupil]:
        """Return who stands at a place."""
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        source_id = self.source_ids[place]
        raw = self.students[_UUID * place :][:_UUID]
        return Pupil(StudentId(UUID(bytes=raw)), self.school, source_id)

    def places(self, students: bytes) -> npt.NDArray[np.intp]:
        """Return where some students stand, each by its id of sixteen bytes; NOBODY: nowhere."""
        wanted = np.frombuffer(students, _AS_ONE)
        known = np.frombuffer(self.students, _AS_ONE)
        if not len(known):
            return np.full(len(wanted), NOBODY, np.intp)
        found = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        return np.where(known[found] == wanted, found, NOBODY)

    def known(self, students: Iterable[UUID]) -> npt.NDArray[np.intp]:
        """Return where those of some students stand who are on the roll."""
        places = self.places(b"".join(student.bytes for student in students))
        return np.asarray(places[places != NOBODY], np.intp)

    def only(self, places: Iterable[int]) -> "Roll":
        """Return the roll of the pupils at some places, which are sorted."""
        wanted = list(places)
        return Roll(
            self.school,
            b"".join(self.students[_UUID * place :][:_UUID] for place in wanted),
            [self.source_ids[place] for place in wanted],
            [self.year_groups[place] for place in wanted],
        )

    def same_as(self, other: "Roll") -> bool:
        """Say whether the same pupils of the same year groups stand at the same places."""
        return (
            self.students == other.students
            and list(self.source_ids) == list(other.source_ids)
            and list(self.year_groups) == list(other.year_groups)
        )


class Rolls(Roll):
    """The rolls of several schools, one behind the other."""

    def __init__(self, rolls: Sequence[Roll]) -> None:
        super().__init__(
            rolls[0].school,
            b"".join(roll.students for roll in rolls),
            [one for roll in rolls for one in roll.source_ids],
            [one for roll in rolls for one in roll.year_groups],
        )
        self._rolls = rolls
        self._ends = list(accumulate(map(len, rolls)))

    @overload
    def __getitem__(self, place: int, /) -> Pupil: ...
    @overload
    def __getitem__(self, place: slice, /) -> list[Pupil]: ...
    def __getitem__(self, place: int | slice, /) -> Pupil | list[Pupil]:
        """Return who stands at a place."""
        if isinstance(place, slice):
            return super().__getitem__(place)
        number = bisect_right(self._ends, place)
        return self._rolls[number][place - self._ends[number] + len(self._rolls[number])]


class Chosen(Sequence[Pupil]):
    """Some of many pupils; each is made when somebody asks who it is."""

    def __init__(self, pupils: Sequence[Pupil], places: Sequence[int]) -> None:
        self._pupils = pupils
        self._places = places

    def __len__(self) -> int:
        """Count the pupils."""
        return len(self._places)

    @overload
    def __getitem__(self, place: int, /) -> Pupil: ...
    @overload
    def __getitem__(self, place: slice, /) -> list[Pupil]: ...
    def __getitem__(self, place: int | slice, /) -> Pupil | list[Pupil]:
        """Return who stands at a place."""
        if isinstance(place, slice):
            return [self._pupils[one] for one in self._places[place]]
        return self._pupils[self._places[place]]

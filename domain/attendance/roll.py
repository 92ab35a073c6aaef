"""The pupils of a page of the register, in the order of their ids."""

from abc import abstractmethod
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


class Pupils(Sequence[Pupil]):
    """Pupils by place, each made when somebody asks who it is."""

    @overload
    def __getitem__(self, place: int, /) -> Pupil: ...
    @overload
    def __getitem__(self, place: slice, /) -> list[Pupil]: ...
    def __getitem__(self, place: int | slice, /) -> Pupil | list[Pupil]:
        """Return who stands at a place."""
        if isinstance(place, slice):
            return [self.at(one) for one in range(*place.indices(len(self)))]
        return self.at(place)

    @abstractmethod
    def at(self, place: int) -> Pupil:
        """Return who stands at a place, which is one of 0 to the last."""


class Roll(Pupils):
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

    def at(self, place: int) -> Pupil:
        """Return who stands at a place."""
        source_id = self.source_ids[place]
        return Pupil(StudentId(UUID(bytes=self.id_at(place))), self.school, source_id)

    def id_at(self, place: int) -> bytes:
        """Return the id of who stands at a place, as its sixteen bytes."""
        return self.students[_UUID * place : _UUID * (place + 1)]

    def places(self, students: bytes) -> npt.NDArray[np.intp]:
        """Return where some students stand, each by its id of sixteen bytes; NOBODY: nowhere."""
        return places_among(students, self.students)

    def known(self, students: Iterable[UUID]) -> npt.NDArray[np.intp]:
        """Return where those of some students stand who are on the roll."""
        places = self.places(b"".join(student.bytes for student in students))
        return np.asarray(places[places != NOBODY], np.intp)

    def only(self, places: Iterable[int]) -> "Roll":
        """Return the roll of the pupils at some places, which are sorted."""
        wanted = list(places)
        return Roll(
            self.school,
            b"".join(map(self.id_at, wanted)),
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


def places_of(pupils: Sequence[Pupil], students: Iterable[UUID]) -> list[int]:
    """Return where some students stand among pupils; NOBODY: nowhere."""
    ids = b"".join(student.bytes for student in students)
    if isinstance(pupils, Roll):
        return list(pupils.places(ids).tolist())
    known = {pupil.student.bytes: place for place, pupil in enumerate(pupils)}
    return [known.get(ids[at : at + _UUID], NOBODY) for at in range(0, len(ids), _UUID)]


def ids_of(pupils: Sequence[Pupil]) -> bytes:
    """Return the ids of pupils, sixteen bytes each: of a roll without making any pupil."""
    match pupils:
        case Roll():
            return pupils.students
        case Chosen():
            return pupils.ids()
        case _:
            return b"".join(pupil.student.bytes for pupil in pupils)


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

    def at(self, place: int) -> Pupil:
        """Return who stands at a place."""
        number = bisect_right(self._ends, place)
        return self._rolls[number][place - self._ends[number] + len(self._rolls[number])]

    def places(self, students: bytes) -> npt.NDArray[np.intp]:
        """Return where some students stand: in the first school that has them on its roll."""
        found = np.full(len(students) // _UUID, NOBODY, np.intp)
        for roll, end in zip(self._rolls, self._ends, strict=True):
            here = roll.places(students)
            new = (here != NOBODY) & (found == NOBODY)
            found[new] = here[new] + end - len(roll)
        return found


class Chosen(Pupils):
    """Some of many pupils; each is made when somebody asks who it is."""

    def __init__(self, pupils: Sequence[Pupil], places: Sequence[int]) -> None:
        self._pupils = pupils
        self._places = list(places)

    def __len__(self) -> int:
        """Count the pupils."""
        return len(self._places)

    def at(self, place: int) -> Pupil:
        """Return who stands at a place."""
        return self._pupils[self._places[place]]

    def ids(self) -> bytes:
        """Return the ids, sixteen bytes each."""
        known = np.frombuffer(ids_of(self._pupils), f"V{_UUID}")
        return known[self._places].tobytes()


def places_among(students: bytes, sorted_ids: bytes) -> npt.NDArray[np.intp]:
    """Return where some students stand among others, by ids of sixteen bytes; NOBODY: nowhere."""
    wanted, known = np.frombuffer(students, _AS_ONE), np.frombuffer(sorted_ids, _AS_ONE)
    if not len(known):
        return np.full(len(wanted), NOBODY, np.intp)
    found = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[found] == wanted, found, NOBODY)

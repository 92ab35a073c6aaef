"""Who would have entered which stage when: all pupils climb a ladder at once, evening by evening.

An evening proposes, in each track, the first stage whose condition holds, whose prerequisites are
entered and which does not stand yet. Too soon after the last stage of the track, or on a day that
somebody exempted, it proposes nothing there. What asks nobody is entered at once, everything else
when a person says yes. That is what an intervention decides; here it is decided on arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from domain.attendance.findings import Truth
from domain.attendance.ladder import Acts, Assumed, Rung
from domain.attendance.register_line import Pupil
from domain.attendance.sheet import EVER
from domain.attendance.windows import Days

Places = npt.NDArray[np.intp]
"""Evenings by number. The number of all evenings means never."""


class Evenings(NamedTuple):
    """The days on whose evening the rules looked, and the school days on which people work."""

    on: Days
    school_days: Days

    def answered(self, asked: Places, school_days: int) -> Days:
        """Return the so-manieth school day after each evening; `EVER` where nobody knows it yet."""
        place = np.searchsorted(self.school_days, self.on[asked], "right") + school_days - 1
        known = np.append(self.school_days, EVER).astype(np.int32)
        return known[np.minimum(place, len(self.school_days))]


@dataclass(frozen=True, eq=False)
class People:
    """What people said, as arrays: a row a stage, a column a pupil; days are ordinals or `EVER`.

    `away` says on which evenings nothing may be proposed about whom; None: nobody is ever away.
    """

    approved: Days
    declined: Days
    away: Truth | None
    assumed: Assumed


def people_of(
    acts: Acts, assumed: Assumed, ladder: Sequence[Rung], pupils: Sequence[Pupil], on: Days
) -> People:
    """Lay what people did out over the pupils of a sheet."""
    shape = (len(ladder), len(pupils))
    approved, declined = np.full(shape, EVER, np.int32), np.full(shape, EVER, np.int32)
    away: Truth | None = None
    known = {*acts.approved, *acts.declined, *acts.away}
    for column, pupil in enumerate(pupils) if known else ():
        for days, by_stage in ((approved, acts.approved), (declined, acts.declined)):
            answers = by_stage.get(pupil.student, {})
            for row, rung in enumerate(ladder):
                if rung.name in answers:
                    days[row, column] = answers[rung.name].toordinal()
        for first, last in acts.away.get(pupil.student, ()):
            away = np.zeros((len(on), len(pupils)), np.bool_) if away is None else away
            away[:, column] |= (first.toordinal() <= on) & (on <= last.toordinal())
    return People(approved, declined, away, assumed)


@dataclass(frozen=True, eq=False)
class Climb:
    """When each stage was proposed and entered: a row a stage, a column a pupil.

    `proposed` are numbers of evenings, `entered` days as ordinals, `EVER` where it never was.
    """

    proposed: Places
    entered: Days


def climb(
    ladder: Sequence[Rung], evenings: Evenings, holds: Sequence[Truth], people: People
) -> Climb:
    """Return when each pupil would have entered which stage.

    `holds` says for each stage on which evening its condition holds for whom.
    """
    state = _State(ladder, evenings, people, holds[0].shape[1])
    upcoming = [_Upcoming(one) for one in holds]
    left = np.flatnonzero((np.stack([one.first for one in upcoming]) < state.never).any(axis=0))
    evening = np.zeros(len(left), np.intp)
    while len(left):
        ready = state.ready(upcoming, evening, left)
        evening = ready.min(axis=0)
        more = evening < state.never
        left, evening, ready = left[more], evening[more], ready[:, more]
        state.propose(ready == evening, evening, left)
        evening += 1
    return Climb(state.proposed, state.entered)


class _Upcoming:
    """The evenings on which one condition holds. Most questions are answered by the first."""

    def __init__(self, holds: Truth) -> None:
        self._holds = holds
        self.first = np.full(holds.shape[1], len(holds), np.intp)
        some = np.flatnonzero(holds.any(axis=0))
        # A row a pupil in memory: numpy looks along a row many times faster than down a column.
        self.first[some] = np.argmax(np.ascontiguousarray(holds[:, some].T), axis=1)

    def next(self, since: Places, who: Places) -> Places:
        """Return the first evening from `since` on that holds; the number of evenings if none."""
        found = np.maximum(self.first[who], since)
        late = np.flatnonzero(~self._holds[found, who])
        if len(late):
            evenings = np.arange(len(self._holds))
            later = self._holds[:, who[late]] & (evenings[:, None] >= found[late])
            none = ~later.any(axis=0)
            found[late] = np.where(none, len(self._holds), later.argmax(axis=0))
        return found


class _State:
    """Where everybody stands while the evenings go by."""

    def __init__(
        self, ladder: Sequence[Rung], evenings: Evenings, people: People, pupils: int
    ) -> None:
        self.ladder, self.evenings, self.people = ladder, evenings, people
        self.never = len(evenings.on)
        shape = (len(ladder), pupils)
        self.proposed = np.full(shape, self.never, np.intp)
        self.entered = np.full(shape, EVER, np.int32)
        self.known = np.full(shape, self.never, np.intp)  # the first evening that knows of it
        place = {rung.name: number for number, rung in enumerate(ladder)}
        self._needs = [[place[name] for name in rung.needs] for rung in ladder]
        tracks = [rung.stage.track for rung in ladder]
        self._beside = [[n for n, one in enumerate(tracks) if one == track] for track in tracks]

    def ready(self, upcoming: Sequence["_Upcoming"], evening: Places, who: Places) -> Places:
        """Return the next evening on which each stage could be proposed."""
        found = np.full((len(self.ladder), len(who)), self.never, np.intp)
        for number, one in enumerate(upcoming):
            since = evening
            for needed in self._needs[number]:
                since = np.maximum(since, self.known[needed, who])
            stands = self.proposed[number, who] < self.never
            some = np.flatnonzero(~stands & (one.first[who] < self.never) & (since < self.never))
            found[number, some] = one.next(since[some], who[some])
        return found

    def propose(self, ready: Truth, evening: Places, who: Places) -> None:
        """Propose in each track the first stage that is ready on this evening."""
        free = np.ones((len(self.ladder), len(who)), np.bool_)
        for number, rung in enumerate(self.ladder):
            mine = ready[number] & free[number]
            free[self._beside[number]] &= ~mine
            if rung.gap:
                since = self._last(number, evening, who)
                mine &= self.evenings.on[evening] - since >= rung.gap
            if self.people.away is not None:
                mine &= ~self.people.away[evening, who]
            if mine.any():
                self._enter(number, evening[mine], who[mine])

    def _last(self, number: int, evening: Places, who: Places) -> Days:
        """Return the day of the last stage of the track that this evening knows of."""
        beside = self._beside[number]
        known, entered = self.known[beside][:, who], self.entered[beside][:, who]
        days: Days = np.where(known <= evening, entered, 0).max(axis=0)
        return days

    def _enter(self, number: int, evening: Places, who: Places) -> None:
        self.proposed[number, who] = evening
        if self.ladder[number].asks_nobody:
            self._know(number, who, self.evenings.on[evening], evening + 1)
        else:
            days = self._keeping_gap(number, self._answers(number, evening, who), who)
            self._know(number, who, days, evening + 1)
        self._make_others_wait(number, evening, who)

    def _know(self, number: int, who: Places, days: Days, earliest: Places) -> None:
        """Enter a stage: the evening of that day knows of it, at the earliest the next one."""
        self.entered[number, who] = days
        seen = np.searchsorted(self.evenings.on, days, "left")
        self.known[number, who] = np.maximum(seen, earliest)

    def _answers(self, number: int, evening: Places, who: Places) -> Days:
        """Return the day on which a person says yes: as recorded, never before it was asked."""
        recorded = self.people.approved[number, who]
        after = self.people.assumed.school_days
        assumed = np.full(len(who), EVER, np.int32)
        if after is not None:
            refused = self.people.declined[number, who] < EVER
            assumed = np.where(refused, EVER, self.evenings.answered(evening, after))
        soon = self.evenings.answered(evening, 1)
        said = np.where(recorded < self.evenings.on[evening], soon, recorded)
        return np.where(recorded < EVER, said, assumed).astype(np.int32)

    def _keeping_gap(self, number: int, days: Days, who: Places) -> Days:
        """Return the days, later where the ladder would refuse: a person asks again until then."""
        gap = self.ladder[number].gap
        if not gap:
            return days
        for other in self._beside[number]:
            before = self.entered[other, who]
            days = np.where(before <= days, np.maximum(days, before + gap), days)
        return days.astype(np.int32)

    def _make_others_wait(self, number: int, evening: Places, who: Places) -> None:
        """Put off answers that are still to come and would now be too soon after this stage."""
        day = self.entered[number, who]
        for other in self._beside[number]:
            gap, later = self.ladder[other].gap, self.entered[other, who]
            late = (later > day) & (later < day + gap)
            if gap and late.any():
                self._know(other, who[late], day[late] + gap, evening[late] + 1)

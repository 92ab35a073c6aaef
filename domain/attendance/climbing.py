"""Who would have entered which stage when: all pupils climb a ladder at once, evening by evening.

An evening proposes, in each track, the first stage whose condition holds, whose prerequisites are
entered and which does not stand yet. Too soon after the last stage of the track, or on a day that
somebody exempted, it proposes nothing there. What asks nobody is entered at once, everything else
when a person says yes. That is what an intervention decides; here it is decided on arrays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from domain.attendance.findings import Truth
from domain.attendance.firings import Climb, Firing, Places, by_stage
from domain.attendance.ladder import Acts, Assumed, Rung
from domain.attendance.register_line import Pupil
from domain.attendance.rules import Rearm
from domain.attendance.sheet import EVER
from domain.attendance.windows import Days


class Evenings(NamedTuple):
    """The days on whose evening the rules looked, and the school days on which people work.

    `terms` and `half_terms` are the first days of those that have begun on each evening.
    """

    on: Days
    school_days: Days
    terms: Days
    half_terms: Days

    def after(self, days: Days, school_days: int) -> Days:
        """Return the so-manieth school day after each day; `EVER` where nobody knows it yet."""
        place = np.searchsorted(self.school_days, days, "right") + school_days - 1
        known = np.append(self.school_days, EVER).astype(np.int32)
        return known[np.minimum(place, len(self.school_days))]

    def following(self, begins: Days, evening: Places) -> Places:
        """Return the first evening that lies in a later stretch, such as the next term."""
        later = np.append(begins, EVER)[np.searchsorted(begins, self.on[evening], "right")]
        return np.searchsorted(self.on, later, "left")


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
    acts: Acts,
    assumed: Assumed,
    ladder: Sequence[Rung],
    pupils: Sequence[Pupil] | None,
    columns: int,
    on: Days,
) -> People:
    """Lay what people did out over the pupils of a sheet; None: nobody did anything."""
    shape = (len(ladder), columns)
    approved, declined = np.full(shape, EVER, np.int32), np.full(shape, EVER, np.int32)
    away: Truth | None = None
    for column, pupil in enumerate(pupils or ()):
        for days, said in ((approved, acts.approved), (declined, acts.declined)):
            answers = said.get(pupil.student, {})
            for row, rung in enumerate(ladder):
                if rung.name in answers:
                    days[row, column] = answers[rung.name].toordinal()
        for first, last in acts.away.get(pupil.student, ()):
            away = np.zeros((len(on), columns), np.bool_) if away is None else away
            away[:, column] |= (first.toordinal() <= on) & (on <= last.toordinal())
    return People(approved, declined, away, assumed)


_NOTHING_ENDS: Final[Mapping[int, Truth]] = MappingProxyType({})


def climb(
    ladder: Sequence[Rung],
    evenings: Evenings,
    holds: Sequence[Truth],
    people: People,
    who: Places | None = None,
    going_on: Mapping[int, Truth] = _NOTHING_ENDS,
) -> Climb:
    """Return when each pupil, or each of some, would have entered which stage.

    `holds` says for each stage on which evening its condition holds for whom, `going_on` for some
    stages when it did so by what had not ended yet: it tells one spell from the next.
    """
    state = _State(ladder, evenings, people, holds, going_on)
    asked = np.arange(holds[0].shape[1]) if who is None else who
    for number in state.alone:
        if ladder[number].again is Rearm.DAY:
            state.each_day(number, holds[number], asked)
        else:
            state.once(number, asked)
    left = asked[(state.armed[:, asked] < state.never).any(axis=0)]
    evening = np.zeros(len(left), np.intp)
    while len(left):
        ready = state.ready(evening, left)
        evening = ready.min(axis=0)
        more = evening < state.never
        left, evening, ready = left[more], evening[more], ready[:, more]
        state.propose(ready == evening, evening, left)
        evening += 1
    return Climb(state.proposed, state.entered, by_stage(state.again))


class _Upcoming:
    """The evenings on which one condition holds. Most questions are answered by the first."""

    def __init__(self, holds: Truth, going_on: Truth | None) -> None:
        self._holds = holds
        self._going = holds if going_on is None else going_on
        self.first = np.full(holds.shape[1], len(holds), np.intp)
        some = np.flatnonzero(holds.any(axis=0))
        # A row a pupil in memory: numpy looks along a row many times faster than down a column.
        self.first[some] = np.argmax(np.ascontiguousarray(holds[:, some].T), axis=1)

    def next(self, since: Places, who: Places) -> Places:
        """Return the first evening from `since` on that holds; the number of evenings if none."""
        found = np.maximum(self.first[who], since)
        late = np.flatnonzero(~self._holds[found, who])
        found[late] = self._search(self._holds[:, who[late]], found[late])
        return found

    def begun_anew(self, since: Places, who: Places) -> Places:
        """Return the first evening that holds again after one that did not; runs may have ended."""
        going = self._going[:, who]
        return self._search(going, self._search(~going, since + 1))

    def _search(self, wanted: Truth, since: Places) -> Places:
        if not len(since):
            return since
        wanted = wanted & (np.arange(len(wanted))[:, None] >= since)
        return np.where(wanted.any(axis=0), wanted.argmax(axis=0), len(wanted))


class _State:
    """Where everybody stands while the evenings go by."""

    def __init__(
        self,
        ladder: Sequence[Rung],
        evenings: Evenings,
        people: People,
        holds: Sequence[Truth],
        going_on: Mapping[int, Truth],
    ) -> None:
        self.ladder, self.evenings, self.people = ladder, evenings, people
        self.upcoming = upcoming = [
            _Upcoming(one, going_on.get(number)) for number, one in enumerate(holds)
        ]
        self.never = len(evenings.on)
        self.armed = np.stack([one.first for one in upcoming])
        self.proposed = np.full(self.armed.shape, self.never, np.intp)
        self.entered = np.full(self.armed.shape, EVER, np.int32)
        self.again: list[Firing] = []
        self._latest = self.entered.copy()
        self._known = self.proposed.copy()  # the first evening that knows of the latest entry
        self._before = np.zeros_like(self.entered)  # the entry before the latest; 0: none
        self._needed = self.proposed.copy()  # the first evening that knows of any entry
        place = {rung.name: number for number, rung in enumerate(ladder)}
        self._needs = [[place[name] for name in rung.needs] for rung in ladder]
        tracks = [rung.stage.track for rung in ladder]
        self._beside = [[n for n, one in enumerate(tracks) if one == track] for track in tracks]

    @property
    def alone(self) -> list[int]:
        """The stages that have a track for themselves and wait for nothing: no need to climb."""
        quick = {Rearm.SCHOOL_YEAR, Rearm.ONCE} if self.people.away is None else set()
        return [
            number
            for number, rung in enumerate(self.ladder)
            if self._beside[number] == [number] and not rung.needs
            if rung.again in quick or (rung.again is Rearm.DAY and rung.asks_nobody)
        ]

    def once(self, number: int, who: Places) -> None:
        """Propose a stage on the first evening that holds."""
        mine = who[self.upcoming[number].first[who] < self.never]
        if len(mine):
            self._enter(number, self.upcoming[number].first[mine], mine)
        self.armed[number, who] = self.never

    def each_day(self, number: int, holds: Truth, who: Places) -> None:
        """Enter a stage on each evening that holds: the quick way for contact on the day."""
        mine = holds[:, who]
        if self.people.away is not None:
            mine = mine & ~self.people.away[:, who]
        column, evening = np.nonzero(mine.T)
        pupils, days = who[column], self.evenings.on[evening]
        first = np.append(True, column[1:] != column[:-1])[: len(column)]
        self.proposed[number, pupils[first]] = evening[first]
        self.entered[number, pupils[first]] = days[first]
        self.again.append(Firing(number, pupils[~first], evening[~first], days[~first]))
        self._needed[number, pupils[first]] = evening[first] + 1
        self.armed[number, who] = self.never

    def ready(self, evening: Places, who: Places) -> Places:
        """Return the next evening on which each stage could be proposed."""
        found = np.full((len(self.ladder), len(who)), self.never, np.intp)
        for number, upcoming in enumerate(self.upcoming):
            since = np.maximum(evening, self.armed[number, who])
            for needed in self._needs[number]:
                since = np.maximum(since, self._needed[needed, who])
            some = np.flatnonzero(since < self.never)
            found[number, some] = upcoming.next(since[some], who[some])
        return found

    def propose(self, ready: Truth, evening: Places, who: Places) -> None:
        """Propose in each track the first stage that is ready on this evening."""
        free = np.ones((len(self.ladder), len(who)), np.bool_)
        for number, rung in enumerate(self.ladder):
            mine = ready[number] & free[number]
            free[self._beside[number]] &= ~mine
            if rung.gap:
                mine &= self._far_enough(number, evening, who)
            if self.people.away is not None:
                mine &= ~self.people.away[evening, who]
            if mine.any():
                self._enter(number, evening[mine], who[mine])

    def _far_enough(self, number: int, evening: Places, who: Places) -> Truth:
        """Say whether enough school days lie behind the last other stage of the track."""
        far = np.ones(len(who), np.bool_)
        for other in self._others(number):
            known = self._known[other, who] <= evening
            last = np.where(known, self._latest[other, who], self._before[other, who])
            earliest = self._after(last, self.ladder[number].gap)
            far &= self.evenings.on[evening] >= earliest
        return far

    def _others(self, number: int) -> list[int]:
        return [other for other in self._beside[number] if other != number]

    def _enter(self, number: int, evening: Places, who: Places) -> None:
        if self.ladder[number].asks_nobody:
            days = self.evenings.on[evening]
        else:
            days = self._keeping_gap(number, self._answers(number, evening, who), who)
        latest = self._latest[number, who]
        self._before[number, who] = np.where(latest < EVER, latest, 0)
        self._know(number, who, days, evening + 1)
        known = self._known[number, who]
        self._needed[number, who] = np.minimum(self._needed[number, who], known)
        self._record(number, evening, who, days)
        self._arm(number, evening, who)
        self._make_others_wait(number, evening, who)

    def _know(self, number: int, who: Places, days: Days, earliest: Places) -> None:
        """Enter a stage: the evening of that day knows of it, at the earliest the next one."""
        self._latest[number, who] = days
        seen = np.searchsorted(self.evenings.on, days, "left")
        self._known[number, who] = np.maximum(seen, earliest)

    def _record(self, number: int, evening: Places, who: Places, days: Days) -> None:
        first = self.proposed[number, who] == self.never
        self.proposed[number, who[first]] = evening[first]
        self.entered[number, who[first]] = days[first]
        if not first.all():
            self.again.append(Firing(number, who[~first], evening[~first], days[~first]))

    def _arm(self, number: int, evening: Places, who: Places) -> None:
        """Say from which evening on the stage may be proposed again, for a later window."""
        match self.ladder[number].again:
            case Rearm.DAY:
                armed = evening + 1
            case Rearm.TERM:
                armed = self.evenings.following(self.evenings.terms, evening)
            case Rearm.HALF_TERM:
                armed = self.evenings.following(self.evenings.half_terms, evening)
            case Rearm.SPELL:
                armed = self.upcoming[number].begun_anew(evening, who)
            case _:
                armed = np.full(len(who), self.never, np.intp)
        if not self.ladder[number].asks_nobody:  # what waits for an answer is not asked again
            refused = self._said(self.people.declined[number, who], self.evenings.on[evening])
            seen = np.searchsorted(self.evenings.on, refused, "left")
            answered = np.minimum(np.maximum(seen, evening + 1), self._known[number, who])
            armed = np.maximum(armed, answered)
        self.armed[number, who] = armed

    def _answers(self, number: int, evening: Places, who: Places) -> Days:
        """Return the day on which a person says yes: as recorded, never before it was asked."""
        recorded, asked = self.people.approved[number, who], self.evenings.on[evening]
        after = self.people.assumed.school_days
        assumed = np.full(len(who), EVER, np.int32)
        if after is not None:
            nothing_said = np.minimum(recorded, self.people.declined[number, who]) == EVER
            assumed = np.where(nothing_said, self.evenings.after(asked, after), EVER)
        return np.minimum(self._said(recorded, asked), assumed)

    def _said(self, recorded: Days, asked: Days) -> Days:
        """Return the day of an answer on record: never before it was asked for."""
        soon = self.evenings.after(asked, 1)
        return np.where(recorded < asked, soon, recorded).astype(np.int32)

    def _keeping_gap(self, number: int, days: Days, who: Places) -> Days:
        """Return the days, later where the ladder would refuse: a person asks again until then."""
        gap = self.ladder[number].gap
        for other in self._others(number) if gap else ():
            for before in (self._before[other, who], self._latest[other, who]):
                later = np.maximum(days, self._after(before, gap))
                days = np.where(before <= days, later, days)
        return days.astype(np.int32)

    def _make_others_wait(self, number: int, evening: Places, who: Places) -> None:
        """Put off answers that are still to come and would now be too soon after this stage."""
        day = self._latest[number, who]
        for other in self._others(number):
            if not self.ladder[other].gap:
                continue
            later = self._latest[other, who]
            earliest = self._after(day, self.ladder[other].gap)
            late = (later > day) & (later < earliest) & (later < EVER)
            if late.any():
                self._put_off(other, who[late], earliest[late], evening[late] + 1)

    def _put_off(self, number: int, who: Places, days: Days, earliest: Places) -> None:
        """Let an answer come later, also where it was written down already."""
        before = self._latest[number, who]
        for firing in (one for one in self.again if one.stage == number):
            place = np.searchsorted(firing.pupils, who)
            mine = np.append(firing.pupils, -1)[place] == who
            mine[mine] = firing.entered[place[mine]] == before[mine]
            firing.entered[place[mine]] = days[mine]
        first = self.entered[number, who] == before
        self.entered[number, who[first]] = days[first]
        self._know(number, who, days, earliest)
        self._needed[number, who[first]] = self._known[number, who[first]]
        again = self.armed[number, who] < self.never
        self.armed[number, who[again]] = np.maximum(self.armed, self._known)[number, who[again]]

    def _after(self, days: Days, gap: int) -> Days:
        """Return the day on which a gap is over: at once where there was nothing before it."""
        over = np.where(days == EVER, days, self.evenings.after(days, gap))
        return np.where(days == 0, days, over).astype(np.int32)

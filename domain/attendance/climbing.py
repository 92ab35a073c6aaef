"""Who would have entered which stage when: all pupils climb a ladder at once, evening by evening.

An evening proposes, in each track, the first stage whose condition holds and which nothing holds
back; what an exemption stops is withheld. What asks nobody is entered at once, everything else when
a person says yes; an exemption or a closed case that comes before the answer takes the proposal
back. That is what an evening asks of one pupil (`held_back`); here it is asked of arrays.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np

from domain.attendance.cumulating import Truth
from domain.attendance.evenings import Evenings, Upcoming
from domain.attendance.firings import Climb, Firing, Places, by_stage
from domain.attendance.guards import DEEDS
from domain.attendance.held_back import held_back
from domain.attendance.ladder import CASE_CLOSED, EXEMPTION, Rung
from domain.attendance.people import People
from domain.attendance.rules import Rearm
from domain.attendance.sheet import EVER
from domain.attendance.windows import Days

_QUICK: Final = frozenset({Rearm.SCHOOL_YEAR, Rearm.ONCE})
_NOBODY: Final[Truth] = np.zeros(1, np.bool_)
_NOTHING_ENDS: Final[Mapping[int, Truth]] = MappingProxyType({})


def climb(
    ladder: Sequence[Rung],
    evenings: Evenings,
    holds: Sequence[Truth],
    people: People,
    going_on: Mapping[int, Truth] = _NOTHING_ENDS,
) -> Climb:
    """Return when each pupil would have entered which stage.

    `holds` says for each stage on which evening its condition holds for whom, `going_on` for some
    stages when it did so by what had not ended yet: it tells one spell from the next.
    """
    state = _State(ladder, evenings, people, holds, going_on)
    for number in state.alone:
        if ladder[number].again is Rearm.DAY:
            state.each_day(number, holds[number])
        else:
            state.once(number)
    left = np.flatnonzero((state.armed < state.never).any(axis=0))
    evening = np.zeros(len(left), np.intp)
    while len(left):
        ready = state.ready(evening, left)
        evening = ready.min(axis=0)
        more = evening < state.never
        left, evening, ready = left[more], evening[more], ready[:, more]
        state.propose(ready == evening, evening, left)
        evening += 1
    return Climb(state.proposed, state.entered, by_stage(state.again))


class _Seen:
    """What `held_back` asks on an evening, of many pupils."""

    def __init__(self, state: "_State", evening: Places, who: Places, taken: Truth) -> None:
        self._state, self._evening, self._who, self._taken = state, evening, who, taken

    def stopped(self, reason: str) -> Truth:
        """Say whose case is closed; no other end of a ladder is played."""
        closed = self._state.people.closed if reason == CASE_CLOSED else None
        return _NOBODY if closed is None else closed[self._evening, self._who]

    def lacks(self, stage: str) -> Truth:
        """Say who has not entered a stage."""
        number = self._state.place[stage]
        missing: Truth = self._state.needed[number, self._who] > self._evening
        return missing

    def too_soon(self, rung: Rung) -> Truth:
        """Say for whom the gap is not over."""
        number = self._state.place[rung.name]
        return ~self._state.far_enough(number, self._evening, self._who)

    def unmet(self, rung: Rung, guard: str) -> Truth:  # noqa: ARG002  a climb has no windows
        """Say whose guard is not met. Marks are looked at before; a person's yes is assumed."""
        met = self._state.met.get(guard)
        return _NOBODY if met is None else met[self._who] > self._evening

    def taken(self, rung: Rung) -> Truth:  # noqa: ARG002  told stage by stage
        """Say for whom an earlier stage of the track comes on this evening."""
        return self._taken


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
            Upcoming(one, going_on.get(number)) for number, one in enumerate(holds)
        ]
        self.never = len(evenings.on)
        self.armed = np.stack([one.first for one in upcoming])
        self.proposed = np.full(self.armed.shape, self.never, np.intp)
        self.entered = np.full(self.armed.shape, EVER, np.int32)
        self.again: list[Firing] = []
        self._latest = self.entered.copy()
        self._known = self.proposed.copy()  # the first evening that knows of the latest entry
        self._before = np.zeros_like(self.entered)  # the entry before the latest; 0: none
        self.needed = self.proposed.copy()  # the first evening that knows of any entry
        self.place = {rung.name: number for number, rung in enumerate(ladder)}
        self._needs = [[self.place[name] for name in rung.needs] for rung in ladder]
        self._tracks = tracks = [rung.track for rung in ladder]
        self._beside = [[n for n, one in enumerate(tracks) if one == track] for track in tracks]
        self._away = [people.away(rung) for rung in ladder]
        self.met = people.met_from(evenings.on)
        self._guards = [[g for g in rung.stage.guards if g in self.met] for rung in ladder]

    @property
    def alone(self) -> list[int]:
        """The stages that have a track for themselves and wait for nothing: no need to climb."""
        return [
            number
            for number, rung in enumerate(self.ladder)
            if self._beside[number] == [number] and not rung.needs and not self._guards[number]
            if (rung.again in _QUICK and self._away[number] is None)
            or (rung.again is Rearm.DAY and rung.asks_nobody)
        ]

    def once(self, number: int) -> None:
        """Propose a stage on the first evening that holds."""
        mine = np.flatnonzero(self.upcoming[number].first < self.never)
        if len(mine):
            self._enter(number, self.upcoming[number].first[mine], mine)
        self.armed[number] = self.never

    def each_day(self, number: int, holds: Truth) -> None:
        """Enter a stage on each evening that holds: the quick way for contact on the day."""
        away = self._away[number]
        mine = holds if away is None else holds & ~away
        if away is not None:
            self.upcoming[number] = Upcoming(mine, None)
        self.proposed[number] = self.upcoming[number].first
        evening, pupils = np.divmod(np.flatnonzero(mine), mine.shape[1])
        days, first = self.evenings.on[evening], self.proposed[number, pupils] == evening
        self.entered[number, pupils[first]] = days[first]
        self.needed[number, pupils[first]] = evening[first] + 1
        self.again.append(Firing(number, pupils[~first], evening[~first], days[~first]))
        self.armed[number] = self.never

    def ready(self, evening: Places, who: Places) -> Places:
        """Return the next evening on which each stage could be proposed."""
        found = np.full((len(self.ladder), len(who)), self.never, np.intp)
        for number, upcoming in enumerate(self.upcoming):
            since = np.maximum(evening, self.armed[number, who])
            for needed in self._needs[number]:
                since = np.maximum(since, self.needed[needed, who])
            for guard in self._guards[number]:
                since = np.maximum(since, self.met[guard][who])
            some = np.flatnonzero(since < self.never)
            found[number, some] = upcoming.next(since[some], who[some])
        return found

    def propose(self, ready: Truth, evening: Places, who: Places) -> None:
        """Propose in each track the first stage that is ready on this evening."""
        taken = {track: np.zeros(len(who), np.bool_) for track in self._tracks}
        for number, rung in enumerate(self.ladder):
            mine = np.flatnonzero(ready[number])
            if not len(mine):
                continue
            seen = _Seen(self, evening[mine], who[mine], taken[rung.track][mine])
            held = np.zeros(len(mine), np.bool_)
            for _, so in held_back(rung, seen):
                held |= so
            mine = mine[~held]
            taken[rung.track][mine] = True
            if rung.stopped_by(EXEMPTION) and (exempt := self.people.exempt) is not None:
                mine = mine[~exempt[evening[mine], who[mine]]]
            if len(mine):
                self._enter(number, evening[mine], who[mine])

    def far_enough(self, number: int, evening: Places, who: Places) -> Truth:
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
        lapses = self._lapses(number, evening, who, days)
        days = np.where(lapses < self.never, EVER, days).astype(np.int32)
        latest = self._latest[number, who]
        self._before[number, who] = np.where(latest < EVER, latest, self._before[number, who])
        self._know(number, who, days, evening + 1)
        known = self._known[number, who]
        self.needed[number, who] = np.minimum(self.needed[number, who], known)
        self._do(number, who)
        self._record(number, evening, who, days)
        self._arm(number, evening, who)
        self._take_back(number, who, lapses)
        self._make_others_wait(number, evening, who)

    def _lapses(self, number: int, evening: Places, who: Places, days: Days) -> Places:
        """Return the evening on which an exemption or a closed case takes a proposal back.

        A yes on record was given while nothing forbade it, so it counts on that day, too.
        """
        never = np.full(len(who), self.never, np.intp)
        away = self._away[number]
        if away is None or self.ladder[number].asks_nobody:
            return never
        later = away[:, who] & (np.arange(len(away))[:, None] > evening)
        some = later.any(axis=0)
        first = np.where(some, later.argmax(axis=0), never)
        day = np.append(self.evenings.on, EVER)[first]
        refused = self._said(self.people.declined[number, who], self.evenings.on[evening])
        answered = np.minimum(days, refused)
        assumed = (answered < EVER) & (answered != refused)
        assumed &= answered != self.people.approved[number, who]
        return np.where(some & np.where(assumed, day <= answered, day < answered), first, never)

    def _take_back(self, number: int, who: Places, lapses: Places) -> None:
        """Arm a stage anew for the evening on which its proposal was taken back."""
        some = lapses < self.never
        self.armed[number, who[some]] = lapses[some]

    def _do(self, number: int, who: Places) -> None:
        """Take the work of a stage as done, where no fact says otherwise: it may meet a guard."""
        name = self.ladder[number].name
        for guard, met in self.met.items():
            if name not in DEEDS[guard] or any(one not in self.place for one in DEEDS[guard]):
                continue
            rows = [self.place[one] for one in DEEDS[guard]]
            imagined = who[self.people.met[guard][who] == 0]
            met[imagined] = self.needed[np.ix_(rows, imagined)].max(axis=0)

    def _know(self, number: int, who: Places, days: Days, earliest: Places) -> None:
        """Enter a stage: the evening of that day knows of it, at the earliest the next one."""
        self._latest[number, who] = days
        seen = np.searchsorted(self.evenings.on, days, "left")
        self._known[number, who] = np.maximum(seen, earliest)

    def _record(self, number: int, evening: Places, who: Places, days: Days) -> None:
        """Write a firing down; the first entry stands beside the first proposal."""
        first = self.proposed[number, who] == self.never
        self.proposed[number, who[first]] = evening[first]
        none_yet = self.entered[number, who] == EVER
        self.entered[number, who[none_yet]] = days[none_yet]
        if not first.all():
            later = np.where(none_yet, EVER, days).astype(np.int32)[~first]
            self.again.append(Firing(number, who[~first], evening[~first], later))

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
        lapses = self._lapses(number, earliest - 1, who, days)
        days = np.where(lapses < self.never, EVER, days).astype(np.int32)
        before = self._latest[number, who]
        for firing in (one for one in self.again if one.stage == number):
            place = np.searchsorted(firing.pupils, who)
            mine = np.append(firing.pupils, -1)[place] == who
            mine[mine] = firing.entered[place[mine]] == before[mine]
            firing.entered[place[mine]] = days[mine]
        first = self.entered[number, who] == before
        self.entered[number, who[first]] = days[first]
        self._know(number, who, days, earliest)
        self.needed[number, who[first]] = self._known[number, who[first]]
        self._do(number, who[first])
        again = self.armed[number, who] < self.never
        self.armed[number, who[again]] = np.maximum(self.armed, self._known)[number, who[again]]
        self._take_back(number, who, lapses)

    def _after(self, days: Days, gap: int) -> Days:
        """Return the day on which a gap is over: at once where there was nothing before it."""
        over = np.where(days == EVER, days, self.evenings.after(days, gap))
        return np.where(days == 0, days, over).astype(np.int32)

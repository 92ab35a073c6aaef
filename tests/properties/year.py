"""A school year of timers: odd zones, closures that change, outages, clocks that jump."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Any, Final, cast
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from domain.contact_choice.commands import RecordConsent
from domain.contact_day.aggregate import MOST_A_DAY, NEVER_HELD_BACK
from domain.kernel.commands import Command
from domain.kernel.world import World
from domain.playbook_run import commands as c
from domain.playbook_run import events as e
from domain.playbook_run.timing import step_day
from domain.shared import ids
from domain.shared.calendar import SchoolCalendar
from domain.shared.contact import Channel, Purpose, RunStep
from domain.shared.ids import derived_id
from domain.shared.playbooks import MessageStep, OffsetUnit, Playbook, SendWindow, Weekday
from processmanagers.contact_planner import CONTACT_PLANNER
from processmanagers.kit import ReactionWorld
from tests.properties.town import Town
from tests.support.examples import PLAYBOOK_1, SCHOOL, STEPS, but
from tests.support.following import recorded

ZONES: Final = sorted(available_timezones() - {"localtime"})
FIRST, LAST = date(2025, 9, 1), date(2026, 6, 30)
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)


class Year(Town):
    """Families with children at one school, heard of by one planner and one ticker."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.zone = self.random.choice(ZONES)
        self.calendar = self._calendar()
        self.now = datetime.combine(FIRST, time(8), ZoneInfo(self.zone)).astimezone(UTC)
        self.heard = 0
        self.said: list[tuple[ids.RunId, str, datetime]] = []
        self.named: Counter[tuple[ids.RunId, str]] = Counter()
        self.texts: Counter[tuple[object, date]] = Counter()
        self.faults: list[str] = []
        self.abroad = [self.random.choice((None, None, self.random.choice(ZONES))) for _ in "ab"]
        self.books = [self._book(number) for number in range(3)]
        for family, channel in product(range(2), Channel):
            guardian = ids.GuardianId(derived_id("guardian", family))
            self.execute(RecordConsent(guardian, channel, given=True, source="STAFF"), "system")

    def _calendar(self) -> SchoolCalendar:
        days = [FIRST + _DAY * n for n in range((LAST - FIRST).days + 1)]
        shut: set[date] = set()
        for _ in range(self.random.randint(2, 6)):
            begins = self.random.choice(days)
            shut.update(begins + _DAY * n for n in range(self.random.randint(1, 14)))
        open_days = tuple(d for d in days if d.isoweekday() <= 5 and d not in shut)
        return SchoolCalendar(self.zone, open_days)

    def _book(self, number: int) -> Playbook:
        draw = self.random
        offsets = sorted(draw.sample(range(12), 3))
        steps = tuple(
            msgspec.structs.replace(
                step,
                offset=offset,
                unit=draw.choice(list(OffsetUnit)),
                expires_after=draw.choice((None, 0, 2)),
            )
            for step, offset in zip(STEPS, offsets, strict=True)
        )
        days = tuple(sorted(draw.sample(list(Weekday)[:5], draw.randint(2, 5))))
        return msgspec.structs.replace(
            PLAYBOOK_1,
            playbook_id=ids.PlaybookId(derived_id("playbook", number)),
            steps=steps,
            stop_conditions=(),
            purpose=draw.choice((Purpose.STATUTORY_NOTICE, Purpose.NUDGE, Purpose.NUDGE)),
            priority=draw.randint(0, 2),
            window=SendWindow(
                days=days, opens=time(draw.randint(7, 11)), closes=time(draw.randint(12, 20))
            ),
        )

    def world(self, command: Command, actor: str) -> World:
        """Let the year's calendar be the school's."""
        return replace(super().world(command, actor), calendars={SCHOOL: self.calendar})

    def live(self) -> None:
        """Let the year go by."""
        draw = self.random
        for number in range(draw.randint(4, 9)):
            self._start(number)
        while self._due() is not None:
            self._to_the_next()
            if draw.random() < 0.8:
                self._react()  # else the planner is behind for once
            self._tick()
            self._react()

    def _start(self, number: int) -> None:
        draw = self.random
        self.now += draw.choice((timedelta(0), _HOUR, _DAY, _DAY * 9))
        family = draw.randint(0, 1)
        guardian = ids.GuardianId(derived_id("guardian", family))
        child = ids.StudentId(derived_id("child", family, draw.randint(0, 3)))
        started = but(
            c.StartRun,
            run_id=ids.RunId(derived_id("run", number)),
            playbook=draw.choice(self.books),
            student_id=child,
            guardian_id=guardian,
            triggered_at=self.now,
            zone=self.abroad[family],
        )
        self.execute(started, "system")
        self._react()

    def _open(self) -> Sequence[tuple[ids.RunId, Any]]:
        return [(ids.RunId(s), run.past) for s, run in self.all_of("playbook_run")]

    def _due(self) -> datetime | None:
        return min((p.waiting.due_at for _, p in self._open() if p.waiting), default=None)

    def _to_the_next(self) -> None:
        """Go to the next moment at which something is due; sometimes clock or house fail."""
        draw, due = self.random, self._due()
        assert due is not None
        self.now = max(self.now, due)
        luck = draw.random()
        if luck < 0.05:
            self.now += _DAY + draw.randint(0, 12) * _HOUR  # an outage of a day and more
        elif luck < 0.08:
            self.now += draw.choice((-1, 1)) * draw.choice((_HOUR, _DAY))
        elif luck < 0.12:
            self.calendar = self._calendar()

    def _tick(self) -> None:
        for run, past in self._open():
            entry = past.waiting
            if entry is None or entry.due_at > self.now:
                continue
            began, on = past.started, entry.contact_on
            place = (began.case_id, began.student_id, began.guardian_id)
            took = c.TakeStep(run, SCHOOL, *place, step_id=entry.step_id, contact_on=on)
            for fact in self.execute(took, "system").facts:
                if isinstance(fact, e.StepRequested):
                    self._hear(run, fact, entry)

    def _hear(self, run: ids.RunId, fact: e.StepRequested, entry: e.StepScheduled) -> None:
        self.said.append((run, fact.step_id, self.now))
        past = self._past(run)
        person = past.started.guardian_id
        if past.playbook.purpose not in NEVER_HELD_BACK:
            self.texts[person, self._there(past).date()] += 1
        if self.now < entry.due_at:
            self.faults.append("early")
        spoken = [run, *(also.run_id for also in fact.also if self._joins(also, run, fact))]
        for one in spoken:
            self.named[one, fact.step_id] += 1
            self._look(self._past(one), fact.step_id)
        self._react()
        for one in spoken:
            sent = c.StepOutcome.SENT
            done = c.SettleStep(one, SCHOOL, fact.step_id, fact.message_id, sent)
            self.execute(done, "system")

    def _joins(self, step: RunStep, leader: ids.RunId, fact: e.StepRequested) -> bool:
        """Let a sibling's run hear of the message; without that the message goes without it."""
        told = c.JoinStep(step.run_id, SCHOOL, step.step_id, fact.channel, fact.message_id, leader)
        return bool(self.execute(told, "system").facts)

    def _past(self, run: ids.RunId) -> Any:
        return self.stream("playbook_run", run).state.past  # type: ignore[attr-defined]

    def _there(self, past: Any) -> datetime:
        return self.now.astimezone(ZoneInfo(past.started.zone or self.zone))

    def _look(self, past: Any, step_id: str) -> None:
        """Hold what was said against the rules, told anew and more simply."""
        there, book = self._there(past), past.playbook
        step: MessageStep = book.step(step_id)
        opens, closes = max(time(9), book.window.opens), min(time(18), book.window.closes)
        if not opens <= there.time() < closes:
            self.faults.append(f"quiet hours: {there}")
        known = self.calendar.open_days
        if there.date() <= known[-1] and there.date() not in known:
            self.faults.append(f"closed: {there}")
        if there.isoweekday() not in book.window.days:
            self.faults.append(f"no day of the playbook: {there}")
        day = step_day(step, past.started.triggered_at, self.calendar)
        here = self.calendar.local(self.now).date()
        passed = sum(day < one <= here for one in known)
        if step.expires_after is not None and passed > step.expires_after:
            self.faults.append(f"too late: {there}")

    def _react(self) -> None:
        while self.heard < len(self.log):
            stream, version, event, at = self.log[self.heard]
            self.heard += 1
            if not isinstance(event, CONTACT_PLANNER.listens):
                continue
            fact = recorded(event, stream=stream, version=version, on=at)
            for command in CONTACT_PLANNER.react(fact, cast("ReactionWorld", self)):
                self.execute(command, "system")

    def left_open(self) -> list[str]:
        """Return the runs that have not come to an end."""
        return [str(run) for run, past in self._open() if not past.over]

    def shown(self) -> set[str]:
        """Return what the year had in it, by name."""
        again = {str(f.again) for _, _, f, _ in self.log if isinstance(f, e.StepScheduled)}
        reasons = {str(f.reason) for _, _, f, _ in self.log if isinstance(f, e.StepSkipped)}
        joined = {"joined" for _, _, f, _ in self.log if isinstance(f, e.StepJoined)}
        return again | reasons | joined | ({"sent"} if self.said else set())

    def over_budget(self) -> list[object]:
        """Return the days of people who heard more than one day may bring."""
        return [day for day, texts in self.texts.items() if texts > MOST_A_DAY]

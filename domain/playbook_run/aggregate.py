"""One walk through one playbook version."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, Final, Protocol, assert_never

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.playbook_run import commands as c
from domain.playbook_run import events as e
from domain.playbook_run.refusals import RunUnknown, StepUnknown
from domain.playbook_run.timing import due_at
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import MessageId, derived_id, message_key
from domain.shared.playbooks import Step, StopCondition

OFFICE: Final = "school:attendance-office"


class _Case(Protocol):
    closed: bool


class _Exemptions(Protocol):
    def holds_on(self, day: date) -> bool: ...


class _Choice(Protocol):
    def is_suppressed(self, channel: Channel) -> bool: ...
    def allows(self, channel: Channel, purpose: Purpose) -> bool: ...


class PlaybookRun(Aggregate[c.RunCommand, e.RunEvent]):
    """At most one step is open at a time; a stop drops what waits and lets what flies land."""

    kind: ClassVar[str] = "playbook_run"

    def __init__(self) -> None:
        self.started: e.RunStarted | None = None
        self.over = False
        self.waiting: e.StepScheduled | None = None
        self.flying: dict[str, e.StepRequested] = {}
        self.unknown: set[str] = set()
        self.replied: set[MessageId] = set()

    def decide(self, command: c.RunCommand, world: World) -> Sequence[e.RunEvent]:
        """Return what follows."""
        if isinstance(command, c.StartRun):
            return self._start(command, world)
        if self.started is None:
            raise RunUnknown
        match command:
            case c.TakeStep():
                return self._take(command, self.started, world)
            case c.SettleStep():
                return self._settle(command, self.started, world)
            case c.RecordReply():
                return self._reply(command, self.started, world)
            case c.StopRun(reason=reason):
                unwanted = reason is e.RunStop.ATTENDANCE_IMPROVED and (
                    StopCondition.ATTENDANCE_IMPROVED not in self.started.playbook.stop_conditions
                )
                return [] if self.over or unwanted else self._stop(reason, self.started, world)
            case _:
                assert_never(command)

    def _start(self, command: c.StartRun, world: World) -> list[e.RunEvent]:
        if self.started is not None:
            return []  # a trigger made again starts nothing twice
        started = e.RunStarted(
            playbook=command.playbook,
            intervention_id=command.intervention_id,
            case_id=command.case_id,
            school_id=command.school_id,
            student_id=command.student_id,
            stage=command.stage,
            triggered_at=command.triggered_at,
            started_on=world.today(command.school_id),
            baseline=command.baseline,
            guardian_id=command.guardian_id,
            firing=command.firing,
        )
        return [started, _schedule(command.playbook.steps[0], started, world)]

    def _take(self, command: c.TakeStep, started: e.RunStarted, world: World) -> list[e.RunEvent]:
        step = self.waiting
        if self.over or step is None or step.step_id != command.step_id or step.due_at > world.now:
            return []  # a late, early or double tick
        stop = _stop_condition(command, started, world)
        if stop is not None:
            return self._stop(stop, started, world)
        choice: _Choice = world.seen(command.choice)
        if choice.is_suppressed(step.channel):
            return self._skip(step, e.SkipReason.CHANNEL_SUPPRESSED, started, world)
        if not choice.allows(step.channel, started.playbook.purpose):
            return self._skip(step, e.SkipReason.CONSENT_MISSING, started, world)
        key = message_key(command.run_id, step.step_id, started.guardian_id)
        return [
            e.StepRequested(
                step_id=step.step_id,
                order=step.order,
                channel=step.channel,
                message_id=MessageId(derived_id("message", key)),
                key=key,
            )
        ]

    def _skip(
        self, step: e.StepScheduled, reason: e.SkipReason, started: e.RunStarted, world: World
    ) -> list[e.RunEvent]:
        skipped = e.StepSkipped(step_id=step.step_id, order=step.order, reason=reason)
        return [skipped, *self._next(step.order, started, world)]

    def _settle(
        self, command: c.SettleStep, started: e.RunStarted, world: World
    ) -> list[e.RunEvent]:
        flying = self.flying.get(command.step_id)
        if flying is None:
            if command.step_id not in {step.step_id for step in started.playbook.steps}:
                raise StepUnknown
            return []
        known = command.step_id in self.unknown
        if known and command.outcome is c.StepOutcome.UNKNOWN:
            return []
        settled = _settled(command, flying, started, world)
        if self.over or known:
            return [settled]  # stopped meanwhile, or the next step was put in the diary before
        return [settled, *self._next(flying.order, started, world)]

    def _next(self, order: int, started: e.RunStarted, world: World) -> list[e.RunEvent]:
        step = started.playbook.after(order)
        if step is not None:
            return [_schedule(step, started, world)]
        return [
            e.RunCompleted(school_id=started.school_id, completed_on=world.today(started.school_id))
        ]

    def _reply(
        self, command: c.RecordReply, started: e.RunStarted, world: World
    ) -> list[e.RunEvent]:
        if command.message_id in self.replied:
            return []
        replied = e.GuardianReplied(message_id=command.message_id, channel=command.channel)
        stops = StopCondition.GUARDIAN_REPLIED in started.playbook.stop_conditions
        if self.over or not stops:
            return [replied]
        return [replied, *self._stop(e.RunStop.GUARDIAN_REPLIED, started, world)]

    def _stop(self, reason: e.RunStop, started: e.RunStarted, world: World) -> list[e.RunEvent]:
        return [
            e.RunStopped(
                reason=reason,
                school_id=started.school_id,
                stopped_on=world.today(started.school_id),
                dropped_step=self.waiting.step_id if self.waiting else None,
            )
        ]

    def evolve(self, event: e.RunEvent) -> None:
        """Remember what is open."""
        match event:
            case e.RunStarted():
                self.started = event
            case e.StepScheduled():
                self.waiting = event
            case e.StepRequested(step_id=step):
                self.waiting = None
                self.flying[step] = event
            case (
                e.StepSkipped(step_id=step) | e.StepSent(step_id=step) | e.StepFailed(step_id=step)
            ):
                self.flying.pop(step, None)
                if self.waiting is not None and self.waiting.step_id == step:
                    self.waiting = None
            case e.StepOutcomeUnknown(step_id=step):
                self.unknown.add(step)  # it stays in the air: it may turn out to have been sent
            case e.GuardianReplied(message_id=message):
                self.replied.add(message)
            case e.RunStopped():
                self.over, self.waiting = True, None
            case e.RunCompleted():
                self.over = True
            case _:
                assert_never(event)


def _schedule(step: Step, started: e.RunStarted, world: World) -> e.StepScheduled:
    calendar = world.calendar(started.school_id)
    return e.StepScheduled(
        step_id=step.step_id,
        order=step.order,
        channel=step.channel,
        due_at=due_at(step, started.triggered_at, world.now, calendar),
        school_id=started.school_id,
        scheduled_on=world.today(started.school_id),
    )


def _stop_condition(command: c.TakeStep, started: e.RunStarted, world: World) -> e.RunStop | None:
    """Look in the written order. Reply and improvement stop a run when they happen."""
    case: _Case = world.seen(command.case_id)
    if case.closed and StopCondition.CASE_CLOSED in started.playbook.stop_conditions:
        return e.RunStop.CASE_CLOSED
    exemptions: _Exemptions = world.seen(command.exemption)
    if exemptions.holds_on(world.today(started.school_id)):
        return e.RunStop.EXEMPTION_FLAG
    return None


def _settled(
    command: c.SettleStep, flying: e.StepRequested, started: e.RunStarted, world: World
) -> e.RunEvent:
    step, order = flying.step_id, flying.order
    match command.outcome:
        case c.StepOutcome.SENT:
            return e.StepSent(
                step_id=step,
                order=order,
                channel=flying.channel,
                message_id=command.message_id,
                school_id=started.school_id,
                student_id=started.student_id,
                sent_on=world.today(started.school_id),
            )
        case c.StepOutcome.SKIPPED:
            reason = command.skip_reason or e.SkipReason.STOP_CONDITION_MET
            return e.StepSkipped(step_id=step, order=order, reason=reason)
        case c.StepOutcome.FAILED:
            return e.StepFailed(step_id=step, order=order, cause=command.cause, owner=OFFICE)
        case c.StepOutcome.UNKNOWN:
            return e.StepOutcomeUnknown(
                step_id=step, order=order, message_id=command.message_id, owner=OFFICE
            )
        case _:
            assert_never(command.outcome)

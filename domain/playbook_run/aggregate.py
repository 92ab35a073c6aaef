"""One walk through one playbook version."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final, assert_never

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.playbook_run import commands as c
from domain.playbook_run import events as e
from domain.playbook_run import refusals as r
from domain.playbook_run.acting import asked, handed_over, heard, posted_instead
from domain.playbook_run.company import A_MINUTE, delayed, joined, parted, place_of
from domain.playbook_run.looking import Way, stop_of, usable
from domain.playbook_run.moving import moved
from domain.playbook_run.planning import Plan
from domain.playbook_run.remembering import FAILED, SENT, Memory
from domain.playbook_run.settling import OFFICE, settled
from domain.shared.ids import MessageId, derived_id, message_key
from domain.shared.playbooks import (
    Asks,
    BranchStep,
    EscalateWhen,
    MessageStep,
    Playbook,
    Step,
    StopCondition,
    WaitStep,
)

__all__ = ["OFFICE", "PlaybookRun"]
_OF_DELIVERY: Final = frozenset({Asks.STEP_DELIVERED, Asks.STEP_NOT_DELIVERED})


class PlaybookRun(Aggregate[c.RunCommand, e.RunEvent]):
    """At most one step is open at a time; a stop drops what waits and lets what flies land."""

    kind: ClassVar[str] = "playbook_run"

    def __init__(self) -> None:
        self.past = Memory()

    def evolve(self, event: e.RunEvent) -> None:
        """Remember it."""
        self.past.evolve(event)

    def decide(self, command: c.RunCommand, world: World) -> Sequence[e.RunEvent]:
        """Return what follows."""
        if isinstance(command, c.StartRun):
            return self._start(command, world)
        if self.past.started is None or self.past.playbook is None:
            raise r.RunUnknown
        plan = Plan(self.past.started, self.past.playbook, world)
        match command:
            case c.TakeStep():
                return self._take(command, plan)
            case c.DelayStep():
                answer = delayed(self.past, command, plan)
                if not isinstance(answer, e.SkipReason):
                    return answer
                return self._skip(plan.playbook.step(command.step_id), answer, plan)
            case c.JoinStep():
                return joined(self.past, command)
            case c.PartStep():
                return self._part(command, plan)
            case c.SettleStep():
                return self._settle(command, plan)
            case c.RecordDelivery():
                return self._deliver(command, plan)
            case c.RecordReply():
                return self._reply(command, plan)
            case c.EscalateRun():
                return self._escalate(command, plan)
            case c.PauseRun() | c.ResumeRun():
                return self._hold(command, plan)
            case c.MoveRun(playbook=playbook):
                return self._move(playbook, plan)
            case c.StopRun(reason=reason):
                unwanted = reason is e.RunStop.ATTENDANCE_IMPROVED and (
                    StopCondition.ATTENDANCE_IMPROVED not in plan.playbook.stop_conditions
                )
                return [] if unwanted else self._stop(reason, plan)
            case _:
                assert_never(command)

    def _start(self, command: c.StartRun, world: World) -> list[e.RunEvent]:
        if self.past.started is not None:
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
            zone=command.zone,
            members=command.members,
        )
        plan = Plan(started, command.playbook, world)
        return [started, plan.entry(command.playbook.steps[0]), *plan.escalation()]

    def _take(self, command: c.TakeStep, plan: Plan) -> list[e.RunEvent]:
        entry = self.past.waiting
        if self.past.over or self.past.paused or entry is None or entry.step_id != command.step_id:
            return []  # a late or double tick
        if entry.due_at > plan.world.now:
            return []
        stop = stop_of(command, plan.playbook, plan.world)
        if stop is not None:
            return self._stop(stop, plan)
        step = plan.playbook.step(entry.step_id)
        if step.condition is not None and not self.past.holds(step.condition):
            return self._passed_over(step, plan)
        match step:
            case MessageStep():
                return self._message(command, step, plan)
            case WaitStep():
                over = e.Waited(step_id=step.step_id, order=step.order, replied=False)
                return [over, *self._go(step, plan, failed=True)]
            case BranchStep():
                taken = e.Branched(step_id=step.step_id, order=step.order, holds=True)
                return [taken, *self._go(step, plan)]
            case _:
                return [asked(step, plan), *self._go(step, plan)]

    def _passed_over(self, step: Step, plan: Plan) -> list[e.RunEvent]:
        if isinstance(step, BranchStep):
            taken = e.Branched(step_id=step.step_id, order=step.order, holds=False)
            return [taken, *self._go(step, plan, failed=True)]
        return self._skip(step, e.SkipReason.CONDITION_NOT_MET, plan)

    def _message(self, command: c.TakeStep, step: MessageStep, plan: Plan) -> list[e.RunEvent]:
        if step.skip_if_replied and self.past.replied:
            return self._skip(step, e.SkipReason.PREVIOUS_REPLIED, plan)
        if plan.is_late(step):
            return self._skip(step, e.SkipReason.EXPIRED, plan)
        if not plan.hours.lawful(plan.world.now):  # a late tick: nobody is woken up by it
            return [plan.entry(step, e.Again.OUTSIDE_HOURS)]
        place = place_of(command, step, plan)
        if not isinstance(place, tuple):
            return [place]
        way = usable(command, step, plan.playbook.purpose, plan.world)
        if not isinstance(way, Way):
            return self._skip(step, way, plan)
        theirs = replace(plan, quiet=way.quiet)
        if not theirs.hours.lawful(plan.world.now):
            return [theirs.entry(step, e.Again.OUTSIDE_HOURS)]  # the guardian's own quiet hours
        key = message_key(command.run_id, step.step_id, plan.started.guardian_id)
        return [
            e.StepRequested(
                step_id=step.step_id,
                order=step.order,
                channel=way.channel,
                message_id=MessageId(derived_id("message", key)),
                key=key,
                template_key=step.template_key,
                purpose=plan.playbook.purpose,
                fallback=way.fallback,
                guardian_id=None if plan.started.guardian_id else way.guardian_id,
                also=place,
            )
        ]

    def _skip(self, step: Step, reason: e.SkipReason, plan: Plan) -> list[e.RunEvent]:
        skipped = e.StepSkipped(step_id=step.step_id, order=step.order, reason=reason)
        return [skipped, *posted_instead(step, reason, plan), *self._go(step, plan)]

    def _go(self, step: Step, plan: Plan, *, failed: bool = False) -> list[e.RunEvent]:
        """Return what comes behind a step: the next one's place in the diary, or the end."""
        return self._enter(plan.playbook.following(step, failed=failed), plan)

    def _enter(self, step: Step | None, plan: Plan) -> list[e.RunEvent]:
        if step is None:
            school = plan.started.school_id
            return [e.RunCompleted(school_id=school, completed_on=plan.on_day)]
        if isinstance(step, WaitStep) and self.past.replied:
            over = e.Waited(step_id=step.step_id, order=step.order, replied=True)
            return [over, *self._go(step, plan)]
        return [plan.entry(step)]

    def _part(self, command: c.PartStep, plan: Plan) -> list[e.RunEvent]:
        gone = parted(self.past, command)
        if gone is None:
            return []
        step = plan.playbook.find(gone.step_id)
        if step is not None:
            return [plan.again(step, e.Again.PARTED, A_MINUTE)]
        why = e.SkipReason.STOP_CONDITION_MET
        skipped = e.StepSkipped(step_id=gone.step_id, order=gone.order, reason=why)
        return [skipped, *self._behind(gone.step_id, gone.order, plan, failed=False)]

    def _settle(self, command: c.SettleStep, plan: Plan) -> list[e.RunEvent]:
        flying = self.past.flying.get(command.step_id)
        if flying is not None and flying.message_id != command.message_id:
            return []  # it had joined a sibling's message, and has left it
        late = self.past.failed.get(command.step_id)
        if flying is None and late is not None and command.outcome is c.StepOutcome.SENT:
            return [settled(command, late, plan.started, plan.on_day)]
        if flying is None:
            if command.step_id not in {*self.past.ended, *(s.step_id for s in plan.playbook.steps)}:
                raise r.StepUnknown
            return []
        known = command.step_id in self.past.unknown
        if known and command.outcome is c.StepOutcome.UNKNOWN:
            return []
        end = settled(command, flying, plan.started, plan.on_day)
        ends = [end]
        if isinstance(end, e.StepSkipped) and not self.past.over:
            ends += posted_instead(flying, end.reason, plan)
        if self.past.over or self.past.paused or known:
            return ends  # ended or held meanwhile, or the next step was put in the diary before
        failed = command.outcome is c.StepOutcome.FAILED
        return [*ends, *self._behind(flying.step_id, flying.order, plan, failed=failed)]

    def _behind(self, step_id: str, order: int, plan: Plan, *, failed: bool) -> list[e.RunEvent]:
        """Return what comes behind a step that the playbook may not have any more."""
        step = plan.playbook.find(step_id)
        if step is not None:
            return self._go(step, plan, failed=failed)
        later = (one for one in plan.playbook.steps if one.order > order)
        return self._enter(next(later, None), plan)

    def _deliver(self, command: c.RecordDelivery, plan: Plan) -> list[e.RunEvent]:
        step = plan.playbook.find(command.step_id)
        if step is None or not self._asks_delivery(plan.playbook):
            return []
        if self.past.delivered.get(command.step_id) in {True, command.delivered}:
            return []
        fact = e.StepDelivered if command.delivered else e.StepUndelivered
        return [fact(step_id=step.step_id, order=step.order)]

    @staticmethod
    def _asks_delivery(playbook: Playbook) -> bool:
        rule = playbook.escalation
        if rule is not None and EscalateWhen.NOTHING_DELIVERED in rule.when:
            return True
        return any(s.condition and s.condition.asks in _OF_DELIVERY for s in playbook.steps)

    def _reply(self, command: c.RecordReply, plan: Plan) -> list[e.RunEvent]:
        if command.message_id in self.past.replied:
            return []
        replied = heard(command, plan)
        if self.past.over:
            return [replied]
        if StopCondition.GUARDIAN_REPLIED in plan.playbook.stop_conditions:
            return [replied, *self._stop(e.RunStop.GUARDIAN_REPLIED, plan)]
        entry = self.past.waiting
        if self.past.paused or not isinstance(entry, e.ActionScheduled):
            return [replied]
        if entry.action is not e.Action.WAIT_FOR_REPLY:
            return [replied]
        over = e.Waited(step_id=entry.step_id, order=entry.order, replied=True)
        return [replied, over, *self._go(plan.playbook.step(entry.step_id), plan)]

    def _escalate(self, command: c.EscalateRun, plan: Plan) -> list[e.RunEvent]:
        if (
            self.past.escalate is None
            or self.past.paused
            or self.past.escalate.due_at > plan.world.now
        ):
            return []
        stop = stop_of(command, plan.playbook, plan.world)
        if stop is not None:
            return self._stop(stop, plan)
        if not (self.past.flying or {SENT, FAILED} & {*self.past.ended.values()}):
            return plan.escalation(later=True)  # nothing was tried yet
        rule = plan.playbook.escalation
        if rule is None or not all(self.past.is_so(one) for one in rule.when):
            return [e.EscalationDismissed()]
        return [handed_over(rule, self.past.dropped, plan)]

    def _hold(self, command: c.PauseRun | c.ResumeRun, plan: Plan) -> list[e.RunEvent]:
        school, today = plan.started.school_id, plan.on_day
        if self.past.over or self.past.paused is isinstance(command, c.PauseRun):
            return []
        if isinstance(command, c.PauseRun):
            held = self.past.dropped
            return [
                e.RunPaused(
                    reason=command.reason, school_id=school, paused_on=today, held_step=held
                )
            ]
        goes_on: list[e.RunEvent] = []
        if self.past.waiting is not None:
            waited = plan.playbook.step(self.past.waiting.step_id)
            goes_on = [plan.entry(waited, e.Again.HELD)]
        elif not self.past.flying.keys() - self.past.unknown and self.past.last is not None:
            step, order, failed = self.past.last
            goes_on = self._behind(step, order, plan, failed=failed)
        again = plan.escalation() if self.past.escalate is not None else []
        return [e.RunResumed(school_id=school, resumed_on=today), *goes_on, *again]

    def _move(self, playbook: Playbook, plan: Plan) -> list[e.RunEvent]:
        if self.past.over:
            raise r.RunOver
        if playbook.playbook_id != plan.playbook.playbook_id:
            raise r.PlaybookOther
        if playbook.version == plan.playbook.version:
            return []
        if self.past.paused:
            raise r.RunHeld
        return moved(self.past.waiting, self.past.ended, playbook, plan)

    def _stop(self, reason: e.RunStop, plan: Plan) -> list[e.RunEvent]:
        if self.past.over:
            return [] if self.past.escalate is None else [e.EscalationDismissed()]
        return [
            e.RunStopped(
                reason=reason,
                school_id=plan.started.school_id,
                stopped_on=plan.on_day,
                dropped_step=self.past.dropped,
            )
        ]

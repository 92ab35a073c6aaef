"""Climbing: what may be proposed, who lets it in, and what has to wait."""

from datetime import date
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

from domain.intervention import clocks, guards
from domain.intervention import commands as c
from domain.intervention import events as e
from domain.intervention import refusals as r
from domain.intervention.reasons import ResumeReason
from domain.kernel.world import World
from domain.shared.guards import Finding, Vouched
from domain.shared.ids import CaseId, SchoolId, StudentId
from domain.shared.stages import Approval, Stage

if TYPE_CHECKING:
    from domain.intervention.aggregate import InterventionInstance

LAST_STAGE: Final = "ESCALATION"
CASE_CLOSED: Final = "CASE_CLOSED"
# How rule sets name what facts call by another name.
_CONDITIONS: Final = {"EXEMPTION_FLAG": "EXEMPTION", "TO_WORKER": "EXEMPTION"}
_RESUMES: Final = {
    "ATTENDANCE_IMPROVED": ResumeReason.ABSENT_AGAIN,
    "VALID_REASON": ResumeReason.ABSENT_AGAIN,
    "LEFT_ROLL": ResumeReason.BACK_ON_ROLL,
}
_ON_RECORD: Final = frozenset({e.WithholdReason.TO_WORKER, e.WithholdReason.TOO_LATE})
Facts = list[e.InterventionEvent]


class _Exemptions(Protocol):
    def holds_on(self, day: date) -> bool: ...
    def routes_on(self, day: date) -> bool: ...


class _Case(Protocol):
    closed: bool


def condition(reason: str) -> str:
    """Return a reason under the name that rule sets give it."""
    return _CONDITIONS.get(reason, reason)


def propose(state: "InterventionInstance", command: c.ProposeStage, world: World) -> Facts:
    """Propose a stage, once for each of its windows; withhold it where something forbids it."""
    stage = command.stage
    if _barred(state, stage) or not fires(state, command):
        return []
    waits = stage.type in state.proposed
    if not waits:
        check_order(state, stage, command.evaluated_on, world.calendar(command.school_id))
    against = forbidden(stage, command, world)
    if against is None and command.too_late:
        against = e.WithholdReason.TOO_LATE
    if against is not None:
        return _withhold(state, command, against)
    if waits:
        return []
    found = guards.checked(state, stage.track, command.guards, command.findings)
    proposed = proposal(state, command, found, world)
    facts: Facts = [*opening(state, command), *_resuming(state), proposed]
    if not _asks_nobody(stage) or guards.asked(command.guards):
        return facts
    return [*facts, *_enter(proposed, command, world)]


def proposal(
    state: "InterventionInstance",
    command: c.ProposeStage | c.ProposeByHand,
    found: tuple[Finding, ...],
    world: World,
) -> e.StageProposed:
    """Return the proposal, with its numbers and what was found about its guards."""
    by_hand = isinstance(command, c.ProposeByHand)
    before = state.fired.get(command.stage.type)
    return e.StageProposed(
        stage=command.stage,
        numbers=command.numbers,
        evaluated_on=command.evaluated_on,
        known_at=command.known_at,
        due_on=clocks.last_day(command.stage, command, world.calendar(command.school_id)),
        anchor=command.anchor,
        firing=1 if before is None else before.firing + 1,
        qualified_on=command.qualified_on,
        guards=command.guards,
        findings=found,
        proposed_by=world.actor if by_hand else "",
        reason_ref=command.reason_ref if isinstance(command, c.ProposeByHand) else None,
    )


def approve(state: "InterventionInstance", command: c.ApproveStage, world: World) -> Facts:
    """Enter a stage in the name of a person; everything is looked at once more."""
    by_person(state, world)
    proposed = state.proposed.get(command.stage)
    if proposed is None and command.stage in state.entered:
        return []
    if proposed is None:
        raise r.StageNotProposed(stage=command.stage)
    if forbidden(proposed.stage, command, world) is not None:
        raise r.StageForbidden(stage=command.stage)
    # Two stages of a track may have been proposed on one evening, before either was entered.
    today = world.today(command.school_id)
    check_order(state, proposed.stage, today, world.calendar(command.school_id))
    if proposed.stage.four_eyes and world.actor == proposed.proposed_by:
        raise r.SecondPersonNeeded(stage=command.stage)
    vouched = guards.vouched(state, proposed, command, world)
    proposed = clocks.as_shown(state, proposed)
    return _enter(proposed, command, world, vouched, command.answers_ref)


def decline(state: "InterventionInstance", command: c.DeclineStage, world: World) -> Facts:
    """Say no to a proposal; only a window that begins later asks again."""
    by_person(state, world)
    if command.stage in state.declined:
        return []
    if command.stage not in state.proposed:
        raise r.StageNotProposed(stage=command.stage)
    if not command.reason:
        raise r.ReasonMissing
    return [e.StageDeclined(stage=command.stage, reason=command.reason)]


def fulfil(state: "InterventionInstance", command: c.FulfilStage, world: World) -> Facts:
    """Record in a person's name that an entered stage was done; its clock stands still."""
    by_person(state, world)
    if command.stage in state.fulfilled:
        return []
    told = state.withheld.get(command.stage) is e.WithholdReason.TO_WORKER
    if command.stage not in state.entered and not told:
        raise r.StageNotEntered(stage=command.stage)
    fired = state.fired.get(command.stage)
    tries = fired is not None and fired.stage.log_attempts
    if tries and not state.attempted.get(command.stage):
        raise r.AttemptMissing(stage=command.stage)
    today = world.today(command.school_id)
    late = clocks.late(state, command.stage, today)
    return [e.StageFulfilled(stage=command.stage, fulfilled_on=today, late=late)]


def watch(state: "InterventionInstance", command: c.WatchClock, world: World) -> Facts:
    """See whether the clock of an open stage has run out; a stop or an exemption lets it rest."""
    clock = clocks.running(state, command.stage)
    if clock is None:
        return []
    stopped = state.over and clock.stage.stopped_by(condition(state.stopped_for))
    rests = stopped or forbidden(clock.stage, command, world) is not None
    return clocks.watch(state, command, world, rests=rests)


def hold(state: "InterventionInstance", command: c.HoldStages, world: World) -> Facts:
    """Withhold what waits for approval while an exemption holds."""
    held: Facts = []
    for name, proposed in state.proposed.items():
        against = forbidden(proposed.stage, command, world)
        if against is not None:
            day = world.today(command.school_id)
            held.append(e.StageWithheld(stage=name, reason=against, evaluated_on=day))
    return held


def by_person(state: "InterventionInstance", world: World) -> None:
    """See that there is an intervention, and that a named person speaks."""
    if state.opened is None:
        raise r.InterventionUnknown
    if not world.actor.startswith("staff:"):
        raise r.ApprovalByPersonOnly


def _barred(state: "InterventionInstance", stage: Stage) -> bool:
    """Say whether the end of the ladder ends this stage, too, and for good."""
    if not state.over or state.stopped_for in _RESUMES:
        return False
    return stage.stopped_by(condition(state.stopped_for))


def fires(state: "InterventionInstance", command: c.ProposeStage | c.ProposeByHand) -> bool:
    """Say whether this window of the stage has not fired yet.

    A person who has decided is asked again only for what begins behind the day of that firing: the
    next day, term or half-term, or a spell that came after another was over.
    """
    name = command.stage.type
    last = state.firings.counting(name)  # what the register took back is armed again
    if last is None or name in state.proposed:
        return True
    return command.anchor is not None and command.anchor > last.evaluated_on


def _resuming(state: "InterventionInstance") -> Facts:
    if not state.over or state.stopped_for not in _RESUMES:
        return []
    return [e.InterventionResumed(reason=_RESUMES[state.stopped_for])]


def opening(state: "InterventionInstance", command: c.ProposeStage | c.ProposeByHand) -> Facts:
    """Return the beginning of an intervention, where this proposal is its first."""
    if state.opened is not None:
        return []
    return [
        e.InterventionOpened(
            student_id=command.student_id,
            school_id=command.school_id,
            case_id=command.case_id,
            rule_set_id=command.rule_set_id,
            school_year_from=command.school_year_from,
            same_day=command.same_day,
        )
    ]


def _withhold(
    state: "InterventionInstance", command: c.ProposeStage, reason: e.WithholdReason
) -> Facts:
    name, day = command.stage.type, command.evaluated_on
    if state.withheld.get(name) == reason and state.too_late.get(name) in {None, day}:
        return []  # said once; the condition holds every evening
    if state.opened is None and reason not in _ON_RECORD:
        return []  # who is left alone gets no file either; a worker has to be told
    withheld = e.StageWithheld(
        stage=command.stage.type, reason=reason, evaluated_on=command.evaluated_on
    )
    return [*opening(state, command), withheld]


class _Calendar(Protocol):
    def school_days_between(self, after: date, until: date) -> int: ...


def check_order(state: "InterventionInstance", stage: Stage, on: date, calendar: _Calendar) -> None:
    """Refuse a stage before its time: its prerequisites, and the gap inside its track."""
    if not all(state.carries(needed) for needed in stage.prerequisites):
        raise r.StageOutOfOrder(stage=stage.type)
    last = [
        one.entered_on
        for key, one in state.firings.entered.items()
        if one.track == stage.track and one.stage != stage.type and state.firings.carries(key)
    ]
    if not last:
        return
    gap = calendar.school_days_between(max(last), on)
    if (on - max(last)).days < stage.min_gap_days or gap < stage.min_gap_school_days:
        raise r.StageTooSoon(stage=stage.type)


class _Entering(Protocol):
    @property
    def student_id(self) -> StudentId: ...
    @property
    def school_id(self) -> SchoolId: ...
    @property
    def case_id(self) -> CaseId: ...
    @property
    def exemption(self) -> object: ...


def _asks_nobody(stage: Stage) -> bool:
    return stage.approval is Approval.AUTO


def _enter(
    proposed: e.StageProposed,
    about: _Entering,
    world: World,
    vouched: tuple[Vouched, ...] = (),
    answers_ref: UUID | None = None,
) -> Facts:
    stage = proposed.stage
    entered = e.StageEntered(
        stage=stage.type,
        track=stage.track,
        student_id=about.student_id,
        school_id=about.school_id,
        case_id=about.case_id,
        entered_on=world.today(about.school_id),
        numbers=proposed.numbers,
        approved_by="" if _asks_nobody(stage) else world.actor,
        firing=proposed.firing,
        due_on=proposed.due_on,
        guards=vouched,
        answers_ref=answers_ref,
    )
    if stage.type == LAST_STAGE:
        return [entered, e.InterventionEscalated(stage=stage.type)]
    return [entered]


def forbidden(
    stage: Stage,
    command: c.ProposeStage | c.ProposeByHand | c.ApproveStage | c.HoldStages | c.WatchClock,
    world: World,
) -> e.WithholdReason | None:
    """Say what forbids a stage: the end of the case, or an exemption that holds today."""
    exemptions: _Exemptions = world.seen(command.exemption)
    case: _Case = world.seen(command.case_id)
    if case.closed and stage.stopped_by(CASE_CLOSED):
        return e.WithholdReason.CASE_CLOSED
    today = world.today(command.school_id)
    if exemptions.holds_on(today) and stage.stopped_by("EXEMPTION"):
        routed = exemptions.routes_on(today)
        return e.WithholdReason.TO_WORKER if routed else e.WithholdReason.EXEMPTION_FLAG
    return None

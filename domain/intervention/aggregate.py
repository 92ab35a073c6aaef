"""One student's way through the stages."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, Final, Protocol, assert_never

from domain.intervention import commands as c
from domain.intervention import events as e
from domain.intervention import refusals as r
from domain.intervention.improvement import improved
from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.shared.ids import CaseId, LetterId, MeetingId, SchoolId, StudentId
from domain.shared.numbers import DecidingNumbers
from domain.shared.stages import Approval, Stage

LAST_STAGE: Final = "ESCALATION"


class _Exemptions(Protocol):
    def holds_on(self, day: date) -> bool: ...


class _Case(Protocol):
    closed: bool


class InterventionInstance(Aggregate[c.InterventionCommand, e.InterventionEvent]):
    """Strict order inside a track, minimum gaps, approval by a person, correction-safe."""

    kind: ClassVar[str] = "intervention"

    def __init__(self) -> None:
        self.opened: e.InterventionOpened | None = None
        self.over = False
        self.proposed: dict[str, e.StageProposed] = {}
        self.entered: dict[str, e.StageEntered] = {}
        self.withheld: dict[str, e.WithholdReason] = {}
        self.declined: set[str] = set()
        self.unsupported: set[str] = set()
        self.letters: set[LetterId] = set()
        self.meetings: set[MeetingId] = set()
        self.improved = False

    def decide(self, command: c.InterventionCommand, world: World) -> Sequence[e.InterventionEvent]:
        """Return what follows."""
        match command:
            case c.ProposeStage():
                return self._propose(command, world)
            case c.ApproveStage():
                return self._approve(command, world)
            case c.DeclineStage():
                return self._decline(command, world)
            case c.WithdrawStage():
                return self._withdraw(command)
            case c.CheckImprovement():
                return self._check(command)
            case c.RecordLetterSent():
                return self._letter_sent(command)
            case c.RecordMeetingArranged(meeting_id=meeting, stage=stage):
                known = self.opened is None or meeting in self.meetings
                return [] if known else [e.MeetingArranged(meeting_id=meeting, stage=stage)]
            case c.StopIntervention():
                return self._stop(command)
            case c.CompleteIntervention():
                return self._complete()
            case _:
                assert_never(command)

    def _propose(self, command: c.ProposeStage, world: World) -> list[e.InterventionEvent]:
        stage = command.stage
        if self.over or stage.type in self.proposed or stage.type in self.entered:
            return []
        if stage.type in self.declined:
            return []  # a person has decided; only the next school year asks again
        forbidden = _forbidden(command, world)
        if forbidden is not None:
            return self._withhold(command, forbidden)
        self._check_order(stage, command.evaluated_on)
        proposed = e.StageProposed(
            stage=stage,
            numbers=command.numbers,
            evaluated_on=command.evaluated_on,
            known_at=command.known_at,
        )
        facts = [*self._opening(command), proposed]
        if stage.approval is Approval.AUTO:
            facts += _enter(stage, command.numbers, command, world)
        return facts

    def _opening(self, command: c.ProposeStage) -> list[e.InterventionEvent]:
        if self.opened is not None:
            return []
        return [
            e.InterventionOpened(
                student_id=command.student_id,
                school_id=command.school_id,
                case_id=command.case_id,
                rule_set_id=command.rule_set_id,
                school_year_from=command.school_year_from,
            )
        ]

    def _withhold(
        self, command: c.ProposeStage, reason: e.WithholdReason
    ) -> list[e.InterventionEvent]:
        if self.withheld.get(command.stage.type) == reason:
            return []  # said once; the condition holds every evening
        withheld = e.StageWithheld(
            stage=command.stage.type, reason=reason, evaluated_on=command.evaluated_on
        )
        return [*self._opening(command), withheld]

    def _check_order(self, stage: Stage, on: date) -> None:
        if any(needed not in self.entered for needed in stage.prerequisites):
            raise r.StageOutOfOrder(stage=stage.type)
        last = [x.entered_on for x in self.entered.values() if x.track == stage.track]
        if last and (on - max(last)).days < stage.min_gap_days:
            raise r.StageTooSoon(stage=stage.type)

    def _approve(self, command: c.ApproveStage, world: World) -> list[e.InterventionEvent]:
        self._by_person(world)
        if command.stage in self.entered:
            return []
        proposed = self.proposed.get(command.stage)
        if self.over or proposed is None:
            raise r.StageNotProposed(stage=command.stage)
        if _forbidden(command, world) is not None:
            raise r.StageForbidden(stage=command.stage)
        # Two stages of a track may have been proposed on one evening, before either was entered.
        self._check_order(proposed.stage, world.today(command.school_id))
        return _enter(proposed.stage, proposed.numbers, command, world)

    def _decline(self, command: c.DeclineStage, world: World) -> list[e.InterventionEvent]:
        self._by_person(world)
        if command.stage in self.declined:
            return []
        if self.over or command.stage not in self.proposed:
            raise r.StageNotProposed(stage=command.stage)
        if not command.reason:
            raise r.ReasonMissing
        return [e.StageDeclined(stage=command.stage, reason=command.reason)]

    def _by_person(self, world: World) -> None:
        if self.opened is None:
            raise r.InterventionUnknown
        if not world.actor.startswith("staff:"):
            raise r.ApprovalByPersonOnly

    def _withdraw(self, command: c.WithdrawStage) -> list[e.InterventionEvent]:
        if command.stage in self.proposed:
            return [
                e.StageWithdrawn(
                    stage=command.stage,
                    numbers=command.numbers,
                    evaluated_on=command.evaluated_on,
                    known_at=command.known_at,
                )
            ]
        if command.stage in self.entered and command.stage not in self.unsupported:
            return [
                e.StageUnsupported(
                    stage=command.stage,
                    numbers=command.numbers,
                    evaluated_on=command.evaluated_on,
                    known_at=command.known_at,
                )
            ]
        return []

    def _check(self, command: c.CheckImprovement) -> list[e.InterventionEvent]:
        if self.over or self.improved or not self.entered:
            return []
        latest = max(self.entered.values(), key=lambda entered: entered.entered_on)
        if not improved(latest.numbers[-1], command.trailing):
            return []
        return [
            e.AttendanceImproved(
                baseline=latest.numbers[-1],
                trailing=command.trailing,
                checked_on=command.checked_on,
            )
        ]

    def _letter_sent(self, command: c.RecordLetterSent) -> list[e.InterventionEvent]:
        if self.opened is None:
            raise r.InterventionUnknown
        if command.letter_id in self.letters:
            return []
        return [e.LetterSent(stage=command.stage, letter_id=command.letter_id)]

    def _stop(self, command: c.StopIntervention) -> list[e.InterventionEvent]:
        if self.opened is None or self.over:
            return []
        return [e.InterventionStopped(reason=command.reason)]

    def _complete(self) -> list[e.InterventionEvent]:
        if self.opened is None or self.over:
            return []
        return [e.InterventionCompleted()]

    def evolve(self, event: e.InterventionEvent) -> None:
        """Remember what the next decision needs."""
        match event:
            case e.InterventionOpened():
                self.opened = event
            case e.StageProposed(stage=stage):
                self.proposed[stage.type] = event
                self.withheld.pop(stage.type, None)
            case e.StageEntered(stage=name):
                self.entered[name] = event
                self.proposed.pop(name, None)
                self.improved = False
            case e.StageDeclined(stage=name):
                self.declined.add(name)
                self.proposed.pop(name, None)
            case e.StageWithheld(stage=name, reason=reason):
                self.withheld[name] = reason
            case e.StageWithdrawn(stage=name):
                self.proposed.pop(name, None)
            case e.StageUnsupported(stage=name):
                self.unsupported.add(name)
            case e.LetterSent(letter_id=letter):
                self.letters.add(letter)
            case e.MeetingArranged(meeting_id=meeting):
                self.meetings.add(meeting)
            case e.AttendanceImproved():
                self.improved = True
            case e.InterventionEscalated():
                pass
            case e.InterventionStopped() | e.InterventionCompleted():
                self.over = True
            case _:
                assert_never(event)


class _Entering(Protocol):
    @property
    def student_id(self) -> StudentId: ...
    @property
    def school_id(self) -> SchoolId: ...
    @property
    def case_id(self) -> CaseId: ...


def _enter(
    stage: Stage,
    numbers: tuple[DecidingNumbers, ...],
    about: _Entering,
    world: World,
) -> list[e.InterventionEvent]:
    entered = e.StageEntered(
        stage=stage.type,
        track=stage.track,
        student_id=about.student_id,
        school_id=about.school_id,
        case_id=about.case_id,
        entered_on=world.today(about.school_id),
        numbers=numbers,
    )
    if stage.type == LAST_STAGE:
        return [entered, e.InterventionEscalated(stage=stage.type)]
    return [entered]


def _forbidden(command: c.ProposeStage | c.ApproveStage, world: World) -> e.WithholdReason | None:
    exemptions: _Exemptions = world.seen(command.exemption)
    case: _Case = world.seen(command.case_id)
    if case.closed:
        return e.WithholdReason.CASE_CLOSED
    if exemptions.holds_on(world.today(command.school_id)):
        return e.WithholdReason.EXEMPTION_FLAG
    return None

"""One student's way through the stages."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, assert_never
from uuid import UUID

from domain.intervention import attempts, by_hand, corrections, ending, ladder, news
from domain.intervention import commands as c
from domain.intervention import events as e
from domain.intervention.firings import Firings
from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.shared.ids import LetterId, MeetingId


class InterventionInstance(Aggregate[c.InterventionCommand, e.InterventionEvent]):
    """Strict order inside a track, minimum gaps, approval by a person, correction-safe."""

    kind: ClassVar[str] = "intervention"

    def __init__(self) -> None:
        self.opened: e.InterventionOpened | None = None
        self.over = False
        self.stopped_for = ""
        self.proposed: dict[str, e.StageProposed] = {}
        self.fired: dict[str, e.StageProposed] = {}
        self.entered: dict[str, e.StageEntered] = {}
        self.withheld: dict[str, e.WithholdReason] = {}
        self.too_late: dict[str, date] = {}
        self.declined: set[str] = set()
        self.firings = Firings()
        self.fulfilled: set[str] = set()
        self.began: dict[str, e.StageProposed] = {}
        self.met: set[str] = set()
        self.due: dict[tuple[str, int], date | None] = {}
        self.past_due: set[tuple[str, int]] = set()
        self.letters: set[LetterId] = set()
        self.lettered: set[str] = set()
        self.meetings: set[MeetingId] = set()
        self.attempts: tuple[e.AttemptLogged, ...] = ()
        self.tried: set[UUID] = set()
        self.failed: set[UUID] = set()
        self.attempted: dict[str, set[UUID]] = {}
        self.checked: set[int] = set()
        self.improved = False

    def supports(self, stage: str, entered_on: date) -> bool:
        """Say whether the register still supports what a stage, entered on a day, led to."""
        return self.firings.supported(stage, entered_on)

    def carries(self, stage: str) -> bool:
        """Say whether later stages may stand on this one: entered, and not without its cause.

        What the register no longer supports carries nothing, unless a person found that it stands.
        Of a stage that was entered several times one entry is enough.
        """
        return self.firings.standing(stage) is not None

    def silences(self, stage: str, firing: int | None) -> str:
        """Say why a stage has nothing more to say to the family, in a code; empty where it has.

        An absent firing means the latest entry.
        """
        if self.over and self.stopped_for == e.StopReason.LEFT_ROLL:
            return self.stopped_for
        key = self.firings.of(stage, firing)
        if key in self.firings.lost:
            return "NOT_SUPPORTED_BY_REGISTER"
        return "VALID_REASON" if key in self.firings.explained else ""

    def decide(self, command: c.InterventionCommand, world: World) -> Sequence[e.InterventionEvent]:
        """Return what follows."""
        match command:
            case c.ProposeStage():
                return ladder.propose(self, command, world)
            case c.ProposeByHand():
                return by_hand.propose(self, command, world)
            case c.LogAttempt():
                return attempts.log(self, command, world)
            case c.LogMessage():
                return attempts.log_message(self, command, world)
            case c.FailAttempt():
                return attempts.fail(self, command)
            case c.ApproveStage():
                return ladder.approve(self, command, world)
            case c.DeclineStage():
                return ladder.decline(self, command, world)
            case c.FulfilStage():
                return ladder.fulfil(self, command, world)
            case c.WatchClock():
                return ladder.watch(self, command, world)
            case c.HoldStages():
                return ladder.hold(self, command, world)
            case c.WithdrawStage() | c.ReinstateStage():
                return corrections.recount(self, command)
            case c.ExplainAbsence():
                return corrections.explain(self, command)
            case c.ReviewCorrection():
                return corrections.review(self, command, world)
            case c.CheckImprovement():
                return ending.check(self, command)
            case c.RecordLetterSent() | c.RecordMeetingArranged():
                return news.hear(self, command)
            case c.StopIntervention(reason=reason):
                return ending.stop(self, reason)
            case c.CompleteIntervention():
                ended = self.opened is None or self.over
                return [] if ended else [e.InterventionCompleted()]
            case _:
                assert_never(command)

    def evolve(self, event: e.InterventionEvent) -> None:
        """Remember what the next decision needs."""
        match event:
            case e.InterventionOpened():
                self.opened = event
            case e.StageProposed():
                self._propose(event)
            case e.StageEntered():
                self._enter(event)
            case e.StageDeclined(stage=name):
                self.declined.add(name)
                self._fire(name)
            case e.StageWithheld():
                self._withhold(event)
            case e.StageWithdrawn(stage=name):
                self.proposed.pop(name, None)
            case e.AbsenceExplained():
                self._explain(event)
            case e.StageUnsupported() | e.StageReinstated() | e.CorrectionReviewed():
                self.firings.correct(event)
            case e.StageFulfilled(stage=name):
                self._fulfil(name)
            case e.DueMoved() | e.DuePassed():
                self._clock(event)
            case e.LetterSent():
                self._send(event)
            case e.AttemptLogged() | e.AttemptFailed():
                self._try(event)
            case e.MeetingArranged():
                self._arrange(event)
            case e.ImprovementChecked(checkpoint=checkpoint):
                self.checked.add(checkpoint)
            case e.AttendanceImproved():
                self.improved = True
            case e.InterventionEscalated():
                pass
            case e.InterventionStopped(reason=why):
                self._end(str(why))
            case e.InterventionCompleted():
                self._end(ladder.CASE_CLOSED)
                self.proposed = {}
            case e.InterventionResumed():
                self.over, self.stopped_for = False, ""
            case _:
                assert_never(event)

    def _propose(self, event: e.StageProposed) -> None:
        name = event.stage.type
        self.proposed[name] = event
        self.withheld.pop(name, None)
        self.declined.discard(name)
        self.due.pop((name, event.firing), None)
        self.past_due.discard((name, event.firing))

    def _explain(self, event: e.AbsenceExplained) -> None:
        name, waits = event.stage, self.proposed.get(event.stage)
        if waits is not None and waits.firing == event.firing:
            del self.proposed[name]
            return
        self.firings.explained.add(self.firings.of(name, event.firing))
        entered = self.entered.get(name)
        if entered is not None and entered.firing == event.firing:
            self._fulfil(name)

    def _fulfil(self, name: str) -> None:
        self.fulfilled.add(name)
        self.met.add(name)

    def _arrange(self, event: e.MeetingArranged) -> None:
        self.meetings.add(event.meeting_id)
        self.met.add(event.stage)

    def _clock(self, event: e.DueMoved | e.DuePassed) -> None:
        clock = (event.stage, event.firing)
        self.due[clock] = event.due_on
        if isinstance(event, e.DuePassed):
            self.past_due.add(clock)
        elif event.runs_again:
            self.past_due.discard(clock)

    def _send(self, event: e.LetterSent) -> None:
        self.letters.add(event.letter_id)
        self.lettered.add(event.stage)
        self.met.add(event.stage)

    def _enter(self, event: e.StageEntered) -> None:
        name = event.stage
        self.entered.pop(name, None)  # the latest stage stands last
        self.entered[name] = event
        self._fire(name)
        self.firings.enter(event)
        self.met.discard(name)
        if not event.approved_by:
            self.met.add(name)  # software asks nobody: what follows is sent
        self.fulfilled.discard(name)
        self.attempted.pop(name, None)
        self.checked = set()
        self.improved = False

    def _withhold(self, event: e.StageWithheld) -> None:
        name = event.stage
        self.withheld[name] = event.reason
        self.too_late.pop(name, None)
        if event.reason is e.WithholdReason.TOO_LATE:
            self.too_late[name] = event.evaluated_on
        self.proposed.pop(name, None)

    def _try(self, event: e.AttemptLogged | e.AttemptFailed) -> None:
        counted = self.attempted.setdefault(event.stage, set())
        if isinstance(event, e.AttemptFailed):
            self.failed.add(event.attempt_id)
            counted.discard(event.attempt_id)
            return
        self.attempts = (*self.attempts, event)
        self.tried.add(event.attempt_id)
        counted.add(event.attempt_id)

    def _fire(self, name: str) -> None:
        """Remember a proposal that was decided about; one that was taken back has not fired."""
        decided = self.proposed.pop(name, None)
        if decided is not None:
            self.fired[name] = self.firings.decided[name, decided.firing] = decided
            if name not in self.declined:
                self.began[name] = decided

    def _end(self, reason: str) -> None:
        self.over, self.stopped_for = True, reason
        self.proposed = {
            name: one
            for name, one in self.proposed.items()
            if not one.stage.stopped_by(ladder.condition(reason))
        }

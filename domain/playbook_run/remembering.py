"""What a run remembers of its own history: what is open, what was said, what came of it."""

from datetime import datetime
from typing import Final, assert_never

from domain.playbook_run import events as e
from domain.playbook_run.planning import Entry
from domain.playbook_run.timing import hours_of
from domain.shared.calendar import SchoolCalendar
from domain.shared.ids import MessageId
from domain.shared.playbooks import Asks, Condition, EscalateWhen, Playbook

SENT: Final = "SENT"
FAILED: Final = "FAILED"
Flying = e.StepRequested | e.StepJoined
"""A step whose message is on its way: its own, or a sibling's that it is said in."""


class Memory:
    """The state that a run's facts lead to, and the questions that it answers."""

    def __init__(self) -> None:
        self.started: e.RunStarted | None = None
        self.playbook: Playbook | None = None
        self.over = False
        self.stopped = False
        self.paused = False
        self.waiting: Entry | None = None
        self.escalate: e.EscalationScheduled | None = None
        self.flying: dict[str, Flying] = {}
        self.unknown: set[str] = set()
        self.failed: dict[str, Flying] = {}
        self.ended: dict[str, str] = {}
        self.delivered: dict[str, bool] = {}
        self.replied: set[MessageId] = set()
        self.last: tuple[str, int, bool] | None = None

    def holds(self, condition: Condition) -> bool:
        """Say whether a condition holds by now."""
        step = condition.step_id or ""
        match condition.asks:
            case Asks.REPLIED:
                return bool(self.replied)
            case Asks.NOT_REPLIED:
                return not self.replied
            case Asks.STEP_SENT:
                return self.ended.get(step) == SENT
            case Asks.STEP_NOT_SENT:
                return self.ended.get(step) != SENT
            case Asks.STEP_DELIVERED:
                return self.delivered.get(step, False)
            case Asks.STEP_NOT_DELIVERED:
                return not self.delivered.get(step, False)
            case _:
                assert_never(condition.asks)

    def is_so(self, asked: EscalateWhen) -> bool:
        """Say whether what an escalation asks for is so."""
        if asked is EscalateWhen.NO_REPLY:
            return not self.replied
        return not any(self.delivered.values())

    def may_speak(self, calendar: SchoolCalendar, now: datetime) -> bool:
        """Say whether the family may be reached now; of a run that never began nothing is known."""
        if self.started is None or self.playbook is None:
            return True
        return hours_of(self.playbook, calendar, self.started.zone).lawful(now)

    @property
    def dropped(self) -> str | None:
        """The step that a stop would drop."""
        return self.waiting.step_id if self.waiting else None

    def evolve(self, event: e.RunEvent) -> None:
        """Remember what is open."""
        match event:
            case e.RunStarted(playbook=playbook):
                self.started, self.playbook = event, playbook
            case e.RunMoved(playbook=playbook):
                self.playbook, self.waiting = playbook, None
            case e.StepScheduled(step_id=step) | e.ActionScheduled(step_id=step):
                self.waiting = event
                self.flying.pop(step, None)  # it had joined a sibling's message and left it
            case e.StepRequested(step_id=step) | e.StepJoined(step_id=step):
                self.waiting = None
                self.flying[step] = event
            case e.StepOutcomeUnknown(step_id=step, order=order):
                self.unknown.add(step)  # it stays in the air: it may turn out to have been sent
                self.last = step, order, False
            case e.StepDelivered(step_id=step):
                self.delivered[step] = True
            case e.StepUndelivered(step_id=step):
                self.delivered[step] = False
            case e.GuardianReplied(message_id=message):
                self.replied.add(message)
            case e.EscalationScheduled():
                self.escalate = event
            case e.EscalationDismissed():
                self.escalate = None
            case e.RunPaused():
                self.paused = True
            case e.RunResumed():
                self.paused = False
            case e.RunStopped() | e.RunEscalated():
                self.over = self.stopped = True
                self.waiting = self.escalate = None
            case e.RunCompleted():
                self.over = True
            case _:
                self._end(event)

    def _end(self, event: "Ending") -> None:
        """Remember how a step ended, and so what comes behind it."""
        step, order = event.step_id, event.order
        if self.waiting is not None and self.waiting.step_id == step:
            self.waiting = None
        flying = self.flying.pop(step, None)
        if flying is not None and isinstance(event, e.StepFailed | e.StepSkipped):
            self.failed[step] = flying  # a person may let its message go once more
        elif isinstance(event, e.StepSent):
            self.failed.pop(step, None)
        self.unknown.discard(step)
        self.ended[step] = _WORD.get(type(event), "DONE")
        failed = isinstance(event, e.StepFailed)
        failed = failed or (isinstance(event, e.Waited) and not event.replied)
        failed = failed or (isinstance(event, e.Branched) and not event.holds)
        self.last = step, order, failed


Ending = (
    e.StepSent
    | e.StepSkipped
    | e.StepFailed
    | e.Waited
    | e.Branched
    | e.TaskAsked
    | e.MeetingAsked
    | e.LetterAsked
)
_WORD: Final = {e.StepSent: SENT, e.StepFailed: FAILED, e.StepSkipped: "SKIPPED"}

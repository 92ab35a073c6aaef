"""A town whose process managers react, whose steps fall due, and whose messages are sent."""

from collections import deque
from collections.abc import Sequence
from random import Random
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.intervention.events import InterventionOpened
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.message.commands import (
    AttemptMessage,
    RecordAccepted,
    RecordMessageReply,
    RecordRejected,
    RecordStatus,
)
from domain.message.events import MessageAttempted, MessageRequested
from domain.playbook_run.commands import TakeStep
from domain.playbook_run.events import RunStarted
from domain.shared import ids
from domain.shared.contact import Purpose
from domain.shared.playbooks import OnStage, Playbook
from domain.shared.recipients import Contact, Recipients
from processmanagers.all import PROCESS_MANAGERS
from processmanagers.kit import OpenIntervention, OpenRun, ProcessManager
from tests.properties import wishes
from tests.properties.town import Draw, Town
from tests.support.examples import SCHOOL, but
from tests.support.following import recorded

STAFF: Final = "staff:7"
PEOPLE: Final[tuple[Draw, ...]] = (
    wishes.rules,
    wishes.rules,
    wishes.approvals,
    wishes.approvals,
    wishes.choices,
    wishes.files,
    wishes.meetings,
)
BOOKS: Final = tuple(
    msgspec.structs.replace(book, trigger=OnStage(stage=stage))
    for book, stage in zip(wishes.PLAYBOOKS[:3], ("LETTER_1", "LETTER_2", "NOTICE_20"), strict=True)
)


class House(Town):
    """Answers its own look-ups. With a `stutter` every delivery happens one to five times.

    `hands` is how many of each process manager are at work at once.
    """

    def __init__(
        self,
        seed: int,
        stutter: Random | None = None,
        managers: Sequence[ProcessManager] = PROCESS_MANAGERS,
        hands: int = 1,
    ) -> None:
        super().__init__(seed)
        self.hands = hands
        self.stutter = stutter
        self.managers = managers
        self.heard = 0
        self.calls: list[str] = []

    def live(self, days: int) -> None:
        """Let people act, steps fall due, messages be sent and answers come in."""
        for _ in range(days):
            wish = self.random.choice(PEOPLE)(self)
            if wish is not None:
                self._say(wish, STAFF)
            self.let_time_pass()
            self._tick()
            self._send()
            self._answer()

    def _times(self) -> range:
        return range(self.stutter.randint(1, 5) if self.stutter else 1)

    def _say(self, command: Command, actor: str = "system") -> None:
        for _ in self._times():
            self.execute(command, actor)
        self._react()

    def _react(self) -> None:
        while self.heard < len(self.log):
            stream, version, event, at = self.log[self.heard]
            self.heard += 1
            fact = recorded(event, stream=stream, version=version, on=at)
            for manager in self.managers:
                for _ in self._times() if isinstance(event, manager.listens) else ():
                    self._hear(manager, fact)

    def _hear(self, manager: ProcessManager, fact: Recorded) -> None:
        """Let a manager hear a fact: all its hands look before any of them acts, then by turns."""
        hands = [deque(manager.react(fact, self)) for _ in range(self.hands)]
        while any(hands):
            busy = [hand for hand in hands if hand]
            one = self.stutter.choice(busy) if self.stutter else busy[0]
            self.execute(one.popleft(), "system")

    def _tick(self) -> None:
        for stream, run in self.all_of("playbook_run"):
            if run.past.waiting is not None and run.past.waiting.due_at <= self.now:
                began, step = run.past.started, run.past.waiting.step_id
                about = (began.case_id, began.student_id, began.guardian_id)
                on = getattr(run.past.waiting, "contact_on", None)
                said = TakeStep(ids.RunId(stream), SCHOOL, *about, step_id=step, contact_on=on)
                self._say(said)

    def _send(self) -> None:
        for stream, message in self.all_of("message"):
            if message.past.state in {"REQUESTED", "DEFERRED"}:
                this = ids.MessageId(stream)
                before = len(self.log)
                self._say(_attempt(this, message.past.requested))
                made = [e for _, _, e, _ in self.log[before:] if isinstance(e, MessageAttempted)]
                self.calls += [f"{call.provider_key}/{call.attempt}" for call in made]
                if made and self.random.random() < 0.3:
                    self._say(RecordRejected(this, "HTTP_503", self.now))
                elif made:
                    self._say(RecordAccepted(this, f"SM-{stream}"))

    def _answer(self) -> None:
        for stream, message in self.all_of("message"):
            this = ids.MessageId(stream)
            if message.past.state == "ACCEPTED" and self.random.random() < 0.3:
                reference = message.past.refs[message.past.generation]
                self._say(RecordStatus(this, reference, "delivered"))
            if message.past.state == "ACCEPTED" and self.random.random() < 0.05:
                reply = ids.derived_id("reply", stream)
                self._say(RecordMessageReply(this, message.past.requested.channel, reply))

    def state(self, kind: str, stream: UUID) -> Any:
        """Return one stream's state."""
        return self.stream(kind, stream).state

    def playbooks(self, stage: str, school: ids.SchoolId) -> Sequence[Playbook]:
        """Return the playbooks of a stage."""
        del school
        return [book for book in BOOKS if book.trigger_stage == stage]

    def run(self, run: ids.RunId) -> RunStarted:
        """Return how a run began."""
        started: RunStarted = self.state("playbook_run", run).past.started
        return started

    def asks_for_attempts(self, intervention: ids.InterventionId, stage: str) -> bool:
        """Say whether a stage asks for attempts at a meeting."""
        fired = self.state("intervention", intervention).fired.get(stage)
        return fired is not None and bool(fired.stage.log_attempts)

    def message(self, message: ids.MessageId) -> MessageRequested:
        """Return what was asked of a message."""
        requested: MessageRequested = self.state("message", message).past.requested
        return requested

    def intervention(self, intervention: ids.InterventionId) -> InterventionOpened:
        """Return how an intervention began."""
        opened: InterventionOpened = self.state("intervention", intervention).opened
        return opened

    def case_of(self, intervention: ids.InterventionId) -> ids.CaseId | None:
        """Return the case of an intervention."""
        opened = self.state("intervention", intervention).opened
        return ids.CaseId(opened.case_id) if opened is not None else None

    def guardians(self, student: ids.StudentId) -> Sequence[ids.GuardianId]:
        """Return both guardians of every student."""
        del student
        return wishes.GUARDIANS

    def recipients(self, student: ids.StudentId, purpose: Purpose) -> Recipients:
        """Return both guardians of every student, of one home."""
        del purpose
        home = ids.HouseholdId(student)
        return Recipients(tuple(Contact(one, household=home) for one in wishes.GUARDIANS))

    def open_runs_of_student(self, student: ids.StudentId) -> Sequence[OpenRun]:
        """Return the student's open runs."""
        return [
            _open(stream, run)
            for stream, run in self.all_of("playbook_run")
            if not run.past.over and run.past.started.student_id == student
        ]

    def open_runs_of_intervention(self, intervention: ids.InterventionId) -> Sequence[OpenRun]:
        """Return the intervention's open runs."""
        return [
            _open(stream, run)
            for stream, run in self.all_of("playbook_run")
            if not run.past.over and run.past.started.intervention_id == intervention
        ]

    def open_interventions(self, student: ids.StudentId) -> Sequence[OpenIntervention]:
        """Return the student's open interventions."""
        return [
            OpenIntervention(
                ids.InterventionId(stream), state.opened.school_id, state.opened.case_id
            )
            for stream, state in self.all_of("intervention")
            if state.opened is not None and not state.over and state.opened.student_id == student
        ]


def _attempt(message: ids.MessageId, asked: MessageRequested) -> AttemptMessage:
    return but(
        AttemptMessage,
        message_id=message,
        student_id=asked.student_id,
        guardian_id=asked.guardian_id,
        run_id=asked.run_id,
        case_id=asked.case_id,
    )


def _open(stream: UUID, run: Any) -> OpenRun:
    begun = run.past.started
    return OpenRun(ids.RunId(stream), SCHOOL, begun.guardian_id, begun.stage, begun.firing)

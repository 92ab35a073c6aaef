"""What a process manager is made of, and what it may look up."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from domain.intervention.events import InterventionOpened
from domain.kernel.commands import Command
from domain.kernel.facts import Event
from domain.kernel.recorded import Recorded
from domain.message.events import MessageRequested
from domain.playbook_run.events import RunStarted
from domain.shared.contact import Purpose
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    MessageId,
    RunId,
    SchoolId,
    StudentId,
)
from domain.shared.playbooks import Playbook
from domain.shared.recipients import Recipients


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that has not ended, and the firing of a stage that started it (None: not known)."""

    run_id: RunId
    school_id: SchoolId
    guardian_id: GuardianId | None
    stage: str = ""
    firing: int | None = None

    def is_of(self, stage: str, firing: int) -> bool:
        """Say whether a firing of a stage has started it; of an older run that is not known."""
        return self.stage == stage and self.firing in {None, firing}


@dataclass(frozen=True, slots=True)
class OpenIntervention:
    """An intervention that has not ended."""

    intervention_id: InterventionId
    school_id: SchoolId
    case_id: CaseId


@dataclass(frozen=True, slots=True)
class Diary:
    """How a run began, the playbook that it follows now, and where its messages stood and stand.

    `places` are step and day of each time that a message was put into the diary, by the version of
    the fact; without a day where no budget counted it.
    """

    started: RunStarted
    playbook: Playbook
    places: Mapping[int, tuple[str, date | None]]

    @property
    def whose(self) -> UUID:
        """Whose days its messages count on: the guardian's, or the pupil's for a household."""
        return self.started.guardian_id or self.started.student_id

    def before(self, version: int) -> tuple[str, date | None] | None:
        """Return the latest place before a fact."""
        earlier = [known for known in self.places if known < version]
        return self.places[max(earlier)] if earlier else None


class ReactionWorld(Protocol):
    """Look-ups, never older than the fact reacted to. The aggregate still has the last word."""

    def playbooks(self, stage: str, school: SchoolId) -> Sequence[Playbook]:
        """Return the playbooks in use that this stage starts at this school."""
        ...

    def run(self, run: RunId) -> RunStarted:
        """Return how a run began."""
        ...

    def diary(self, run: RunId) -> Diary:
        """Return where a run's messages stand in the diary."""
        ...

    def message(self, message: MessageId) -> MessageRequested:
        """Return what was asked of a message."""
        ...

    def intervention(self, intervention: InterventionId) -> InterventionOpened:
        """Return how an intervention began."""
        ...

    def case_of(self, intervention: InterventionId) -> CaseId | None:
        """Return the case of an intervention; None where there is no such intervention."""
        ...

    def asks_for_attempts(self, intervention: InterventionId, stage: str) -> bool:
        """Say whether a stage of an intervention asks for attempts at a meeting."""
        ...

    def guardians(self, student: StudentId) -> Sequence[GuardianId]:
        """Return, by priority, the guardians with a right to know whom it is allowed to contact."""
        ...

    def recipients(self, student: StudentId, purpose: Purpose) -> Recipients:
        """Return who is told about a student for a purpose, and who is not, and why."""
        ...

    def open_runs_of_student(self, student: StudentId) -> Sequence[OpenRun]:
        """Return the student's runs that have not ended."""
        ...

    def open_runs_of_intervention(self, intervention: InterventionId) -> Sequence[OpenRun]:
        """Return the intervention's runs that have not ended."""
        ...

    def open_interventions(self, student: StudentId) -> Sequence[OpenIntervention]:
        """Return the student's interventions that have not ended."""
        ...


@dataclass(frozen=True, slots=True)
class ProcessManager:
    """A named reaction. Its commands' facts and its position commit together."""

    name: str
    listens: tuple[type[Event], ...]
    react: Callable[[Recorded, ReactionWorld], Iterator[Command]]

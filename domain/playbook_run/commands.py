"""What may be asked of a run."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Self
from uuid import UUID

import msgspec

from domain.kernel.commands import Command, Consulted
from domain.playbook_run.events import Again, PauseReason, RunStop, SkipReason
from domain.shared.contact import Channel
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    MessageId,
    RunId,
    SchoolId,
    StudentId,
    contact_day_id,
    id_about,
)
from domain.shared.numbers import DecidingNumbers
from domain.shared.playbooks import Playbook


def choice_of(guardian: GuardianId) -> UUID:
    """Return the stream of a guardian's choices."""
    return id_about("contact_choice", guardian)


class StepOutcome(StrEnum):
    """How a requested step ended."""

    SENT = "SENT"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class RunCommandBase(Command):
    """Every command names its run and the school whose days it counts."""

    kind: ClassVar[str] = "playbook_run"
    run_id: RunId
    school_id: SchoolId

    @property
    def stream(self) -> UUID:
        """The run decides."""
        return self.run_id

    @property
    def schools(self) -> tuple[UUID, ...]:
        """Days and hours are the school's."""
        return (self.school_id,)


class StartRun(RunCommandBase):
    """A stage was entered: walk this family through this playbook."""

    playbook: Playbook
    intervention_id: InterventionId
    case_id: CaseId
    student_id: StudentId
    guardian_id: GuardianId | None
    stage: str
    triggered_at: datetime
    baseline: tuple[DecidingNumbers, ...]
    firing: int | None = None
    zone: str | None = None
    members: tuple[GuardianId, ...] = ()


class Member(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One of a home who may be told, and on which channels they have no usable address."""

    guardian_id: GuardianId
    out_of_reach: tuple[Channel, ...] = ()


class _Looking(RunCommandBase):
    """A moment of a run has come. All that could stand against it is seen in one transaction."""

    case_id: CaseId
    student_id: StudentId
    guardian_id: GuardianId | None

    @property
    def exemption(self) -> UUID:
        """The stream of the student's exemptions."""
        return id_about("exemption", self.student_id)

    @property
    def consults(self) -> tuple[Consulted, ...]:
        """Case and exemption."""
        return Consulted("case", self.case_id), Consulted("exemption", self.exemption)


class TakeStep(_Looking, kw_only=True):
    """A step's time has come. `members` are those of a home's run, the one asked first in front.

    Absent `contact_on`: no day's budget counts the step.
    """

    step_id: str
    contact_on: date | None = None
    members: tuple[Member, ...] = ()

    @property
    def wish(self) -> Self:
        """A tick said again is the same tick, whoever may be reached where by now."""
        return msgspec.structs.replace(self, members=())

    @property
    def day(self) -> UUID | None:
        """The stream of what the family member hears on the day of the step."""
        if self.contact_on is None:
            return None
        return contact_day_id(self.guardian_id or self.student_id, self.contact_on)

    @property
    def people(self) -> tuple[Member, ...]:
        """Whom a message may go to."""
        if self.guardian_id is None:
            return self.members
        return (Member(guardian_id=self.guardian_id),)

    @property
    def consults(self) -> tuple[Consulted, ...]:
        """Case, exemption and the choices and the day of all whom a message may go to."""
        choices = [Consulted("contact_choice", choice_of(one.guardian_id)) for one in self.people]
        return (
            Consulted("case", self.case_id),
            Consulted("exemption", self.exemption),
            *choices,
            *([Consulted("contact_day", self.day)] if self.day else ()),
        )


class DelayStep(RunCommandBase):
    """A step has no place in the family's day, or has one again: look for its moment anew.

    `contact_on` is the day that was asked.
    """

    step_id: str
    contact_on: date
    why: Again


class JoinStep(RunCommandBase):
    """A step is said in the message of another run, which is about a sibling."""

    step_id: str
    channel: Channel
    message_id: MessageId
    leader: RunId


class PartStep(RunCommandBase):
    """A step that had joined a sibling's message is not said in it: it comes on its own."""

    step_id: str
    message_id: MessageId


class EscalateRun(_Looking):
    """The days without an answer are over."""


class SettleStep(RunCommandBase):
    """The message of a step came to an end. Absent `channel`: by the one that was asked for."""

    step_id: str
    message_id: MessageId
    outcome: StepOutcome
    skip_reason: SkipReason | None = None
    cause: str = ""
    channel: Channel | None = None


class RecordDelivery(RunCommandBase):
    """The network said what became of a step's message."""

    step_id: str
    delivered: bool


class RecordReply(RunCommandBase):
    """A guardian answered a message of this run."""

    message_id: MessageId
    channel: Channel


class StopRun(RunCommandBase):
    """End the run early."""

    reason: RunStop


class PauseRun(RunCommandBase):
    """Let the run hold still."""

    reason: PauseReason


class ResumeRun(RunCommandBase):
    """Let a run go on that held still."""


class MoveRun(RunCommandBase):
    """Let the run go on under another version of its playbook."""

    playbook: Playbook


RunCommand = (
    StartRun
    | TakeStep
    | DelayStep
    | JoinStep
    | PartStep
    | SettleStep
    | RecordDelivery
    | RecordReply
    | EscalateRun
    | PauseRun
    | ResumeRun
    | MoveRun
    | StopRun
)

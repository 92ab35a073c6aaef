"""A playbook as a run carries it: frozen at the start, never changed by a later version.

A playbook is a graph of steps. Each step has a day (D+n), may ask for something first, and names
the step that follows when it went well and when it did not. A message is one kind of step.
"""

from datetime import time
from enum import IntEnum, StrEnum
from typing import Final

import msgspec

from domain.shared.contact import Channel, Purpose
from domain.shared.ids import PlaybookId

END: Final = "END"
"""Where a step names this as what follows, the run is over."""


class OffsetUnit(StrEnum):
    """What the n of D+n counts."""

    SCHOOL_DAYS = "SCHOOL_DAYS"
    CALENDAR_DAYS = "CALENDAR_DAYS"


class StopCondition(StrEnum):
    """What ends a run early. The order of this list is the order of the looks."""

    CASE_CLOSED = "CASE_CLOSED"
    EXEMPTION_FLAG = "EXEMPTION_FLAG"
    GUARDIAN_REPLIED = "GUARDIAN_REPLIED"
    ATTENDANCE_IMPROVED = "ATTENDANCE_IMPROVED"


class Asks(StrEnum):
    """What a condition asks about the run so far."""

    REPLIED = "REPLIED"
    NOT_REPLIED = "NOT_REPLIED"
    STEP_SENT = "STEP_SENT"
    STEP_NOT_SENT = "STEP_NOT_SENT"
    STEP_DELIVERED = "STEP_DELIVERED"
    STEP_NOT_DELIVERED = "STEP_NOT_DELIVERED"


OF_A_STEP: Final = frozenset(Asks) - {Asks.REPLIED, Asks.NOT_REPLIED}
"""Conditions that name the step they ask about."""


class Condition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A question that the run answers from its own history."""

    asks: Asks
    step_id: str | None = None


class Weekday(IntEnum):
    """A day of the week as ISO 8601 counts it."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


class SendWindow(msgspec.Struct, frozen=True, kw_only=True):
    """Days of the week and local hours in which a playbook may reach a family; the end is out.

    It only narrows what the school and the law leave.
    """

    days: tuple[Weekday, ...] = tuple(list(Weekday)[:5])
    opens: time = time(9, 0)
    closes: time = time(18, 0)


class _Step(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What all steps have. Absent followers: the next step in order, in either case.

    A step whose `condition` does not hold is passed over. An `optional` step that fails asks
    nobody to look at it.
    """

    step_id: str
    order: int
    offset: int
    unit: OffsetUnit
    condition: Condition | None = None
    on_success: str | None = None
    on_failure: str | None = None
    optional: bool = False


class MessageStep(_Step, frozen=True, kw_only=True, tag="MESSAGE"):
    """Say something. `fallback` is tried where the first channel cannot; absent: nothing is.

    `expires_after` school days past its day the words are too late and are not said any more.
    """

    channel: Channel
    template_key: str
    fallback: Channel | None = None
    skip_if_replied: bool = False
    expires_after: int | None = None


class WaitStep(_Step, frozen=True, kw_only=True, tag="WAIT_FOR_REPLY"):
    """Wait so many days for a reply: success is a reply, failure that none came."""

    wait: int


class BranchStep(_Step, frozen=True, kw_only=True, tag="BRANCH"):
    """Ask: success is that the condition holds, failure that it does not."""


class TaskStep(_Step, frozen=True, kw_only=True, tag="CREATE_TASK"):
    """Ask the school's staff to do something within so many school days."""

    task: str
    within: int


class MeetingStep(_Step, frozen=True, kw_only=True, tag="SCHEDULE_MEETING"):
    """Ask the school's staff to arrange a meeting with the family within so many school days."""

    within: int


class LetterStep(_Step, frozen=True, kw_only=True, tag="GENERATE_LETTER"):
    """Print a letter for a named person to approve and post. Software posts nothing."""

    template_key: str


Step = MessageStep | WaitStep | BranchStep | TaskStep | MeetingStep | LetterStep


class OnStage(msgspec.Struct, frozen=True, kw_only=True, tag_field="on", tag="STAGE_ENTERED"):
    """A pupil enters a stage of the ladder."""

    stage: str


class ByHand(msgspec.Struct, frozen=True, kw_only=True, tag_field="on", tag="MANUAL"):
    """A person starts it for a pupil."""


Trigger = OnStage | ByHand


class EscalateWhen(StrEnum):
    """What must be so besides the days that have passed, for a person to take over."""

    NO_REPLY = "NO_REPLY"
    NOTHING_DELIVERED = "NOTHING_DELIVERED"


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    """After so many days without an end, and at least one step tried, a person takes over.

    That person arranges a meeting `within` so many school days.
    """

    after: int
    unit: OffsetUnit = OffsetUnit.SCHOOL_DAYS
    when: tuple[EscalateWhen, ...] = (EscalateWhen.NO_REPLY,)
    within: int = 5


class Household(StrEnum):
    """For whom a run is."""

    PER_GUARDIAN = "PER_GUARDIAN"
    HOUSEHOLD = "HOUSEHOLD"


class OnReply(StrEnum):
    """What becomes of the runs of a pupil's other guardians when one of them has replied."""

    PAUSE_OTHERS = "PAUSE_OTHERS"
    STOP_OTHERS = "STOP_OTHERS"
    LEAVE_OTHERS = "LEAVE_OTHERS"


class Playbook(msgspec.Struct, frozen=True, kw_only=True):
    """A graph of steps for one trigger. `version` is counted by the playbook's own stream.

    `priority` decides who is heard where a family may be reached only so often: higher first.
    """

    playbook_id: PlaybookId
    version: int
    name: str
    trigger: Trigger
    purpose: Purpose
    steps: tuple[Step, ...]
    stop_conditions: tuple[StopCondition, ...]
    description: str = ""
    window: SendWindow = SendWindow()
    escalation: Escalation | None = None
    household: Household = Household.PER_GUARDIAN
    on_reply: OnReply = OnReply.PAUSE_OTHERS
    priority: int = 0

    @property
    def trigger_stage(self) -> str | None:
        """The stage that starts it; None where a person does."""
        return self.trigger.stage if isinstance(self.trigger, OnStage) else None

    def step(self, step_id: str) -> Step:
        """Return a step by its id."""
        return next(step for step in self.steps if step.step_id == step_id)

    def find(self, step_id: str) -> Step | None:
        """Return a step by its id; None where this version has no such step."""
        return next((step for step in self.steps if step.step_id == step_id), None)

    def text_of(self, step_id: str) -> str:
        """Return the key of the text that a step says; empty where there is none or no step."""
        return str(getattr(self.find(step_id), "template_key", ""))

    def following(self, step: Step, *, failed: bool = False) -> Step | None:
        """Return what follows a step; None at the end."""
        named = step.on_failure if failed else step.on_success
        if named == END:
            return None
        if named is not None:
            return self.step(named)
        return next((other for other in self.steps if other.order > step.order), None)

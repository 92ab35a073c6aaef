"""Shapes of what a playbook says: its trigger, its steps, its ends."""

from datetime import time
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from api.bodies.shared import example
from domain.shared.contact import Channel, Purpose
from domain.shared.playbooks import (
    Asks,
    EscalateWhen,
    Household,
    OffsetUnit,
    OnReply,
    StopCondition,
    Weekday,
)

_STEP: Final[dict[str, Any]] = {
    "kind": "MESSAGE",
    "step_id": "sms-1",
    "order": 1,
    "offset": 1,
    "unit": "SCHOOL_DAYS",
    "condition": None,
    "on_success": None,
    "on_failure": None,
    "optional": False,
    "channel": "SMS",
    "template_key": "ATTENDANCE_SMS",
    "fallback": "EMAIL",
    "skip_if_replied": False,
    "expires_after": None,
}
CONTENT: Final[dict[str, Any]] = {
    "name": "After the first letter",
    "description": "A text on the next school day, an e-mail a week later.",
    "trigger": {"on": "STAGE_ENTERED", "stage": "LETTER_1"},
    "purpose": "NUDGE",
    "stop_conditions": ["CASE_CLOSED", "EXEMPTION_FLAG", "GUARDIAN_REPLIED"],
    "steps": [_STEP],
    "window": {"days": [1, 2, 3, 4, 5], "opens": "09:00:00", "closes": "18:00:00"},
    "escalation": {
        "after": 10,
        "unit": "SCHOOL_DAYS",
        "when": ["NO_REPLY"],
        "within": 5,
    },
    "household": "PER_GUARDIAN",
    "on_reply": "PAUSE_OTHERS",
    "priority": 0,
}


class ConditionBody(BaseModel):
    """A question that the run answers from its own history; some name the step they ask about."""

    model_config = example({"asks": "STEP_SENT", "step_id": "sms-1"})

    asks: Asks
    step_id: str | None = None


class WindowBody(BaseModel):
    """Days of the week (1 is Monday) and local hours, the end out; it only narrows the school's."""

    model_config = example(CONTENT["window"])

    days: list[Weekday] = [Weekday(n) for n in range(1, 6)]
    opens: time = time(9, 0)
    closes: time = time(18, 0)


class EscalationBody(BaseModel):
    """After so many days without an end a person arranges a meeting within so many school days."""

    model_config = example(CONTENT["escalation"])

    after: int
    unit: OffsetUnit = OffsetUnit.SCHOOL_DAYS
    when: list[EscalateWhen] = [EscalateWhen.NO_REPLY]
    within: int = 5


class _StepBody(BaseModel):
    step_id: str
    order: int
    offset: int
    unit: OffsetUnit = OffsetUnit.SCHOOL_DAYS
    condition: ConditionBody | None = None
    on_success: str | None = None
    on_failure: str | None = None
    optional: bool = False


class MessageStepBody(_StepBody):
    """Say something. `fallback` is tried where the first channel cannot be."""

    model_config = example(_STEP)

    kind: Literal["MESSAGE"]
    channel: Channel
    template_key: str
    fallback: Channel | None = None
    skip_if_replied: bool = False
    expires_after: int | None = None


_OTHER: Final = {
    name: _STEP[name]
    for name in ("order", "offset", "unit", "condition", "on_success", "on_failure", "optional")
}


class WaitStepBody(_StepBody):
    """Wait so many days for a reply: success is a reply, failure that none came."""

    model_config = example({**_OTHER, "kind": "WAIT_FOR_REPLY", "step_id": "wait-1", "wait": 3})

    kind: Literal["WAIT_FOR_REPLY"]
    wait: int


class BranchStepBody(_StepBody):
    """Ask: success is that the condition holds, failure that it does not."""

    model_config = example({**_OTHER, "kind": "BRANCH", "step_id": "branch-1"})

    kind: Literal["BRANCH"]


class TaskStepBody(_StepBody):
    """Ask the school's staff to do something within so many school days."""

    model_config = example(
        {**_OTHER, "kind": "CREATE_TASK", "step_id": "task-1", "task": "CALL_HOME", "within": 2}
    )

    kind: Literal["CREATE_TASK"]
    task: str = Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")
    within: int


class MeetingStepBody(_StepBody):
    """Ask the school's staff to arrange a meeting within so many school days."""

    model_config = example(
        {**_OTHER, "kind": "SCHEDULE_MEETING", "step_id": "meeting-1", "within": 5}
    )

    kind: Literal["SCHEDULE_MEETING"]
    within: int


class LetterStepBody(_StepBody):
    """Print a letter for a named person to approve and post."""

    model_config = example(
        {
            **_OTHER,
            "kind": "GENERATE_LETTER",
            "step_id": "letter-1",
            "template_key": "LETTER_1_ATTENDANCE",
        }
    )

    kind: Literal["GENERATE_LETTER"]
    template_key: str


StepBody = Annotated[
    MessageStepBody
    | WaitStepBody
    | BranchStepBody
    | TaskStepBody
    | MeetingStepBody
    | LetterStepBody,
    Field(discriminator="kind"),
]


class OnStageBody(BaseModel):
    """A pupil enters a stage of the ladder."""

    model_config = example({"on": "STAGE_ENTERED", "stage": "LETTER_1"})

    on: Literal["STAGE_ENTERED"]
    stage: str


class ByHandBody(BaseModel):
    """A person starts it for a pupil."""

    model_config = example({"on": "MANUAL"})

    on: Literal["MANUAL"]


class PlaybookBody(BaseModel):
    """A graph of steps for one trigger. D+n counts school days unless a step says otherwise."""

    model_config = example(CONTENT)

    name: str = Field(max_length=200)
    trigger: Annotated[OnStageBody | ByHandBody, Field(discriminator="on")]
    purpose: Purpose
    steps: list[StepBody] = Field(max_length=50)
    stop_conditions: list[StopCondition] = list(StopCondition)
    description: str = Field("", max_length=2000)
    window: WindowBody = WindowBody()
    escalation: EscalationBody | None = None
    household: Household = Household.PER_GUARDIAN
    on_reply: OnReply = OnReply.PAUSE_OTHERS
    priority: int = Field(0, ge=-100, le=100)

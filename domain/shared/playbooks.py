"""A playbook as a run carries it: frozen at the start, never changed by a later version."""

import re
from enum import StrEnum
from itertools import pairwise
from typing import Final

import msgspec

from domain.shared.contact import Channel, Purpose
from domain.shared.ids import PlaybookId


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


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a playbook, `offset` days after the trigger."""

    step_id: str
    order: int
    offset: int
    unit: OffsetUnit
    channel: Channel
    template_key: str


class Playbook(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence of steps for one stage. `version` is counted by the playbook's own stream."""

    playbook_id: PlaybookId
    version: int
    name: str
    trigger_stage: str
    purpose: Purpose
    steps: tuple[Step, ...]
    stop_conditions: tuple[StopCondition, ...]

    def step(self, step_id: str) -> Step:
        """Return a step by its id."""
        return next(step for step in self.steps if step.step_id == step_id)

    def after(self, order: int) -> Step | None:
        """Return the step behind an order, None at the end."""
        return next((step for step in self.steps if step.order > order), None)


# Ids of steps stand in keys of messages and go out to other systems beside the child's id: they say
# the way and a number, and nothing about anybody.
STEP_ID: Final = re.compile(
    r"(sms|email|whatsapp|app|letter|post|fax|call|step|first|last)(-[0-9]{1,3})?"
)
SENT_BY_SOFTWARE: Final = (Channel.SMS, Channel.EMAIL)


def faults_of(playbook: Playbook) -> list[str]:
    """Say in words what is wrong with a playbook and where; empty when it can be used."""
    faults = []
    if not playbook.steps:
        faults.append("steps: a playbook needs at least one step")
    if len({step.step_id for step in playbook.steps}) < len(playbook.steps):
        faults.append("steps: two steps have the same id")
    faults += [
        f"steps.{step.order}.step_id: a way and a number, such as sms-1"
        for step in playbook.steps
        if not STEP_ID.fullmatch(step.step_id)
    ]
    for before, after in pairwise(playbook.steps):
        if after.order <= before.order:
            faults.append(f"steps.{after.step_id}.order: must be above {before.order}")
        if after.offset < before.offset:
            faults.append(f"steps.{after.step_id}.offset: comes before the step ahead of it")
    faults += [
        f"steps.{step.step_id}.channel: {step.channel} has no sender in this release"
        for step in playbook.steps
        if step.channel not in SENT_BY_SOFTWARE
    ]
    return faults

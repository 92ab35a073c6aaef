"""Facts about one letter. What it says about the child lies in the vault and the artifact."""

from datetime import date
from enum import StrEnum

from domain.kernel.facts import Event, fact
from domain.shared.ids import CaseId, GuardianId, InterventionId, SchoolId, StudentId
from domain.shared.numbers import DecidingNumbers


class WithdrawReason(StrEnum):
    """Why a letter was not written or not posted."""

    CASE_CLOSED = "CASE_CLOSED"
    EXEMPTION_FLAG = "EXEMPTION_FLAG"
    NOT_SUPPORTED_BY_REGISTER = "NOT_SUPPORTED_BY_REGISTER"


@fact("letter.requested", version=2)
class LetterRequested(Event):
    """A stage was approved by a person and calls for a letter to this guardian.

    `requested_on` is the day on which the stage was entered. Version 2 added `due_on`, the last day
    of a clock of the law; absent, none runs.
    """

    intervention_id: InterventionId
    case_id: CaseId
    stage: str
    student_id: StudentId
    guardian_id: GuardianId
    school_id: SchoolId
    template_key: str
    requested_on: date
    numbers: tuple[DecidingNumbers, ...]
    due_on: date | None = None


@fact("letter.rendered")
class LetterRendered(Event):
    """The PDF exists. `content_hash` is SHA-256 of its bytes, in hexadecimal."""

    content_hash: str
    size_bytes: int
    template_key: str
    template_version: int
    template_hash: str
    language: str


@fact("letter.rendering_failed")
class LetterRenderingFailed(Event):
    """The PDF could not be made; staff are told. `cause` is a code."""

    cause: str


@fact("letter.withdrawn")
class LetterWithdrawn(Event):
    """The letter lost its cause before it was posted."""

    reason: WithdrawReason


@fact("letter.posted")
class LetterPosted(Event):
    """A named person handed it to the post."""

    intervention_id: InterventionId
    stage: str
    posted_on: date


LetterEvent = (
    LetterRequested | LetterRendered | LetterRenderingFailed | LetterWithdrawn | LetterPosted
)

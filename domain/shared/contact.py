"""How and for what purpose a family may be reached."""

from enum import StrEnum

import msgspec

from domain.shared.ids import CaseId, InterventionId, RunId, StudentId


class Channel(StrEnum):
    """A way to reach a guardian."""

    SMS = "SMS"
    EMAIL = "EMAIL"
    WHATSAPP = "WHATSAPP"
    IN_APP = "IN_APP"
    POST = "POST"


class Purpose(StrEnum):
    """Why a message is sent; it decides consent, caps, quiet hours and opt-out."""

    STATUTORY_NOTICE = "STATUTORY_NOTICE"
    SAFETY = "SAFETY"
    NUDGE = "NUDGE"


class RunStep(msgspec.Struct, frozen=True, order=True):
    """One step of one run."""

    run_id: RunId
    step_id: str


class Along(msgspec.Struct, frozen=True):
    """A step about a sibling that is said in another one's message, and what it hangs on."""

    step: RunStep
    student_id: StudentId
    case_id: CaseId
    intervention_id: InterventionId

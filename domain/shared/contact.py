"""How and for what purpose a family may be reached."""

from enum import StrEnum

import msgspec

from domain.shared.ids import RunId


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

"""Shapes of what a guardian chose: consent, preferences, suppressions."""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.bodies.shared import ID, OTHER_ID, example
from domain.contact_choice.events import LegalBasis, LiftReason, SuppressionCause
from domain.shared.contact import Channel, Purpose

Language = Annotated[
    str,
    Field(
        pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$",
        description="A language as in BCP 47: en, ga, pt-BR.",
        examples=["ga"],
    ),
]


class AnswerSource(StrEnum):
    """Where an answer came from; who recorded it is the caller."""

    GUARDIAN = "GUARDIAN"
    STAFF = "STAFF"
    FORM = "FORM"


class PreferencesBody(BaseModel):
    """How a guardian would like to be reached: all of it, not what changed. Null: as usual."""

    model_config = example(
        {
            "language": "ga",
            "channels": ["WHATSAPP", "SMS"],
            "quiet_from": "20:00:00",
            "quiet_until": "10:30:00",
            "off": [],
        }
    )

    language: Language | None = None
    channels: list[Channel] = Field(default=[], max_length=5, description="The best one first.")
    quiet_from: time | None = None
    quiet_until: time | None = None
    off: list[Purpose] = Field(
        default=[],
        max_length=3,
        description="Purposes without messages: a legal notice then comes by post.",
    )


class ConsentBody(BaseModel):
    """An answer about one channel and one purpose, and on which basis in law it may be used."""

    model_config = example(
        {
            "channel": "SMS",
            "purpose": "NUDGE",
            "given": True,
            "basis": "CONSENT",
            "source": "GUARDIAN",
        }
    )

    channel: Channel
    purpose: Purpose
    given: bool
    basis: LegalBasis
    source: AnswerSource


class NoticeEmailBody(BaseModel):
    """Whether legal notices may come by e-mail; no other answer says so."""

    model_config = example({"given": True, "source": "FORM"})

    given: bool
    source: AnswerSource


class SuppressionBody(BaseModel):
    """A channel that must not be used, and why."""

    model_config = example({"channel": "SMS", "cause": "WRONG_NUMBER"})

    channel: Channel
    cause: SuppressionCause


class LiftingReason(StrEnum):
    """Why a person lets a channel be used again."""

    GUARDIAN_ASKED = LiftReason.GUARDIAN_ASKED.value
    ADDRESS_CORRECTED = LiftReason.ADDRESS_CORRECTED.value
    ADDRESS_VERIFIED = LiftReason.ADDRESS_VERIFIED.value
    RECORDED_BY_MISTAKE = LiftReason.RECORDED_BY_MISTAKE.value


class ConsentItem(BaseModel):
    """The answer that stands for a channel and a purpose."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    purpose: Purpose
    given: bool
    basis: LegalBasis
    source: str


class SuppressionItem(BaseModel):
    """A channel that must not be used, with every cause that stands against it."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    causes: list[SuppressionCause]


class OmittedItem(BaseModel):
    """A playbook that began without this guardian, and why."""

    model_config = ConfigDict(extra="forbid")

    reason: str
    student_id: UUID
    school_id: UUID
    intervention_id: UUID
    stage: str
    firing: int
    playbook_id: UUID
    on: date
    until: date | None


class GuardianChoices(BaseModel):
    """All that a guardian chose. Its ETag is for If-Match."""

    model_config = example(
        {
            "guardian_id": ID,
            "version": 3,
            "preferences": {
                "language": "ga",
                "channels": ["SMS"],
                "quiet_from": None,
                "quiet_until": None,
                "off": [],
            },
            "consents": [
                {
                    "channel": "SMS",
                    "purpose": "NUDGE",
                    "given": True,
                    "basis": "CONSENT",
                    "source": "FORM",
                }
            ],
            "legal_notice_email_consent": None,
            "suppressions": [{"channel": "EMAIL", "causes": ["HARD_BOUNCE"]}],
            "omitted": [
                {
                    "reason": "NO_CONTACT",
                    "student_id": OTHER_ID,
                    "school_id": OTHER_ID,
                    "intervention_id": ID,
                    "stage": "LETTER_1",
                    "firing": 1,
                    "playbook_id": ID,
                    "on": "2025-11-20",
                    "until": None,
                }
            ],
        }
    )

    guardian_id: UUID
    version: int
    preferences: PreferencesBody
    consents: list[ConsentItem]
    legal_notice_email_consent: bool | None = Field(
        description="Null: nobody has asked; a notice then goes by post."
    )
    suppressions: list[SuppressionItem]
    omitted: list[OmittedItem]


class ChoiceChange(BaseModel):
    """One change of a guardian's choices: what, when, by whom."""

    model_config = ConfigDict(extra="forbid")

    position: int
    version: int
    at: AwareDatetime
    recorded_at: AwareDatetime
    by: str
    what: str
    said: dict[str, Any]


class ChoiceHistory(BaseModel):
    """Every change, the latest first."""

    model_config = example(
        {
            "guardian_id": ID,
            "items": [
                {
                    "position": 1042,
                    "version": 1,
                    "at": "2025-11-20T12:05:00Z",
                    "recorded_at": "2025-11-20T12:05:00Z",
                    "by": "provider:twilio",
                    "what": "contact_choice.channel_suppressed",
                    "said": {"channel": "SMS", "cause": "STOP"},
                }
            ],
        }
    )

    guardian_id: UUID
    items: list[ChoiceChange]

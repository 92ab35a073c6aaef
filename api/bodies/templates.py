"""Shapes of templates."""

from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.bodies.shared import ID, Next, example
from domain.shared.texts import LockScope, TextKind

_HASH: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_WORDING: Final[dict[str, Any]] = {
    "key": "ATTENDANCE_SMS",
    "kind": "SMS",
    "language": "en",
    "subject": "",
    "body": "{{ school_name }}: we missed {{ student_first_name }}. Ring us: {{ school_phone }}",
    "merge_fields": {"school_name": "text", "student_first_name": "text", "school_phone": "text"},
    "lock": "SCHOOL_OVERRIDE_ALLOWED",
    "content_sid": None,
    "legal_effect": False,
    "jurisdiction": None,
    "valid_until": None,
    "translation_of": None,
}
_VERSION: Final[dict[str, Any]] = {
    "version": 1,
    "status": "APPROVED",
    "content_hash": _HASH,
    "drafted_at": "2025-09-01T09:00:00Z",
    "drafted_by": "staff:7",
    "reviewed_at": None,
    "reviewed_by": None,
    "approved_at": "2025-09-02T09:00:00Z",
    "approved_by": "staff:1",
    "ended_at": None,
    "ended_by": None,
}
_ITEM: Final[dict[str, Any]] = {
    "template_id": ID,
    "school_id": None,
    "key": "ATTENDANCE_SMS",
    "kind": "SMS",
    "language": "en",
    "status": "APPROVED",
    "version": 1,
    "draft_version": None,
    "revision": 2,
    "subject": "",
    "lock": "SCHOOL_OVERRIDE_ALLOWED",
    "legal_effect": False,
    "valid_until": None,
    "translation_of": None,
    "approved_at": "2025-09-02T09:00:00Z",
    "changed_at": "2025-09-02T09:00:00Z",
}
_WHOLE: Final[dict[str, Any]] = {
    "template_id": ID,
    "school_id": None,
    "revision": 2,
    "draft_version": None,
    "wording": _WORDING,
    **_VERSION,
}
_FAULT: Final[dict[str, Any]] = {
    "path": "$.body",
    "code": "greeting-empty",
    "message": "the greeting names nobody: write {{ guardian_name }} into it",
    "line": 1,
}
_SMS: Final[dict[str, Any]] = {
    "alphabet": "GSM-7",
    "units": 74,
    "parts": 1,
    "costly": [],
    "parts_with_fada": 2,
    "recipients": 240,
    "currency": "EUR",
    "price_of_a_part": "0.05",
    "cost": "12.00",
    "cost_with_fada": "24.00",
}
_SHOWN: Final[dict[str, Any]] = {
    "language": "en",
    "subject": "",
    "text": "Lakeside School: we missed Ella. Ring us: 01 555 0100",
    "html": None,
    "is_real": False,
    "made_up": ["school_name", "school_phone", "student_first_name"],
    "sms": _SMS,
}


class TranslationBody(BaseModel):
    """The text that a translation says again: `content_hash` of its wording, in its language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str = Field(max_length=3)
    source_hash: str = Field(pattern="^[0-9a-f]{64}$")


class WordingBody(BaseModel):
    """One text for one way of saying it in one language.

    `merge_fields` are of the catalogue; a question mark behind a kind makes a field optional, and
    the text asks for it first: `{% if absence_dates %}…{% endif %}`. A text that quotes a law or
    an amount says where it holds (`jurisdiction`) and until which day (`valid_until`).
    """

    model_config = example(_WORDING)

    key: str = Field(max_length=64)
    kind: TextKind
    language: str = Field(max_length=3)
    subject: str = Field("", max_length=300)
    body: str = Field(max_length=50_000)
    merge_fields: dict[str, str] = Field({}, max_length=50)
    lock: LockScope = LockScope.SCHOOL_OVERRIDE_ALLOWED
    content_sid: str | None = Field(None, max_length=64)
    legal_effect: bool = False
    jurisdiction: str | None = Field(None, max_length=6)
    valid_until: date | None = None
    translation_of: TranslationBody | None = None


class DraftTemplateBody(WordingBody):
    """A first draft. No school: for the whole tenant."""

    model_config = example({**_WORDING, "school_id": None})

    school_id: UUID | None = None


class ToLanguageBody(BaseModel):
    """The language to translate into."""

    model_config = example({"language": "pl"})

    language: str = Field(pattern="^[a-z]{2,3}$")


class TranslationView(BaseModel):
    """The text that a translation says again, and the software that translated it, if any did."""

    model_config = ConfigDict(extra="forbid")

    language: str
    source_hash: str
    engine: str


class WordingView(BaseModel):
    """The words as they were written."""

    model_config = ConfigDict(extra="forbid")

    key: str
    kind: TextKind
    language: str
    subject: str
    body: str
    merge_fields: dict[str, str]
    lock: LockScope
    content_sid: str | None
    legal_effect: bool
    jurisdiction: str | None
    valid_until: date | None
    translation_of: TranslationView | None


class TemplateItem(BaseModel):
    """A template in the list. `revision` is what If-Match asks for; no school: the tenant's."""

    model_config = example(_ITEM)

    template_id: UUID
    school_id: UUID | None
    key: str
    kind: TextKind
    language: str
    status: str
    version: int
    draft_version: int | None
    revision: int
    subject: str
    lock: LockScope
    legal_effect: bool
    valid_until: date | None
    translation_of: str | None
    approved_at: AwareDatetime | None
    changed_at: AwareDatetime


class TemplatePage(BaseModel):
    """A page of templates, the one that was changed last first."""

    model_config = example({"items": [_ITEM], "next": None})

    items: list[TemplateItem]
    next: Next


class TemplateVersionItem(BaseModel):
    """One version: DRAFT, APPROVED, SUPERSEDED by a later one, RETIRED, or DROPPED unused."""

    model_config = example(_VERSION)

    version: int
    status: str
    content_hash: str
    drafted_at: AwareDatetime
    drafted_by: str
    reviewed_at: AwareDatetime | None
    reviewed_by: str | None
    approved_at: AwareDatetime | None
    approved_by: str | None
    ended_at: AwareDatetime | None
    ended_by: str | None


class TemplateWhole(TemplateVersionItem):
    """The approved version (else the last one, else the draft), with its words."""

    model_config = example(_WHOLE)

    template_id: UUID
    school_id: UUID | None
    revision: int
    draft_version: int | None
    wording: WordingView


class TemplateVersionList(BaseModel):
    """Every version there ever was, newest first. None is ever changed or removed."""

    model_config = example({"template_id": ID, "revision": 2, "items": [_VERSION]})

    template_id: UUID
    revision: int
    items: list[TemplateVersionItem]


class TextFault(BaseModel):
    """One thing about a text: where, in which line (0: of no line), a code that stays, and what."""

    model_config = ConfigDict(extra="forbid")

    path: str
    code: str
    message: str
    line: int


class SmsCostView(BaseModel):
    """Parts times people times the price of a part; null prices where the house has set none."""

    model_config = ConfigDict(extra="forbid")

    alphabet: str
    units: int
    parts: int
    costly: list[str]
    parts_with_fada: int
    recipients: int
    currency: str
    price_of_a_part: Decimal | None
    cost: Decimal | None
    cost_with_fada: Decimal | None


class TemplateVerdict(BaseModel):
    """Whether a text could be approved as it is, what is worth a look, and what it costs."""

    model_config = example({"valid": False, "errors": [_FAULT], "warnings": [], "sms": None})

    valid: bool
    errors: list[TextFault]
    warnings: list[TextFault]
    sms: SmsCostView | None


class TemplatePreview(BaseModel):
    """How a text reads. `made_up` names the fields that hold nobody's data."""

    model_config = example(_SHOWN)

    language: str
    subject: str
    text: str | None
    html: str | None
    is_real: bool
    made_up: list[str]
    sms: SmsCostView | None


class TextCatalogue(BaseModel):
    """What texts may fill in, in which languages dates are written, and what is shipped."""

    model_config = example(
        {
            "fields": [
                {
                    "name": "student_first_name",
                    "kind": "text",
                    "tells": "PUPIL",
                    "for": ["EMAIL", "IN_APP", "LETTER", "SMS", "WHATSAPP"],
                    "example": "Ella",
                }
            ],
            "languages": ["en", "ga"],
            "longest": {"SMS": 480},
            "shipped": [{**_WORDING, "version": 1, "content_hash": _HASH}],
        }
    )

    fields: list[dict[str, Any]]
    languages: list[str]
    longest: dict[str, int]
    shipped: list[dict[str, Any]]

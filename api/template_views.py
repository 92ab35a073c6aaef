"""A template as users see it: its words, and who wrote, reviewed, approved and retired them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from api.looks import TEMPLATE_FACTS
from domain.kernel import facts
from domain.shared.ids import SchoolId
from domain.shared.texts import TextKind, Wording
from domain.template.events import (
    TemplateApproved,
    TemplateDrafted,
    TemplateEvent,
    TemplateRetired,
    TranslationReviewed,
)
from domain.template.fields import FIELDS
from domain.template.refusals import TemplateUnknown, TemplateVersionUnknown
from infrastructure.documents.merge_fields import LANGUAGES
from infrastructure.documents.texts import LONGEST, TemplateVersion, Texts
from infrastructure.store.database import Connection
from projections.templates import TemplateRow

Row = tuple[Any, ...]
_FACTS: Final = (TemplateDrafted, TranslationReviewed, TemplateApproved, TemplateRetired)


class Version(msgspec.Struct):
    """One version of a template, and who did what with it."""

    version: int
    status: str
    content_hash: str
    wording: Wording
    drafted_at: datetime
    drafted_by: str
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    approved_at: datetime | None = None
    approved_by: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it without the words."""
        said: dict[str, Any] = msgspec.to_builtins(self)
        del said["wording"]
        return said


class History(msgspec.Struct):
    """Everything that was ever said of one template, told version by version."""

    template_id: UUID
    school_id: SchoolId | None
    revision: int
    versions: dict[int, Version]

    @property
    def shown(self) -> Version:
        """The approved version, else the one that was last, else the draft."""
        used = [one for one in self.versions.values() if one.approved_at is not None]
        return max(used or self.versions.values(), key=lambda one: one.version)

    @property
    def draft(self) -> Version | None:
        """The version that is being written, if any."""
        return next((one for one in self.versions.values() if one.status == "DRAFT"), None)

    @property
    def latest(self) -> Version:
        """The draft, else what is shown."""
        return self.draft or self.shown

    def version(self, number: int) -> Version:
        """Return one version.

        Raises:
            TemplateVersionUnknown: when there is none of this number.
        """
        if number not in self.versions:
            raise TemplateVersionUnknown
        return self.versions[number]


def history_of(conn: Connection, tenant: UUID, template: UUID) -> History:
    """Tell the history of a template from its facts.

    Raises:
        TemplateUnknown: when there are none, or they are about something else.
    """
    rows = conn.execute(TEMPLATE_FACTS, {"tenant": tenant, "template": template}).fetchall()
    return history(template, rows)


def history(template: UUID, rows: Iterable[Row]) -> History:
    """Tell the history of a template from its facts, in order.

    Raises:
        TemplateUnknown: when there are none, or they are about something else.
    """
    told = History(template, None, 0, {})
    for name, event_version, state, revision, at, actor in rows:
        event = facts.read(name, event_version, bytes(state))
        if not isinstance(event, _FACTS):
            raise TemplateUnknown
        _tell(told, event, at, actor)
        told.revision = revision
    if not told.revision:
        raise TemplateUnknown
    return told


def _tell(told: History, event: TemplateEvent, at: datetime, actor: str) -> None:
    versions = told.versions
    match event:
        case TemplateDrafted(version=number, content_hash=content, wording=words):
            told.school_id = event.school_id
            versions[number] = Version(number, "DRAFT", content, words, at, actor)
        case TranslationReviewed(version=number):
            versions[number].reviewed_at, versions[number].reviewed_by = at, actor
        case TemplateApproved(version=number):
            _end(told, "SUPERSEDED", at, actor)
            one = versions[number]
            one.status, one.approved_at, one.approved_by = "APPROVED", at, actor
        case TemplateRetired():
            _end(told, "RETIRED", at, actor)
            for one in [v for v in versions.values() if v.status == "DRAFT"]:
                one.status, one.ended_at, one.ended_by = "DROPPED", at, actor


def _end(told: History, status: str, at: datetime, actor: str) -> None:
    for one in told.versions.values():
        if one.status == "APPROVED":
            one.status, one.ended_at, one.ended_by = status, at, actor


def listed(document: str | bytes) -> dict[str, Any]:
    """Return a row of the list."""
    row = msgspec.json.decode(document, type=TemplateRow)
    words = row.wording if row.is_approved or row.draft is None else row.draft
    return {
        "template_id": row.template_id,
        "school_id": row.school_id,
        "key": row.text_key,
        "kind": row.kind,
        "language": row.language,
        "status": row.status,
        "version": row.version,
        "draft_version": None if row.draft is None else row.version + 1,
        "revision": row.revision,
        "subject": words.subject,
        "lock": words.lock,
        "legal_effect": words.legal_effect,
        "valid_until": words.valid_until,
        "translation_of": None if words.translation_of is None else words.translation_of.language,
        "approved_at": row.approved_at,
        "changed_at": row.changed_at,
    }


def whole(told: History, version: Version | None = None) -> dict[str, Any]:
    """Return a template with the words of one version."""
    shown = version or told.shown
    return {
        "template_id": told.template_id,
        "school_id": told.school_id,
        "revision": told.revision,
        "draft_version": None if told.draft is None else told.draft.version,
        "wording": msgspec.to_builtins(shown.wording),
        **shown.as_dict(),
    }


def text_catalogue(texts: Texts) -> dict[str, Any]:
    """Return what texts may fill in, in which languages, and what is shipped."""
    return {
        "fields": [
            {
                "name": field.name,
                "kind": f"{field.kind}{'?' if field.sometimes else ''}",
                "tells": field.tells,
                "for": sorted(field.ways),
                "example": str(field.made_up),
            }
            for field in FIELDS.values()
        ],
        "languages": sorted(LANGUAGES),
        "longest": {str(kind): LONGEST[kind] for kind in TextKind},
        "shipped": [_shipped(one) for one in texts.newest()],
    }


def _shipped(one: TemplateVersion) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(one.wording)
    return {**said, "version": one.version, "content_hash": one.sha256}

"""Templates: drafted, approved, retired."""

from datetime import datetime
from typing import assert_never

from domain.kernel.recorded import Told
from domain.shared.ids import SchoolId, TemplateId
from domain.shared.texts import TextKind, Wording
from domain.template.events import (
    TemplateApproved,
    TemplateDrafted,
    TemplateEvent,
    TemplateRetired,
    TranslationReviewed,
)
from projections.kit import Query, ReadModel, Row, expect, row_a_stream

_FACTS = (TemplateDrafted, TranslationReviewed, TemplateApproved, TemplateRetired)


class TemplateRow(Row):
    """A template: the words that are sent, or the last ones that were, or a first draft.

    `version` and `content_hash` are of the approved words, 0 and empty before. `draft` is written
    for the version after. `revision` counts the facts: what If-Match asks for.
    """

    template_id: TemplateId
    text_key: str
    kind: TextKind
    language: str
    wording: Wording
    changed_at: datetime
    revision: int
    school_id: SchoolId | None = None
    version: int = 0
    content_hash: str = ""
    is_approved: bool = False
    approved_at: datetime | None = None
    draft: Wording | None = None
    draft_reviewed: bool = False

    @property
    def status(self) -> str:
        """DRAFT until it was approved, then APPROVED, then RETIRED."""
        if self.is_approved:
            return "APPROVED"
        return "DRAFT" if self.draft is not None and not self.version else "RETIRED"


def evolve_template(row: TemplateRow | None, fact: Told, key: str) -> TemplateRow | None:  # noqa: ARG001  one row a stream
    """Keep the words in use, and the draft of the next."""
    match fact.event:
        case (
            TemplateDrafted() | TranslationReviewed() | TemplateApproved() | TemplateRetired() as e
        ):
            return _evolved(row, fact, e)
        case _:
            return row


def _evolved(row: TemplateRow | None, fact: Told, event: TemplateEvent) -> TemplateRow:
    match event:
        case TemplateDrafted():
            return _drafted(row, fact, event)
        case TranslationReviewed():
            known = expect(row).but(draft_reviewed=True)
        case TemplateApproved(version=version, content_hash=content):
            known = expect(row)
            known = known.but(
                wording=known.wording if known.draft is None else known.draft,
                version=version,
                content_hash=content,
                is_approved=True,
                approved_at=fact.occurred_at,
                draft=None,
                draft_reviewed=False,
            )
        case TemplateRetired():
            known = expect(row).but(is_approved=False, draft=None, draft_reviewed=False)
        case _:
            assert_never(event)
    return known.but(changed_at=fact.occurred_at, revision=fact.version)


def _drafted(row: TemplateRow | None, fact: Told, event: TemplateDrafted) -> TemplateRow:
    words = event.wording
    if row is None:
        row = TemplateRow(
            template_id=TemplateId(fact.stream),
            text_key=words.key,
            kind=words.kind,
            language=words.language,
            wording=words,
            changed_at=fact.occurred_at,
            revision=fact.version,
            school_id=event.school_id,
        )
    return row.but(
        draft=words, draft_reviewed=False, changed_at=fact.occurred_at, revision=fact.version
    )


TEMPLATES = ReadModel(
    "templates",
    version=1,
    row=TemplateRow,
    listens=_FACTS,
    keys=row_a_stream(_FACTS),
    evolve=evolve_template,
    columns=("text_key", "kind", "language", "school_id", "is_approved", "changed_at"),
    indexes=("text_key",),
)
# All that could be said for a key, to all schools or this one: the one who asks chooses.
APPROVED = Query(
    "templates",
    "select doc from {templates} where tenant = %(tenant)s and text_key = any(%(keys)s)"
    " and kind = %(kind)s and is_approved and (school_id is null or school_id = %(school)s)"
    " order by key limit 1000",
)
TEMPLATE_PAGE = Query(
    "templates",
    "select doc, changed_at, key from {templates} where tenant = %(tenant)s"
    " and (%(scope)s::uuid[] is null or school_id is null or school_id = any(%(scope)s))"
    " and (%(school)s::uuid is null or school_id = %(school)s)"
    " and (%(text_key)s::text is null or text_key = %(text_key)s)"
    " and (%(kind)s::text is null or kind = %(kind)s)"
    " and (%(language)s::text is null or language = %(language)s)"
    " and (%(approved)s::boolean is null or is_approved = %(approved)s)"
    " and (%(after_at)s::timestamptz is null"
    " or (changed_at, key) < (%(after_at)s, %(after_key)s))"
    " order by changed_at desc, key desc limit %(limit)s",
)

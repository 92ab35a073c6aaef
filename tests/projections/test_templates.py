"""Templates as they are listed and chosen."""

from typing import Any

import msgspec

from domain.kernel.facts import Event
from domain.playbook.events import PlaybookRetired
from domain.template.events import (
    TemplateApproved,
    TemplateDrafted,
    TemplateRetired,
    TranslationReviewed,
)
from projections.templates import TEMPLATES, TemplateRow
from tests.support.examples import SCHOOL, TEMPLATE, WORDING, but, example
from tests.support.following import project, recorded
from tests.support.scenario import NOW

DRAFTED, APPROVED = example(TemplateDrafted), example(TemplateApproved)
SECOND = msgspec.structs.replace(WORDING, body="Ring us.")
ROW = TemplateRow(
    template_id=TEMPLATE,
    text_key="ATTENDANCE_SMS",
    kind=WORDING.kind,
    language="en",
    wording=WORDING,
    changed_at=NOW,
    revision=1,
    school_id=SCHOOL,
    draft=WORDING,
)


def rows(*events: Event) -> Any:
    return project(TEMPLATES, *events)


def test_a_template_is_listed_from_its_first_draft() -> None:
    """001-111 to 001-119: id, key, version, status, words, fields, approval and lock."""
    rows(DRAFTED).shows(ROW)
    assert ROW.status == "DRAFT"
    used = ROW.but(
        version=1, content_hash=WORDING.sha256, is_approved=True, approved_at=NOW, draft=None
    )
    rows(DRAFTED, APPROVED).shows(used.but(revision=2))
    assert used.status == "APPROVED"


def test_a_draft_of_the_next_version_leaves_the_words_in_use() -> None:
    changed = but(TemplateDrafted, version=2, wording=SECOND)
    reviewed = example(TranslationReviewed)
    row = rows(DRAFTED, APPROVED, changed, reviewed).row
    assert (row.wording, row.draft, row.draft_reviewed, row.revision) == (WORDING, SECOND, True, 4)
    again = rows(DRAFTED, APPROVED, changed, but(TemplateApproved, version=2)).row
    assert (again.wording, again.version, again.draft) == (SECOND, 2, None)


def test_a_retired_template_is_kept_and_not_used() -> None:
    row = rows(DRAFTED, APPROVED, example(TemplateRetired)).row
    assert (row.is_approved, row.status, row.version) == (False, "RETIRED", 1)
    never = rows(DRAFTED, example(TemplateRetired)).row
    assert (never.status, never.version) == ("RETIRED", 0)


def test_an_approval_without_a_draft_keeps_the_words() -> None:
    """Said twice by two doors at once, the second finds nothing drafted."""
    assert rows(DRAFTED, APPROVED, APPROVED).row.wording == WORDING


def test_other_facts_are_none_of_its_business() -> None:
    told = recorded(example(PlaybookRetired))
    assert TEMPLATES.evolve(ROW, told, "") is ROW

"""A template counts its versions: written by one person, approved by another, retired."""

from datetime import date
from typing import Any

import msgspec
import pytest

from domain.shared.texts import LockScope, TextKind, TranslationOf, Wording
from domain.template.aggregate import Template
from domain.template.commands import (
    ApproveTemplate,
    DraftTemplate,
    RetireTemplate,
    ReviewTranslation,
    ReviseTemplate,
    template_id,
)
from domain.template.events import (
    TemplateApproved,
    TemplateDrafted,
    TemplateRetired,
    TranslationReviewed,
)
from domain.template.refusals import (
    NoTranslation,
    TemplateExists,
    TemplateFaulty,
    TemplateLawOver,
    TemplateLocked,
    TemplateNeedsPerson,
    TemplateNotDrafted,
    TemplateOwnWords,
    TemplateRenamed,
    TemplateUnknown,
    TranslationUnreviewed,
)
from tests.support.examples import HASH, SCHOOL, TEMPLATE, TENANT, WORDING, but, example
from tests.support.scenario import STAFF, given, world

DRAFTED, APPROVED = example(TemplateDrafted), example(TemplateApproved)
AUTHOR, OTHER = world(actor=STAFF), world(actor="staff:1")
SECOND = msgspec.structs.replace(WORDING, body="{{ school_name }}: please ring {{ school_phone }}.")
IRISH = TranslationOf(language="ga", source_hash=HASH, engine="LIBRE")
LEGAL = msgspec.structs.replace(
    WORDING, legal_effect=True, jurisdiction="IE", valid_until=date(2026, 8, 31)
)
LEGAL_TRANSLATION = msgspec.structs.replace(LEGAL, translation_of=IRISH)


def drafted(wording: Wording, version: int = 1) -> TemplateDrafted:
    return but(TemplateDrafted, wording=wording, content_hash=wording.sha256, version=version)


def approved(wording: Wording, version: int = 1) -> TemplateApproved:
    return but(TemplateApproved, content_hash=wording.sha256, version=version)


def locked() -> tuple[Any, ...]:
    words = msgspec.structs.replace(WORDING, lock=LockScope.DISTRICT_ONLY)
    first = msgspec.structs.replace(drafted(words), school_id=None)
    return first, approved(words)


def test_words_begin_as_a_draft_of_their_author() -> None:
    """001-110, 001-113, 001-122: for a tenant or a school, in versions, first as a draft."""
    given(Template, world=AUTHOR).when(example(DraftTemplate)).then(DRAFTED)
    for command in (DraftTemplate, ReviseTemplate, ReviewTranslation, ApproveTemplate):
        assert example(command).stream == TEMPLATE


def test_the_same_words_of_the_same_place_are_one_template() -> None:
    """Row 003-082: unique by tenant, school, key, way and language; the tenant's has its own."""
    ids = {
        template_id(TENANT, key, kind, language, school)
        for key in ("LETTER_1_ATTENDANCE", "ATTENDANCE_SMS")
        for kind in (TextKind.SMS, TextKind.LETTER)
        for language in ("en", "ga")
        for school in (None, SCHOOL)
    }
    assert len(ids) == 16
    given(Template, DRAFTED, world=AUTHOR).when(example(DraftTemplate)).ignored()
    for history in ((drafted(SECOND),), (DRAFTED, APPROVED)):
        given(Template, *history, world=AUTHOR).when(example(DraftTemplate)).refused(TemplateExists)


def test_another_person_than_the_author_approves() -> None:
    """001-117, 001-123: four eyes; software approves nothing."""
    approve = example(ApproveTemplate)
    given(Template, DRAFTED, world=AUTHOR).when(approve).refused(TemplateOwnWords)
    given(Template, DRAFTED).when(approve).refused(TemplateNeedsPerson)
    given(Template, DRAFTED, world=OTHER).when(approve).then(APPROVED).when(approve).ignored()
    given(Template, world=OTHER).when(approve).refused(TemplateUnknown)
    retired = (DRAFTED, APPROVED, example(TemplateRetired))
    given(Template, *retired, world=OTHER).when(approve).refused(TemplateNotDrafted)


def test_who_changed_the_draft_last_is_its_author() -> None:
    changed = msgspec.structs.replace(drafted(SECOND), author="staff:1")
    given(Template, DRAFTED, changed, world=OTHER).when(example(ApproveTemplate)).refused(
        TemplateOwnWords
    )


def test_a_revision_leaves_the_approved_words_alone() -> None:
    revise = but(ReviseTemplate, wording=SECOND)
    given(Template, DRAFTED, APPROVED, world=AUTHOR).when(revise).then(drafted(SECOND, 2)).when(
        example(ApproveTemplate), OTHER
    ).then(approved(SECOND, 2))
    given(Template, DRAFTED, APPROVED, world=AUTHOR).when(example(ReviseTemplate)).ignored()
    given(Template, drafted(SECOND), world=AUTHOR).when(revise).ignored()
    given(Template, world=AUTHOR).when(revise).refused(TemplateUnknown)


@pytest.mark.parametrize(
    "change", [{"key": "OTHER_SMS"}, {"kind": TextKind.WHATSAPP}, {"language": "ga"}]
)
def test_a_template_never_becomes_another(change: dict[str, Any]) -> None:
    other = msgspec.structs.replace(WORDING, **change)
    given(Template, DRAFTED, world=AUTHOR).when(but(ReviseTemplate, wording=other)).refused(
        TemplateRenamed
    )


def test_words_that_must_not_be_sent_are_never_stored() -> None:
    faulty = msgspec.structs.replace(WORDING, body="Dear , your child has asthma.")
    for command in (DraftTemplate, ReviseTemplate):
        history = () if command is DraftTemplate else (DRAFTED,)
        said = given(Template, *history, world=AUTHOR).when(but(command, wording=faulty))
        said.refused(TemplateFaulty)
        errors = said.refusal.details["errors"]  # type: ignore[union-attr]
        assert [one["code"] for one in errors] == ["greeting-empty", "special-words"]


def test_locked_words_of_the_tenant_leave_a_school_none_of_its_own() -> None:
    """001-119, 001-125, 001-126: DISTRICT_ONLY; otherwise a school may say it its own way."""
    under_lock = world(actor=STAFF, template=locked())
    given(Template, world=under_lock).when(example(DraftTemplate)).refused(TemplateLocked)
    given(Template, DRAFTED, world=under_lock).when(but(ReviseTemplate, wording=SECOND)).refused(
        TemplateLocked
    )
    approver = world(actor="staff:1", template=locked())
    given(Template, DRAFTED, world=approver).when(example(ApproveTemplate)).refused(TemplateLocked)
    for free in ((DRAFTED, APPROVED), (*locked(), example(TemplateRetired)), locked()[:1]):
        open_to_all = world(actor=STAFF, template=free)
        given(Template, world=open_to_all).when(example(DraftTemplate)).then(DRAFTED)


def test_a_school_cannot_lock_words_for_others() -> None:
    words = msgspec.structs.replace(WORDING, lock=LockScope.DISTRICT_ONLY)
    template = Template.replay([drafted(words), approved(words)])
    assert not template.locked
    assert Template.replay(locked()).locked


def test_a_legal_text_is_not_approved_in_an_unreviewed_translation() -> None:
    """Trap 39: machine translation of legal text without review."""
    review, approve = example(ReviewTranslation), example(ApproveTemplate)
    history = drafted(LEGAL_TRANSLATION)
    given(Template, history, world=OTHER).when(approve).refused(TranslationUnreviewed)
    reviewed = TranslationReviewed(1, history.content_hash, "staff:1")
    given(Template, history, world=OTHER).when(review).then(reviewed).when(review).ignored().when(
        approve
    ).then(approved(LEGAL_TRANSLATION))
    given(Template, drafted(LEGAL), world=OTHER).when(approve).then(approved(LEGAL))


def test_a_changed_translation_is_reviewed_again() -> None:
    reviewed = (drafted(LEGAL_TRANSLATION), example(TranslationReviewed))
    again = msgspec.structs.replace(LEGAL_TRANSLATION, body="Ring us.")
    history = (*reviewed, drafted(again))
    given(Template, *history, world=OTHER).when(example(ApproveTemplate)).refused(
        TranslationUnreviewed
    )


def test_a_translation_is_reviewed_by_a_named_person_who_did_not_write_it() -> None:
    review, history = example(ReviewTranslation), drafted(LEGAL_TRANSLATION)
    given(Template, history, world=AUTHOR).when(review).refused(TemplateOwnWords)
    given(Template, history).when(review).refused(TemplateNeedsPerson)
    given(Template, DRAFTED, world=OTHER).when(review).refused(NoTranslation)
    given(Template, DRAFTED, APPROVED, world=OTHER).when(review).refused(TemplateNotDrafted)


def test_a_text_whose_law_is_over_is_not_approved() -> None:
    """Trap 52: an amount or a paragraph holds until its last day."""
    for now, is_over in (("2026-08-31 10:00", False), ("2026-09-02 10:00", True)):
        approver = world(now, actor="staff:1")
        said = given(Template, drafted(LEGAL), world=approver).when(example(ApproveTemplate))
        said.refused(TemplateLawOver) if is_over else said.then(approved(LEGAL))


def test_retired_words_may_be_written_anew() -> None:
    """001-124: what was sent keeps them, and the next version goes on counting."""
    retire = example(RetireTemplate)
    given(Template, DRAFTED, APPROVED, world=AUTHOR).when(retire).then(TemplateRetired(1)).when(
        retire
    ).ignored().when(example(ReviseTemplate)).then(drafted(WORDING, 2))
    given(Template, DRAFTED, world=AUTHOR).when(retire).then(TemplateRetired(0))
    given(Template, world=AUTHOR).when(retire).refused(TemplateUnknown)

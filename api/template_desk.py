"""What the doors of templates ask before a wish is put down: can it be said, whose is it."""

from typing import Final
from uuid import UUID

import msgspec
from pydantic import BaseModel

from api.problems import OperationDenied
from api.reading import note
from api.receipts import Desk, founding
from api.rights import Rights
from api.template_views import History, history_of
from api.tokens import Caller
from api.whose import is_seen_by, needs_all_of
from domain.kernel.refusals import NotFound, NotNow
from domain.shared.ids import GuardianId, SchoolId, StudentId, TemplateId, TenantId
from domain.shared.texts import Wording
from domain.template.commands import (
    ApproveTemplate,
    DraftTemplate,
    ReviseTemplate,
    template_id,
)
from domain.template.events import TemplateDrafted
from domain.template.refusals import (
    TemplateFaulty,
    TemplateNotApproved,
    TemplateRenamed,
    TemplateUnknown,
)
from infrastructure.documents.text_checks import every_fault
from infrastructure.documents.translating import TranslatorAway
from infrastructure.register.reads import students
from infrastructure.register.told import guardians_told
from infrastructure.runtime.trying_words import (
    NobodyToShow,
    Shown,
    with_made_up_data,
    with_real_data,
)
from infrastructure.wiring.house import House

_ENGLISH: Final = "en"
REAL: Final = "preview_template:REAL"


def wording_of(body: BaseModel) -> Wording:
    """Return what somebody wrote as the domain has it; a person writes no engine into it."""
    return msgspec.convert(body.model_dump(mode="json", exclude={"school_id"}), type=Wording)


def sayable(wording: Wording) -> Wording:
    """Return words that could be approved as they are.

    Raises:
        TemplateFaulty: with everything that is wrong, each with its place and code.
    """
    if faults := every_fault(wording):
        raise TemplateFaulty(errors=[fault.as_dict() for fault in faults])
    return wording


def below(
    house: House, tenant: TenantId, words: Wording, school: SchoolId | None
) -> tuple[TemplateId, ...]:
    """Return the tenant's templates that a school's own stands above, in every tongue that counts.

    A lock of the text that families fall back to holds in all languages.
    """
    if school is None:
        return ()
    tongues = dict.fromkeys((words.language, house.settings.fallback_language, _ENGLISH))
    return tuple(template_id(tenant, words.key, words.kind, one, None) for one in tongues)


def drafting(
    house: House, tenant: TenantId, wording: Wording, school: SchoolId | None
) -> DraftTemplate:
    """Return the wish to begin a template.

    Raises:
        TemplateFaulty: with everything that is wrong.
    """
    words = sayable(wording)
    this = template_id(tenant, words.key, words.kind, words.language, school)
    over = below(house, tenant, words, school)
    return DraftTemplate(template_id=this, below=over, wording=words, school_id=school)


def revising(house: House, tenant: TenantId, told: History, wording: Wording) -> ReviseTemplate:
    """Return the wish to write the next version.

    Raises:
        TemplateRenamed: when it would be another text.
        TemplateFaulty: with everything that is wrong.
    """
    latest = told.latest.wording
    if (wording.key, wording.kind, wording.language) != (latest.key, latest.kind, latest.language):
        raise TemplateRenamed
    words = sayable(wording)
    over = below(house, tenant, words, told.school_id)
    return ReviseTemplate(template_id=TemplateId(told.template_id), below=over, wording=words)


def approving(house: House, tenant: TenantId, told: History) -> ApproveTemplate:
    """Return the wish to put the draft into use.

    Raises:
        TemplateFaulty: when the rules have changed since it was drafted.
    """
    words = sayable(told.latest.wording)
    over = below(house, tenant, words, told.school_id)
    return ApproveTemplate(template_id=TemplateId(told.template_id), below=over)


def told_to(house: House, caller: Caller, template: UUID) -> History:
    """Return what is known of a template that a caller may see.

    Raises:
        TemplateUnknown: the same for one that is not there and one of another school.
    """
    with house.database.tenant(caller.tenant) as conn:
        told = history_of(conn, caller.tenant, template)
    if not is_seen_by(caller, told.school_id):
        raise TemplateUnknown
    return told


def changeable(desk: Desk, template: UUID) -> History:
    """Return what is known of a template that the caller may change.

    Raises:
        TemplateUnknown: when the caller may not see it either.
        OperationDenied: when it is the whole tenant's, and the caller has some schools only.
    """
    told = told_to(desk.house, desk.caller, template)
    needs_all_of(desk.caller, told.school_id)
    return told


class TranslatorMissing(NotNow):
    """No engine translates here: set TRANSLATE_URL, or write the translation as a draft."""

    code = "template-translator-missing"


class TranslatorSilent(NotNow):
    """The engine gave no answer that can be believed: try again, or write the translation."""

    code = "template-translator-silent"


def translating(
    house: House, tenant: TenantId, told: History, language: str
) -> DraftTemplate | ReviseTemplate:
    """Return the wish to draft the approved words in another language.

    Raises:
        TemplateNotApproved: when there are no approved words.
        TranslatorMissing: when the house has no engine.
        TranslatorSilent: when it gave no answer that can be believed.
        TemplateFaulty: when what it said could not be sent.
    """
    if told.shown.status != "APPROVED":
        raise TemplateNotApproved
    if house.translations is None:
        raise TranslatorMissing
    try:
        words = house.translations.drafted(tenant, told.shown.wording, language)
    except TranslatorAway as error:
        raise TranslatorSilent(cause=error.cause) from error
    wish = drafting(house, tenant, words, told.school_id)
    with house.database.tenant(tenant) as conn:
        known = founding(conn, wish.template_id, TemplateDrafted) is not None
    if not known:
        return wish
    return ReviseTemplate(template_id=wish.template_id, below=wish.below, wording=words)


class NobodyToPreview(NotFound):
    """No pupil that you may see is told of by this id, or nobody of the family may be told."""

    code = "template-preview-nobody"


def preview(
    house: House,
    caller: Caller,
    rights: Rights,
    told: History,
    about: tuple[StudentId, GuardianId | None] | None,
    route: str,
) -> Shown:
    """Return how the latest words of a template read.

    Raises:
        OperationDenied: about a pupil, when no role of the caller may see real data here.
        NobodyToPreview: when there is no such pupil in the caller's scope, or no such guardian.
        TemplateFaulty: when the words cannot be filled any more.
    """
    tenant, words = TenantId(caller.tenant), sayable(told.latest.wording)
    with house.database.tenant(tenant) as conn:
        recipients = guardians_told(conn, tenant, told.school_id)
        if about is None:
            return with_made_up_data(words, recipients, house.settings)
        if not rights.allows(caller.roles, REAL):
            raise OperationDenied
        pupils = students(conn, tenant, students=[about[0]])
        if not pupils or pupils[0].school is None or not caller.may_see(pupils[0].school):
            raise NobodyToPreview
        try:
            shown = with_real_data(house.composer, conn, tenant, words, about, recipients)
        except NobodyToShow as error:
            raise NobodyToPreview from error
        note(conn, caller, route, "template preview", about[0])
    return shown

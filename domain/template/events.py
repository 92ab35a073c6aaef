"""Facts about a template. Its words are a school's own settings and about nobody."""

from domain.kernel.facts import Event, fact
from domain.shared.ids import SchoolId
from domain.shared.texts import Wording


@fact("template.drafted")
class TemplateDrafted(Event):
    """A version is being written and is sent to nobody; said again for each change of it.

    `version` is the number that it will have when it is approved. Absent `school_id` means the
    whole tenant.
    """

    version: int
    wording: Wording
    content_hash: str
    author: str
    school_id: SchoolId | None = None


@fact("template.translation_reviewed")
class TranslationReviewed(Event):
    """A named person has read the drafted translation beside its source and vouches for it."""

    version: int
    content_hash: str
    reviewer: str


@fact("template.approved")
class TemplateApproved(Event):
    """From now on the drafted words are sent. The approver is another person than the author."""

    version: int
    content_hash: str
    approver: str


@fact("template.retired")
class TemplateRetired(Event):
    """From now on these words are not sent; what was sent keeps them.

    `version` was in use until now, 0 where none was.
    """

    version: int


TemplateEvent = TemplateDrafted | TranslationReviewed | TemplateApproved | TemplateRetired

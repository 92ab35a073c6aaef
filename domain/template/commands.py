"""What may be asked of a template. Versions are counted by the stream, not by the caller."""

from typing import ClassVar
from uuid import UUID

from domain.kernel.commands import Command, Consulted
from domain.shared.ids import SchoolId, TemplateId, TenantId, derived_id
from domain.shared.texts import TextKind, Wording


def template_id(
    tenant: TenantId, key: str, kind: TextKind, language: str, school: SchoolId | None
) -> TemplateId:
    """Return the one stream of these words: nobody writes the same text twice side by side."""
    return TemplateId(derived_id("template", tenant, key, kind, language, school or "tenant"))


class TemplateCommandBase(Command):
    """Every command names its template."""

    kind: ClassVar[str] = "template"
    template_id: TemplateId

    @property
    def stream(self) -> UUID:
        """The template decides."""
        return self.template_id


class _UnderLock(TemplateCommandBase, kw_only=True):
    """A command about a school's words, which the tenant's own may forbid.

    `below` are the tenant's streams for the same key and kind; empty for the tenant's own words.
    """

    below: tuple[TemplateId, ...] = ()

    @property
    def consults(self) -> tuple[Consulted, ...]:
        """The tenant's words: locked ones leave a school none of its own."""
        return tuple(Consulted("template", one) for one in self.below)


class DraftTemplate(_UnderLock):
    """Begin a template with a first draft. Absent `school_id` means the whole tenant."""

    wording: Wording
    school_id: SchoolId | None = None


class ReviseTemplate(_UnderLock):
    """Write the draft of the next version anew; the version in use stays as it is."""

    wording: Wording


class ReviewTranslation(TemplateCommandBase):
    """Vouch for the drafted translation."""


class ApproveTemplate(_UnderLock):
    """Put the draft into use."""


class RetireTemplate(TemplateCommandBase):
    """Take a template out of use, and drop its draft."""


TemplateCommand = (
    DraftTemplate | ReviseTemplate | ReviewTranslation | ApproveTemplate | RetireTemplate
)

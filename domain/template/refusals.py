"""Why a template may say no."""

from domain.kernel.refusals import Conflict, Invalid, NotAllowed, NotFound, NotNow


class TemplateUnknown(NotFound):
    """There is no such template."""

    code = "template-unknown"


class TemplateVersionUnknown(NotFound):
    """The template has no such version."""

    code = "template-version-unknown"


class TemplateExists(Conflict):
    """There are such words already, for this key, way, language and place: revise those."""

    code = "template-exists"


class TemplateNotDrafted(NotNow):
    """There is no draft: write one first."""

    code = "template-not-drafted"


class TemplateFaulty(Invalid):
    """The text cannot be sent as it is: each error says where and what."""

    code = "template-faulty"


class TemplateRenamed(Invalid):
    """Key, way and language of a template never change: write a new template."""

    code = "template-renamed"


class TemplateLocked(NotAllowed):
    """The tenant has locked this text: a school cannot say it in words of its own."""

    code = "template-locked"


class TemplateNeedsPerson(NotAllowed):
    """A member of staff does this, not software."""

    code = "template-needs-person"


class TemplateOwnWords(NotAllowed):
    """Another person than the author reviews and approves a text."""

    code = "template-own-words"


class TranslationUnreviewed(NotNow):
    """Rights or duties hang on this text: a named person reviews its translation first."""

    code = "template-translation-unreviewed"


class NoTranslation(NotNow):
    """The draft is no translation: there is no source to read it beside."""

    code = "template-no-translation"


class TemplateLawOver(NotNow):
    """What the text says of the law holds no longer: write what holds today, with its last day."""

    code = "template-law-over"


class TemplateNotApproved(NotNow):
    """Only approved words are translated: have them approved first."""

    code = "template-not-approved"

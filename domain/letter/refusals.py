"""Why a letter may say no."""

from domain.kernel.refusals import NotAllowed, NotFound, NotNow


class LetterUnknown(NotFound):
    """There is no such letter."""

    code = "letter-unknown"


class LetterNotRendered(NotNow):
    """The letter has no PDF yet."""

    code = "letter-not-rendered"


class LetterGone(NotNow):
    """The letter was withdrawn and must not be posted."""

    code = "letter-withdrawn"


class PostedByPersonOnly(NotAllowed):
    """A letter is posted by a named person, never by software."""

    code = "posted-by-person-only"

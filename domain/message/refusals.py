"""Why a message may say no."""

from domain.kernel.refusals import NotFound, NotNow


class MessageUnknown(NotFound):
    """There is no such message."""

    code = "message-unknown"


class AttemptOpen(NotNow):
    """An attempt is under way or its end is not known; trying again could say it twice."""

    code = "attempt-open"


class MessageSettled(NotNow):
    """The message has come to its end."""

    code = "message-settled"


class NoAttemptOpen(NotNow):
    """No attempt is under way, so it cannot have an outcome."""

    code = "no-attempt-open"

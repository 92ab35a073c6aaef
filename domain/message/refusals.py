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


class OutcomeStillUnknown(NotNow):
    """Nobody knows yet whether it went; say first what was found out, or it may be said twice."""

    code = "message-outcome-unknown"


class OutcomeKnown(NotNow):
    """What became of this message is known; there is nothing to settle."""

    code = "message-outcome-known"


class MessageTaken(NotNow):
    """The provider took it, and has not said that it could not be delivered."""

    code = "message-taken"


class MessageOnItsWay(NotNow):
    """It is still being sent; wait for its end."""

    code = "message-on-its-way"

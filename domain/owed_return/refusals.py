"""Why a return may say no."""

from domain.kernel.refusals import Invalid, NotAllowed, NotFound


class ReturnUnknown(NotFound):
    """This school owes no such return by now."""

    code = "return-unknown"


class ReturnByPersonOnly(NotAllowed):
    """Only a named person can say that a return was made."""

    code = "return-by-person-only"


class ReturnInFuture(Invalid):
    """A return cannot have been made on a day that has not come at the school."""

    code = "return-in-future"

"""A rule says no, in words that a person can act on."""

from typing import Any, ClassVar


class Refusal(Exception):
    """The rules say no."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str | None = None, **details: Any) -> None:
        """Keep the details for the answer; the message defaults to the class docstring."""
        self.details = details
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class NotFound(Refusal):
    """There is no such thing here."""

    code = "not-found"


class NotAllowed(Refusal):
    """This person may not do that."""

    code = "not-allowed"


class NotNow(Refusal):
    """The wish is right, the state or the time is not."""

    code = "not-now"


class Conflict(Refusal):
    """Somebody else was faster: read again, then decide again."""

    code = "conflict"


class Gone(Refusal):
    """It was here and has been removed for good."""

    code = "gone"


class TooMany(Refusal):
    """A cap or a quota is used up."""

    code = "too-many"


class Invalid(Refusal):
    """The request says something that its schema cannot forbid."""

    code = "invalid"


class CommandReused(Invalid):
    """This command id was used before with another body."""

    code = "command-reused"

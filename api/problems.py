"""Errors of the door (RFC 9457): the one table from kinds of refusal to HTTP's numbers."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Final

from domain.kernel import refusals as r

MEDIA_TYPE: Final = "application/problem+json"
SCHEMA: Final = {"$ref": "#/components/schemas/Problem"}
RETRY_SECONDS: Final = 2

_STATUS: Final[tuple[tuple[type[r.Refusal], HTTPStatus], ...]] = (
    (r.NotFound, HTTPStatus.NOT_FOUND),
    (r.NotAllowed, HTTPStatus.FORBIDDEN),
    (r.NotNow, HTTPStatus.CONFLICT),
    (r.Conflict, HTTPStatus.CONFLICT),
    (r.Gone, HTTPStatus.GONE),
    (r.TooMany, HTTPStatus.TOO_MANY_REQUESTS),
    (r.Invalid, HTTPStatus.UNPROCESSABLE_ENTITY),
)

_FRAMEWORK: Final = {
    "internal": "Something went wrong here; it has been noted.",
    "method-not-allowed": "This address does not take this method.",
}


class DoorProblem(Exception):
    """The door itself says no, before any rule was asked."""

    code: ClassVar[str] = "door"
    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    headers: ClassVar[Mapping[str, str]] = {}


class TokenMissing(DoorProblem):
    """A bearer token is needed."""

    code = "token-missing"
    status = HTTPStatus.UNAUTHORIZED
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class TokenRefused(DoorProblem):
    """The bearer token is not valid, or not any more."""

    code = "token-refused"
    status = HTTPStatus.UNAUTHORIZED
    headers: ClassVar[Mapping[str, str]] = {
        "WWW-Authenticate": 'Bearer error="invalid_token"',
    }


class OperationDenied(DoorProblem):
    """No role of yours may do this."""

    code = "operation-denied"
    status = HTTPStatus.FORBIDDEN


class SignatureWrong(DoorProblem):
    """The signature does not fit this address and these parameters."""

    code = "signature-wrong"
    status = HTTPStatus.FORBIDDEN


class FormUnreadable(DoorProblem):
    """The body is not a form of a believable size."""

    code = "form-unreadable"


class CursorMalformed(DoorProblem):
    """The cursor was not made here for this list and these filters."""

    code = "cursor-malformed"


class BodyMalformed(DoorProblem):
    """The body is not readable JSON."""

    code = "body-malformed"


class KeyMissing(DoorProblem):
    """Each POST needs an Idempotency-Key, so that it can be sent again safely."""

    code = "idempotency-key-missing"


class KeyMalformed(DoorProblem):
    """An Idempotency-Key is 1 to 255 visible ASCII characters."""

    code = "idempotency-key-malformed"


class PreconditionMissing(DoorProblem):
    """This change needs If-Match with the version that you have seen."""

    code = "if-match-missing"
    status = HTTPStatus.PRECONDITION_REQUIRED


class PreconditionMalformed(DoorProblem):
    """If-Match holds one version in quotes, as an ETag gave it."""

    code = "if-match-malformed"


class BodyTooLarge(DoorProblem):
    """The body is larger than this door takes."""

    code = "body-too-large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class RequestInvalid(DoorProblem):
    """The request does not have the shape that is asked for."""

    code = "request-invalid"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ReadModelBehind(DoorProblem):
    """The read model has not come so far yet; ask again shortly."""

    code = "read-model-behind"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


class StoreAway(DoorProblem):
    """The store is away or overloaded; nothing was lost, ask again shortly."""

    code = "store-away"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": str(RETRY_SECONDS)}


class FileDamaged(DoorProblem):
    """The stored file is missing or is not what was stored; an operator has to look."""

    code = "file-damaged"
    status = HTTPStatus.INTERNAL_SERVER_ERROR


class VersionMoved(DoorProblem):
    """Somebody else was faster: read again, then decide again. Known to clients as `conflict`."""

    code = "conflict"
    status = HTTPStatus.PRECONDITION_FAILED


Declared = type[r.Refusal] | type[DoorProblem]


def status_of(refusal: type[r.Refusal]) -> HTTPStatus:
    """Return the number of a refusal's kind.

    Raises:
        LookupError: for a refusal of no kind, which a test forbids.
    """
    for kind, status in _STATUS:
        if issubclass(refusal, kind):
            return status
    raise LookupError(refusal.__name__)


def declared(*problems: Declared) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of the problems that an operation may answer with."""
    found: dict[HTTPStatus, list[Declared]] = {}
    for problem in dict.fromkeys(problems):
        found.setdefault(_status(problem), []).append(problem)
    return {
        int(status): {
            "description": "\n".join(f"- `{p.code}`: {first_line(p)}" for p in here),
            "content": {MEDIA_TYPE: {"schema": SCHEMA, "example": _example(here[0])}},
        }
        for status, here in sorted(found.items())
    }


def _status(problem: Declared) -> HTTPStatus:
    return problem.status if issubclass(problem, DoorProblem) else status_of(problem)


def first_line(problem: type[BaseException]) -> str:
    """Return what a problem says, once, for people."""
    return (problem.__doc__ or "").strip().splitlines()[0]


def _example(problem: Declared) -> dict[str, Any]:
    return {
        "type": f"/api/problems/{problem.code}",
        "title": title_of(problem.code),
        "status": int(_status(problem)),
        "code": problem.code,
        "detail": first_line(problem),
        "instance": "/api/…",
        "correlation_id": "018f6f5e-7c1a-7b7e-9c55-616e73656f00",
    }


def title_of(code: str) -> str:
    """Return a code as words."""
    return code.replace("-", " ").capitalize()


def known_problems() -> dict[str, str]:
    """Return every code that a client may meet, with what it means."""
    refusals = {kind.code: first_line(kind) for kind in _below(r.Refusal)}
    return _FRAMEWORK | refusals | {kind.code: first_line(kind) for kind in _below(DoorProblem)}


def _below(kind: type[BaseException]) -> Iterable[Any]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)

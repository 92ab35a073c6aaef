"""Errors as problem+json (RFC 9457): the one table from kinds of refusal to HTTP's numbers.

No answer holds a stack, a person's name or a value that was sent: only codes, places and ids.
"""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, Final
from uuid import UUID

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from domain.kernel import refusals as r
from infrastructure.store.errors import CommitUnknown, Unavailable

log = structlog.get_logger()
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
            "description": "\n".join(f"- `{p.code}`: {_first_line(p)}" for p in here),
            "content": {MEDIA_TYPE: {"schema": SCHEMA, "example": _example(here[0])}},
        }
        for status, here in sorted(found.items())
    }


def _status(problem: Declared) -> HTTPStatus:
    return problem.status if issubclass(problem, DoorProblem) else status_of(problem)


def _first_line(problem: type[BaseException]) -> str:
    return (problem.__doc__ or "").strip().splitlines()[0]


def _example(problem: Declared) -> dict[str, Any]:
    return {
        "type": f"/api/problems/{problem.code}",
        "title": title_of(problem.code),
        "status": int(_status(problem)),
        "code": problem.code,
        "detail": _first_line(problem),
        "instance": "/api/…",
        "correlation_id": "018f6f5e-7c1a-7b7e-9c55-616e73656f00",
    }


def title_of(code: str) -> str:
    """Return a code as words."""
    return code.replace("-", " ").capitalize()


def known_problems() -> dict[str, str]:
    """Return every code that a client may meet, with what it means."""
    refusals = {kind.code: _first_line(kind) for kind in _below(r.Refusal)}
    return refusals | {kind.code: _first_line(kind) for kind in _below(DoorProblem)}


def _below(kind: type[BaseException]) -> Iterable[Any]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)


def answer(
    request: Request,
    status: HTTPStatus,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
    details: Mapping[str, object] | None = None,
) -> Response:
    """Return a problem document."""
    body: dict[str, object] = {
        "type": f"/api/problems/{code}",
        "title": title_of(code),
        "status": int(status),
        "code": code,
        "detail": detail,
        "instance": request.url.path,
        "correlation_id": str(correlation_of(request)),
    }
    body |= {"errors": errors} if errors else {}
    body |= {"details": details} if details else {}
    return Response(msgspec.json.encode(body), status, dict(headers or {}), MEDIA_TYPE)


def correlation_of(request: Request) -> UUID:
    """Return the id under which everything that follows from a request is found."""
    found: UUID = request.scope["anseo.correlation"]
    return found


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, r.Refusal)  # noqa: S101  registered for this class only
    status = status_of(type(error))
    if isinstance(error, r.Conflict) and "expected" in error.details:
        status = HTTPStatus.PRECONDITION_FAILED
    log.info("refused", code=error.code, correlation=str(correlation_of(request)))
    details = {name: _plain(value) for name, value in error.details.items()}
    return answer(request, status, error.code, str(error), details=details)


def _plain(value: object) -> object:
    return value if isinstance(value, int | str | list) else str(value)


def _door(request: Request, error: Exception) -> Response:
    assert isinstance(error, DoorProblem)  # noqa: S101  registered for this class only
    return _problem(request, type(error))


def _problem(
    request: Request, kind: type[DoorProblem], errors: Sequence[Mapping[str, str]] = ()
) -> Response:
    detail = _first_line(kind)
    return answer(request, kind.status, kind.code, detail, headers=kind.headers, errors=errors)


def _away(request: Request, error: Exception) -> Response:
    log.warning("store away", error=type(error).__name__)
    return _problem(request, StoreAway)


def _broken(request: Request, error: Exception) -> Response:
    """Nothing of the error goes out, and its text stays out of the log: it may quote a person."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    log.error(
        "unexpected",
        error=type(error).__name__,
        file=where.tb_frame.f_code.co_filename if where else "",
        line=where.tb_lineno if where else 0,
        correlation=str(correlation_of(request)),
    )
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    # This one answer is made outside everything else, so it has to say itself what the others are
    # given on their way out.
    headers = {"X-Correlation-ID": str(correlation_of(request)), "Cache-Control": "no-store"}
    text = "Something went wrong here; it has been noted."
    return answer(request, status, "internal", text, headers=headers)


def _http(request: Request, error: Exception) -> Response:
    """Translate what the framework raises: no such path, no such method, no readable body."""
    assert isinstance(error, HTTPException)  # noqa: S101  registered for this class only
    status = HTTPStatus(error.status_code)
    match status:
        case HTTPStatus.BAD_REQUEST:
            return _problem(request, BodyMalformed)
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return _problem(request, BodyTooLarge)
        case HTTPStatus.NOT_FOUND:
            return answer(request, status, "not-found", "There is no such thing here.")
        case _:
            code = status.phrase.lower().replace(" ", "-")
            return answer(request, status, code, status.description, headers=error.headers)


_HEADERS: Final[Mapping[tuple[str, bool], type[DoorProblem]]] = {
    ("idempotency-key", True): KeyMissing,
    ("idempotency-key", False): KeyMalformed,
    ("if-match", True): PreconditionMissing,
    ("if-match", False): PreconditionMalformed,
}


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  registered for this class only
    found: Sequence[Mapping[str, Any]] = error.errors()
    for one in found:
        if one["type"] == "json_invalid":
            return _problem(request, BodyMalformed)
    for one in found:
        place, *name = one["loc"]
        kind = _HEADERS.get((str(name[0]).lower(), one["type"] == "missing")) if name else None
        if place == "header" and kind is not None:
            return _problem(request, kind)
    return _problem(request, RequestInvalid, errors=[_where(one) for one in found])


def _where(error: Mapping[str, Any]) -> dict[str, str]:
    """Say where and what kind; never what was sent, which may be a name."""
    place, *name = error["loc"]
    path = "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in name)
    kind = {"kind": str(error["type"])}
    if place == "body":
        return {"pointer": f"/{path}" if path else "", **kind}
    return {"parameter": path, "in": str(place), **kind}


def install(app: FastAPI) -> None:
    """Make every error of an application a problem document."""
    app.add_exception_handler(r.Refusal, _refused)
    app.add_exception_handler(DoorProblem, _door)
    app.add_exception_handler(Unavailable, _away)
    app.add_exception_handler(CommitUnknown, _away)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _broken)

"""Every error of an application as a problem document.

No answer holds a stack, a person's name or a value that was sent: only codes, places and ids.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.problems import (
    MEDIA_TYPE,
    BodyMalformed,
    BodyTooLarge,
    DoorProblem,
    KeyMalformed,
    KeyMissing,
    PreconditionMalformed,
    PreconditionMissing,
    RequestInvalid,
    StoreAway,
    first_line,
    status_of,
    title_of,
)
from domain.kernel import refusals as r
from infrastructure.store.errors import CommitUnknown, Unavailable

log = structlog.get_logger()


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
    said = dict(error.details)
    errors = said.pop("errors", ())
    details = {name: _plain(value) for name, value in said.items()}
    return answer(request, status, error.code, str(error), errors=errors, details=details)


def _plain(value: object) -> object:
    return value if isinstance(value, int | str | list) else str(value)


def _door(request: Request, error: Exception) -> Response:
    assert isinstance(error, DoorProblem)  # noqa: S101  registered for this class only
    return _problem(request, type(error))


def _problem(
    request: Request, kind: type[DoorProblem], errors: Sequence[Mapping[str, str]] = ()
) -> Response:
    detail = first_line(kind)
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


# What a kind of fault asks for instead. Nothing here repeats what was sent.
_EXPECTED: Final[Mapping[str, str]] = {
    "missing": "it is needed",
    "nul": "text without the character NUL",
    "extra_forbidden": "nothing of this name is known here",
    "model_attributes_type": "a JSON object, as Content-Type: application/json",
    "model_type": "a JSON object",
    "dict_type": "a JSON object",
    "list_type": "a JSON array",
    "tuple_type": "a JSON array",
    "string_type": "text",
    **dict.fromkeys(
        ("uuid_parsing", "uuid_type"), "an id, as 018f6f5e-7c1a-7b7e-9c55-616e73656f00"
    ),
    **dict.fromkeys(
        ("date_from_datetime_parsing", "date_from_datetime_inexact", "date_parsing", "date_type"),
        "a day of the calendar, as 2025-09-01",
    ),
    **dict.fromkeys(
        ("datetime_from_date_parsing", "datetime_parsing", "datetime_type"),
        "an instant, as 2025-09-01T09:00:00Z",
    ),
    "timezone_aware": "an instant with its zone, as 2025-09-01T09:00:00Z",
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "a whole number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "true or false"),
}
_LIMITS: Final[Mapping[str, str]] = {
    "expected": "{}",
    "expected_tags": "one of {}",
    "pattern": "text that fits {}",
    "ge": "{} or more",
    "gt": "more than {}",
    "le": "{} or less",
    "lt": "less than {}",
    "min_length": "a length of {} or more",
    "max_length": "a length of {} or less",
}


def _expected(error: Mapping[str, Any]) -> str:
    """Return what would have been right: our own words and limits, never what was sent."""
    kind, limits = str(error["type"]), error.get("ctx", {})
    if kind == "value_error":
        return str(limits.get("error", ""))
    if kind == "union_tag_not_found":
        return f"an object that says its {limits['discriminator']}"
    said = [words.format(limits[name]) for name, words in _LIMITS.items() if name in limits]
    return _EXPECTED.get(kind, " and ".join(said))


def _where(error: Mapping[str, Any]) -> dict[str, str]:
    """Say where, what kind and what would be right; never what was sent, which may be a name."""
    place, *name = error["loc"]
    path = "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in name)
    kind = {"kind": str(error["type"])}
    if expected := _expected(error):
        kind["expected"] = expected
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

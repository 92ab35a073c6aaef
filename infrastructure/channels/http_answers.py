"""What an answer over HTTP proves about a message, whatever the provider, and what it does not."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

import msgspec

from infrastructure.channels.protocol import Cause, Rejected, RetryCause, Unknown
from infrastructure.clock import machine_now
from infrastructure.http.guarded import Answer, Lost, NotSent

_LONGEST_WAIT: Final = timedelta(hours=1)
_TOO_MANY_REQUESTS: Final = 429
# Not refusals although they start with 4: a time-out on their side may come from a proxy in front
# of a provider that took the message, and 409 says that the first use of a key is still under way.
_AMBIGUOUS: Final = frozenset({408, 409})

T = TypeVar("T")


def decided(answer: Answer | NotSent | Lost) -> Answer | Rejected | Unknown:
    """Say what is certain without the provider's own words; else the answer to be read (2xx, 4xx).

    A connection that was never made carried no message: rejected. From the first byte on, silence
    proves nothing: the provider may have taken the message before the time-out or the cut. For
    class A that is still `Unknown`: the same key makes the retry safe, but whoever gives up
    retrying must not write "failed".
    """
    if isinstance(answer, NotSent):
        return Rejected(Cause.NOT_REACHED, None, RetryCause.RETRY)
    if isinstance(answer, Lost):
        return Unknown(Cause.TIMED_OUT if answer.timed_out else Cause.CONNECTION_LOST)
    status, code = answer.status, str(answer.status)
    if 200 <= status < 300:  # noqa: PLR2004
        return answer
    if status == _TOO_MANY_REQUESTS:
        return Rejected(Cause.RATE_LIMITED, code, RetryCause.RETRY, _retry_after(answer))
    # 5xx is known to hide accepted messages; 3xx is what a gateway says that took a form and
    # points to a result page. Neither says no.
    if not 400 <= status < 500 or status in _AMBIGUOUS:  # noqa: PLR2004
        return Unknown(Cause.SERVER_ERROR, code)
    return answer


def decoded(body: bytes, shape: type[T]) -> T | None:
    """Read a body that may be anything; None where it is not what was expected."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def time_of(written: str) -> datetime | None:
    """Read a time as HTTP and mail write it."""
    with suppress(ValueError, TypeError, IndexError):
        read = parsedate_to_datetime(written)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    return None


def _retry_after(answer: Answer) -> timedelta | None:
    written = answer.headers.get("retry-after", "").strip()
    if written.isascii() and written.isdigit():
        return min(timedelta(seconds=int(written[:6])), _LONGEST_WAIT)
    reset = answer.headers.get("x-ratelimit-reset", "").strip()  # a moment, in seconds since 1970
    if reset.isascii() and reset.isdigit():
        at: datetime | None = datetime.fromtimestamp(int(reset[:10]), UTC)
    else:
        at = time_of(written)
    return None if at is None else min(max(at - machine_now(), timedelta()), _LONGEST_WAIT)

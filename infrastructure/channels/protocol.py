"""The one protocol between the house and every provider of messages.

What a provider did with a message is known, or it is not. `Outcome` has a word for each case, so
that no adapter can turn "nobody knows" into "failed" (a second text goes out) or into "sent" (the
family hears nothing).
"""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, assert_never

from domain.message.statuses import DeliveryStatus
from domain.shared.contact import Channel


class RetryRule(StrEnum):
    """What a provider offers after an unknown outcome; it decides what may be promised."""

    IDEMPOTENCY_KEY = "IDEMPOTENCY_KEY"  # class A: the same key is taken once
    LOOK_UP = "LOOK_UP"  # class B: the provider lists what it took
    NONE = "NONE"  # class C: nobody can ask; a status callback or a person settles it


class RetryCause(StrEnum):
    """What has to happen before a rejected message may be tried again."""

    RETRY = "RETRY"  # nothing but time
    FIX_CONTACT = "FIX_CONTACT"  # a person corrects the number or the address
    STOP = "STOP"  # never as it is: opted out, filtered, or our own account is wrong


class Cause(StrEnum):
    """Why an outcome is what it is. Never a provider's free text: that may hold a number."""

    NOT_REACHED = "NOT_REACHED"
    RATE_LIMITED = "RATE_LIMITED"
    REFUSED = "REFUSED"
    BAD_ADDRESS = "BAD_ADDRESS"
    TIMED_OUT = "TIMED_OUT"
    CONNECTION_LOST = "CONNECTION_LOST"
    SERVER_ERROR = "SERVER_ERROR"
    UNREADABLE_ANSWER = "UNREADABLE_ANSWER"
    TOO_MANY_PAGES = "TOO_MANY_PAGES"
    KEY_EXPIRED = "KEY_EXPIRED"
    CANNOT_ASK = "CANNOT_ASK"
    WINDOW_CLOSED = "WINDOW_CLOSED_NO_TEMPLATE"  # the provider's word for the domain's own reason


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with an e-mail."""

    filename: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Content:
    """A text that the provider holds and has had approved, and what fills its gaps.

    `variables` are named "1", "2" … in the order of the gaps. All of them are given: a provider
    fills a gap that is not named with the sample that it was approved with.
    """

    sid: str
    variables: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on its way to one person; what is personal stays out of its repr, so of logs."""

    key: str  # playbook:{runId}:{stepId}:{guardianId}
    provider_key: str  # key + channel + generation: the same for every attempt, new for a re-send
    to: str = field(repr=False)  # E.164 or an e-mail address
    sender: str
    text: str = field(repr=False)
    subject: str | None = field(default=None, repr=False)
    callback_url: str | None = None
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)
    content: Content | None = None  # absent: the text itself is sent
    # Further headers of an e-mail, such as the two of a one-click unsubscribe.
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    # What the provider hands back with each event about the message: our own ids, no names.
    marks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message. Delivery is a later story."""

    provider_ref: str
    status: DeliveryStatus = DeliveryStatus.ACCEPTED


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider certainly did not take the message."""

    cause: Cause
    code: str | None
    retry: RetryCause
    retry_after: timedelta | None = None  # the provider's own wish; absent: our back-off


@dataclass(frozen=True, slots=True)
class Unknown:
    """The provider may or may not have taken the message; the adapter's retry rule comes next."""

    cause: Cause
    code: str | None = None


@dataclass(frozen=True, slots=True)
class NotFound:
    """The provider lists no such message, and would if it had taken it."""


Outcome = Accepted | Rejected | Unknown
Finding = Accepted | NotFound | Unknown


class ChannelAdapter(Protocol):
    """One provider of one channel. Safe for use by many threads; retries nothing by itself.

    Retries of its own would hide attempts, and every attempt has to be a committed fact before
    the call.
    """

    @property
    def name(self) -> str:
        """The provider's name in facts and metrics."""
        ...

    @property
    def channel(self) -> Channel:
        """The channel that it serves."""
        ...

    @property
    def retry_rule(self) -> RetryRule:
        """The provider's class: what is possible after an unknown outcome."""
        ...

    @property
    def settles_after(self) -> timedelta:
        """How long after an attempt the provider may still be about to take it.

        A look-up before that moment can answer "not found" for a message that arrives later.
        """
        ...

    @property
    def keys_kept_for(self) -> timedelta:
        """How long an idempotency key is remembered; past it a repeat is a new message."""
        ...

    def send(self, outgoing: Outgoing) -> Outcome:
        """Make one attempt. Never raises for what a provider or a network does."""
        ...

    def look_up(
        self, outgoing: Outgoing, since: datetime, taken: Container[str] = frozenset()
    ) -> Finding:
        """Ask whether the message was taken since its first attempt. Only class B is asked.

        `taken` are references that other messages already own: two messages may say the same
        words to the same number, and one acceptance must not settle both.
        """
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


def recover(
    adapter: ChannelAdapter,
    outgoing: Outgoing,
    *,
    first_attempt_at: datetime,
    now: datetime,
    taken: Container[str] = frozenset(),
) -> Outcome:
    """Apply the provider's rule once after an unknown outcome.

    It may send, so the caller commits a further attempt before, and waits `settles_after` from
    the last attempt. Class C never sends twice: its answer stays unknown until a callback or a
    person settles it.
    """
    match adapter.retry_rule:
        case RetryRule.IDEMPOTENCY_KEY:
            # The window is measured from the first attempt: providers count from the first use.
            if now - first_attempt_at >= adapter.keys_kept_for:
                return Unknown(Cause.KEY_EXPIRED)
            return adapter.send(outgoing)
        case RetryRule.LOOK_UP:
            finding = adapter.look_up(outgoing, first_attempt_at, taken)
            return adapter.send(outgoing) if isinstance(finding, NotFound) else finding
        case RetryRule.NONE:
            return Unknown(Cause.CANNOT_ASK)
        case _:
            assert_never(adapter.retry_rule)

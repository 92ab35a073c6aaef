"""E-mail through an SMTP server: no key, no look-up, so an unknown outcome stays unknown.

The window is small but real (RFC 1047): between the final dot and the server's answer nobody can
tell whether the server has taken the message. Everything before the dot is certain.
"""

import re
import smtplib
import ssl
import threading
from collections.abc import Callable, Container
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import assert_never

from domain.shared.contact import Channel
from infrastructure.channels.email_text import (
    BadAddress,
    as_bytes,
    dot_stuffed,
    envelope_address,
    message_id,
)
from infrastructure.channels.protocol import (
    Accepted,
    Cause,
    Finding,
    Outcome,
    Outgoing,
    Rejected,
    RetryCause,
    RetryRule,
    Unknown,
)
from infrastructure.channels.smtp_session import Security, Session, UnreadableReply
from infrastructure.clock import machine_now
from infrastructure.http.neighbours import is_near

_ENHANCED = re.compile(rb"^([245])\.(\d{1,3})\.(\d{1,3})\b")
_MOST_IDLE = 8


class _Phase(Enum):
    """How far the conversation got; only the last one leaves a doubt."""

    OPENING = auto()
    SENDER = auto()
    RECIPIENT = auto()
    TEXT = auto()
    AFTER_THE_DOT = auto()


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes out; from settings only."""

    host: str
    port: int
    security: Security = Security.PLAIN
    login: tuple[str, str] | None = field(default=None, repr=False)
    helo: str = "anseo.invalid"  # never this machine's own name
    whole_for: float = 20.0
    tls: ssl.SSLContext | None = None  # other certificates than this machine's own

    def __post_init__(self) -> None:
        """Refuse to show a password to everybody on the way."""
        if self.login is not None and self.security is Security.PLAIN and not is_near(self.host):
            raise ValueError("a log-in to a distant mail server needs STARTTLS or TLS")


class EmailAdapter:
    """One mail server."""

    channel = Channel.EMAIL
    retry_rule = RetryRule.NONE
    keys_kept_for = timedelta()

    def __init__(
        self,
        server: MailServer,
        *,
        name: str = "smtp",
        now: Callable[[], datetime] = machine_now,
    ) -> None:
        self.name = name
        self._server = server
        self._now = now
        self._idle: list[Session] = []
        self._lock = threading.Lock()

    @property
    def settles_after(self) -> timedelta:
        """Twice our own limit: a server works on for a while after we have hung up."""
        return timedelta(seconds=2 * self._server.whole_for)

    def send(self, outgoing: Outgoing) -> Outcome:
        """Make one attempt."""
        refusal = _unaddressable(outgoing)
        if refusal is not None:
            return refusal
        attempt = _Attempt(outgoing, self._now())
        session = self._reused()
        try:
            if session is None:
                session = self._opened()
            outcome = attempt.over(session)
        except (smtplib.SMTPException, OSError) as error:
            # Never used again: the answer that did not come may come now, and would be taken for
            # the answer to the next message's first command.
            self._end(session)
            return attempt.after(error)
        self._keep(session)
        return outcome

    def look_up(
        self, outgoing: Outgoing, since: datetime, taken: Container[str] = frozenset()
    ) -> Finding:
        """Say honestly that a mail server cannot be asked."""
        del outgoing, since, taken
        return Unknown(Cause.CANNOT_ASK)

    def close(self) -> None:
        """Hang up every idle connection."""
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            self._end(session)

    def _opened(self) -> Session:
        session = Session(
            helo=self._server.helo,
            security=self._server.security,
            tls=self._server.tls,
            whole_for=self._server.whole_for,
        )
        session.start_clock()
        try:
            session.open(self._server.host, self._server.port, self._server.login)
        except BaseException:
            self._end(session)
            raise
        return session

    def _reused(self) -> Session | None:
        """Return a connection that still answers. Nothing of the message is lost by asking."""
        while True:
            with self._lock:
                session = self._idle.pop() if self._idle else None
            if session is None:
                return None
            with suppress(smtplib.SMTPException, OSError):
                session.start_clock()
                if session.rset()[0] == 250:  # noqa: PLR2004
                    return session
            self._end(session)

    def _keep(self, session: Session) -> None:
        with self._lock:
            if session.is_quiet and len(self._idle) < _MOST_IDLE:
                self._idle.append(session)
                return
        self._end(session)

    @staticmethod
    def _end(session: Session | None) -> None:
        if session is not None:
            with suppress(OSError):
                session.end()


class _Attempt:
    """One message over one conversation, and how far it got."""

    def __init__(self, outgoing: Outgoing, now: datetime) -> None:
        self._outgoing = outgoing
        self._phase = _Phase.OPENING
        self._sender = envelope_address(outgoing.sender)
        self._to = envelope_address(outgoing.to)
        self._utf8 = not (self._sender + self._to).isascii()
        self._data = dot_stuffed(as_bytes(outgoing, now, utf8_headers=self._utf8))

    def over(self, session: Session) -> Outcome:
        """Say it all; raises what the connection raises."""
        if self._utf8 and not session.has_extn("smtputf8"):
            return Rejected(Cause.BAD_ADDRESS, None, RetryCause.FIX_CONTACT)
        options = ("SMTPUTF8", "BODY=8BITMIME") if self._utf8 else ()

        self._phase = _Phase.SENDER
        code, reply = session.mail(self._sender, options)
        if code != 250:  # noqa: PLR2004
            return self.refused(code, reply)
        self._phase = _Phase.RECIPIENT
        code, reply = session.rcpt(self._to)
        if code not in {250, 251}:
            return self.refused(code, reply)
        self._phase = _Phase.TEXT
        code, reply = session.docmd("DATA")
        if code != 354:  # noqa: PLR2004
            return self.refused(code, reply)
        session.raw(self._data)
        # The dot goes apart and last: a cut before this line is certainly not sent, and from this
        # line on it is nobody's knowledge, even if the write itself fails.
        self._phase = _Phase.AFTER_THE_DOT
        session.raw(b".\r\n")
        code, reply = session.getreply()
        if 200 <= code < 300:  # noqa: PLR2004
            return Accepted(message_id(self._outgoing))
        return self.refused(code, reply)

    def refused(self, code: int, reply: bytes) -> Outcome:
        """Read a refusal. The server said it, so it is certain in every phase."""
        if not 400 <= code < 600:  # noqa: PLR2004
            return self._unreadable(str(code))
        enhanced = _ENHANCED.match(reply)
        written = enhanced.group().decode("ascii") if enhanced else str(code)
        if code < 500:  # noqa: PLR2004
            cause = Cause.RATE_LIMITED if code in {421, 450, 451} else Cause.REFUSED
            return Rejected(cause, written, RetryCause.RETRY)
        if self._phase is _Phase.RECIPIENT and _is_about_the_address(code, enhanced):
            return Rejected(Cause.BAD_ADDRESS, written, RetryCause.FIX_CONTACT)
        return Rejected(Cause.REFUSED, written, RetryCause.STOP)

    def after(self, error: smtplib.SMTPException | OSError) -> Outcome:
        """Say what a broken conversation leaves."""
        timed_out = isinstance(error, TimeoutError)
        match self._phase:
            case _Phase.AFTER_THE_DOT:
                if isinstance(error, UnreadableReply):
                    return Unknown(Cause.UNREADABLE_ANSWER)
                return Unknown(Cause.TIMED_OUT if timed_out else Cause.CONNECTION_LOST)
            case _Phase.OPENING:
                return _unopened(error)
            case _Phase.SENDER | _Phase.RECIPIENT | _Phase.TEXT:
                if isinstance(error, UnreadableReply):
                    return self._unreadable(None)
                cause = Cause.TIMED_OUT if timed_out else Cause.CONNECTION_LOST
                return Rejected(cause, None, RetryCause.RETRY)
            case _:
                assert_never(self._phase)

    def _unreadable(self, code: str | None) -> Outcome:
        if self._phase is _Phase.AFTER_THE_DOT:
            return Unknown(Cause.UNREADABLE_ANSWER, code)
        return Rejected(Cause.UNREADABLE_ANSWER, code, RetryCause.RETRY)


def _unaddressable(outgoing: Outgoing) -> Rejected | None:
    try:
        envelope_address(outgoing.to)
    except BadAddress:
        return Rejected(Cause.BAD_ADDRESS, None, RetryCause.FIX_CONTACT)
    try:
        envelope_address(outgoing.sender)
    except BadAddress:  # the school's own setting: no contact to fix, and no use in trying again
        return Rejected(Cause.REFUSED, None, RetryCause.STOP)
    return None


def _unopened(error: smtplib.SMTPException | OSError) -> Rejected:
    """Tell a server that is away from one that will never let us in."""
    # A certificate or a password does not mend itself.
    lasting = isinstance(error, ssl.SSLCertVerificationError | smtplib.SMTPNotSupportedError)
    code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
    if lasting or (code is not None and 500 <= code < 600):  # noqa: PLR2004
        return Rejected(Cause.REFUSED, None if code is None else str(code), RetryCause.STOP)
    return Rejected(Cause.NOT_REACHED, None if code is None else str(code), RetryCause.RETRY)


def _is_about_the_address(code: int, enhanced: re.Match[bytes] | None) -> bool:
    if enhanced is not None:
        # x.1 is the address, x.2.1 a closed mailbox; x.7 and the rest are about us or the policy.
        subject, detail = enhanced.group(2), enhanced.group(3)
        return subject == b"1" or (subject == b"2" and detail == b"1")
    return code in {550, 551, 553}

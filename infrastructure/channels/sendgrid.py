"""E-mail through SendGrid's HTTP API (v3 mail/send).

Class C, although it is an API: it takes no idempotency key, and its list of messages is an extra
that is paid for and trails behind by minutes, so "not listed" would not prove "not taken". An
unknown outcome is settled by the events that come to our webhook: each carries our own ids, which
travel with the mail, also where we never learned the provider's.
"""

import base64
import re
from collections.abc import Container
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from domain.shared.contact import Channel
from infrastructure.channels.email_text import BadAddress, envelope_address
from infrastructure.channels.http_answers import decided, decoded
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
from infrastructure.http.guarded import Answer, GuardedHttp

_PATH: Final = "/v3/mail/send"
_TAKEN: Final = 202  # 200 is said to a mail that was only checked
_REFERENCE: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_RECIPIENT: Final = re.compile(r"^personalizations\.\d+\.to\b")


class _Error(msgspec.Struct):
    field: str | None = None


class _Errors(msgspec.Struct):
    errors: list[_Error]


class SendGridAdapter:
    """One account."""

    channel = Channel.EMAIL
    retry_rule = RetryRule.NONE
    keys_kept_for = timedelta()

    def __init__(self, http: GuardedHttp, *, name: str = "sendgrid") -> None:
        self.name = name
        self._http = http

    @property
    def settles_after(self) -> timedelta:
        """Twice our own limit: the provider works on for a while after we have hung up."""
        return timedelta(seconds=2 * self._http.longest_call)

    def send(self, outgoing: Outgoing) -> Outcome:
        """Make one attempt."""
        try:
            body = _body(outgoing, envelope_address(outgoing.to))
        except BadAddress:
            return Rejected(Cause.BAD_ADDRESS, None, RetryCause.FIX_CONTACT)
        said = decided(self._http.post_json(_PATH, body))
        if not isinstance(said, Answer):
            return said
        return _taken(said) if 200 <= said.status < 300 else _refused(said)  # noqa: PLR2004

    def look_up(
        self, outgoing: Outgoing, since: datetime, taken: Container[str] = frozenset()
    ) -> Finding:
        """Say honestly that there is no list to be trusted."""
        del outgoing, since, taken
        return Unknown(Cause.CANNOT_ASK)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _body(outgoing: Outgoing, to: str) -> bytes:
    headers = {
        # A machine wrote this: no out-of-office should answer, and none may count as a reply.
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        **dict(outgoing.headers),
    }
    mail: dict[str, Any] = {
        "personalizations": [{"to": [{"email": to}], "custom_args": dict(outgoing.marks)}],
        "from": {"email": outgoing.sender},
        # Line breaks in a subject would be headers of the sender's own choice.
        "subject": " ".join((outgoing.subject or "").split()),
        "content": [{"type": "text/plain", "value": outgoing.text}],
        "headers": headers,
        # The provider's own footer would lead to a list of its own, beside ours.
        "tracking_settings": {"subscription_tracking": {"enable": False}},
    }
    if outgoing.attachments:
        mail["attachments"] = [
            {
                "content": base64.b64encode(file.content).decode("ascii"),
                "type": file.media_type,
                "filename": file.filename,
                "disposition": "attachment",
            }
            for file in outgoing.attachments
        ]
    return msgspec.json.encode(mail)


def _taken(answer: Answer) -> Outcome:
    reference = answer.headers.get("x-message-id", "")
    if answer.status != _TAKEN or not _REFERENCE.fullmatch(reference):
        return Unknown(Cause.UNREADABLE_ANSWER, str(answer.status))
    return Accepted(reference)


def _refused(answer: Answer) -> Outcome:
    """A wrong recipient is the school's to correct; a wrong sender, key or size is ours."""
    said = decoded(answer.body, _Errors)
    fields = [one.field or "" for one in said.errors] if said is not None else []
    if any(_RECIPIENT.match(field) for field in fields):
        return Rejected(Cause.BAD_ADDRESS, str(answer.status), RetryCause.FIX_CONTACT)
    return Rejected(Cause.REFUSED, str(answer.status), RetryCause.STOP)

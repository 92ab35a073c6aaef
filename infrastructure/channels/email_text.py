"""A message as the bytes of an e-mail: the same message gives the same Message-ID for ever."""

import hashlib
import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from infrastructure.channels.protocol import Outgoing

_LONGEST_ADDRESS = 254
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class BadAddress(ValueError):
    """The address cannot be written into an envelope."""


def message_id(outgoing: Outgoing) -> str:
    """Return the id of this message, the same for every attempt.

    Hashed, because the key names the guardian's id and a Message-ID is copied into every reply,
    archive and bounce.
    """
    digest = hashlib.sha256(outgoing.provider_key.encode()).hexdigest()[:40]
    return f"<{digest}@{_split(outgoing.sender)[1]}>"


def envelope_address(written: str) -> str:
    """Return an address fit for MAIL FROM and RCPT TO: one address, its domain in ASCII."""
    local, domain = _split(written)
    return f"{local}@{domain}"


def as_bytes(outgoing: Outgoing, now: datetime, *, utf8_headers: bool) -> bytes:
    """Write the whole message with CRLF line ends."""
    message = EmailMessage(policy=SMTPUTF8 if utf8_headers else SMTP)
    message["Message-ID"] = message_id(outgoing)
    message["Date"] = format_datetime(now)
    message["From"] = Address("", *_split(outgoing.sender))
    message["To"] = Address("", *_split(outgoing.to))
    # Line breaks in a subject would be headers of the sender's own choice.
    message["Subject"] = " ".join((outgoing.subject or "").split())
    # A machine wrote this: no out-of-office should answer, and none may count as a reply.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(outgoing.text, charset="utf-8", cte="quoted-printable")
    for file in outgoing.attachments:
        main, _, sub = file.media_type.partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.filename)
    return _further(outgoing) + message.as_bytes()


def _further(outgoing: Outgoing) -> bytes:
    """Write further headers on lines of their own, however long.

    The library would fold a long link into encoded words, which no mail program follows.
    """
    lines = (f"{name}: {' '.join(value.split())}\r\n" for name, value in outgoing.headers)
    return "".join(lines).encode("ascii")


def dot_stuffed(message: bytes) -> bytes:
    """Double each dot that opens a line, and end the last line; the final dot comes apart."""
    whole = message if message.endswith(b"\r\n") else message + b"\r\n"
    return _LEADING_DOT.sub(b"..", whole)


def _split(written: str) -> tuple[str, str]:
    local, at, domain = written.rpartition("@")
    if not at or not local or not domain or len(written) > _LONGEST_ADDRESS:
        raise BadAddress
    # Quoted local parts may hold spaces and brackets. Nobody's school has one, and each of these
    # characters would end the address early in an SMTP command.
    if any(c.isspace() or not c.isprintable() or c in '<>"(),:;[]\\@' for c in local):
        raise BadAddress
    if not all(local.split(".")):
        raise BadAddress
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise BadAddress from error
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", ascii_domain):
        raise BadAddress
    return local, ascii_domain

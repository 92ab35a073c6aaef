"""The stand-in mail server: takes every message and delivers none.

Mail to `no-such-mailbox@…` is refused for good, mail to `full-mailbox@…` for now.
"""

import asyncio
import base64
import email
import hmac
import re
import secrets
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default as default_policy
from enum import Enum, auto

from infrastructure.embedded.sandbox_log import TakenLog

_PATH = re.compile(r"^(?:FROM|TO):\s*<([^<>]*)>", re.IGNORECASE)
_LARGEST = 25 * 1024 * 1024
_OK = b"250 2.0.0 OK\r\n"
_BAD_SEQUENCE = b"503 5.5.1 Bad sequence of commands\r\n"
_SYNTAX = b"501 5.5.4 Syntax error\r\n"


class Moment(Enum):
    """The moments at which a server may misbehave."""

    GREETING = auto()
    SENDER = auto()
    RECIPIENT = auto()
    TEXT = auto()  # DATA was said, nothing has come yet
    READING = auto()  # the text has come, nothing is written down; honest servers are silent
    TAKEN = auto()  # written down, not yet said


@dataclass(slots=True)
class _Envelope:
    sender: str | None = None
    recipients: list[str] = field(default_factory=list)


class MailDesk:
    """Takes mail. Faulty servers override `answer`."""

    def __init__(self, log: TakenLog, *, login: tuple[str, str] | None) -> None:
        self._log = log
        self._login = login

    async def answer(self, moment: Moment, honest: bytes) -> bytes | None:
        """Return what is said at this moment; None hangs up."""
        del moment
        return honest

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one client until it goes, however rudely it goes."""
        try:
            await _Conversation(self, reader, writer).run()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, _HungUp):
            return
        finally:
            writer.close()

    def refusal_of(self, recipient: str) -> bytes | None:
        """Refuse the mailboxes that are there to be refused."""
        local = recipient.partition("@")[0]
        return {
            "no-such-mailbox": b"550 5.1.1 No such mailbox\r\n",
            "full-mailbox": b"452 4.2.2 Mailbox full\r\n",
        }.get(local)

    def take(self, recipients: list[str], data: bytes) -> str:
        """Write one line per recipient and return the queue id."""
        queue_id = "Q" + secrets.token_hex(8)
        message = email.message_from_bytes(data, policy=default_policy)
        message_id = message.get("Message-ID")
        words = _words(message)
        for to in recipients:
            self._log.append(
                "smtp",
                queue_id,
                to,
                words,
                message_id=None if message_id is None else str(message_id),
            )
        return queue_id

    def knows(self, given: str) -> bool:
        """Check AUTH PLAIN."""
        if self._login is None:
            return False
        user, password = self._login
        right = base64.b64encode(f"\0{user}\0{password}".encode())
        return hmac.compare_digest(given.encode(), right)

    @property
    def wants_login(self) -> bool:
        """Tell whether mail is taken from strangers."""
        return self._login is not None


class _HungUp(Exception):
    """The server decided to end the conversation."""


class _Conversation:
    def __init__(
        self, desk: MailDesk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._desk = desk
        self._reader = reader
        self._writer = writer
        self._envelope = _Envelope()
        self._known = not desk.wants_login

    async def run(self) -> None:
        await self._say_at(Moment.GREETING, b"220 sandbox.invalid ESMTP\r\n")
        while True:
            line = (await self._reader.readuntil(b"\n")).decode("utf-8", "replace").strip()
            verb, _, rest = line.partition(" ")
            await self._obey(verb.upper(), rest.strip())

    async def _obey(self, verb: str, rest: str) -> None:
        match verb:
            case "EHLO":
                self._envelope = _Envelope()
                await self._say(self._greeting())
            case "HELO":
                await self._say(b"250 sandbox.invalid\r\n")
            case "AUTH":
                await self._authenticate(rest)
            case "MAIL":
                await self._mail(rest)
            case "RCPT":
                await self._rcpt(rest)
            case "DATA":
                await self._data()
            case "RSET":
                self._envelope = _Envelope()
                await self._say(_OK)
            case "NOOP":
                await self._say(_OK)
            case "VRFY":
                await self._say(b"252 2.5.2 Send some mail\r\n")
            case "QUIT":
                await self._say(b"221 2.0.0 Bye\r\n")
                raise _HungUp
            case _:
                await self._say(b"502 5.5.1 Unknown command\r\n")

    def _greeting(self) -> bytes:
        auth = b"250-AUTH PLAIN\r\n" if self._desk.wants_login else b""
        return (
            b"250-sandbox.invalid\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-PIPELINING\r\n"
            b"250-ENHANCEDSTATUSCODES\r\n" + auth + b"250 SIZE %d\r\n" % _LARGEST
        )

    async def _authenticate(self, rest: str) -> None:
        mechanism, _, given = rest.partition(" ")
        if mechanism.upper() != "PLAIN" or not self._desk.knows(given):
            await self._say(b"535 5.7.8 Authentication failed\r\n")
            return
        self._known = True
        await self._say(b"235 2.7.0 Welcome\r\n")

    async def _mail(self, rest: str) -> None:
        path = _PATH.match(rest)
        if not self._known:
            await self._say(b"530 5.7.0 Authentication required\r\n")
        elif self._envelope.sender is not None:
            await self._say(_BAD_SEQUENCE)
        elif path is None:
            await self._say(_SYNTAX)
        elif (await self._say_at(Moment.SENDER, _OK)).startswith(b"2"):
            self._envelope.sender = path.group(1)

    async def _rcpt(self, rest: str) -> None:
        path = _PATH.match(rest)
        if self._envelope.sender is None:
            await self._say(_BAD_SEQUENCE)
        elif path is None or not path.group(1):
            await self._say(_SYNTAX)
        else:
            honest = self._desk.refusal_of(path.group(1)) or _OK
            if (await self._say_at(Moment.RECIPIENT, honest)).startswith(b"2"):
                self._envelope.recipients.append(path.group(1))

    async def _data(self) -> None:
        if not self._envelope.recipients:
            await self._say(_BAD_SEQUENCE)
            return
        said = await self._say_at(Moment.TEXT, b"354 End data with <CR><LF>.<CR><LF>\r\n")
        if not said.startswith(b"3"):
            return
        data = await self._text()
        early = await self._desk.answer(Moment.READING, b"")
        if early is None:
            raise _HungUp
        if early:
            self._envelope = _Envelope()
            await self._say(early)
            return
        if len(data) > _LARGEST:
            await self._say(b"552 5.3.4 Message too big\r\n")
            return
        queue_id = self._desk.take(self._envelope.recipients, data)
        self._envelope = _Envelope()
        await self._say_at(Moment.TAKEN, f"250 2.0.0 Queued as {queue_id}\r\n".encode())

    async def _text(self) -> bytes:
        """Read to the final dot, and take away the dots that were put in front of dots."""
        lines: list[bytes] = []
        size = 0
        while (line := await self._reader.readuntil(b"\n")) not in {b".\r\n", b".\n"}:
            size += len(line)
            if size <= _LARGEST + 1:
                lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines) if size <= _LARGEST else b" " * (_LARGEST + 1)

    async def _say_at(self, moment: Moment, honest: bytes) -> bytes:
        said = await self._desk.answer(moment, honest)
        if said is None:
            raise _HungUp
        await self._say(said)
        return said

    async def _say(self, words: bytes) -> None:
        self._writer.write(words)
        await self._writer.drain()


def _words(message: EmailMessage) -> str:
    """Return what a person would read: subject and text, not the dates and boundaries around it."""
    text = message.get_body(("plain",))
    content = "" if text is None else str(text.get_content())
    lines = "\n".join(content.splitlines())  # the network's line ends are not the author's
    return f"{message.get('Subject', '')}\n\n{lines}"

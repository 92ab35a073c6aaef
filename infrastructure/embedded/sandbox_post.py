"""The stand-in e-mail API: SendGrid's mail/send and its signed events, near enough.

Mail to `no-such-mailbox@…` bounces for good after it was taken, mail to `full-mailbox@…` for now.
"""

import asyncio
import base64
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infrastructure.clock import machine_now
from infrastructure.embedded.sandbox_http import Poster, Raw, Reply, Request, json_reply
from infrastructure.embedded.sandbox_log import TakenLog

Event = dict[str, object]


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail that was taken."""

    sid: str
    to: str
    marks: dict[str, str] = field(default_factory=dict)


class PostOffice:
    """Takes e-mails and delivers none. Faulty ones override `answer`."""

    def __init__(self, log: TakenLog, *, key: str, on_taken: Callable[[Mail], None]) -> None:
        self._log = log
        self._key = key
        self._on_taken = on_taken
        self.heard: list[dict[str, object]] = []  # what was asked, as it came

    async def answer(self, request: Request) -> Reply | Raw:
        """Answer one API call."""
        if request.headers.get("authorization") != f"Bearer {self._key}":
            return _refused(HTTPStatus.UNAUTHORIZED, None)
        if (request.method, request.path) != ("POST", "/v3/mail/send"):
            return _refused(HTTPStatus.NOT_FOUND, None)
        try:
            asked = json.loads(request.body)
            [one] = asked["personalizations"]
            [to] = one["to"]
            [words] = [part["value"] for part in asked["content"]]
        except (ValueError, KeyError, TypeError):
            return _refused(HTTPStatus.BAD_REQUEST, "content")
        if to["email"].count("@") != 1:
            return _refused(HTTPStatus.BAD_REQUEST, "personalizations.0.to.0.email")
        self.heard.append(asked)
        mail = Mail(secrets.token_urlsafe(16), to["email"], one.get("custom_args", {}))
        said = f"{asked['subject']}\n\n{words}"
        self._log.append("sendgrid", mail.sid, mail.to, said)
        self._on_taken(mail)
        return Reply(HTTPStatus.ACCEPTED, b"", headers={"X-Message-Id": mail.sid})


def _refused(status: HTTPStatus, where: str | None) -> Reply:
    return json_reply(status, {"errors": [{"message": status.phrase, "field": where}]})


class MailEvents:
    """Tells our webhook what becomes of each e-mail, signed as the provider signs."""

    def __init__(self, poster: Poster, url: str | None) -> None:
        self._poster = poster
        self._url = url
        self._key = generate_private_key(SECP256R1())
        self._running: set[asyncio.Task[None]] = set()

    @property
    def public_key(self) -> str:
        """The key as the provider's page shows it."""
        public = self._key.public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode("ascii")

    def headers(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """Sign a body at a moment, now unless another one is asked for."""
        stamp = str(int(machine_now().timestamp() if at is None else at))
        signature = self._key.sign(stamp.encode() + body, ECDSA(SHA256()))
        return {
            "Content-Type": "application/json",
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode("ascii"),
            "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
        }

    def follow(self, mail: Mail) -> None:
        """Begin the story of an e-mail that was just taken, if anybody is to hear it."""
        if self._url is None:
            return
        task = asyncio.get_running_loop().create_task(self._tell(mail, self._url))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def story(self, mail: Mail) -> list[list[Event]]:
        """Say what becomes of an e-mail, call by call; what faulty providers override."""
        if mail.to.startswith("no-such-mailbox@"):
            last = event(mail, "bounce", type="bounce", status="5.1.1", reason="no such mailbox")
        elif mail.to.startswith("full-mailbox@"):
            last = event(mail, "bounce", type="blocked", status="4.2.2", reason="mailbox full")
        else:
            last = event(mail, "delivered", response="250 OK")
        return [[event(mail, "processed")], [last]]

    async def settled(self) -> None:
        """Wait until every story so far is told."""
        while self._running:
            await asyncio.wait(self._running)

    async def _tell(self, mail: Mail, url: str) -> None:
        for told in self.story(mail):
            body = written(told)
            for turn in range(8):
                status = await self._poster.post_raw(url, body, self.headers(body))
                if status is not None and status < 500:  # noqa: PLR2004
                    break
                await asyncio.sleep(min(0.05 * 2**turn, 5.0))


def event(mail: Mail, kind: str, **more: object) -> Event:
    """Return one event about an e-mail; each has an id of its own."""
    return {
        "email": mail.to,
        "timestamp": int(machine_now().timestamp()),
        "event": kind,
        "sg_event_id": secrets.token_urlsafe(18),
        "sg_message_id": f"{mail.sid}.recvd-5f5fc76c-9.0",
        **mail.marks,
        **more,
    }


def written(events: Iterable[Event]) -> bytes:
    """Return events as one call's body; the provider ends it with a line break."""
    return json.dumps(list(events), separators=(",", ":")).encode() + b"\r\n"

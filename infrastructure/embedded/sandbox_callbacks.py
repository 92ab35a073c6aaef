"""The gateway's voice: status callbacks in order, and what families write back."""

import asyncio
import secrets
from dataclasses import dataclass

from infrastructure.clock import machine_now
from infrastructure.embedded.sandbox_http import Poster
from infrastructure.embedded.sandbox_sms import SmsDesk, Text, undelivered_code

_FIRST_WAIT = 0.05
_TRIES = 10  # together about fifty seconds: longer than any restart of ours should take


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens to a text after it was taken."""

    status: str
    error_code: int | None = None


class Callbacks:
    """Tells our webhooks what becomes of each text: in order per text, many texts at once."""

    def __init__(self, poster: Poster, *, account: str, at_once: int = 16) -> None:
        self._poster = poster
        self._account = account
        self._room = asyncio.Semaphore(at_once)
        self._running: set[asyncio.Task[None]] = set()
        self.abandoned = 0

    def follow(self, text: Text) -> None:
        """Begin the story of a text that was just taken."""
        task = asyncio.get_running_loop().create_task(self._tell(text))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def story(self, text: Text) -> tuple[Step, ...]:
        """Say what becomes of a text; what faulty providers override."""
        code = undelivered_code(text.to)
        last = Step("delivered") if code is None else Step("undelivered", code)
        return Step("queued"), Step("sent"), last

    async def settled(self) -> None:
        """Wait until every story so far is told."""
        while self._running:
            await asyncio.wait(self._running)

    async def post(self, url: str, pairs: list[tuple[str, str]]) -> int | None:
        """Post until somebody answers. A 4xx is an answer: repeating it would not change it."""
        status = None
        for turn in range(_TRIES):
            status = await self._poster.post(url, pairs)
            if status is not None and status < 500 and status != 429:  # noqa: PLR2004
                return status
            await asyncio.sleep(min(_FIRST_WAIT * 2**turn, 10.0))
        self.abandoned += 1
        return status

    async def _tell(self, text: Text) -> None:
        async with self._room:
            for step in self.story(text):
                text.status, text.error_code = step.status, step.error_code
                if step.status == "sent":
                    text.sent_at = machine_now().replace(microsecond=0)
                if text.callback_url is not None:
                    await self.post(text.callback_url, self._form(text, step))

    def _form(self, text: Text, step: Step) -> list[tuple[str, str]]:
        sender = "MessagingServiceSid" if text.sender.startswith("MG") else "From"
        form = [
            ("AccountSid", self._account),
            ("ApiVersion", "2010-04-01"),
            ("MessageSid", text.sid),
            ("SmsSid", text.sid),
            ("MessageStatus", step.status),
            ("SmsStatus", step.status),
            ("To", text.to),
            (sender, text.sender),
        ]
        if step.error_code is not None:
            form.append(("ErrorCode", str(step.error_code)))
        return form


class Families:
    """Writes back in a family's name."""

    def __init__(self, callbacks: Callbacks, desk: SmsDesk, inbound_url: str) -> None:
        self._callbacks = callbacks
        self._desk = desk
        self._inbound_url = inbound_url

    async def reply(self, to_sid_or_number: str, text: str) -> tuple[str, int | None]:
        """Send an inbound text and return its reference and our webhook's answer.

        `to_sid_or_number` is the text that is answered, or the family's own number.
        """
        answered = self._desk.text_for(to_sid_or_number)
        number = to_sid_or_number if answered is None else answered.to
        sid = "SM" + secrets.token_hex(16)
        form = [
            ("AccountSid", self._desk.account),
            ("ApiVersion", "2010-04-01"),
            ("MessageSid", sid),
            ("SmsMessageSid", sid),
            ("SmsSid", sid),
            ("SmsStatus", "received"),
            ("From", number),
            ("To", "+353850000001" if answered is None else answered.sender),
            ("Body", text),
            ("NumSegments", "1"),
            ("NumMedia", "0"),
        ]
        opt_out = self._desk.heard(number, text)
        if opt_out is not None:
            form.append(("OptOutType", opt_out))
        return sid, await self._callbacks.post(self._inbound_url, form)

"""Providers that lie, stall, repeat and reorder: the honest stand-ins, with a script of faults.

python -m tests.support.faults --log taken.jsonl --seed 7 --share 0.2 --muddle-callbacks
"""

import asyncio
import random
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, repeat
from pathlib import Path
from typing import NoReturn

from infrastructure.embedded.sandbox import (
    SandboxOptions,
    SandboxProviders,
    announce_and_run,
    arguments,
    options_of,
)
from infrastructure.embedded.sandbox_callbacks import Callbacks, Step
from infrastructure.embedded.sandbox_http import Poster, Raw, Reply, Request, json_reply
from infrastructure.embedded.sandbox_log import TakenLog
from infrastructure.embedded.sandbox_mail import MailDesk, Moment
from infrastructure.embedded.sandbox_post import Event, Mail, MailEvents, PostOffice
from infrastructure.embedded.sandbox_sms import SmsDesk, Text

HTML = b"<!doctype html><title>Welcome to the guest network</title>"


class Manner(StrEnum):
    """How a provider answers one request."""

    HONEST = "HONEST"
    REFUSE_NUMBER = "REFUSE_NUMBER"
    REFUSE_FOR_GOOD = "REFUSE_FOR_GOOD"
    RATE_LIMIT = "RATE_LIMIT"
    ERROR_500 = "ERROR_500"
    CUT = "CUT"  # the connection ends without an answer
    HALF = "HALF"  # the connection ends in the middle of the answer
    STALL = "STALL"  # no answer, and the connection stays open
    SLOW = "SLOW"  # the honest answer, after a while
    DRIBBLE = "DRIBBLE"  # an answer that never comes to its end
    GARBAGE = "GARBAGE"
    HTML = "HTML"  # a friendly page with status 200


@dataclass(frozen=True, slots=True)
class Fault:
    """A manner, and whether the message was taken before it."""

    manner: Manner = Manner.HONEST
    takes: bool = True


HONEST = Fault()
# What an e-mail server can do as well; the others are HTTP's own.
BOTH_WAYS = (Manner.CUT, Manner.STALL, Manner.GARBAGE)
# After these nobody can know whether the message was taken.
AMBIGUOUS = (*BOTH_WAYS, Manner.ERROR_500, Manner.HALF, Manner.HTML, Manner.DRIBBLE)
# And these a provider says instead of taking the message.
REFUSALS = (Manner.REFUSE_NUMBER, Manner.REFUSE_FOR_GOOD, Manner.RATE_LIMIT)


SLOWLY = 0.5


class Script:
    """The faults to come, one per request; honest when there are no more."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults: Iterator[Fault] = chain(faults, repeat(HONEST))
        self._lock = threading.Lock()

    @classmethod
    def seeded(cls, seed: int, share: float, manners: Iterable[Manner] = AMBIGUOUS) -> "Script":
        """Return an endless script in which this share of the requests goes wrong."""
        dice, menu = random.Random(seed), tuple(manners)

        def roll() -> Fault:
            if dice.random() >= share:
                return HONEST
            return Fault(dice.choice(menu), takes=dice.random() < 0.5)

        return cls(iter(roll, None))

    def only(self, manners: Iterable[Manner]) -> None:
        """Pass over the faults of every other manner."""
        wanted = {Manner.HONEST, *manners}
        self._faults = (fault for fault in self._faults if fault.manner in wanted)

    def next(self) -> Fault:
        """Take the next fault from the script."""
        with self._lock:
            return next(self._faults)


@dataclass(frozen=True, slots=True)
class Faults:
    """The scripts of one pair of lying providers."""

    sends: Script
    look_ups: Script
    mails: Script
    callbacks_seed: int | None = None  # repeats and reorders callbacks when given

    @classmethod
    def of(cls, *faults: Fault, look_ups: Iterable[Fault] = ()) -> "Faults":
        """Let texts and mails go wrong in this way, in this order."""
        return cls(Script(faults), Script(look_ups), Script(faults))

    @classmethod
    def seeded(
        cls,
        seed: int,
        share: float,
        *,
        mail_share: float | None = None,
        muddle_callbacks: bool = False,
    ) -> "Faults":
        """Let a share of everything go wrong; of mails another one, where it is given."""
        mails = share if mail_share is None else mail_share
        return cls(
            Script.seeded(seed, share, (*AMBIGUOUS, Manner.SLOW)),
            Script.seeded(seed + 1, share),
            Script.seeded(seed + 2, mails, BOTH_WAYS),
            seed if muddle_callbacks else None,
        )


class LyingSmsDesk(SmsDesk):
    """A gateway that answers by the script."""

    faults: Faults

    async def answer(self, request: Request) -> Reply | Raw:
        sending = request.method == "POST"
        fault = (self.faults.sends if sending else self.faults.look_ups).next()
        honest = await super().answer(request) if takes(fault) else json_reply(201, {})
        return await in_manner(fault.manner, honest, _REFUSED_TEXTS)


class LyingPostOffice(PostOffice):
    """An e-mail API that answers by the script."""

    faults: Faults

    async def answer(self, request: Request) -> Reply | Raw:
        fault = self.faults.sends.next()
        honest = await super().answer(request) if takes(fault) else Reply(202, b"")
        return await in_manner(fault.manner, honest, _REFUSED_POST)


def takes(fault: Fault) -> bool:
    """Say whether a message is taken before the provider misbehaves."""
    return fault.manner not in REFUSALS and (fault.takes or fault.manner is Manner.SLOW)


async def in_manner(
    manner: Manner, honest: Reply | Raw, refusals: Mapping[Manner, Reply]
) -> Reply | Raw:
    """Spoil an honest answer over HTTP."""
    whole = honest.to_bytes() if isinstance(honest, Reply) else b""
    match manner:
        case Manner.HONEST:
            return honest
        case Manner.SLOW:
            await asyncio.sleep(SLOWLY)
            return honest
        case Manner.REFUSE_NUMBER | Manner.REFUSE_FOR_GOOD | Manner.RATE_LIMIT:
            return refusals[manner]
        case Manner.ERROR_500:
            return json_reply(500, {"code": 20500, "message": "Oops", "status": 500})
        case Manner.CUT:
            return Raw()
        case Manner.HALF:
            return Raw((whole[: len(whole) // 2],))
        case Manner.STALL:
            return await _for_ever()
        case Manner.DRIBBLE:
            return Raw(chain((b"HTTP/1.1 201 Created\r\nX-Slow: ",), repeat(b"z")), pause=0.02)
        case Manner.GARBAGE:
            return Raw((b"\x00\xff\x16\x03 not at all HTTP\r\n\r\n",))
        case Manner.HTML:
            return Reply(200, HTML, media_type="text/html")


_SLOWER = {"Retry-After": "7"}
_REFUSED_TEXTS = {
    Manner.REFUSE_NUMBER: json_reply(400, {"code": 21211, "message": "Invalid 'To'"}),
    Manner.REFUSE_FOR_GOOD: json_reply(400, {"code": 21610, "message": "Opted out"}),
    Manner.RATE_LIMIT: json_reply(429, {"code": 20429}, _SLOWER),
}
_REFUSED_POST = {
    Manner.REFUSE_NUMBER: json_reply(
        400, {"errors": [{"message": "no address", "field": "personalizations.0.to.0.email"}]}
    ),
    Manner.REFUSE_FOR_GOOD: json_reply(401, {"errors": [{"message": "no", "field": None}]}),
    Manner.RATE_LIMIT: json_reply(429, {"errors": [{"message": "too many"}]}, _SLOWER),
}


class LyingMailDesk(MailDesk):
    """A mail server that answers by the script, one fault per message."""

    faults: Faults

    async def answer(self, moment: Moment, honest: bytes) -> bytes | None:
        if moment is Moment.SENDER:
            _MAIL_FAULT.set(self.faults.mails.next())
        fault = _MAIL_FAULT.get()
        if fault.manner in REFUSALS:
            return _REFUSED_MAIL[fault.manner] if moment is Moment.RECIPIENT else honest
        if moment is not (Moment.TAKEN if fault.takes else Moment.READING):
            return honest
        match fault.manner:
            case Manner.CUT:
                return None
            case Manner.STALL:
                return await _for_ever()
            case Manner.GARBAGE:
                return b"\x00\xff\x16\x03 not at all SMTP\r\n"
            case _:
                return honest


# One conversation is one task, so what a task remembers belongs to its conversation.
_MAIL_FAULT: ContextVar[Fault] = ContextVar("mail_fault", default=HONEST)
_REFUSED_MAIL = {
    Manner.REFUSE_NUMBER: b"550 5.1.1 No such mailbox\r\n",
    Manner.REFUSE_FOR_GOOD: b"550 5.7.1 Blocked by policy\r\n",
    Manner.RATE_LIMIT: b"450 4.7.1 Slow down\r\n",
}


class MuddledCallbacks(Callbacks):
    """A voice that repeats itself and mixes up the order."""

    dice: random.Random

    def story(self, text: Text) -> tuple[Step, ...]:
        told = [step for step in super().story(text) for _ in range(self.dice.randint(1, 3))]
        self.dice.shuffle(told)
        return tuple(told)


class MuddledEvents(MailEvents):
    """A voice of the e-mail API that repeats itself, mixes up the order and tells in heaps."""

    dice: random.Random

    def story(self, mail: Mail) -> list[list[Event]]:
        told = [one for call in super().story(mail) for one in call]
        again = [one for one in told for _ in range(self.dice.randint(1, 3))]
        self.dice.shuffle(again)
        return [again[:2], again, again[2:]]


class LyingProviders(SandboxProviders):
    """Both stand-ins, going wrong as the scripts say."""

    def __init__(
        self, log_path: Path, faults: Faults, options: SandboxOptions | None = None
    ) -> None:
        super().__init__(log_path, options)
        self.faults = faults

    def make_sms(self, log: TakenLog) -> SmsDesk:
        desk = LyingSmsDesk(
            log,
            account=self.options.account,
            token=self.options.token,
            idempotent=self.options.idempotent,
            on_taken=self._on_taken,
        )
        desk.faults = self.faults
        return desk

    def make_mail(self, log: TakenLog) -> MailDesk:
        desk = LyingMailDesk(log, login=self.options.mail_login)
        desk.faults = self.faults
        return desk

    def make_post_office(self, log: TakenLog) -> PostOffice:
        office = LyingPostOffice(log, key=self.options.mail_key, on_taken=self._on_posted)
        office.faults = self.faults
        return office

    def make_events(self, poster: Poster) -> MailEvents:
        if self.faults.callbacks_seed is None:
            return super().make_events(poster)
        events = MuddledEvents(poster, self.options.events_url)
        events.dice = random.Random(self.faults.callbacks_seed)
        return events

    def make_callbacks(self, poster: Poster) -> Callbacks:
        if self.faults.callbacks_seed is None:
            return super().make_callbacks(poster)
        callbacks = MuddledCallbacks(poster, account=self.options.account)
        callbacks.dice = random.Random(self.faults.callbacks_seed)
        return callbacks


async def _for_ever() -> NoReturn:
    # A timer, because the loop holds on to it: a task that waits for an event which nobody else
    # knows is garbage, and is collected in mid-sentence once its client has hung up.
    await asyncio.sleep(1_000_000)
    raise AssertionError("eleven days have passed")


def main() -> None:
    """Run lying providers as a process of their own."""
    parser = arguments()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.1, help="how much goes wrong, 0 to 1")
    parser.add_argument("--mail-share", type=float, help="another share for mails")
    parser.add_argument("--muddle-callbacks", action="store_true")
    given = parser.parse_args()
    faults = Faults.seeded(
        given.seed,
        given.share,
        mail_share=given.mail_share,
        muddle_callbacks=given.muddle_callbacks,
    )
    announce_and_run(LyingProviders(given.log, faults, options_of(given)))


if __name__ == "__main__":
    main()

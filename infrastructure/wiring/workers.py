"""Roles: what each does, and how many threads it takes."""

import gc
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from itertools import chain
from typing import Final

import structlog
from pydantic import SecretStr

from domain.shared.contact import Channel
from infrastructure.channels.email import EmailAdapter, MailServer
from infrastructure.channels.inbox import InboxAdapter
from infrastructure.channels.protocol import ChannelAdapter, RetryRule
from infrastructure.channels.sendgrid import SendGridAdapter
from infrastructure.channels.sms import SmsAdapter
from infrastructure.channels.smtp_session import Security
from infrastructure.channels.whatsapp import WhatsAppAdapter
from infrastructure.documents.letter_pdf import LetterPress
from infrastructure.http.guarded import GuardedHttp
from infrastructure.relay.outbound import Relay
from infrastructure.runtime.canary import Canary
from infrastructure.runtime.claiming import Claims
from infrastructure.runtime.evaluating import Evaluator
from infrastructure.runtime.hints import Hints
from infrastructure.runtime.pressing import Press
from infrastructure.runtime.projecting import Projector
from infrastructure.runtime.reacting import Reactor
from infrastructure.runtime.role import Role, Worker
from infrastructure.runtime.sealing import Sealer
from infrastructure.runtime.sending import Sender
from infrastructure.runtime.ticking import Ticker
from infrastructure.seal.anchors import Anchors
from infrastructure.seal.keys import SealKeys, seal_keys
from infrastructure.settings import Settings
from infrastructure.wiring.house import House
from infrastructure.wiring.sync_role import Syncer
from processmanagers.all import managers_of
from projections.all import READ_MODELS

log = structlog.get_logger()
# All roles of a process together, and less than the 20 s after which a supervisor ends it by force:
# pools and connections have to be closed as well.
DRAIN_SECONDS: Final = 15.0
# A pause after each batch, where a fuller batch is worth more than a fraction of a second: each
# publication waits for the broker's acknowledgement and each link is a row, however few facts.
RESTS: Final[Mapping[str, float]] = {"relay": 0.1, "seal": 0.25}

# What cannot be taken back: these look whether the store was brought back to an earlier state.
OUTWARD: Final = frozenset({"send", "relay"})


def adapters(settings: Settings) -> dict[Channel, list[ChannelAdapter]]:
    """Return the providers of each channel that the settings name, in the order of their asking."""
    found: dict[Channel, list[ChannelAdapter]] = {}
    patience = settings.provider_timeout_seconds
    if settings.sms_url is not None:
        account, rule = settings.sms_account, RetryRule(settings.sms_retry_rule)
        found[Channel.SMS] = [SmsAdapter(_twilio(settings), account=account, retry_rule=rule)]
        if settings.whatsapp_sender is not None:
            found[Channel.WHATSAPP] = [
                WhatsAppAdapter(_twilio(settings), account=account, retry_rule=rule)
            ]
    if settings.sms_second_url is not None:
        found.setdefault(Channel.SMS, []).append(_second_gateway(settings))
    if settings.inbox:
        found[Channel.IN_APP] = [InboxAdapter()]
    if settings.sendgrid_key is not None:
        mail = GuardedHttp(
            settings.sendgrid_url,
            bearer=settings.sendgrid_key.get_secret_value(),
            connect_for=min(3.0, patience),
            read_for=patience,
        )
        found[Channel.EMAIL] = [SendGridAdapter(mail)]
    if settings.smtp_port is not None:
        user, secret = settings.smtp_user, settings.smtp_password
        login = (user, secret.get_secret_value()) if user and secret else None
        server = MailServer(
            settings.smtp_host,
            settings.smtp_port,
            security=Security(settings.smtp_security),
            login=login,
            helo=settings.smtp_helo,
            whole_for=2 * patience,
        )
        found.setdefault(Channel.EMAIL, []).append(EmailAdapter(server))
    return found


def _twilio(settings: Settings) -> GuardedHttp:
    secret = settings.sms_token
    return _gateway(settings, settings.sms_url or "", settings.sms_account, secret)


def _second_gateway(settings: Settings) -> SmsAdapter:
    url, account = settings.sms_second_url or "", settings.sms_second_account
    return SmsAdapter(
        _gateway(settings, url, account, settings.sms_second_token),
        account=account,
        retry_rule=RetryRule(settings.sms_second_retry_rule),
        name="second-gateway",
    )


def _gateway(settings: Settings, url: str, account: str, secret: SecretStr) -> GuardedHttp:
    patience = settings.provider_timeout_seconds
    return GuardedHttp(
        url,
        user=account,
        password=secret.get_secret_value(),
        connect_for=min(3.0, patience),
        read_for=patience,
    )


def project(house: House) -> list[Worker]:
    """Read models."""
    return [Projector(house.database, house.ledger.recorder, READ_MODELS, house.bell)]


def react(house: House) -> list[Worker]:
    """Process managers."""
    managers = managers_of(house.settings.messages_a_day)
    return [Reactor(house.database, house.ledger, managers, house.bell)]


def tick(house: House) -> list[Worker]:
    """Due steps."""
    return [Ticker(house.database, house.ledger, house.bell, vault=house.vault)]


def evaluate(house: House) -> list[Worker]:
    """Nightly evaluations."""
    return [Evaluator(house.database, house.ledger, house.settings.evaluate_at)]


def send(house: House) -> list[Worker]:
    """Senders, one call in flight each."""
    providers = adapters(house.settings)
    for adapter in chain.from_iterable(providers.values()):
        house.on_close(adapter.close)
    threads = house.settings.sender_threads
    together = claims(house, threads)
    return [
        Sender(n, house.database, house.ledger, house.composer, providers, house.bell, together)
        for n in range(threads)
    ]


def claims(house: House, threads: int) -> Claims:
    """Return what sender threads take their work from."""
    return Claims(house.database, house.composer, house.last_look, threads)


def letters(house: House) -> list[Worker]:
    """Letter presses."""
    press = LetterPress(workers=house.settings.letter_presses)
    house.on_close(press.close)
    return [
        Press(n, house.database, house.ledger, house.composer, press, house.artifacts)
        for n in range(house.settings.letter_presses)
    ]


def relay_of(house: House, bootstrap: str | None) -> Relay:
    """Return a relay to a broker."""
    settings = house.settings
    return Relay(
        house.database,
        house.ledger.recorder,
        bootstrap,
        settings.kafka_topic_prefix,
        republish_when_forgotten=settings.kafka_forgets,
        poll_seconds=settings.poll_ms / 1000,
    )


def relay(house: House) -> list[Worker]:
    """The way to Kafka."""
    one = relay_of(house, house.settings.kafka_bootstrap)
    house.on_close(one.close)
    return [one]


def canary(house: House) -> list[Worker]:
    """What re-reads the ledger and finds what readers skipped."""
    return [Canary(house.database, house.ledger.recorder)]


def seal(house: House) -> list[Worker]:
    """The seal over stored facts."""
    settings = house.settings
    return [
        Sealer(
            house.database,
            house.ledger.recorder,
            seal_keys_of(settings, make=True),
            anchors_of(settings),
            root_facts=settings.seal_root_facts,
            root_age=timedelta(minutes=settings.seal_root_minutes),
        )
    ]


def sync(house: House) -> list[Worker]:
    """Schools read from their own systems, by their timetables."""
    return [Syncer(house)]


def seal_keys_of(settings: Settings, *, make: bool = False) -> SealKeys:
    """Return the keys of the seal; only who signs makes one."""
    given = settings.seal_key
    return seal_keys(given.get_secret_value() if given else None, settings.home, make=make)


def anchors_of(settings: Settings) -> Anchors:
    """Return the folder of the copies outside the database."""
    return Anchors(settings.seal_anchors or settings.home / "anchors")


ROLES: Final[Mapping[str, Callable[[House], list[Worker]]]] = {
    "project": project,
    "react": react,
    "tick": tick,
    "evaluate": evaluate,
    "send": send,
    "letters": letters,
    "relay": relay,
    "canary": canary,
    "seal": seal,
    "sync": sync,
}


class Crew:
    """The roles of one process."""

    def __init__(self, house: House, roles: Iterable[str]) -> None:
        poll = house.settings.poll_ms / 1000
        roles = list(roles)
        self._hints = Hints(house.database, house.bell, roles)
        self.roles = [
            Role(
                worker,
                house.database,
                house.bell,
                poll,
                RESTS.get(worker.name, 0.0),
                before=house.witness.check if name in OUTWARD else None,
            )
            for name in roles
            for worker in ROLES[name](house)
        ]

    def start(self) -> None:
        """Start every role, and the hints between processes."""
        self._hints.start()
        for role in self.roles:
            role.start()

    def stop(self) -> list[str]:
        """Drain; return the names of roles whose batch did not end in time."""
        self._hints.stop()
        for role in self.roles:
            role.stop()
        end = time.monotonic() + DRAIN_SECONDS
        late = [r for r in self.roles if not r.join(max(0.0, end - time.monotonic()))]
        return [role.worker.name for role in late]


def look_at_new_things_only() -> None:
    """Spare the collector what is there once a process has started, and stays.

    A sender took a fifth longer while it was walked again and again (measured).
    """
    gc.collect()
    gc.freeze()


def run(house: House, roles: Iterable[str]) -> list[str]:
    """Run roles until SIGTERM or SIGINT, then drain."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    crew = Crew(house, roles)
    look_at_new_things_only()
    crew.start()
    stop.wait()
    return crew.stop()

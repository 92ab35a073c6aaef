"""What every channel adapter promises, shown against providers that really listen.

Class A honours keys, B can be asked, C can do neither; mail is C.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from infrastructure.channels.email import EmailAdapter, MailServer
from infrastructure.channels.inbox import InboxAdapter
from infrastructure.channels.protocol import (
    Accepted,
    Cause,
    ChannelAdapter,
    Content,
    Outcome,
    Outgoing,
    Rejected,
    RetryCause,
    RetryRule,
    Unknown,
    recover,
)
from infrastructure.channels.sendgrid import SendGridAdapter
from infrastructure.channels.sms import SmsAdapter
from infrastructure.channels.whatsapp import PREFIX, WhatsAppAdapter
from infrastructure.clock import machine_now
from infrastructure.embedded.sandbox import SandboxOptions
from infrastructure.embedded.sandbox_log import Taken, doubles, read_taken
from infrastructure.http.guarded import GuardedHttp
from tests.support.faults import (
    AMBIGUOUS,
    BOTH_WAYS,
    Fault,
    Faults,
    LyingProviders,
    Manner,
)

APPROVED = "HX" + "0" * 32
# Seconds that an adapter waits for an answer: little where none will come, and else enough for a
# machine that is busy with other things.
IMPATIENT, PATIENT = 0.5, 20.0


@dataclass(frozen=True)
class Kind:
    name: str
    rule: RetryRule
    by_mail: bool
    prefix: str = ""  # how the provider writes numbers of this channel
    by_api: bool = False

    @property
    def ambiguous(self) -> tuple[Manner, ...]:
        return BOTH_WAYS if self.by_mail and not self.by_api else AMBIGUOUS


KINDS = (
    Kind("sms-A", RetryRule.IDEMPOTENCY_KEY, by_mail=False),
    Kind("sms-B", RetryRule.LOOK_UP, by_mail=False),
    Kind("sms-C", RetryRule.NONE, by_mail=False),
    Kind("whatsapp-A", RetryRule.IDEMPOTENCY_KEY, by_mail=False, prefix=PREFIX),
    Kind("whatsapp-B", RetryRule.LOOK_UP, by_mail=False, prefix=PREFIX),
    Kind("whatsapp-C", RetryRule.NONE, by_mail=False, prefix=PREFIX),
    Kind("email-C", RetryRule.NONE, by_mail=True),
    Kind("sendgrid-C", RetryRule.NONE, by_mail=True, by_api=True),
)
BY_NAME = {kind.name: kind for kind in KINDS}
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
every_ambiguity = pytest.mark.parametrize(
    ("kind", "fault"),
    [
        pytest.param(kind, Fault(manner, takes), id=f"{kind.name}-{manner}-taken={takes}")
        for kind in KINDS
        for manner in kind.ambiguous
        for takes in (True, False)
    ],
)


@dataclass(frozen=True)
class Bench:
    """One adapter and the provider that it talks to."""

    kind: Kind
    adapter: ChannelAdapter
    patient: ChannelAdapter  # for the recovery, whose answer does come
    providers: LyingProviders

    @property
    def taken(self) -> list[Taken]:
        return read_taken(self.providers.log_path)

    def message(self, number: int = 1) -> Outgoing:
        key = f"playbook:run-{number}:1:guardian"
        text = f"Seán was absent today ({number}).\n.A line that begins with a dot"
        return Outgoing(
            key=key,
            provider_key=f"{key}:{self.adapter.channel}:1",
            to=f"parent{number}@home.example" if self.kind.by_mail else f"+35387{number:07}",
            sender="school@school.example" if self.kind.by_mail else "+353850000001",
            subject="Seán was not in school" if self.kind.by_mail else None,
            text=text,
            content=Content(APPROVED, (("1", text),)) if self.kind.prefix else None,
        )

    def written(self, outgoing: Outgoing) -> str:
        return self.kind.prefix + outgoing.to

    def recovered(self, outgoing: Outgoing) -> Outcome:
        now = machine_now()
        return recover(self.patient, outgoing, first_attempt_at=now - timedelta(seconds=1), now=now)


@contextmanager
def bench(kind: Kind, folder: Path, faults: Faults, limit: float) -> Iterator[Bench]:
    options = SandboxOptions(idempotent=kind.rule is RetryRule.IDEMPOTENCY_KEY)
    with (
        LyingProviders(folder / "taken.jsonl", faults, options).start() as providers,
        closing(adapter_of(kind, providers, limit)) as adapter,
        closing(adapter_of(kind, providers, PATIENT)) as patient,
    ):
        providers._sms.contents[APPROVED] = "{{1}}"
        yield Bench(kind, adapter, patient, providers)


def adapter_of(kind: Kind, providers: LyingProviders, limit: float) -> ChannelAdapter:
    if kind.by_api:
        key = providers.options.mail_key
        return SendGridAdapter(
            GuardedHttp(providers.sms_url, bearer=key, connect_for=limit, read_for=limit)
        )
    if kind.by_mail:
        return EmailAdapter(MailServer("127.0.0.1", providers.smtp_port, whole_for=limit))
    http = GuardedHttp(
        providers.sms_url,
        user=providers.options.account,
        password=providers.options.token,
        connect_for=limit,
        read_for=limit,
    )
    adapter = WhatsAppAdapter if kind.prefix else SmsAdapter
    return adapter(http, account=providers.options.account, retry_rule=kind.rule)


class Opener(Protocol):
    def __call__(self, kind: Kind, faults: Faults, limit: float = PATIENT) -> Bench: ...


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    open_benches = []

    def make(kind: Kind, faults: Faults, limit: float = PATIENT) -> Bench:
        context = bench(kind, tmp_path, faults, limit)
        made = context.__enter__()
        open_benches.append(context)
        return made

    yield make
    for context in open_benches:
        context.__exit__(None, None, None)


@every_kind
def test_a_message_is_taken_once_and_word_for_word(kind: Kind, opened: Opener) -> None:
    b = opened(kind, Faults.of())
    outcome = b.adapter.send(b.message())
    assert isinstance(outcome, Accepted)
    [taken] = b.taken
    assert taken.to == b.written(b.message())
    shown = b.providers._log.entries[0]["body"] or ""
    assert shown.removeprefix("Seán was not in school\n\n") == b.message().text
    assert outcome.provider_ref in {taken.sid, taken.message_id}


@every_kind
def test_many_threads_share_an_adapter(kind: Kind, opened: Opener) -> None:
    b = opened(kind, Faults.of())
    messages = [b.message(number) for number in range(120)]
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(b.adapter.send, messages))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert sorted(one.to for one in b.taken) == sorted(map(b.written, messages))


@every_kind
def test_an_address_that_cannot_be_reached_asks_for_another(kind: Kind, opened: Opener) -> None:
    b = opened(kind, Faults.of(Fault(Manner.REFUSE_NUMBER)))
    outcome = b.adapter.send(b.message())
    assert isinstance(outcome, Rejected)
    assert (outcome.cause, outcome.retry) == (Cause.BAD_ADDRESS, RetryCause.FIX_CONTACT)
    assert outcome.code in {"21211", "5.1.1", "400"}
    assert b.taken == []


@every_kind
def test_a_refusal_for_good_stops(kind: Kind, opened: Opener) -> None:
    b = opened(kind, Faults.of(Fault(Manner.REFUSE_FOR_GOOD)))
    outcome = b.adapter.send(b.message())
    assert isinstance(outcome, Rejected)
    assert outcome.retry is RetryCause.STOP


@every_kind
def test_a_provider_that_asks_to_slow_down_is_tried_again_later(kind: Kind, opened: Opener) -> None:
    b = opened(kind, Faults.of(Fault(Manner.RATE_LIMIT)))
    outcome = b.adapter.send(b.message())
    assert isinstance(outcome, Rejected)
    assert (outcome.cause, outcome.retry) == (Cause.RATE_LIMITED, RetryCause.RETRY)
    if kind.by_api or not kind.by_mail:
        assert outcome.retry_after == timedelta(seconds=7)
    assert isinstance(b.adapter.send(b.message()), Accepted)
    assert len(b.taken) == 1


@every_kind
def test_a_connection_that_was_never_made_carried_no_message(kind: Kind, opened: Opener) -> None:
    b = opened(kind, Faults.of())
    b.providers.stop()
    outcome = b.adapter.send(b.message())
    assert outcome == Rejected(Cause.NOT_REACHED, None, RetryCause.RETRY)


@every_ambiguity
def test_silence_after_the_message_left_is_unknown_and_the_rule_makes_no_double(
    kind: Kind, fault: Fault, opened: Opener
) -> None:
    endless = fault.manner in {Manner.STALL, Manner.DRIBBLE}
    b = opened(kind, Faults.of(fault), IMPATIENT if endless else PATIENT)
    outcome = b.adapter.send(b.message())
    assert isinstance(outcome, Unknown)
    settled = b.recovered(b.message())
    if kind.rule is RetryRule.NONE:
        assert settled == Unknown(Cause.CANNOT_ASK)
        assert len(b.taken) == int(fault.takes)
    else:
        assert isinstance(settled, Accepted)
        assert [settled.provider_ref] == [taken.sid for taken in b.taken]


@every_kind
@pytest.mark.parametrize("seed", [11, 12])
def test_whatever_goes_wrong_nothing_is_doubled_and_a_and_b_lose_nothing(
    kind: Kind, seed: int, opened: Opener
) -> None:
    quick = [m for m in kind.ambiguous if m not in {Manner.STALL, Manner.DRIBBLE}]
    faults = Faults.seeded(seed, 0.4)
    for script in (faults.sends, faults.look_ups, faults.mails):
        script.only(quick)
    b = opened(kind, faults)
    messages = [b.message(number) for number in range(80)]
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda message: _until_settled(b, message), messages))
    taken = Counter(one.to for one in b.taken)
    assert doubles(b.taken) == {}
    settled = zip(messages, outcomes, strict=True)
    accepted = {b.written(m) for m, o in settled if isinstance(o, Accepted)}
    assert accepted <= set(taken)
    if kind.rule is not RetryRule.NONE:
        assert accepted == set(map(b.written, messages))


def _until_settled(b: Bench, message: Outgoing) -> Outcome:
    outcome = b.adapter.send(message)
    for _ in range(200):
        if isinstance(outcome, Rejected) and outcome.retry is RetryCause.RETRY:
            outcome = b.adapter.send(message)
        elif isinstance(outcome, Unknown) and b.kind.rule is not RetryRule.NONE:
            outcome = b.recovered(message)
        else:
            return outcome
    raise AssertionError("the message never settled")


def test_the_count_would_show_a_sender_that_just_tries_again(opened: Opener) -> None:
    """The negative control: without the rule, the very same fault makes a double."""
    b = opened(BY_NAME["sms-C"], Faults.of(Fault(Manner.ERROR_500)))
    assert isinstance(b.adapter.send(b.message()), Unknown)
    assert isinstance(b.adapter.send(b.message()), Accepted)
    assert list(doubles(b.taken).values()) == [2]


def test_a_key_past_its_window_is_not_trusted(opened: Opener) -> None:
    b = opened(BY_NAME["sms-A"], Faults.of(Fault(Manner.CUT)))
    assert isinstance(b.adapter.send(b.message()), Unknown)
    now = machine_now()
    late = recover(b.adapter, b.message(), first_attempt_at=now - timedelta(hours=24), now=now)
    assert late == Unknown(Cause.KEY_EXPIRED)
    assert len(b.taken) == 1


@every_kind
def test_a_recovery_waits_longer_than_any_call_can_take(kind: Kind, opened: Opener) -> None:
    b = opened(kind, Faults.of())
    assert b.adapter.settles_after > timedelta(seconds=2 * PATIENT - 1)


def test_the_inbox_keeps_the_same_promises_without_a_provider() -> None:
    """Class A for ever: nobody else carries it, so it is taken once and nobody has to be asked."""
    inbox: ChannelAdapter = InboxAdapter()
    message = Outgoing("k", "k:IN_APP:0", "guardian", "school", "words")
    with ThreadPoolExecutor(8) as threads:
        outcomes = set(threads.map(lambda _: inbox.send(message), range(40)))
    assert len(outcomes) == 1
    now = machine_now()
    [first] = outcomes
    assert recover(inbox, message, first_attempt_at=now - timedelta(days=9000), now=now) == first
    assert inbox.settles_after > timedelta()
    inbox.close()


def test_a_message_says_nothing_personal_about_itself() -> None:
    said = repr(Outgoing("k", "pk", "+353870000001", "+353850000001", "Seán was absent", "Re Seán"))
    assert "+35387" not in said
    assert "Seán" not in said

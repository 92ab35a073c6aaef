"""What a gateway's answer proves, and what it does not."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from domain.message.statuses import DeliveryStatus
from infrastructure.channels.protocol import (
    Accepted,
    Cause,
    NotFound,
    Outgoing,
    Rejected,
    RetryCause,
    RetryRule,
    Unknown,
)
from infrastructure.channels.sms import SmsAdapter
from infrastructure.clock import machine_now
from infrastructure.embedded.sandbox import SandboxOptions, SandboxProviders
from infrastructure.embedded.sandbox_http import Raw, Reply, Request, json_reply
from infrastructure.embedded.sandbox_log import TakenLog
from infrastructure.embedded.sandbox_sms import SmsDesk
from infrastructure.http.guarded import Answer, GuardedHttp

ACCOUNT = "ACsandbox"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
MESSAGE = Outgoing("k", "k:SMS:1", "+353871234567", "+353850000001", "Seán was absent today.")


class Scripted(SandboxProviders):
    """A gateway that says what a test puts into its mouth."""

    def __init__(self, log_path: Path) -> None:
        super().__init__(log_path)
        self.says: Callable[[Request], Reply | Raw] = lambda _: json_reply(500, {})
        self.heard: list[Request] = []

    def make_sms(self, log: TakenLog) -> SmsDesk:
        outer, desk = self, super().make_sms(log)

        async def answer(request: Request) -> Reply | Raw:
            outer.heard.append(request)
            return outer.says(request)

        desk.answer = answer  # type: ignore[method-assign]  # the script is the desk
        return desk


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Scripted]:
    with Scripted(tmp_path / "taken.jsonl").start() as providers:
        yield providers


def adapter_for(providers: SandboxProviders, rule: RetryRule = RetryRule.LOOK_UP) -> SmsAdapter:
    http = GuardedHttp(providers.sms_url, user=ACCOUNT, password="sandbox-token", read_for=2.0)
    return SmsAdapter(http, account=ACCOUNT, retry_rule=rule)


@pytest.fixture
def adapter(gateway: Scripted) -> Iterator[SmsAdapter]:
    with closing(adapter_for(gateway)) as made:
        yield made


@pytest.mark.parametrize(
    ("code", "retry"),
    [
        (21610, RetryCause.STOP),
        (21211, RetryCause.FIX_CONTACT),
        (21614, RetryCause.FIX_CONTACT),
        (30003, RetryCause.RETRY),
        (30005, RetryCause.FIX_CONTACT),
        (30006, RetryCause.FIX_CONTACT),
        (30007, RetryCause.STOP),
        (30034, RetryCause.STOP),
        (63016, RetryCause.STOP),
        (99999, RetryCause.STOP),
    ],
)
def test_each_code_says_what_is_to_be_done(
    gateway: Scripted, adapter: SmsAdapter, code: int, retry: RetryCause
) -> None:
    gateway.says = lambda _: json_reply(400, {"code": code, "message": "to +353871234567"})
    outcome = adapter.send(MESSAGE)
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.retry) == (str(code), retry)
    assert "+353" not in repr(outcome)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 451])
def test_a_refusal_without_a_known_code_stops(
    gateway: Scripted, adapter: SmsAdapter, status: int
) -> None:
    gateway.says = lambda _: Reply(status, b"<html>no", media_type="text/html")
    assert adapter.send(MESSAGE) == Rejected(Cause.REFUSED, str(status), RetryCause.STOP)


@pytest.mark.parametrize("status", [302, 303, 307, 408, 409, 500, 502, 503, 504, 599])
def test_these_numbers_do_not_prove_that_nothing_was_taken(
    gateway: Scripted, adapter: SmsAdapter, status: int
) -> None:
    gateway.says = lambda _: json_reply(status, {"code": 20500}, {"Location": "/elsewhere"})
    assert adapter.send(MESSAGE) == Unknown(Cause.SERVER_ERROR, str(status))
    assert len(gateway.heard) == 1  # no redirect is followed, nothing is repeated


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"sid": 7}',
        b'{"sid": ""}',
        b'{"sid": "../../etc/passwd"}',
        b'{"sid": "' + b"S" * 65 + b'"}',
        b'{"sid": "SM1", "error_code": "x"}',
        b"[" * 100_000,
        b'{"other":' * 20_000,
        b"\xff\xfe",
        b"<html>" * 10_000,
    ],
    ids=range(13),
)
def test_a_success_that_cannot_be_read_is_unknown(
    gateway: Scripted, adapter: SmsAdapter, body: bytes
) -> None:
    gateway.says = lambda _: Reply(201, body)
    assert adapter.send(MESSAGE) == Unknown(Cause.UNREADABLE_ANSWER, "201")


def test_an_answer_without_end_is_unknown(gateway: Scripted, adapter: SmsAdapter) -> None:
    gateway.says = lambda _: Reply(201, b" " * 300_000)
    assert adapter.send(MESSAGE) == Unknown(Cause.CONNECTION_LOST)


def test_a_message_that_failed_at_once_was_not_sent(gateway: Scripted, adapter: SmsAdapter) -> None:
    failed = {"sid": "SM1", "status": "failed", "error_code": 30006}
    gateway.says = lambda _: json_reply(201, failed)
    assert adapter.send(MESSAGE) == Rejected(Cause.REFUSED, "30006", RetryCause.FIX_CONTACT)


@pytest.mark.parametrize(
    ("written", "wait"),
    [
        ("7", timedelta(seconds=7)),
        ("999999999999", timedelta(hours=1)),
        ("-1", None),
        ("soon", None),
        ("Thu, 01 Jan 2015 00:00:00 GMT", timedelta()),
        ("Thu, 01 Jan 2099 00:00:00 GMT", timedelta(hours=1)),
    ],
)
def test_a_wish_to_wait_is_heard_within_reason(
    gateway: Scripted, adapter: SmsAdapter, written: str, wait: timedelta | None
) -> None:
    gateway.says = lambda _: json_reply(429, {}, {"Retry-After": written})
    assert adapter.send(MESSAGE) == Rejected(Cause.RATE_LIMITED, "429", RetryCause.RETRY, wait)


def test_only_class_a_sends_a_key_and_it_is_the_provider_key(gateway: Scripted) -> None:
    gateway.says = lambda _: json_reply(201, {"sid": "SM1", "status": "queued"})
    for rule in RetryRule:
        with closing(adapter_for(gateway, rule)) as adapter:
            assert adapter.send(MESSAGE) == Accepted("SM1", DeliveryStatus.QUEUED)
    keys = [request.headers.get("idempotency-key") for request in gateway.heard]
    assert keys == ["k:SMS:1", None, None]


def test_a_sender_that_is_a_service_is_named_as_one(gateway: Scripted, adapter: SmsAdapter) -> None:
    service = "MG" + "0" * 32
    adapter.send(Outgoing("k", "k", "+353871234567", service, "x", callback_url="https://a.ie/s"))
    form = gateway.heard[0].form
    assert form["MessagingServiceSid"] == service
    assert "From" not in form
    assert form["StatusCallback"] == "https://a.ie/s"


# --- the look-up of class B ---


def listed(sid: str, **changes: object) -> dict[str, object]:
    value: dict[str, object] = {
        "sid": sid,
        "to": MESSAGE.to,
        "body": MESSAGE.text,
        "date_created": format_datetime(NOW),
        "direction": "outbound-api",
        "status": "queued",
    }
    return {**value, **changes}


def page(*messages: dict[str, object], following: object = None) -> Reply:
    return json_reply(200, {"messages": list(messages), "next_page_uri": following})


def test_the_same_words_to_the_same_number_since_the_attempt_are_the_message(
    gateway: Scripted, adapter: SmsAdapter
) -> None:
    gateway.says = lambda _: page(
        listed("SM5", to="+353870000000"),
        listed("SM4", body="Other words"),
        listed("SM3", date_created=format_datetime(NOW - timedelta(minutes=3))),
        listed("SM2", direction="inbound"),
        listed("SM1", body=MESSAGE.text + "\r\n", status="delivered"),
    )
    assert adapter.look_up(MESSAGE, NOW) == Accepted("SM1", DeliveryStatus.DELIVERED)


def test_a_message_that_another_one_owns_is_not_claimed(
    gateway: Scripted, adapter: SmsAdapter
) -> None:
    gateway.says = lambda _: page(listed("SM1"))
    assert adapter.look_up(MESSAGE, NOW, {"SM1"}) == NotFound()
    gateway.says = lambda _: page(listed("SM2"), listed("SM1"))
    assert adapter.look_up(MESSAGE, NOW, {"SM1"}) == Accepted("SM2", DeliveryStatus.QUEUED)


def test_the_clocks_may_differ_a_little(gateway: Scripted, adapter: SmsAdapter) -> None:
    earlier = format_datetime(NOW - timedelta(seconds=100))
    gateway.says = lambda _: page(listed("SM1", date_created=earlier))
    assert isinstance(adapter.look_up(MESSAGE, NOW), Accepted)


@pytest.mark.parametrize(
    "following",
    [
        "https://elsewhere.example/" + PATH,
        "//elsewhere.example" + PATH,
        "/2010-04-01/Accounts/ACother/Messages.json?Page=1",
        PATH + "/../../ACother?x",
        "",
    ],
)
def test_a_page_that_leads_elsewhere_is_not_followed_and_proves_nothing(
    gateway: Scripted, adapter: SmsAdapter, following: str
) -> None:
    gateway.says = lambda _: page(following=following)
    assert adapter.look_up(MESSAGE, NOW) == Unknown(Cause.UNREADABLE_ANSWER)
    assert len(gateway.heard) == 1


def test_pages_without_end_are_unknown(gateway: Scripted, adapter: SmsAdapter) -> None:
    gateway.says = lambda _: page(following=PATH + "?Page=1")
    assert adapter.look_up(MESSAGE, NOW) == Unknown(Cause.TOO_MANY_PAGES)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>"),
        json_reply(500, {}),
        json_reply(200, {"messages": [{"sid": "SM1"}]}),
        page(listed("SM1", date_created="yesterday")),
        page(listed("S M")),
        page(following=PATH + "?a\r\nX: y"),
        page(following=PATH + "?a b"),
        page(following=PATH + "?a\x00"),
        page(following=7),
        Raw(),
    ],
    ids=range(10),
)
def test_a_list_that_cannot_be_trusted_is_not_a_no(
    gateway: Scripted, adapter: SmsAdapter, reply: Reply | Raw
) -> None:
    gateway.says = lambda _: reply
    assert isinstance(adapter.look_up(MESSAGE, NOW), Unknown)


def test_a_gateway_that_is_away_is_not_a_no(gateway: Scripted, adapter: SmsAdapter) -> None:
    gateway.stop()
    assert adapter.look_up(MESSAGE, NOW) == Unknown(Cause.NOT_REACHED)


def test_the_look_up_finds_a_queued_message_beyond_the_first_page(tmp_path: Path) -> None:
    """The filter by date sent would hide it: it has not been sent yet."""
    with (
        SandboxProviders(tmp_path / "t.jsonl", SandboxOptions()).start() as honest,
        closing(adapter_for(honest)) as adapter,
    ):
        sent = adapter.send(MESSAGE)
        for number in range(120):
            text = f"News {number}"
            adapter.send(Outgoing("k", f"k{number}", MESSAGE.to, "+353850000001", text))
        assert adapter.look_up(MESSAGE, machine_now()) == sent
        filtered = adapter._http.get(f"{PATH}?To=%2B353871234567&DateSent%3E=2020-01-01")
        assert isinstance(filtered, Answer)
        assert json.loads(filtered.body)["messages"] == []

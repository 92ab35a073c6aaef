"""E-mail by SendGrid's HTTP API: what is said, and what each answer proves."""

import base64
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest

from domain.shared.contact import Channel
from infrastructure.channels.email import EmailAdapter
from infrastructure.channels.protocol import (
    Accepted,
    Attachment,
    Cause,
    Outgoing,
    Rejected,
    RetryCause,
    Unknown,
)
from infrastructure.channels.sendgrid import SendGridAdapter
from infrastructure.clock import machine_now
from infrastructure.embedded.sandbox import SandboxProviders
from infrastructure.embedded.sandbox_http import Raw, Reply, Request, json_reply
from infrastructure.embedded.sandbox_log import TakenLog
from infrastructure.embedded.sandbox_post import PostOffice
from infrastructure.http.guarded import GuardedHttp
from infrastructure.settings import Settings
from infrastructure.wiring.workers import adapters

ONE_CLICK = (
    ("List-Unsubscribe", "<https://anseo.example/u/token>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
)
MAIL = Outgoing(
    "k",
    "k:EMAIL:0",
    "parent@home.example",
    "school@school.example",
    "Áine was absent.",
    subject="Attendance\r\nBcc: everybody@example",
    attachments=(Attachment("l.pdf", "application/pdf", b"%PDF"),),
    headers=ONE_CLICK,
    marks=(("anseo_tenant", "t"), ("anseo_message", "m")),
)


class Scripted(SandboxProviders):
    """An e-mail API that says what a test puts into its mouth."""

    says: Callable[[Request], Reply | Raw] | None = None

    def make_post_office(self, log: TakenLog) -> PostOffice:
        office = super().make_post_office(log)
        honest = office.answer

        async def answer(request: Request) -> Reply | Raw:
            return await honest(request) if self.says is None else self.says(request)

        office.answer = answer  # type: ignore[method-assign]  # the script is the office
        return office


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Scripted]:
    with Scripted(tmp_path / "taken.jsonl").start() as providers:
        yield providers


@pytest.fixture
def adapter(api: Scripted) -> Iterator[SendGridAdapter]:
    with closing(SendGridAdapter(GuardedHttp(api.sms_url, bearer="sandbox-key"))) as made:
        yield made


def test_a_mail_carries_our_ids_the_one_click_headers_and_no_headers_of_its_subject(
    api: Scripted, adapter: SendGridAdapter
) -> None:
    assert isinstance(adapter.send(MAIL), Accepted)
    [asked] = api._post_office.heard
    assert asked["personalizations"] == [
        {
            "to": [{"email": "parent@home.example"}],
            "custom_args": {"anseo_tenant": "t", "anseo_message": "m"},
        }
    ]
    headers = asked["headers"]
    assert isinstance(headers, dict)
    assert headers.items() >= dict(ONE_CLICK).items()
    assert headers["Auto-Submitted"] == "auto-generated"
    assert asked["subject"] == "Attendance Bcc: everybody@example"
    assert asked["attachments"] == [
        {
            "content": base64.b64encode(b"%PDF").decode(),
            "type": "application/pdf",
            "filename": "l.pdf",
            "disposition": "attachment",
        }
    ]
    assert asked["tracking_settings"] == {"subscription_tracking": {"enable": False}}


@pytest.mark.parametrize(
    ("status", "field", "outcome"),
    [
        (
            400,
            "personalizations.0.to.0.email",
            Rejected(Cause.BAD_ADDRESS, "400", RetryCause.FIX_CONTACT),
        ),
        (400, "from.email", Rejected(Cause.REFUSED, "400", RetryCause.STOP)),
        (401, None, Rejected(Cause.REFUSED, "401", RetryCause.STOP)),
        (403, None, Rejected(Cause.REFUSED, "403", RetryCause.STOP)),
        (413, None, Rejected(Cause.REFUSED, "413", RetryCause.STOP)),
        (500, None, Unknown(Cause.SERVER_ERROR, "500")),
        (503, None, Unknown(Cause.SERVER_ERROR, "503")),
        (408, None, Unknown(Cause.SERVER_ERROR, "408")),
        (302, None, Unknown(Cause.SERVER_ERROR, "302")),
    ],
)
def test_each_answer_is_read_for_what_it_proves(
    api: Scripted, adapter: SendGridAdapter, status: int, field: str | None, outcome: object
) -> None:
    api.says = lambda _: json_reply(status, {"errors": [{"message": "x", "field": field}]})
    assert adapter.send(MAIL) == outcome


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"errors": 7}'])
def test_a_refusal_that_cannot_be_read_is_a_refusal(
    api: Scripted, adapter: SendGridAdapter, body: bytes
) -> None:
    api.says = lambda _: Reply(400, body)
    assert adapter.send(MAIL) == Rejected(Cause.REFUSED, "400", RetryCause.STOP)


@pytest.mark.parametrize(
    ("status", "reference"), [(200, "abc"), (202, ""), (202, "a b"), (202, "x" * 101)]
)
def test_a_success_that_is_not_the_right_one_is_unknown(
    api: Scripted, adapter: SendGridAdapter, status: int, reference: str
) -> None:
    api.says = lambda _: Reply(status, b"", headers={"X-Message-Id": reference})
    assert adapter.send(MAIL) == Unknown(Cause.UNREADABLE_ANSWER, str(status))


def test_a_wish_to_wait_may_be_a_moment(api: Scripted, adapter: SendGridAdapter) -> None:
    moment = str(int(machine_now().timestamp()) + 30)
    api.says = lambda _: json_reply(429, {}, {"X-RateLimit-Reset": moment})
    outcome = adapter.send(MAIL)
    assert isinstance(outcome, Rejected)
    assert outcome.retry_after is not None
    assert timedelta(seconds=20) < outcome.retry_after <= timedelta(seconds=30)


def test_an_address_that_is_none_never_leaves_the_house(
    api: Scripted, adapter: SendGridAdapter
) -> None:
    nowhere = Outgoing("k", "k", "nobody", "school@school.example", "x")
    assert adapter.send(nowhere) == Rejected(Cause.BAD_ADDRESS, None, RetryCause.FIX_CONTACT)
    assert api._post_office.heard == []


def test_it_says_honestly_that_it_cannot_be_asked(adapter: SendGridAdapter) -> None:
    assert adapter.look_up(MAIL, machine_now()) == Unknown(Cause.CANNOT_ASK)


def test_the_settings_choose_who_carries_e_mail_and_who_is_asked_next() -> None:
    by_smtp = adapters(Settings(SMTP_PORT=25))
    by_api = adapters(Settings(SMTP_PORT=25, SENDGRID_KEY="SG.x"))
    assert [type(one) for one in by_smtp[Channel.EMAIL]] == [EmailAdapter]
    assert [type(one) for one in by_api[Channel.EMAIL]] == [SendGridAdapter, EmailAdapter]
    assert Channel.EMAIL not in adapters(Settings())
    for adapter in chain(*by_smtp.values(), *by_api.values()):
        adapter.close()

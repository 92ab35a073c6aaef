"""The stand-in providers are servers of their own: they listen, count, call back and keep on."""

import base64
import json
import os
import signal
import smtplib
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import reduce
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from domain.message.statuses import DeliveryStatus, higher
from infrastructure.channels.event_signature import EventKeys
from infrastructure.channels.protocol import (
    Accepted,
    Outgoing,
    Rejected,
    RetryCause,
    RetryRule,
)
from infrastructure.channels.sendgrid import SendGridAdapter
from infrastructure.channels.signature import form_pairs, is_signed
from infrastructure.channels.sms import SmsAdapter
from infrastructure.clock import machine_now
from infrastructure.embedded.sandbox import SandboxOptions, SandboxProviders
from infrastructure.embedded.sandbox_log import read_taken
from infrastructure.http.guarded import GuardedHttp
from tests.support.faults import Faults, LyingProviders

TO, FROM = "+353871234567", "+353850000001"


@dataclass
class Webhooks:
    """Our side: what arrived, checked as we would check it."""

    url: str = ""
    failures_to_come: int = 0
    arrived: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def webhooks() -> Iterator[Webhooks]:
    hooks = Webhooks()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            pairs = form_pairs(body)
            url = hooks.url + self.path
            status = 204
            if not is_signed(["sandbox-token"], url, pairs, self.headers["X-Twilio-Signature"]):
                status = 403
            elif hooks.failures_to_come:
                hooks.failures_to_come -= 1
                status = 503
            else:
                hooks.arrived.append(dict(pairs))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hooks.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield hooks
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def sandbox(folder: Path, options: SandboxOptions | None = None) -> Iterator[SandboxProviders]:
    with SandboxProviders(folder / "taken.jsonl", options).start() as providers:
        yield providers


def sms_to(url: str, wrong: str = "") -> "closing[SmsAdapter]":
    http = GuardedHttp(url, user="ACsandbox", password=wrong or "sandbox-token")
    return closing(SmsAdapter(http, account="ACsandbox", retry_rule=RetryRule.LOOK_UP))


def message(text: str = "Hello", to: str = TO, callback_url: str | None = None) -> Outgoing:
    return Outgoing("k", f"k:{text}:{to}", to, FROM, text, callback_url=callback_url)


def call(providers: SandboxProviders, path: str, form: dict[str, str] | None = None) -> object:
    secret = base64.b64encode(b"ACsandbox:sandbox-token").decode()
    data = None if form is None else urlencode(form).encode()
    request = Request(providers.sms_url + path, data, {"Authorization": f"Basic {secret}"})  # noqa: S310
    with urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


@dataclass
class MailHooks:
    """Our side of the e-mail API's events: how often each came, checked as we would check it."""

    url: str
    arrived: list[list[dict[str, object]]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    failures_to_come: int = 0


@pytest.fixture
def mail_hooks() -> Iterator[MailHooks]:
    hooks = MailHooks("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            good = EventKeys(hooks.keys).are_signed(
                body,
                timestamp=self.headers["X-Twilio-Email-Event-Webhook-Timestamp"],
                signature=self.headers["X-Twilio-Email-Event-Webhook-Signature"],
                now=machine_now(),
            )
            status = 204 if good else 403
            if good and hooks.failures_to_come:
                hooks.failures_to_come -= 1
                status = 503
            elif good:
                hooks.arrived.append(json.loads(body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hooks.url = f"http://127.0.0.1:{server.server_address[1]}/events"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield hooks
    server.shutdown()
    thread.join()
    server.server_close()


def mails_of(hooks: MailHooks) -> list[str]:
    return [str(one["event"]) for call in hooks.arrived for one in call]


@pytest.mark.parametrize(
    ("to", "last"),
    [("a@home.example", "delivered"), ("no-such-mailbox@home.example", "bounce")],
)
def test_the_e_mail_api_tells_in_order_and_may_fail_what_it_took(
    tmp_path: Path, mail_hooks: MailHooks, to: str, last: str
) -> None:
    """Accept, then fail; and again where our side was away."""
    options = SandboxOptions(events_url=mail_hooks.url)
    mail_hooks.failures_to_come = 2
    with sandbox(tmp_path, options) as providers, mail_to(providers) as adapter:
        mail_hooks.keys.append(providers.events.public_key)
        assert isinstance(adapter.send(a_mail(to)), Accepted)
        providers.wait_for_callbacks()
    assert mails_of(mail_hooks) == ["processed", last]
    assert mail_hooks.arrived[-1][0]["anseo_message"] == "m1"


def test_a_muddled_e_mail_api_repeats_itself_and_mixes_up_the_order(
    tmp_path: Path, mail_hooks: MailHooks
) -> None:
    options = SandboxOptions(events_url=mail_hooks.url)
    lying = LyingProviders(
        tmp_path / "t.jsonl", Faults.seeded(3, 0, muddle_callbacks=True), options
    )
    with lying.start() as providers, mail_to(providers) as adapter:
        mail_hooks.keys.append(providers.events.public_key)
        for number in range(8):
            assert isinstance(adapter.send(a_mail(f"p{number}@home.example")), Accepted)
        providers.wait_for_callbacks()
    told = mails_of(mail_hooks)
    ids = [one["sg_event_id"] for call in mail_hooks.arrived for one in call]
    assert len(ids) > len(set(ids)) == 16
    firsts = [mails_of(MailHooks("", [call]))[0] for call in mail_hooks.arrived]
    assert {"processed", "delivered"} == set(told) == set(firsts)


def mail_to(providers: SandboxProviders) -> "closing[SendGridAdapter]":
    return closing(SendGridAdapter(GuardedHttp(providers.sms_url, bearer="sandbox-key")))


def a_mail(to: str) -> Outgoing:
    marks = (("anseo_message", "m1"),)
    return Outgoing("k", f"k:{to}", to, "school@school.example", "Hello", subject="S", marks=marks)


def test_each_text_is_in_the_log_with_what_is_needed_to_find_doubles(tmp_path: Path) -> None:
    with sandbox(tmp_path) as providers, sms_to(providers.sms_url) as adapter:
        outcome = adapter.send(message())
        [taken] = read_taken(providers.log_path)
        assert isinstance(outcome, Accepted)
        assert (taken.provider, taken.sid, taken.to) == ("sms", outcome.provider_ref, TO)
        assert len(taken.body_sha256) == 64
        assert "Hello" not in providers.log_path.read_text()


def test_a_wrong_password_is_refused(tmp_path: Path) -> None:
    with sandbox(tmp_path) as providers, sms_to(providers.sms_url, "guess") as adapter:
        outcome = adapter.send(message())
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.retry) == ("20003", RetryCause.STOP)


@pytest.mark.parametrize(
    ("to", "text", "code"),
    [
        ("0871234567", "x", "21211"),
        ("+15005550001", "x", "21211"),
        ("+15005550009", "x", "21614"),
        ("+15005550004", "x", "21610"),
        (TO, "", "21602"),
        (TO, "x" * 1601, "21617"),
    ],
)
def test_it_refuses_what_the_provider_refuses(
    tmp_path: Path, to: str, text: str, code: str
) -> None:
    with sandbox(tmp_path) as providers, sms_to(providers.sms_url) as adapter:
        outcome = adapter.send(message(text, to))
        assert isinstance(outcome, Rejected)
        assert outcome.code == code
        assert read_taken(providers.log_path) == []


def test_the_story_of_a_text_is_told_in_order_and_signed(
    tmp_path: Path, webhooks: Webhooks
) -> None:
    options = SandboxOptions(callbacks=True)
    with sandbox(tmp_path, options) as providers, sms_to(providers.sms_url) as adapter:
        for number in range(20):
            adapter.send(message(f"{number}", callback_url=f"{webhooks.url}/status?n=1"))
        providers.wait_for_callbacks()
    stories: dict[str, list[str]] = {}
    for form in webhooks.arrived:
        stories.setdefault(form["MessageSid"], []).append(form["MessageStatus"])
    assert list(stories.values()) == [["queued", "sent", "delivered"]] * 20


def test_a_webhook_that_is_down_is_called_again_in_order(
    tmp_path: Path, webhooks: Webhooks
) -> None:
    webhooks.failures_to_come = 3
    options = SandboxOptions(callbacks=True)
    with sandbox(tmp_path, options) as providers, sms_to(providers.sms_url) as adapter:
        adapter.send(message(callback_url=f"{webhooks.url}/status"))
        providers.wait_for_callbacks()
    assert [form["MessageStatus"] for form in webhooks.arrived] == ["queued", "sent", "delivered"]


def test_a_number_that_ends_in_a_code_is_not_delivered_for_that_reason(
    tmp_path: Path, webhooks: Webhooks
) -> None:
    options = SandboxOptions(callbacks=True)
    with sandbox(tmp_path, options) as providers, sms_to(providers.sms_url) as adapter:
        adapter.send(message(to="+353871130006", callback_url=webhooks.url + "/s"))
        providers.wait_for_callbacks()
    last = webhooks.arrived[-1]
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30006")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_muddled_callbacks_still_end_at_delivered(
    tmp_path: Path, webhooks: Webhooks, seed: int
) -> None:
    faults = Faults.of()
    faults = Faults(faults.sends, faults.look_ups, faults.mails, callbacks_seed=seed)
    options = SandboxOptions(callbacks=True)
    with LyingProviders(tmp_path / "t.jsonl", faults, options).start() as providers:
        with sms_to(providers.sms_url) as adapter:
            adapter.send(message(callback_url=webhooks.url + "/s"))
        providers.wait_for_callbacks()
    told = [DeliveryStatus(form["MessageStatus"]) for form in webhooks.arrived]
    assert len(told) >= 3
    assert reduce(higher, told) is DeliveryStatus.DELIVERED


def test_a_family_can_write_back(tmp_path: Path, webhooks: Webhooks) -> None:
    options = SandboxOptions(inbound_url=webhooks.url + "/inbound")
    with sandbox(tmp_path, options) as providers, sms_to(providers.sms_url) as adapter:
        outcome = adapter.send(message())
        assert isinstance(outcome, Accepted)
        sid = providers.reply(outcome.provider_ref, "Tá sí tinn")
        providers.reply(TO, "Thanks")
        answer = call(providers, "/sandbox/reply", {"To": "+353879999999", "Body": "Who is this?"})
    first, second, third = webhooks.arrived
    assert (first["MessageSid"], first["From"], first["To"]) == (sid, TO, FROM)
    assert first["Body"] == "Tá sí tinn"
    assert first["NumMedia"] == "0"
    assert (second["From"], second["Body"]) == (TO, "Thanks")
    assert third["From"] == "+353879999999"
    assert answer == {"sid": third["MessageSid"], "webhook_status": 204}


def test_stop_blocks_the_number_at_the_provider_until_start(
    tmp_path: Path, webhooks: Webhooks
) -> None:
    options = SandboxOptions(inbound_url=webhooks.url + "/inbound")
    with sandbox(tmp_path, options) as providers, sms_to(providers.sms_url) as adapter:
        adapter.send(message("one"))
        providers.reply(TO, " stop ")
        refused = adapter.send(message("two"))
        assert isinstance(refused, Rejected)
        assert (refused.code, refused.retry) == ("21610", RetryCause.STOP)
        providers.reply(TO, "START")
        assert isinstance(adapter.send(message("three")), Accepted)
    assert [form["OptOutType"] for form in webhooks.arrived] == ["STOP", "START"]


def test_the_log_can_be_watched_over_http(tmp_path: Path) -> None:
    with sandbox(tmp_path) as providers, sms_to(providers.sms_url) as adapter:
        adapter.send(message("one"))
        adapter.send(message("two"))
        shown = call(providers, "/sandbox/log?after=1")
    assert isinstance(shown, dict)
    assert [entry["body"] for entry in shown["entries"]] == ["two"]
    assert shown["next"] == 2


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("?DateSent%3E=2020-01-01", 3),
        ("?DateSent%3C=2020-01-01", 0),
        ("?DateSent=2020-01-01T00:00:00Z", 0),
        ("?DateSent%3E=2020-01-01T00:00:00", 3),
        ("?To=%2B353871234567&PageSize=2", 2),
        ("?From=%2B353859999999", 0),
    ],
)
def test_its_list_is_filtered_as_the_providers_is(tmp_path: Path, query: str, found: int) -> None:
    with sandbox(tmp_path, SandboxOptions(callbacks=True)) as providers:
        with sms_to(providers.sms_url) as adapter:
            for number in range(3):
                adapter.send(message(f"{number}"))
        providers.wait_for_callbacks()
        shown = call(providers, f"/2010-04-01/Accounts/ACsandbox/Messages.json{query}")
    assert isinstance(shown, dict)
    assert len(shown["messages"]) == found


def test_any_mail_client_gets_along_with_it(tmp_path: Path) -> None:
    with sandbox(tmp_path) as providers:
        with smtplib.SMTP("127.0.0.1", providers.smtp_port) as client:
            assert client.helo()[0] == 250
            assert client.noop()[0] == 250
            assert client.verify("somebody")[0] == 252
            assert client.docmd("TURN")[0] == 502
            assert client.rcpt("a@home.example")[0] == 503
            assert client.docmd("DATA")[0] == 503
            assert client.docmd("MAIL", "FROM: nobody")[0] == 501
            assert client.mail("a@home.example")[0] == 250
            assert client.mail("a@home.example")[0] == 503
            assert client.rset()[0] == 250
            text = "Subject: One\r\n\r\n.A dot\r\n..Two\r\n"
            refused = client.sendmail(
                "a@home.example", ["b@home.example", "no-such-mailbox@home.example"], text
            )
        assert list(refused) == ["no-such-mailbox@home.example"]
        assert [one.to for one in read_taken(providers.log_path)] == ["b@home.example"]
        assert providers._log.entries[0]["body"] == "One\n\n.A dot\n..Two"


def test_it_outlives_clients_that_are_killed_in_the_middle_of_a_sentence(tmp_path: Path) -> None:
    client = (
        "import socket, sys, time\n"
        "sms = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
        "sms.sendall(b'POST /2010-04-01/Accounts/AC/Messages.json HTTP/1.1\\r\\nContent-Le')\n"
        "mail = socket.create_connection(('127.0.0.1', int(sys.argv[2])))\n"
        "mail.sendall(b'EHLO x\\r\\nMAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>\\r\\nDATA\\r\\nhalf')\n"
        "print('said', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with sandbox(tmp_path) as providers, sms_to(providers.sms_url) as adapter:
        ports = [str(providers.sms_port), str(providers.smtp_port)]
        with subprocess.Popen(
            [sys.executable, "-c", client, *ports], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"said\n"
            os.kill(process.pid, signal.SIGKILL)
        assert isinstance(adapter.send(message()), Accepted)
        assert [one.provider for one in read_taken(providers.log_path)] == ["sms"]


@pytest.mark.parametrize("module", ["infrastructure.embedded.sandbox", "tests.support.faults"])
def test_it_runs_as_a_process_of_its_own_and_keeps_its_log_when_killed(
    tmp_path: Path, module: str
) -> None:
    log = tmp_path / "taken.jsonl"
    with subprocess.Popen(
        [sys.executable, "-m", module, "--log", str(log)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        where = json.loads(process.stdout.readline())
        with sms_to(where["sms_url"]) as adapter:
            for number in range(3):
                adapter.send(message(f"{number}"))
        process.kill()
    assert len(read_taken(log)) == 3

"""WhatsApp by Twilio: an approved text by its id, words of our own only as an answer (trap 44)."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import ValidationError

from infrastructure.channels.content import SettledContentIds
from infrastructure.channels.protocol import (
    Accepted,
    Cause,
    Content,
    NotFound,
    Outgoing,
    Rejected,
    RetryCause,
    RetryRule,
    Unknown,
)
from infrastructure.channels.whatsapp import WhatsAppAdapter
from infrastructure.clock import machine_now
from infrastructure.embedded.sandbox import SandboxProviders
from infrastructure.embedded.sandbox_log import read_taken
from infrastructure.http.guarded import GuardedHttp
from infrastructure.settings import Settings

TO, FROM, SID = "+353871234567", "+353850000001", "HX" + "a1" * 16
FREE = Outgoing("k", "k:WHATSAPP:0", TO, FROM, "Dia duit, Áine")
TEMPLATE = Outgoing(
    "k", "k:WHATSAPP:0", TO, FROM, "Our words", content=Content(SID, (("1", "Áine"), ("2", "5")))
)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[SandboxProviders]:
    with SandboxProviders(tmp_path / "taken.jsonl").start() as providers:
        yield providers


@pytest.fixture
def adapter(gateway: SandboxProviders) -> Iterator[WhatsAppAdapter]:
    http = GuardedHttp(gateway.sms_url, user="ACsandbox", password="sandbox-token")
    made = WhatsAppAdapter(http, account="ACsandbox", retry_rule=RetryRule.LOOK_UP)
    with closing(made):
        yield made


def test_free_text_outside_the_window_is_refused_by_the_gateway_and_stops(
    adapter: WhatsAppAdapter,
) -> None:
    """Trap 44: the gateway's own word for it, should our clocks differ."""
    assert adapter.send(FREE) == Rejected(Cause.WINDOW_CLOSED, "63016", RetryCause.STOP)


def test_free_text_goes_while_the_window_is_open(
    adapter: WhatsAppAdapter, gateway: SandboxProviders
) -> None:
    gateway._sms.heard(f"whatsapp:{TO}", "tá sí tinn")
    assert isinstance(adapter.send(FREE), Accepted)
    gateway._sms.inbound[f"whatsapp:{TO}"] = machine_now() - timedelta(hours=24)
    assert isinstance(adapter.send(FREE), Rejected)


def test_an_approved_text_goes_by_its_id_and_its_values_and_never_in_the_body(
    adapter: WhatsAppAdapter, gateway: SandboxProviders
) -> None:
    """Trap 44."""
    gateway._sms.contents[SID] = "{{1}} missed {{2}} days"
    fields = dict(adapter.words(TEMPLATE))
    assert set(fields) == {"ContentSid", "ContentVariables"}
    assert json.loads(fields["ContentVariables"]) == {"1": "Áine", "2": "5"}
    assert isinstance(adapter.send(TEMPLATE), Accepted)
    [taken] = read_taken(gateway.log_path)
    assert taken.to == f"whatsapp:{TO}"
    assert gateway._log.entries[0]["body"] == "Áine missed 5 days"


def test_words_that_the_gateway_made_of_a_text_may_be_another_message_s(
    adapter: WhatsAppAdapter, gateway: SandboxProviders
) -> None:
    """Neither taken for ours nor sent again: the status callback names the message."""
    before = machine_now()
    assert adapter.look_up(TEMPLATE, before) == NotFound()
    sent = adapter.send(TEMPLATE)
    assert isinstance(sent, Accepted)
    assert adapter.look_up(TEMPLATE, before) == Unknown(Cause.CANNOT_ASK)
    assert adapter.look_up(TEMPLATE, before, {sent.provider_ref}) == NotFound()


def test_the_settings_name_an_approved_text_for_each_language() -> None:
    ids = SettledContentIds({"ATTENDANCE:en": SID})
    assert ids.content_sid(uuid4(), "ATTENDANCE", "en") == SID
    assert ids.content_sid(uuid4(), "ATTENDANCE", "ga") is None


@pytest.mark.parametrize("wrong", [{"ATTENDANCE": SID}, {"ATTENDANCE:en": "HX1"}, {":en": SID}])
def test_a_slip_in_the_settings_is_told_at_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="WHATSAPP_CONTENT"):
        Settings(WHATSAPP_CONTENT=wrong)


def test_what_fills_the_gaps_stays_out_of_logs() -> None:
    assert "Áine" not in repr(TEMPLATE)

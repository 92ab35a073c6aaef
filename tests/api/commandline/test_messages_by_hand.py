"""`anseo messages`: a person sees what did not go, settles it and lets it go once more."""

from uuid import uuid4

import pytest

from api.commandline.opening import DEFAULT_TENANT, tenant_id
from domain.message.commands import RecordUnknown
from tests.support.front import Family, Front
from tests.support.typed import anseo, told

pytestmark = pytest.mark.postgres
BY = ("--by", "staff:office")


def test_a_message_that_nobody_knew_about_is_settled_sent_again_and_told_of(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RELIABILITY 3, class C, by hand: listed, settled, ordered again, and explained."""
    monkeypatch.setenv("DATABASE_URL", front.house.database.url)
    monkeypatch.setenv("ANSEO_HOME", str(front.house.settings.home))
    family = Family(tenant=tenant_id(DEFAULT_TENANT))
    front.start_run(family)
    message = front.text(family, accepted=False)
    front.tell(RecordUnknown(message_id=message, cause="TIMED_OUT"), family.tenant)
    front.settle()
    (one,) = told("messages", "list", "unknown")["items"]
    assert (one["message_id"], one["owner"]) == (str(message), "school:attendance-office")
    assert str(message) in anseo("messages", "list").stdout
    again = ("messages", "resend", message, "--reason", "WAS_NOT_SENT", *BY)
    assert "message-outcome-unknown" in anseo(*again, status=2).output
    found = ("messages", "settle", message, "NOT_SENT", "--reason", "PROVIDER_SAYS", *BY)
    assert told(*found)["stream"] == str(message)
    assert "on record" in anseo(*again).stdout
    facts = told("messages", "show", message)["facts"]
    assert [one["name"] for one in facts[-2:]] == ["message.settled", "message.resend_ordered"]
    assert "settled by staff:office" in anseo("messages", "show", message).stdout
    late = ("messages", "abandon", message, "--reason", "TOO_LATE", *BY)
    assert "message-on-its-way" in anseo(*late, status=2).output


def test_what_is_no_message_is_said_to_be_none(
    front: Front, family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", front.house.database.url)
    monkeypatch.setenv("ANSEO_HOME", str(front.house.settings.home))
    front.start_run(family)
    for wrong in ("x", uuid4(), family.run):
        assert "message" in anseo("messages", "show", wrong, status=2).output
        settle = ("messages", "settle", wrong, "SENT", "--reason", "GUARDIAN_SAYS", *BY)
        assert "message" in anseo(*settle, status=2).output

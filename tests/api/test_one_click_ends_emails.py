"""One-click unsubscribe (RFC 8058): the POST ends it, looking does not, and nobody is told who."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID, uuid4

import pytest

from domain.contact_choice.aggregate import ContactChoice
from domain.contact_choice.commands import contact_choice_id
from domain.shared.contact import Channel
from domain.shared.ids import GuardianId
from infrastructure.vault.unsubscribe_links import unsubscribe_token
from tests.support.front import TENANT, Family, Front

pytestmark = pytest.mark.postgres
CLICK = {"List-Unsubscribe": "One-Click"}


def link(front: Front, guardian: GuardianId, tenant: UUID = TENANT) -> str:
    with front.house.database.worker() as conn:
        return "/u/" + unsubscribe_token(conn, front.house.vault, tenant, guardian)


def is_stopped(front: Front, guardian: GuardianId) -> bool:
    with front.house.database.tenant(TENANT) as conn:
        choice = front.house.ledger.load(conn, ContactChoice, contact_choice_id(guardian))
    return choice.is_suppressed(Channel.EMAIL)


def test_one_click_ends_the_emails_without_a_login_and_twice_is_once(
    front: Front, family: Family
) -> None:
    path = link(front, family.guardian)
    for _ in range(2):
        answer = front.client.post(path, data=CLICK)
        assert answer.status_code == 200, answer.text
        assert "set-cookie" not in answer.headers
    assert is_stopped(front, family.guardian)
    assert front.facts(contact_choice_id(family.guardian)) == ["contact_choice.channel_suppressed"]


def test_a_mail_program_may_send_the_field_as_parts(front: Front, family: Family) -> None:
    """RFC 8058, 3.2: multipart/form-data or application/x-www-form-urlencoded."""
    parts = {"List-Unsubscribe": (None, "One-Click")}
    answer = front.client.post(link(front, family.guardian), files=parts)
    assert answer.status_code == 200, answer.text
    assert is_stopped(front, family.guardian)


def test_looking_at_the_page_changes_nothing(front: Front, family: Family) -> None:
    """Trap 47: scanners and previews open every link of a mail."""
    path = link(front, family.guardian)
    page = front.client.get(path)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "One-Click" in page.text
    assert front.client.head(path).status_code == 405
    assert not is_stopped(front, family.guardian)


def test_a_post_that_is_not_the_one_click_changes_nothing(front: Front, family: Family) -> None:
    for body in ({}, {"List-Unsubscribe": "Maybe"}, {"other": "One-Click"}):
        answer = front.client.post(link(front, family.guardian), data=body)
        assert answer.status_code == 400
    assert not is_stopped(front, family.guardian)


def test_a_wrong_link_is_one_refusal_that_tells_of_nobody(front: Front, family: Family) -> None:
    good = link(front, family.guardian)
    raw = bytearray(urlsafe_b64decode(good.removeprefix("/u/") + "=="))
    told = set()
    for place in (0, 20, 40, len(raw) - 1):
        bent = bytearray(raw)
        bent[place] ^= 1
        path = "/u/" + urlsafe_b64encode(bytes(bent)).decode().rstrip("=")
        for answer in (front.client.get(path), front.client.post(path, data=CLICK)):
            body = answer.json()
            told.add((answer.status_code, body["code"], body["detail"]))
    for path in ("/u/x", "/u/" + "é" * 20, f"/u/{uuid4()}"):
        told.add((front.client.get(path).status_code, "unsubscribe-link-unknown", ""))
    assert {(status, code) for status, code, _ in told} == {(404, "unsubscribe-link-unknown")}
    assert not is_stopped(front, family.guardian)


def test_a_stranger_makes_no_key_by_asking(front: Front) -> None:
    before = front.count("vault_tenant_key")
    made_up = urlsafe_b64encode(uuid4().bytes + bytes(33)).decode().rstrip("=")
    assert front.client.post(f"/u/{made_up}", data=CLICK).status_code == 404
    assert front.count("vault_tenant_key") == before


def test_a_link_is_the_same_each_time_and_names_nobody(front: Front, family: Family) -> None:
    first, again = link(front, family.guardian), link(front, family.guardian)
    assert first == again
    assert first != link(front, GuardianId(uuid4()))
    raw = urlsafe_b64decode(first.removeprefix("/u/") + "==")
    assert family.guardian.bytes not in raw
    assert str(family.guardian) not in first

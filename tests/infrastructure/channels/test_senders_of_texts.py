"""A name as the sender: nobody can answer it, and unregistered it is a scam to every parent."""

import pytest

from domain.shared.contact import Channel
from infrastructure.channels.senders import is_name, notices, one_way
from infrastructure.settings import Settings

SERVICE = "MG" + "0" * 32


def settings(sender: str, *, registered: bool = False, url: str | None = "http://gw") -> Settings:
    return Settings(SMS_SENDER=sender, SMS_SENDER_REGISTERED=registered, SMS_URL=url)


@pytest.mark.parametrize("sender", ["+353850000001", "50123", SERVICE])
def test_a_number_and_a_service_can_be_answered(sender: str) -> None:
    assert not is_name(sender)
    assert one_way(settings(sender)) == frozenset()
    assert notices(settings(sender)) == []


def test_a_name_cannot_be_answered() -> None:
    """Trap 43."""
    assert one_way(settings("ScoilBhride")) == {Channel.SMS}
    assert one_way(settings("ScoilBhride", url=None)) == frozenset()  # no texts go out at all


def test_an_unregistered_name_is_told_at_the_start_in_words() -> None:
    """Trap 49."""
    [words] = notices(settings("ScoilBhride"))
    assert "Likely Scam" in words
    assert "SMS_SENDER_REGISTERED=true" in words
    assert notices(settings("ScoilBhride", registered=True)) == []


@pytest.mark.parametrize("sender", ["ScoilBhrideNaofa", "Scoil.ie!", ""])
def test_a_name_that_networks_do_not_take_is_told_too(sender: str) -> None:
    [words] = notices(settings(sender, registered=True)) if sender else [""]
    assert "at most 11" in words or not sender

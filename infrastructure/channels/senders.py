"""What families see as the sender of a text, and what that makes impossible."""

import re
from typing import Final

from domain.shared.contact import Channel
from infrastructure.settings import Settings

_NUMBER: Final = re.compile(r"\+[1-9]\d{6,14}|\d{3,6}")  # a number, or a short code
_SERVICE: Final = re.compile(r"MG[0-9a-f]{32}")
# Networks take 11 characters of the GSM alphabet, one of them a letter; an Irish registration, too.
_NAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &_-]{1,11}")


def is_name(sender: str) -> bool:
    """Say whether a sender is a name and no number. A messaging service sends from numbers."""
    return not (_NUMBER.fullmatch(sender) or _SERVICE.fullmatch(sender))


def one_way(settings: Settings) -> frozenset[Channel]:
    """Return the channels that nobody can answer on."""
    by_name = settings.sms_url is not None and is_name(settings.sms_sender)
    return frozenset({Channel.SMS}) if by_name else frozenset()


def notices(settings: Settings) -> list[str]:
    """Say in words what is wrong with the sender of texts; empty where nothing is.

    Source: ComReg's Sender ID registry. Since 3 July 2025 a text to an Irish number from a name
    that is not in it is shown as "Likely Scam".
    """
    if not one_way(settings):
        return []
    found = []
    if not _NAME.fullmatch(settings.sms_sender):
        found.append(
            "SMS_SENDER is neither a number, nor a messaging service, nor a name that networks"
            " take: write at most 11 letters and digits, at least one of them a letter"
        )
    if not settings.sms_sender_registered:
        found.append(
            "SMS_SENDER is a name that is not declared as registered: Irish networks show texts"
            ' from such a name as "Likely Scam". Register it with ComReg, then set'
            " SMS_SENDER_REGISTERED=true; or send from a number"
        )
    return found

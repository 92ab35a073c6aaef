"""WhatsApp through Twilio's HTTP API: texts that were approved before, or an answer within a day.

An approved text goes by its ContentSid and the values of its gaps, never as words in `Body`: those
are taken for words of our own, and outside the day after the family's last message the gateway
takes them and then fails (63016). Whether that day is over is decided before, by the message.
"""

import msgspec

from domain.shared.contact import Channel
from infrastructure.channels.protocol import Outgoing
from infrastructure.channels.sms import Listed, SmsAdapter, plain

PREFIX = "whatsapp:"


class WhatsAppAdapter(SmsAdapter):
    """One WhatsApp sender of an account; the gateway's rules of class A, B or C are the same."""

    channel = Channel.WHATSAPP

    def written(self, number: str) -> str:
        """Return a number with the gateway's prefix."""
        return number if number.startswith(PREFIX) else PREFIX + number

    def words(self, outgoing: Outgoing) -> list[tuple[str, str]]:
        """Name an approved text and fill its gaps, or say words of our own."""
        if outgoing.content is None:
            return super().words(outgoing)
        values = msgspec.json.encode(dict(outgoing.content.variables)).decode()
        return [("ContentSid", outgoing.content.sid), ("ContentVariables", values)]

    def same(self, listed: Listed, outgoing: Outgoing) -> bool | None:
        """Compare words. An approved text is listed in the gateway's words, so others may be ours.

        Then nobody knows, and it stays open until its status callback, which names the message.
        """
        if outgoing.content is None or plain(listed.body) == plain(outgoing.text):
            return super().same(listed, outgoing)
        return None

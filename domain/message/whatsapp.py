"""When words of our own may go out by WhatsApp: within a day of the family's last message."""

from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(hours=24)
# The provider looks at its own clock, when our call has reached it.
MARGIN: Final = timedelta(minutes=5)


def is_window_open(last_inbound_at: datetime | None, now: datetime) -> bool:
    """Say whether free text may be sent; afterwards only a text that was approved before.

    Source: WhatsApp's customer service window, refused by the gateway with error 63016.
    """
    return last_inbound_at is not None and now < last_inbound_at + WINDOW - MARGIN

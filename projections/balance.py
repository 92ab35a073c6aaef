"""The balance sheet of messages: every message that was asked for is on exactly one side.

The two ways are counted apart: what runs asked for stands in the execution log, out of the runs'
own facts; what became of it in the messages, out of theirs. What only one of them has is on no
side and is named, so that the sheet says itself when it does not add up.
"""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from projections.kit import Query

MOST_NAMED: Final = 100


class Side(StrEnum):
    """What became of a message that was asked for."""

    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WAITING = "waiting"


class Loose(StrEnum):
    """Why a message is on no side.

    ASKED_WITHOUT_MESSAGE: a run asked, and there is no message; for a moment after it asked, that
    is as it should be. MESSAGE_WITHOUT_ASK: there is one for which no run asked.
    """

    ASKED_WITHOUT_MESSAGE = "ASKED_WITHOUT_MESSAGE"
    MESSAGE_WITHOUT_ASK = "MESSAGE_WITHOUT_ASK"


_HERE: Final = (
    " and (%(school)s::uuid[] is null or {0}.school_id = any(%(school)s))"
    " and {0}.requested_at >= (%(from)s::date)::timestamp at time zone %(zone)s"
    " and {0}.requested_at < (%(to)s::date + 1)::timestamp at time zone %(zone)s"
)
# Undelivered: it went, and did not arrive. What nobody has settled waits, whatever it is called.
_SIDE: Final = (
    "case when m.key is null then 'ASKED_WITHOUT_MESSAGE' when m.status = 'SKIPPED' then 'skipped'"
    " when m.status in ('FAILED', 'NOT_SENT', 'ABANDONED') then 'failed'"
    " when m.status = 'OUTCOME_UNKNOWN' then 'unknown'"
    " when m.status in ('REQUESTED', 'ATTEMPTED', 'DEFERRED') then 'waiting'"
    " when m.accepted_at is not null then 'sent' else 'waiting' end"
)
# The period is that of the asking: what came of it may be days later.
ROWS: Final = Query(
    "execution_log",
    "select side, reason, count(*), (array_agg(message order by message))[1:100] from ("
    f"select {_SIDE} as side, m.reason, l.message_id::text as message from {{execution_log}} l"
    " left join {messages} m on m.tenant = l.tenant and m.key = l.message_id::text"
    f" where l.tenant = %(tenant)s{_HERE.format('l')} union all"
    " select 'MESSAGE_WITHOUT_ASK', null, m.key from {messages} m"
    f" where m.tenant = %(tenant)s{_HERE.format('m')}"
    " and not exists (select from {execution_log} l"
    " where l.tenant = m.tenant and l.message_id = m.key::uuid)) as every"
    " group by side, reason limit 1000",
)


def sheet(rows: Iterable[tuple[str, str | None, int, list[str]]]) -> dict[str, Any]:
    """Return the sheet: counts by side, skips by reason, and what is on no side.

    `agrees` says that asked = sent + skipped + failed + unknown + waiting, to the message, and that
    nothing is loose.
    """
    sides, why, loose = Counter[str](), Counter[str](), []
    for side, reason, count, messages in rows:
        sides[side] += count
        if side == Side.SKIPPED:
            why[reason or ""] += count
        if side in set(Loose):
            loose += [{"message_id": one, "code": side} for one in messages]
    told = {str(side): sides[side] for side in Side}
    asked = sum(told.values()) + sides[Loose.ASKED_WITHOUT_MESSAGE]
    missing = sum(sides[one] for one in Loose)
    return {
        "asked": asked,
        **told,
        "skipped_by_reason": dict(sorted(why.items())),
        "loose": missing,
        "loose_messages": loose[:MOST_NAMED],
        "agrees": asked == sum(told.values()) and not missing,
    }

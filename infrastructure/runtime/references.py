"""Which message owns what a provider took: one owner each, whoever says so first.

A provider that is asked knows numbers and words, and two messages may say the same words to the
same number. So an acceptance is given to a message under a lock of its reference, after a look
for another owner: the call that is just being answered and the look-up of somebody else's open
attempt may both find it, and only one of them gets it. The other message stays open, is asked
about again and, when nothing is left for it, sent.
"""

import time
from collections.abc import Callable, Container
from typing import Final
from uuid import UUID

from infrastructure.runtime.projecting import checkpoint_of
from infrastructure.store import reads
from infrastructure.store.database import Connection, Database
from infrastructure.store.errors import Unavailable
from infrastructure.store.ledger import Intent, Ledger, Outcome
from projections import messages
from projections.messages import MessageRow

_PATIENCE_SECONDS: Final = 15.0
_LOCK: Final = "select pg_advisory_xact_lock(hashtextextended(%s, 7268))"
_NOT_FOLDED: Final = (
    "select stream from ledger_json where name = 'message.accepted' and tenant = %s"
    " and fact ->> 'provider_ref' = %s and position > coalesce((select notification_id"
    " from follower_position where application_name = %s), 0) order by position limit 1"
)


def owner_of(conn: Connection, tenant: UUID, reference: str) -> UUID | None:
    """Return the message that owns a reference, also where the table is behind.

    The newest facts are read first: one that is folded in between is in the table.
    """
    asked = (tenant, reference, checkpoint_of(messages.MESSAGES))
    newest = conn.execute(_NOT_FOLDED, asked).fetchone()
    if newest is not None:
        return UUID(str(newest[0]))
    known = {"tenant": tenant, "ref": reference}
    rows = reads.documents(conn, messages.BY_PROVIDER_REF, MessageRow, known)
    return rows[0].message_id if rows else None


def give(
    ledger: Ledger, tenant: UUID, reference: str, wish: Callable[[UUID | None], Intent | None]
) -> Outcome | None:
    """Execute what is wished for once the owner of a reference is known; nobody else moves it.

    A lost connection is met by asking again under the same command id, as the ledger itself does:
    no provider tells a second time.

    Raises:
        Unavailable: PostgreSQL stayed away.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    wait = 0.05
    while True:
        try:
            with ledger.database.worker() as conn:
                conn.execute(_LOCK, (f"{tenant}:{reference}",))
                intent = wish(owner_of(conn, tenant, reference))
                return None if intent is None else ledger.within(conn, [intent])[0]
        except Unavailable:
            if time.monotonic() + wait > deadline:
                raise
        time.sleep(wait)
        wait = min(wait * 2, 1.0)


class OwnedByOthers(Container[str]):
    """The references of every message but one, asked one by one: there may be very many.

    What earlier generations of the message itself were known by is not what it looks for, either.
    """

    def __init__(
        self, database: Database, tenant: UUID, message: UUID, earlier: frozenset[str]
    ) -> None:
        self._database = database
        self._tenant = tenant
        self._message = message
        self._earlier = earlier

    def __contains__(self, reference: object) -> bool:
        if reference in self._earlier:
            return True
        with self._database.worker() as conn:
            owner = owner_of(conn, self._tenant, str(reference))
        return owner is not None and owner != self._message

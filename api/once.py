"""A wish that reaches many streams at once: all of it commits, or nothing, and once for its key."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from api.receipts import Desk
from domain.kernel.commands import Command
from domain.kernel.refusals import CommandReused
from domain.shared.ids import derived_id
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Intent, Outcome

_ALONE: Final = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
_ANSWERED: Final = (
    "select body_hash, answer from command_answer where tenant = %s and command_id = %s"
)
_ANSWER: Final = (
    "insert into command_answer (tenant, command_id, body_hash, answer) values (%s, %s, %s, %s)"
)


def once(desk: Desk, asked: object, do: Callable[[Connection], dict[str, Any]]) -> bytes:
    """Do something in one transaction and keep its answer: the same key is answered by it again.

    Raises:
        CommandReused: the key was used before for something else.
    """
    body = sha256(msgspec.json.encode(asked)).digest()
    key = (desk.caller.tenant, desk.command_id)
    with desk.house.database.worker() as conn:
        conn.execute(_ALONE, (str(desk.command_id),))
        known = conn.execute(_ANSWERED, key).fetchone()
        if known is not None:
            if bytes(known[0]) != body:
                raise CommandReused
            return str(known[1]).encode()
        answer = msgspec.json.encode(do(conn))
        conn.execute(_ANSWER, (*key, body, answer.decode()))
    desk.house.bell.ring("project")
    return answer


def together(desk: Desk, conn: Connection, wishes: Sequence[Command]) -> list[Outcome]:
    """Put down wishes in one transaction; each has an id of its own, made of the request's."""
    return desk.house.ledger.within(
        conn,
        [
            Intent(
                tenant=desk.caller.tenant,
                command=wish,
                actor=desk.caller.actor,
                command_id=derived_id(desk.command_id, type(wish).__name__, wish.stream),
                correlation=desk.correlation,
            )
            for wish in wishes
        ],
    )

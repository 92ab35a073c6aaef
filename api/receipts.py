"""The command side: one wish of one caller, its receipt, and texts that go to the vault with it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from fastapi import Response

from api.looks import SCHOOL_OF_STUDENT
from api.tokens import Caller
from domain.kernel import facts
from domain.kernel.aggregate import Aggregate
from domain.kernel.commands import Command
from domain.kernel.facts import Event
from domain.kernel.refusals import NotFound, Refusal
from domain.shared.ids import derived_id
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Intent, Receipt
from infrastructure.vault.entry import Entry
from infrastructure.wiring.house import House

E = TypeVar("E", bound=Event)
A = TypeVar("A", bound=Aggregate[Any, Any])
_FOUNDING: Final = (
    "select topic, event_version, state from ledger"
    " where originator_id = %s and originator_version = 1"
)
_ANSWERED: Final = "select 1 from command_answer where tenant = %s and command_id = %s"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one wish is put down. Its id is the same when the same request comes again."""

    house: House
    caller: Caller
    command_id: UUID
    correlation: UUID
    expecting: int | None = None

    def founding(self, stream: UUID, kind: type[E], unknown: type[NotFound]) -> E:
        """Return the fact that a stream began with, if it lies in the caller's scope.

        Read from the ledger, not from a read model: what was just begun can be worked on at once.

        Raises:
            NotFound: the same for a stream that is not there, of another kind, tenant or school.
        """
        with self.house.database.tenant(self.caller.tenant) as conn:
            event = founding(conn, stream, kind)
        if event is None or not self.caller.may_see(event.school_id):  # type: ignore[attr-defined]  # every founding fact of a school's thing names the school
            raise unknown
        return event

    def student(self, student: UUID, unknown: type[NotFound]) -> UUID:
        """Return the school of a student, which lies in the caller's scope.

        Raises:
            NotFound: the same for one who is not there and one of another school.
        """
        asked = {"tenant": self.caller.tenant, "student": student}
        with self.house.database.tenant(self.caller.tenant) as conn:
            row = conn.execute(SCHOOL_OF_STUDENT, asked).fetchone()
        if row is None or not self.caller.may_see(row[0]):
            raise unknown
        school: UUID = row[0]
        return school

    def state(self, cls: type[A], stream: UUID) -> A:
        """Return the present state of a stream of the caller's tenant."""
        with self.house.database.tenant(self.caller.tenant) as conn:
            return self.house.ledger.load(conn, cls, stream)

    def for_wish(self, command: Command) -> "Desk":
        """Make the id of a change depend on the wish too: two wishes at one version are two."""
        wish = sha256(type(command).__name__.encode() + b"\0" + msgspec.json.encode(command))
        return replace(
            self,
            command_id=derived_id(self.command_id, command.stream, wish.hexdigest()),
        )

    def unconditional(self) -> "Desk":
        """Ask for what follows on other streams, whose versions nobody has seen."""
        return replace(self, expecting=None)

    def execute(self, command: Command) -> Receipt:
        """Execute the wish."""
        return self.house.ledger.execute(
            command,
            tenant=self.caller.tenant,
            by=self.caller.actor,
            command_id=self.command_id,
            expecting=self.expecting,
            correlation=self.correlation,
        )

    def was_answered(self) -> bool:
        """Say whether this wish was granted before: it is answered by the same receipt again."""
        with self.house.database.worker() as conn:
            return self._answered(conn)

    def reference(self, what: str, text: str) -> UUID:
        """Return the id of a text in the vault: the same text of the same wish has the same id.

        Keyed by the tenant, so that nobody can try texts against the ids that stand in facts.
        """
        with self.house.database.worker() as conn:
            digest = self.house.vault.blind_index(conn, self.caller.tenant, f"{what} {text}")
        return derived_id(what, self.command_id, digest.hex())

    def execute_with_text(self, command: Command, entry: Entry) -> Receipt:
        """Execute the wish and keep its text in the vault: both commit, or neither."""
        with self.house.database.worker() as conn:
            answered = self._answered(conn)
            outcome = self.house.ledger.within(conn, [self._intent(command)])[0]
            if isinstance(outcome, Refusal):
                raise outcome
            if outcome.facts and not answered:
                self.house.vault.put_many(conn, self.caller.tenant, [entry])
        self.house.bell.ring("project")
        return outcome

    def _answered(self, conn: Connection) -> bool:
        asked = (self.caller.tenant, self.command_id)
        return conn.execute(_ANSWERED, asked).fetchone() is not None

    def _intent(self, command: Command) -> Intent:
        return Intent(
            tenant=self.caller.tenant,
            command=command,
            actor=self.caller.actor,
            command_id=self.command_id,
            correlation=self.correlation,
            expecting=self.expecting,
        )


def founding(conn: Connection, stream: UUID, kind: type[E]) -> E | None:
    """Return the fact that a stream began with; nothing for a stream of another kind.

    Ask this before a stream is loaded under an id that came from outside: an aggregate cannot
    take in the facts of another.
    """
    row = conn.execute(_FOUNDING, (stream,)).fetchone()
    event = None if row is None else facts.read(*row)
    return event if isinstance(event, kind) else None


def receipted(
    receipt: Receipt,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    location: str | None = None,
    more: Mapping[str, str] | None = None,
) -> Response:
    """Return a receipt; its ETag is the version to send with If-Match."""
    headers = {"ETag": f'"{receipt.version}"'}
    if location is not None:
        headers["Location"] = location
    body: dict[str, object] = msgspec.to_builtins(receipt)
    return Response(
        msgspec.json.encode(body | dict(more or {})), status, headers, "application/json"
    )

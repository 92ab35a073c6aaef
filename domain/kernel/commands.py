"""A command: somebody wants something of one aggregate."""

from typing import ClassVar, NamedTuple, Self, dataclass_transform
from uuid import UUID

import msgspec


class Consulted(msgspec.Struct, frozen=True):
    """One stream that a decision looks at besides its own: its aggregate's kind and its id."""

    kind: str
    stream: UUID


class Link(NamedTuple):
    """A guardian of one pupil: what holds for one child need not hold for another."""

    student: UUID
    guardian: UUID


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Command(msgspec.Struct, frozen=True):
    """Base of all commands. `kind` names the aggregate that decides.

    Aggregates do not know each other's classes: they name kinds, and the ledger resolves them.
    """

    kind: ClassVar[str]

    @property
    def stream(self) -> UUID:
        """The stream that decides."""
        raise NotImplementedError(type(self).__name__)  # pragma: no cover

    @property
    def consults(self) -> tuple[Consulted, ...]:
        """Other streams whose state the decision sees, frozen until it is committed."""
        return ()

    @property
    def wish(self) -> Self:
        """What was asked, by which a repeated command is known, without what was looked up for it.

        The register may have moved on when somebody sends the same wish again.
        """
        return self

    @property
    def links(self) -> tuple[Link, ...]:
        """Guardians of pupils of whom the decision needs what the register says at this moment."""
        return ()

    @property
    def schools(self) -> tuple[UUID, ...]:
        """Schools whose calendar the decision needs."""
        return ()

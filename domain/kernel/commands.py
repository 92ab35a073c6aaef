"""A command: somebody wants something of one aggregate."""

from typing import ClassVar
from uuid import UUID

import msgspec


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all commands. A command names its stream, and the streams it must also see."""

    target: ClassVar[type]

    @property
    def stream(self) -> UUID:
        """The stream that decides."""
        raise NotImplementedError(type(self).__name__)  # pragma: no cover

    @property
    def consults(self) -> tuple["Consulted", ...]:
        """Other streams whose state the decision sees, frozen until it is committed."""
        return ()

    @property
    def schools(self) -> tuple[UUID, ...]:
        """Schools whose calendar the decision needs."""
        return ()


class Consulted(msgspec.Struct, frozen=True):
    """One stream that a decision looks at besides its own."""

    aggregate: type
    stream: UUID

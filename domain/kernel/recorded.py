"""A fact in its envelope: who, when, why, for whom, and where in the one order."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from domain.kernel.facts import Event
from domain.shared.ids import TenantId, derived_id

SYSTEM: Final = "system"


class Told(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a read model sees of a stored fact: not who asked for it, nor why.

    `version` counts from 1 inside the stream, `position` is the ledger's one order (gaps are
    normal). `occurred_at` is the school clock, `recorded_at` the machine clock; both are UTC.
    """

    tenant: TenantId
    stream: UUID
    version: int
    position: int
    occurred_at: datetime
    recorded_at: datetime
    event: Event


class Recorded(Told, frozen=True, kw_only=True, gc=False):
    """One stored fact.

    `cause` is the id of the fact that made a process manager act, absent for people's commands.
    """

    actor: str
    command_id: UUID
    cause: UUID | None
    correlation: UUID

    @property
    def id(self) -> UUID:
        """The fact's own id, the same on every machine: stream and version name it."""
        return fact_id(self.stream, self.version)


def fact_id(stream: UUID, version: int) -> UUID:
    """Return the id under which consumers de-duplicate this fact."""
    return derived_id("fact", stream, version)

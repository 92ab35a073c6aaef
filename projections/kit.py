"""What a read model is made of: declarations only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, dataclass_transform

import msgspec

from domain.kernel.recorded import Recorded


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Row(msgspec.Struct, frozen=True):
    """One line of a read model. It never asks another table and never holds a person's name."""

    def but(self, **changes: Any) -> Self:
        """Return the row with some fields changed."""
        return msgspec.structs.replace(self, **changes)


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class ReadModel(Generic[R]):
    """A fold of facts into rows.

    `keys` names the rows that a fact may touch. `evolve` returns the row after the fact, or None
    for no row. A row's facts come from one stream, or it only counts: so a consumer of topics
    without an order between them builds the same rows. `columns` are the fields that queries
    filter and sort by; everything else stays in the row's document. Changing the row or the
    meaning means raising `version`: the machine builds a new table beside the old one.
    """

    name: str
    version: int
    row: type[R]
    keys: Callable[[Recorded], tuple[str, ...]]
    evolve: Callable[[R | None, Recorded, str], R | None]
    columns: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The table of this version."""
        return f"{self.name}_v{self.version}"


class Unfounded(Exception):
    """A fact touches a row that no earlier fact has founded."""


def expect(row: R | None) -> R:
    """Return the row that must exist by now."""
    if row is None:
        raise Unfounded
    return row


@dataclass(frozen=True, slots=True)
class Query:
    """SQL beside the row that it returns. `{name}` is filled with a read model's live table.

    Every query names the tenant and a limit; nothing else is ever formatted into it.
    """

    model: str
    sql: str

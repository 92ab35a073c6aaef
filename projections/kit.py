"""What a read model is made of: declarations only."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Generic, Self, TypeVar, dataclass_transform
from uuid import UUID

import msgspec

from domain.kernel.facts import Event
from domain.kernel.recorded import Told

_REMEMBERED: Final = 100_000
Keys = Callable[[Told], tuple[str, ...]]


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Row(msgspec.Struct, frozen=True, gc=False):
    """One line of a read model. It never asks another table and never holds a person's name.

    `gc=False`: a frozen row cannot hold itself, and the collector need not walk a million of them.
    """

    def but(self, **changes: Any) -> Self:
        """Return the row with some fields changed."""
        return msgspec.structs.replace(self, **changes)


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class ReadModel(Generic[R]):
    """A fold of facts into rows.

    `listens` names the facts that may touch a row: no other is read in a rebuild. `keys` names the
    rows that a fact may touch. `evolve` returns the row after the fact, or None for no row. A row's
    facts come from one stream, or it `gathers` those of many and only counts: so a consumer of
    topics without an order between them builds the same rows, and a rebuild may go stream by
    stream. `columns` are the fields that queries filter and sort by; everything else stays in the
    row's document. `unique` are indexes that PostgreSQL also holds to be so. Changing the row or
    the meaning means raising `version`: the machine builds a new table beside the old one.
    """

    name: str
    version: int
    row: type[R]
    listens: tuple[type[Event], ...]
    keys: Keys
    evolve: Callable[[R | None, Told, str], R | None]
    columns: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    gathers: bool = False

    @property
    def table(self) -> str:
        """The table of this version."""
        return f"{self.name}_v{self.version}"


@lru_cache(maxsize=_REMEMBERED)
def _written(number: int) -> tuple[str]:
    return (str(UUID(int=number)),)


def stream_key(fact: Told) -> str:
    """Return the key of the row that belongs to a fact's stream.

    Writing an id takes longer than folding a fact, and the facts of a stream come close together.
    """
    return _written(fact.stream.int)[0]


@dataclass(frozen=True, slots=True)
class RowAStream:
    """The `keys` of a model that keeps one row for each stream of some facts.

    A class, so that a rebuild can tell, and folds a stream without asking for each of its facts.
    """

    heard: frozenset[type[Event]]

    def __call__(self, fact: Told) -> tuple[str, ...]:
        """Return the key of the stream's row, if the fact is heard at all."""
        return _written(fact.stream.int) if type(fact.event) in self.heard else ()


def row_a_stream(listens: tuple[type[Event], ...]) -> RowAStream:
    """Return the `keys` of a model that keeps one row for each stream of some facts."""
    return RowAStream(frozenset(listens))


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

    `model` is the one whose position a reader waits for; another may be joined to it.

    Every query names the tenant and a limit; nothing else is ever formatted into it.
    """

    model: str
    sql: str

"""A fact: something that happened, under a written name that never changes."""

from collections.abc import Callable
from typing import Final, TypeVar, dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Event(msgspec.Struct, frozen=True, gc=False):
    """Base of all facts. A fact carries only what happened; the envelope is `Recorded`.

    `gc=False`: a frozen fact cannot hold itself, and the collector need not walk a million of them.
    """


E = TypeVar("E", bound=type[Event])

_BY_NAME: Final[dict[str, type[Event]]] = {}
_NAMES: Final[dict[type[Event], tuple[str, int]]] = {}
_UPCASTS: Final[dict[tuple[str, int], Callable[[dict[str, object]], dict[str, object]]]] = {}


def fact(name: str, version: int = 1) -> Callable[[E], E]:
    """Give a fact its stored name (`aggregate.past_participle`) and current version.

    The name is written once and never edited; the class may be renamed or moved at will.
    """

    def register(cls: E) -> E:
        if name in _BY_NAME:
            raise ValueError(f"two facts are called {name}")
        _BY_NAME[name] = cls
        _NAMES[cls] = (name, version)
        return cls

    return register


def upcast(
    name: str, from_version: int
) -> Callable[
    [Callable[[dict[str, object]], dict[str, object]]],
    Callable[[dict[str, object]], dict[str, object]],
]:
    """Register the pure, total change from one stored version of a fact to the next."""

    def register(
        change: Callable[[dict[str, object]], dict[str, object]],
    ) -> Callable[[dict[str, object]], dict[str, object]]:
        _UPCASTS[name, from_version] = change
        return change

    return register


def name_of(cls: type[Event]) -> str:
    """Return the stored name of a fact's class."""
    return _NAMES[cls][0]


def version_of(cls: type[Event]) -> int:
    """Return the version in which a fact is written today."""
    return _NAMES[cls][1]


def known_names() -> dict[str, type[Event]]:
    """Return every registered name with its class."""
    return dict(_BY_NAME)


def missing_upcasts() -> list[tuple[str, int]]:
    """Return each older version of a fact that has no way up."""
    return [
        (name, old)
        for cls, (name, version) in _NAMES.items()
        for old in range(1, version)
        if (name, old) not in _UPCASTS
    ]


class UnknownFact(Exception):
    """A stored name or version that this release does not know."""


def write(event: Event) -> bytes:
    """Return the payload as plain JSON text in UTF-8, fields in the order of the class."""
    return msgspec.json.encode(event)


def read(name: str, version: int, payload: bytes) -> Event:
    """Return the fact that was stored, lifted to today's version.

    Raises:
        UnknownFact: for a name never registered or a version newer than this release.
    """
    cls = _BY_NAME.get(name)
    if cls is None or version > _NAMES[cls][1]:
        raise UnknownFact(f"{name} version {version} is not known to this release")
    if version == _NAMES[cls][1]:
        return msgspec.json.decode(payload, type=cls)
    return lift(name, version, msgspec.json.decode(payload))


def lift(name: str, version: int, data: dict[str, object]) -> Event:
    """Return the fact whose payload was written in an older version, in today's."""
    cls = _BY_NAME[name]
    for old in range(version, _NAMES[cls][1]):
        data = _UPCASTS[name, old](data)
    return msgspec.convert(data, type=cls, strict=False)

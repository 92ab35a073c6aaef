"""One hash over random histories, made in a process of its own: `-m … WHICH COUNT`."""

import locale
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar, Final

import msgspec

from domain.kernel.aggregate import Aggregate
from domain.kernel.facts import name_of, write
from domain.kernel.world import World
from domain.meeting.commands import CancelMeeting
from domain.meeting.events import MeetingCancelled
from projections.all import READ_MODELS
from tests.properties.dump import dump
from tests.properties.town import START, last_of
from tests.properties.wishes import WISHES
from tests.support.examples import MEETING
from tests.support.following import fold, recorded

LENGTH: Final = 30
_WORDS: Final = frozenset("abcdefgh")
Fake = Aggregate[CancelMeeting, MeetingCancelled]


class NoNetwork(Exception):
    """Pure code reached for a socket."""


def forbid_sockets() -> None:
    """Make every use of a socket an error for the rest of this process."""

    def watch(event: str, args: tuple[object, ...]) -> None:
        if event.startswith("socket."):
            raise NoNetwork(f"{event} {args}")

    sys.addaudithook(watch)


def histories(count: int) -> Iterator[str]:
    """Yield the stored bytes and the state of every stream of every history."""
    for seed in range(count):
        for (kind, key), stream in last_of(seed, WISHES, LENGTH).streams.items():
            yield f"{kind} {key}\n"
            yield "".join(f"{name_of(type(f))} {write(f).decode()}\n" for f in stream.facts)
            yield dump(stream.state)


def read_models(count: int) -> Iterator[str]:
    """Yield the rows of every read model after every history: what a rebuild folds."""
    for seed in range(count):
        log = last_of(seed, WISHES, LENGTH).log
        facts = [recorded(event, stream=s, version=v, on=at) for s, v, event, at in log]
        for model in READ_MODELS:
            rows: dict[str, Any] = {}
            for fact in facts:
                fold(model, rows, fact)
            for key in sorted(rows):
                yield f"{model.table} {key} {msgspec.json.encode(rows[key]).decode()}\n"


class _OrderOfASet(Fake):
    """Wrong on purpose: says its facts in the order of a set."""

    kind: ClassVar[str] = "careless"

    def decide(self, command: CancelMeeting, world: World) -> list[MeetingCancelled]:
        del command, world
        return [MeetingCancelled(word) for word in _WORDS]


class _ZoneOfTheMachine(Fake):
    """Wrong on purpose: takes the machine's own day for the school's."""

    kind: ClassVar[str] = "careless"

    def decide(self, command: CancelMeeting, world: World) -> list[MeetingCancelled]:
        del command
        return [MeetingCancelled(str(world.now.astimezone().date()))]


class _AsksTheNetwork(Fake):
    """Wrong on purpose: looks something up while it decides."""

    kind: ClassVar[str] = "careless"

    def decide(self, command: CancelMeeting, world: World) -> list[MeetingCancelled]:
        del command, world
        import socket  # noqa: PLC0415  the fault that is to be found

        return [MeetingCancelled(socket.gethostbyname("localhost"))]


def _careless(cls: type[Fake]) -> Callable[[int], Iterator[str]]:
    def decisions(count: int) -> Iterator[str]:
        for hour in range(min(count, 24)):
            world = World(now=datetime(2025, 9, 23, hour, tzinfo=UTC))
            for fact in cls().decide(CancelMeeting(MEETING, "X"), world):
                yield write(fact).decode()

    return decisions


SOURCES: Final[dict[str, Callable[[int], Iterator[str]]]] = {
    "histories": histories,
    "read_models": read_models,
    "order_of_a_set": _careless(_OrderOfASet),
    "zone_of_the_machine": _careless(_ZoneOfTheMachine),
    "asks_the_network": _careless(_AsksTheNetwork),
}


def main(which: str, count: Any) -> None:
    """Print the hash, and which day the machine's own zone would have said."""
    locale.setlocale(locale.LC_ALL, "")
    forbid_sockets()
    digest = sha256()
    for text in SOURCES[which](int(count)):
        digest.update(text.encode())
    sys.stdout.write(f"{digest.hexdigest()} {START.astimezone().isoformat()}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

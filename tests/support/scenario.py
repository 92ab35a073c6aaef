"""The words in which the pure floors are tested: given, when, then."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from domain.catalogue import AGGREGATES
from domain.kernel.aggregate import Aggregate
from domain.kernel.commands import Command, Link
from domain.kernel.facts import Event
from domain.kernel.recorded import SYSTEM
from domain.kernel.refusals import Refusal
from domain.kernel.world import World
from domain.shared.calendar import SchoolCalendar
from domain.shared.ids import StudentId
from domain.shared.recipients import Contact

ZONE: Final = "Europe/Dublin"
STAFF: Final = "staff:7"


def at(text: str, zone: str = ZONE) -> datetime:
    """Return the instant at which a school's wall clock shows "2025-09-23 11:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


NOW: Final = at("2025-09-23 11:00")  # a Tuesday


def calendar(
    first: str = "2025-08-28", last: str = "2026-06-26", closed: str = "", zone: str = ZONE
) -> SchoolCalendar:
    """Return the weekdays of a year without closures ("2025-10-27/2025-10-31, 2026-03-17")."""
    shut: set[date] = set()
    for part in filter(None, closed.split(", ")):
        ends = [date.fromisoformat(end) for end in part.split("/")]
        shut.update(_days(ends[0], ends[-1]))
    days = _days(date.fromisoformat(first), date.fromisoformat(last))
    return SchoolCalendar(zone, tuple(day for day in days if day.weekday() < 5 and day not in shut))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@dataclass(frozen=True)
class Setting:
    """A world in the making: what is consulted is told by kind, all else is an empty stream."""

    now: datetime = NOW
    actor: str = SYSTEM
    calendar: SchoolCalendar = field(default_factory=calendar)
    seen: Mapping[str, tuple[Event, ...]] = field(default_factory=dict)
    contacts: tuple[tuple[StudentId, Contact], ...] = ()

    def around(self, command: Command) -> World:
        """Return what a decision on this command may look at, as the ledger would build it."""
        return World(
            now=self.now,
            actor=self.actor,
            calendars=dict.fromkeys(command.schools, self.calendar),
            consulted={
                look.stream: AGGREGATES[look.kind].replay(self.seen.get(look.kind, ()))
                for look in command.consults
            },
            contacts={Link(child, known.guardian): known for child, known in self.contacts},
        )


def world(
    now: str = "", *, actor: str = SYSTEM, closed: str = "", **seen: Iterable[Event]
) -> Setting:
    """Say what the moment of decision looks like: `world("2025-09-23 18:30", case=[closed])`."""
    facts = {kind: tuple(told) for kind, told in seen.items()}
    return Setting(at(now) if now else NOW, actor, calendar(closed=closed), facts)


class Given:
    """A stream with a history, in a world."""

    def __init__(
        self, aggregate: type[Aggregate[Any, Any]], facts: Iterable[Event], world: Setting
    ) -> None:
        self.state: Any = aggregate.replay(facts)
        self.world = world
        self.facts: tuple[Event, ...] = ()
        self.refusal: Refusal | None = None

    def when(self, command: Command, world: Setting | None = None) -> Self:
        """Let the aggregate decide, and remember; a second `when` goes on from there."""
        assert self.refusal is None, f"refused before: {self.refusal!r}"
        try:
            self.facts = tuple(self.state.decide(command, (world or self.world).around(command)))
        except Refusal as refusal:
            self.facts, self.refusal = (), refusal
        for event in self.facts:
            self.state.evolve(event)
        return self

    def then(self, *facts: Event) -> Self:
        """Exactly these facts followed."""
        assert self.refusal is None, f"refused: {self.refusal!r}"
        assert self.facts == facts, _beside(facts, self.facts)
        return self

    def ignored(self) -> Self:
        """Nothing followed, and nothing was refused: said twice, meant once."""
        return self.then()

    def refused(self, refusal: type[Refusal], **details: object) -> None:
        """The rules said no, for exactly this reason."""
        assert self.refusal is not None, f"not refused, but\n{_lines(self.facts)}"
        assert type(self.refusal) is refusal, repr(self.refusal)
        assert details.items() <= self.refusal.details.items(), self.refusal.details


def given(
    aggregate: type[Aggregate[Any, Any]], *facts: Event, world: Setting | None = None
) -> Given:
    """Start a sentence about a decision."""
    return Given(aggregate, facts, world or Setting())


def _beside(expected: Iterable[object], actual: Iterable[object]) -> str:
    return f"expected\n{_lines(expected)}\nactual\n{_lines(actual)}"


def _lines(things: Iterable[object]) -> str:
    return "\n".join(f"  {thing!r}" for thing in things) or "  nothing"

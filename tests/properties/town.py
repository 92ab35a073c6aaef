"""A made-up school in memory, where random commands leave only legal facts behind."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from domain.catalogue import AGGREGATES
from domain.kernel.aggregate import Aggregate
from domain.kernel.commands import Command
from domain.kernel.facts import Event
from domain.kernel.refusals import Refusal
from domain.kernel.world import World
from domain.playbook_run.events import StepScheduled
from domain.shared.ids import RunId
from processmanagers.kit import Diary
from tests.support.examples import SCHOOL
from tests.support.scenario import at, calendar

START: Final = at("2025-09-01 08:30")
CALENDAR: Final = calendar(closed="2025-10-27/2025-10-31, 2025-12-22/2026-01-02")


@dataclass
class Stream:
    """One aggregate's state and its facts."""

    state: Aggregate[Any, Any]
    facts: list[Event] = field(default_factory=list)


@dataclass(frozen=True)
class Decision:
    """What was asked, in which world, and what followed."""

    command: Command
    world: World
    facts: tuple[Event, ...]
    refusal: Refusal | None


class Town:
    """Executes commands as the ledger would, without one."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.now: datetime = START
        self.streams: dict[tuple[str, UUID], Stream] = {}
        self.log: list[tuple[UUID, int, Event, datetime]] = []

    def stream(self, kind: str, stream: UUID) -> Stream:
        """Return a stream, empty where nothing happened yet."""
        known = self.streams.get((kind, stream))
        return known or Stream(AGGREGATES[kind]())

    def all_of(self, kind: str) -> list[tuple[UUID, Any]]:
        """Return id and state of each stream of a kind, the oldest first."""
        return [(key[1], s.state) for key, s in self.streams.items() if key[0] == kind]

    def diary(self, run: RunId) -> Diary:
        """Return where a run's messages stand in the diary."""
        past: Any = self.stream("playbook_run", run).state
        mine = ((version, event) for stream, version, event, _ in self.log if stream == run)
        places = {
            version: (event.step_id, event.contact_on)
            for version, event in mine
            if isinstance(event, StepScheduled)
        }
        return Diary(past.past.started, past.past.playbook, places)

    def world(self, command: Command, actor: str) -> World:
        """Return what a decision may look at."""
        return World(
            now=self.now,
            actor=actor,
            calendars={SCHOOL: CALENDAR},
            consulted={
                look.stream: self.stream(look.kind, look.stream).state for look in command.consults
            },
        )

    def execute(self, command: Command, actor: str) -> Decision:
        """Decide, remember, and return what happened."""
        world = self.world(command, actor)
        stream = self.stream(command.kind, command.stream)
        try:
            facts = tuple(stream.state.decide(command, world))
        except Refusal as refusal:
            return Decision(command, world, (), refusal)
        if facts:
            self.streams[command.kind, command.stream] = stream
        for event in facts:
            stream.state.evolve(event)
            stream.facts.append(event)
            self.log.append((command.stream, len(stream.facts), event, self.now))
        return Decision(command, world, facts, None)

    def let_time_pass(self) -> None:
        """Move to the next due step, by minutes, or by days."""
        due = [
            run.past.waiting.due_at
            for _, run in self.all_of("playbook_run")
            if run.past.waiting is not None and run.past.waiting.due_at > self.now
        ]
        if due and self.random.random() < 0.6:
            self.now = min(due)
        else:
            self.now += timedelta(minutes=self.random.choice((1, 45, 600, 1440, 2880)))


Draw = Callable[[Town], Command | None]


def history(
    seed: int, draws: tuple[tuple[Draw, int], ...], length: int
) -> Iterator[tuple[Town, Decision]]:
    """Yield each decision of one random history, right after it was made."""
    town = Town(seed)
    kinds = [draw for draw, weight in draws for _ in range(weight)]
    for _ in range(length):
        if town.random.random() < 0.2:
            town.let_time_pass()
        command = town.random.choice(kinds)(town)
        if command is not None:
            actor = "staff:7" if town.random.random() < 0.7 else "system"
            yield town, town.execute(command, actor)


def last_of(seed: int, draws: tuple[tuple[Draw, int], ...], length: int) -> Town:
    """Return the town at the end of one random history."""
    town = Town(seed)
    for after, _ in history(seed, draws, length):
        town = after
    return town

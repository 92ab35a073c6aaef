"""An aggregate decides from its own history, and remembers what its next decision needs."""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, Self, TypeVar

from domain.kernel.commands import Command
from domain.kernel.facts import Event
from domain.kernel.world import World

C = TypeVar("C", bound=Command)
E = TypeVar("E", bound=Event)


class Aggregate(Generic[C, E]):
    """One stream's state. `decide` may refuse; `evolve` never does."""

    kind: ClassVar[str]

    def decide(self, command: C, world: World) -> Sequence[E]:
        """Return the facts that follow from a command, or raise a Refusal."""
        raise NotImplementedError  # pragma: no cover

    def evolve(self, event: E) -> None:
        """Remember a fact."""
        raise NotImplementedError  # pragma: no cover

    @classmethod
    def replay(cls, events: Iterable[E]) -> Self:
        """Return the state after these facts."""
        state = cls()
        for event in events:
            state.evolve(event)
        return state

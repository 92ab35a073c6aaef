"""Draws that fall the same on every machine."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Made-up chance, named by what it decides, so that one more draw here moves nothing there.

    Of `random` only the sequence of `random()` is promised from one Python to the next.
    """

    def __init__(self, *name: object) -> None:
        self._draw = Random(":".join(map(str, name))).random  # noqa: S311  no secret hangs on it

    def share(self) -> float:
        """Return a number from 0 up to, but not including, 1."""
        return self._draw()

    def chance(self, share: float) -> bool:
        """Say yes with a probability."""
        return self._draw() < share

    def between(self, least: int, most: int) -> int:
        """Return a whole number, both ends included."""
        return least + int(self._draw() * (most - least + 1))

    def pick(self, things: Sequence[T]) -> T:
        """Return one of several things."""
        return things[int(self._draw() * len(things))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """Return one of several things, each as often as its weight says."""
        left = self._draw() * sum(weights.values())
        for thing, weight in weights.items():
            left -= weight
            if left < 0:
                return thing
        return thing

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """Return the things in another order."""
        return [thing for _, _, thing in sorted((self._draw(), n, t) for n, t in enumerate(things))]

"""Items that go together."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def by(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Return items that go together, in their order."""
    found: dict[K, list[T]] = defaultdict(list)
    for one in items:
        found[key(one)].append(one)
    return found

"""How much each chaos test does: `make chaos`, or `make chaos SIZE=release`. All in one place."""

import os
from dataclasses import dataclass
from typing import Final


def size() -> str:
    """Return how much is to be done."""
    return os.environ.get("SIZE", "ci")


RELEASE: Final = size() == "release"


@dataclass(frozen=True, slots=True)
class People:
    """How many pupils a village has, and how many stages are approved each evening."""

    pupils: int
    evenly: int


@dataclass(frozen=True, slots=True)
class Durable:
    """Acknowledged = durable: commands by the ledger, cuts at their COMMIT, stops of PostgreSQL."""

    commands: int
    cuts: int
    stops: int


@dataclass(frozen=True, slots=True)
class Door:
    """The same through HTTP: two blows of three kill the API, the third stops PostgreSQL."""

    wishes: int
    blows: int


@dataclass(frozen=True, slots=True)
class Flood:
    """Many families hear at once, while every role is struck down again and again."""

    kills: int
    pauses: int
    longest_pause: float
    stops: int


WHOLE: Final = People(600, 20) if RELEASE else People(50, 10)
PART: Final = People(200, 20) if RELEASE else People(30, 10)
DURABLE: Final = Durable(50_000, 1_000, 20) if RELEASE else Durable(5_000, 100, 3)
DOOR: Final = Door(5_000, 50) if RELEASE else Door(400, 6)
FLOOD: Final = Flood(800, 50, 30.0, 40) if RELEASE else Flood(60, 9, 30.0, 12)
FLOOD_PEOPLE: Final = People(14_000, 1) if RELEASE else People(800, 1)

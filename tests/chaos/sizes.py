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
# R1 is the first two together: 6,000 sends, 60 kills and 10 stops; 100,000, 800 and 40 at release.
FLOOD: Final = Flood(700, 45, 30.0, 32) if RELEASE else Flood(46, 6, 30.0, 9)
FLOOD_PEOPLE: Final = People(11_500, 1) if RELEASE else People(570, 1)
KEYED_FLOOD: Final = Flood(200, 10, 30.0, 10) if RELEASE else Flood(18, 2, 10.0, 3)
KEYED_PEOPLE: Final = People(3_000, 1) if RELEASE else People(240, 1)
CONTROL_FLOOD: Final = Flood(12, 0, 0.0, 0)
CONTROL_PEOPLE: Final = People(60, 1)

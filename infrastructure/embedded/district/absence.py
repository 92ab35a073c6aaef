"""Who is away when, and why: illness that sticks, winters, Mondays, and a few in trouble."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from infrastructure.embedded.district.dice import Dice
from infrastructure.embedded.district.people import Household, Pupil

PRESENT: Final = "P"
_UNEXPLAINED: Final = "F"
_KNOWN_BEFORE: Final = frozenset({"D", "H", _UNEXPLAINED})
_FOLLOWS_UP: Final = 2  # school days until the note from home has been read
_TOLD_AT_ONCE: Final = 0.6  # families who ring in the morning
_MISTAKEN: Final = 0.08  # a day without a word was in truth a day at school
_CATCHES: Final = 0.2  # a sister or brother falls ill, too


class Pattern(StrEnum):
    """How a pupil's attendance goes over the year."""

    STEADY = "STEADY"
    CHRONIC = "CHRONIC"
    DIP = "DIP"  # gets worse in autumn, then much better


# Tried until the ladder that ships finds, of 600 pupils in one autumn, about 90 for a first letter,
# 45 for a second, 20 for a meeting and 5 beyond. September is quiet, or it finds far more: of the
# first twenty days two are ten per cent.
_CHRONIC_SHARE, _DIP_SHARE = 0.09, 0.012
_SIBLING_CHRONIC: Final = 0.4
_MONTHS: Final = {
    9: 0.3,
    10: 0.8,
    11: 1.3,
    12: 1.45,
    1: 1.25,
    2: 1.15,
    3: 1.0,
    4: 0.9,
    5: 0.85,
    6: 0.9,
}
_WEEKDAYS: Final = (1.3, 0.85, 0.8, 0.8, 1.25)
_LENGTHS: Final[Mapping[Pattern, Mapping[int, float]]] = {
    Pattern.STEADY: {1: 75, 2: 17, 3: 5, 4: 1.5, 5: 1, 8: 0.5},
    Pattern.CHRONIC: {1: 62, 2: 25, 3: 10, 5: 3},
    Pattern.DIP: {1: 60, 2: 30, 3: 10},
}
_REASONS: Final[Mapping[Pattern, Mapping[str, float]]] = {
    Pattern.STEADY: {"A": 70, "B": 7, "E": 8, "H": 3, "F": 12},
    Pattern.CHRONIC: {"A": 43, "B": 6, "E": 9, "H": 1, "F": 41},
    Pattern.DIP: {"A": 30, "E": 15, "F": 55},
}
_DIP_DAYS: Final = (15, 40)  # school days of the year between which it goes wrong
_DIP_LEVELS: Final = (0.02, 0.3, 0.01)  # spells begun a day: before, in it, after
_AHEAD, _SPARED = 0.5, 0.3  # days more than usual from which on a new spell is less likely
_SUSPENDED: Final = 0.06  # of the longer troubles of older pupils


class Absence(NamedTuple):
    """One day away: what the roll said that day, and what it says once the note has come."""

    pupil: Pupil
    on: date
    code: str
    later: str | None = None
    later_on: date | None = None


@dataclass(slots=True)
class _Spell:
    reason: str = ""
    told: bool = True
    left: int = 0
    alone: bool = False


def patterns(seed: int, households: list[Household], pupils: int) -> dict[str, Pattern]:
    """Return each pupil's pattern. Trouble runs in families; how many have it is settled."""
    dice = Dice(seed, "patterns")
    found: dict[str, Pattern] = {}
    chronic, dips = round(pupils * _CHRONIC_SHARE), round(pupils * _DIP_SHARE)
    for home in dice.shuffled(households):
        for pupil in home.pupils:
            troubled = pupil is home.pupils[0] or dice.chance(_SIBLING_CHRONIC)
            if chronic and troubled:
                found[pupil.source_id] = Pattern.CHRONIC
                chronic -= 1
            elif dips and not chronic and pupil is home.pupils[0]:
                found[pupil.source_id] = Pattern.DIP
                dips -= 1
            else:
                found[pupil.source_id] = Pattern.STEADY
    return found


def absences(seed: int, home: Household, known: Mapping[str, Pattern]) -> Iterator[Absence]:
    """Yield every day that the children of a home are away from an open school."""
    dice = Dice(seed, "absence", home.source_id)
    often = 0.7 + 0.6 * dice.share()  # some homes catch everything
    children = [_Child(dice, pupil, known[pupil.source_id], often) for pupil in home.pupils]
    last = max(child.days[-1] for child in children)
    day = min(child.days[0] for child in children)
    while day <= last:
        fell_ill = [child for child in children if child.wakes(day)]
        for child in children:
            if fell_ill and child not in fell_ill and dice.chance(_CATCHES):
                child.catches(fell_ill[0])
            yield from child.answers(day)
        day += timedelta(days=1 if day.weekday() < 4 else 7 - day.weekday())  # noqa: PLR2004  Friday


class _Child:
    """One pupil from day to day."""

    def __init__(self, dice: Dice, pupil: Pupil, pattern: Pattern, often: float) -> None:
        self._dice = dice
        self._pupil = pupil
        self._pattern = pattern
        self._spell = _Spell()
        self._level = often * (0.014 + 0.012 * dice.share())
        if pattern is Pattern.CHRONIC:
            self._level = 0.083 + 0.1 * dice.share() ** 3
        self._away = 0
        self.days = pupil.school.open_days
        self._place = {day: place for place, day in enumerate(self.days)}

    @property
    def reason(self) -> str:
        """Why the pupil is away, or was the last time."""
        return self._spell.reason

    def wakes(self, day: date) -> bool:
        """Say whether an illness that others may catch begins today."""
        if self._spell.left:
            return False
        season = _MONTHS.get(day.month, 1.0)
        if self._pattern is not Pattern.STEADY:
            season = (1 + season) / 2  # trouble knows no season, or less of it
        season *= _WEEKDAYS[day.weekday()]
        share = self._begins(day)
        if self._away > _AHEAD + share * 1.6 * self._place.get(day, len(self.days)):
            share *= _SPARED
        if not self._dice.chance(share * season):
            return False
        self._begin(self._dice.weighted(_REASONS[self._pattern]))
        return self.reason == "A"

    def catches(self, other: "_Child") -> None:
        """Fall ill with what a sister or brother has."""
        if not self._spell.left:
            self._begin(other.reason)

    def answers(self, day: date) -> Iterator[Absence]:
        """Yield today's absence, if the roll is called and the pupil does not answer."""
        spell = self._spell
        if not spell.left:
            return
        place = self._place.get(day)
        spell.left -= 1
        if place is None or not self._pupil.on_roll(day):
            return
        self._away += 1
        truth = PRESENT if spell.alone and self._dice.chance(_MISTAKEN) else spell.reason
        if spell.told and truth != PRESENT:
            yield Absence(self._pupil, day, truth)
        elif place + _FOLLOWS_UP < len(self.days) and truth != _UNEXPLAINED:
            later_on = self.days[place + _FOLLOWS_UP]
            yield Absence(self._pupil, day, _UNEXPLAINED, truth, later_on)
        else:
            yield Absence(self._pupil, day, _UNEXPLAINED)

    def _begins(self, day: date) -> float:
        if self._pattern is not Pattern.DIP:
            return self._level
        place, (begins, ends) = self._place.get(day, 0), _DIP_DAYS
        return _DIP_LEVELS[(place >= begins) + (place > ends)]

    def _begin(self, reason: str) -> None:
        days = self._dice.weighted(_LENGTHS[self._pattern])
        if reason == "H":
            days += 2
        older = self._pupil.school.post_primary and self._pattern is not Pattern.STEADY
        if older and reason == _UNEXPLAINED and self._dice.chance(_SUSPENDED):
            reason = "D"
        told = reason in _KNOWN_BEFORE or self._dice.chance(_TOLD_AT_ONCE)
        self._spell = _Spell(reason, told, days, days == 1 and reason == _UNEXPLAINED)

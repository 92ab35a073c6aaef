"""Names, addresses and ways to reach people who do not exist."""

import unicodedata
from typing import Any, Final

from infrastructure.embedded.district.data import told
from infrastructure.embedded.district.dice import Dice

PHONES: Final = "+35385000"  # looks like nobody's: a plan's first numbers are not given out
_MOST_PHONES: Final = 10_000
_HOSTS: Final = ("example.org", "example.com", "example.net")  # reserved for examples for ever
_IRISH_MORE: Final = 3  # times as many families with names in Irish at a school taught in Irish
_SPEAK_IRISH, _SPEAK_IRISH_ELSEWHERE = 0.6, 0.1
_SPEAK_OWN: Final = 0.5


class Line:
    """The names of one family: children take one surname, in the form that fits each."""

    def __init__(self, dice: Dice, *, irish: bool) -> None:
        self._dice = dice
        names: dict[str, dict[str, Any]] = told("names")
        weights = {one: said["share"] for one, said in names.items()}
        if irish:
            weights["irish"] *= _IRISH_MORE
        self._names = names[dice.weighted(weights)]
        self._surname: list[str] = dice.pick(self._names["families"])
        self._taken: set[str] = set()
        own: str = self._names["language"]
        chance = _SPEAK_OWN if own != "ga" else _SPEAK_IRISH if irish else _SPEAK_IRISH_ELSEWHERE
        self._language = own if dice.chance(chance) else "en"

    def given(self, *, girl: bool) -> str:
        """Return a forename that no sibling has."""
        while True:
            name: str = self._dice.pick(self._names["girls" if girl else "boys"])
            if name not in self._taken:
                self._taken.add(name)
                return name

    def child(self, *, girl: bool) -> str:
        """Return the surname as a son or a daughter bears it."""
        return _form(self._surname, 1 if girl else 0)

    def grown_up(self, *, woman: bool) -> tuple[str, str]:
        """Return forename and surname of a parent; about half of the women keep their own."""
        given = self.given(girl=woman)
        if not woman:
            return given, _form(self._surname, 0)
        if self._dice.chance(0.5):
            return given, _form(self._surname, 2)
        return given, _form(self._dice.pick(self._names["families"]), 1)

    def language(self) -> str:
        """Return the language in which the family wants to hear from the school, if it said so."""
        return self._language if self._dice.chance(0.9) else ""

    def address(self) -> str:
        """Return an address in one cell."""
        place = told("texts")
        return f"{self._dice.between(1, 120)} {self._dice.pick(place['streets'])}; {place['town']}"

    def phone(self, number: int) -> str:
        """Return a mobile number of one's own, as it is dialled from anywhere."""
        if number >= _MOST_PHONES:
            raise ValueError("there are not so many numbers that belong to nobody")
        return f"{PHONES}{number:04}"

    def email(self, given: str, family: str, number: int) -> str:
        """Return an address at a host that is reserved for examples."""
        return f"{_plain(given)}.{_plain(family)}.{number}@{self._dice.pick(_HOSTS)}"


def _form(surname: list[str], place: int) -> str:
    """Return the form of a son, a daughter or a wife; most surnames have but one."""
    return surname[place] if place < len(surname) else surname[0]


def _plain(name: str) -> str:
    apart = unicodedata.normalize("NFD", name.lower().replace("ł", "l"))
    return "".join(letter for letter in apart if "a" <= letter <= "z")

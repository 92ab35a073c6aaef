"""Pupils, guardians and what they are to each other, household by household."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from infrastructure.embedded.district.dice import Dice
from infrastructure.embedded.district.naming import Line
from infrastructure.embedded.district.schools import School

PRIMARY_YEARS: Final = (
    "Junior Infants",
    "Senior Infants",
    "1st Class",
    "2nd Class",
    "3rd Class",
    "4th Class",
    "5th Class",
    "6th Class",
)
POST_PRIMARY_YEARS: Final = ("1st Year", "2nd Year", "3rd Year", "4th Year", "5th Year", "6th Year")
_YEAR: Final = 365.25  # days
_STARTS_AT: Final = 4.5  # years of age on the first day of Junior Infants, at least
_CHILDREN: Final = {1: 44, 2: 36, 3: 15, 4: 5}
_TWINS: Final = 0.04
_JOINER_EACH, _LEAVER_EACH = 150, 200  # pupils of the district for each who joins or leaves


class Kind(StrEnum):
    """Who brings the children up."""

    TWO_PARENTS = "TWO_PARENTS"
    ONE_PARENT = "ONE_PARENT"
    TWO_HOMES = "TWO_HOMES"
    GRANDPARENT = "GRANDPARENT"


_KINDS: Final = {Kind.TWO_PARENTS: 62, Kind.ONE_PARENT: 23, Kind.TWO_HOMES: 12, Kind.GRANDPARENT: 3}


@dataclass(frozen=True, slots=True)
class Pupil:
    """One pupil; the days on the roll are those that the school comes to know in time."""

    source_id: str
    school: School
    household: str
    given: str
    family: str
    birth_on: date
    year_group: str
    enrolled_on: date
    left_on: date | None = None

    def on_roll(self, on: date) -> bool:
        """Say whether the pupil is on the school's roll on a day."""
        return self.enrolled_on <= on and (self.left_on is None or on <= self.left_on)


@dataclass(frozen=True, slots=True)
class Guardian:
    """One grown-up, and what the school has been told of the ways to reach them."""

    source_id: str
    given: str
    family: str
    relation: str
    phone: str
    email: str
    language: str
    address: str
    consent_sms: str
    consent_email: str
    may_receive_info: str = "yes"
    has_parental_responsibility: str = "yes"
    lives_with: str = "yes"
    no_contact: str = ""


@dataclass(frozen=True, slots=True)
class Household:
    """The children of one home and the grown-ups who answer for them, the first asked first."""

    source_id: str
    kind: Kind
    pupils: tuple[Pupil, ...]
    guardians: tuple[Guardian, ...]


class Town:
    """Makes households until there are enough pupils."""

    def __init__(self, seed: int, schools: tuple[School, ...], first: date) -> None:
        self._seed = seed
        self._first = first
        self._primary = [school for school in schools if not school.post_primary]
        self._post_primary = [school for school in schools if school.post_primary]
        self._pupils = 0
        self._guardians = 0

    def households(self, pupils: int) -> list[Household]:
        """Return homes with exactly so many pupils between them."""
        made: list[Household] = []
        drawn = 0
        while self._pupils < pupils:
            drawn += 1
            dice = Dice(self._seed, "household", drawn)
            children = self._children(dice)[: pupils - self._pupils]
            if children:
                made.append(self._household(dice, f"H{len(made) + 1:04}", children))
        return _comings_and_goings(Dice(self._seed, "roll"), made, pupils)

    def _children(self, dice: Dice) -> list[tuple[School, date, int]]:
        """Return school, birthday and school year of each child who goes to school in town."""
        younger, older = dice.pick(self._primary or [None]), dice.pick(self._post_primary or [None])
        age = 2 + dice.share() * 16
        children = []
        for _ in range(dice.weighted(_CHILDREN)):
            year = int(age - _STARTS_AT) if age >= _STARTS_AT else -1
            school = younger if year < len(PRIMARY_YEARS) else older
            if school and 0 <= year < len(PRIMARY_YEARS) + len(POST_PRIMARY_YEARS):
                children.append((school, self._first - timedelta(days=int(age * _YEAR)), year))
            age += 0 if dice.chance(_TWINS) else 1.2 + dice.share() * 2.6
        return children

    def _household(
        self, dice: Dice, source_id: str, children: list[tuple[School, date, int]]
    ) -> Household:
        irish = any(school.irish for school, _, _ in children)
        line, kind, pupils = Line(dice, irish=irish), dice.weighted(_KINDS), []
        for school, born, year in reversed(children):
            self._pupils += 1
            girl = dice.chance(0.5)
            primary = year < len(PRIMARY_YEARS)
            group = (PRIMARY_YEARS + POST_PRIMARY_YEARS)[year]
            years_here = year if primary else year - len(PRIMARY_YEARS)
            pupils.append(
                Pupil(
                    source_id=f"P{self._pupils:04}",
                    school=school,
                    household=source_id,
                    given=line.given(girl=girl),
                    family=line.child(girl=girl),
                    birth_on=born,
                    year_group=group,
                    enrolled_on=self._first - timedelta(days=364 * years_here),
                )
            )
        return Household(source_id, kind, tuple(pupils), self._grown_ups(dice, line, kind))

    def _grown_ups(self, dice: Dice, line: Line, kind: Kind) -> tuple[Guardian, ...]:
        home = line.address()
        mother = self._guardian(dice, line, "Mother", home)
        father = self._guardian(dice, line, "Father", home)
        if kind is Kind.GRANDPARENT:
            grandparent = self._guardian(dice, line, "Grandmother", home)
            return (replace(grandparent, has_parental_responsibility=dice.pick(("no", ""))),)
        if kind is Kind.TWO_PARENTS:
            shared = replace(father, phone=mother.phone) if dice.chance(0.04) else father
            return mother, shared
        first, second = (mother, father) if dice.chance(0.85) else (father, mother)
        second = replace(second, address=line.address(), lives_with="no")
        if kind is Kind.TWO_HOMES:
            return first, second
        if dice.chance(0.2):  # nobody has said whether the other parent may be told
            unsaid = {"may_receive_info": "", "has_parental_responsibility": ""}
            return first, replace(second, **unsaid)
        return (first,)

    def _guardian(self, dice: Dice, line: Line, relation: str, address: str) -> Guardian:
        self._guardians += 1
        number = self._guardians
        given, family = line.grown_up(woman=relation != "Father")
        return Guardian(
            source_id=f"G{number:04}",
            given=given,
            family=family,
            relation=relation,
            phone="" if dice.chance(0.04) else line.phone(number),
            email="" if dice.chance(0.12) else line.email(given, family, number),
            language=line.language(),
            address=address,
            consent_sms=dice.weighted({"yes": 82, "no": 6, "": 12}),
            consent_email=dice.weighted({"yes": 70, "no": 9, "": 21}),
        )


def _comings_and_goings(dice: Dice, made: list[Household], pupils: int) -> list[Household]:
    """Let some only children join late or leave early, and forbid contact with one parent."""
    alone = dice.shuffled([n for n, home in enumerate(made) if len(home.pupils) == 1])
    joiners = alone[: 1 + pupils // _JOINER_EACH]
    leavers = alone[len(joiners) :][: 1 + pupils // _LEAVER_EACH]
    for turn, n in enumerate(joiners):
        days = made[n].pupils[0].school.open_days
        joins = replace(made[n].pupils[0], enrolled_on=days[20 + 11 * turn % 50])
        made[n] = replace(made[n], pupils=(joins,))
    for turn, n in enumerate(leavers):
        days = made[n].pupils[0].school.open_days
        leaves = replace(made[n].pupils[0], left_on=days[28 + 13 * turn % 40])
        made[n] = replace(made[n], pupils=(leaves,))
    for n, home in enumerate(made):
        if home.kind is Kind.TWO_HOMES:
            barred = replace(home.guardians[1], may_receive_info="no", no_contact="yes")
            made[n] = replace(home, guardians=(home.guardians[0], barred))
            break
    return made

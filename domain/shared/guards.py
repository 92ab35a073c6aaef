"""What must be seen to before a stage may be entered: who says so, and what was said."""

from datetime import date, datetime
from enum import StrEnum

import msgspec


class GuardBy(StrEnum):
    """Who can say whether a guard holds."""

    REGISTER = "REGISTER"  # the marks
    FACTS = "FACTS"  # what the intervention has on record
    PERSON = "PERSON"


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that must hold before a stage is entered.

    `asks` is the question to a person, in words. The answer to a `special` one says something of a
    child's health or home, so it lies in the vault.
    """

    name: str
    by: GuardBy
    asks: str = ""
    special: bool = False


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What software found about one guard.

    `counted` is what decided: half-days, attempts or notices; where it looked at days, between
    which ones.
    """

    guard: str
    met: bool
    counted: int
    window_from: date | None = None
    window_to: date | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a person answers to one guard: yes, it holds."""

    guard: str
    yes: bool


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """A guard as it held when a stage was entered. `who` is empty for what software found."""

    guard: str
    by: GuardBy
    at: datetime
    who: str = ""
    counted: int | None = None

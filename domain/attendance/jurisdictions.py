"""Which code table a place uses. There is no table of "the United Kingdom": it has four systems."""

from collections.abc import Iterable
from datetime import date, time
from functools import cache
from importlib import resources
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.attendance.ages import CompulsoryAge
from domain.attendance.codes import CodeTable, code_table
from domain.attendance.register_hours import RegisterHours
from domain.attendance.school_days import MonthDay

_TOGETHER: Final = frozenset({"GB", "UK"})


class UsualHours(BaseModel):
    """When registers close where a school has not said so: before that, a child may be late.

    `read` says whether a paper names the times (SECONDARY), or this product assumes them (UNREAD).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    am_close: time = time(9, 30)
    pm_close: time = time(13, 30)
    source: str = "no paper was read: half an hour after nine and after one"
    read: Literal["SECONDARY", "UNREAD"] = "UNREAD"


class Jurisdiction(BaseModel):
    """One place with rules of its own, by its ISO 3166-2 code.

    Without `compulsory_age` nobody has read its law: who is of that age there is not known. `ages`
    are further birthdays that its rule sets ask about.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str
    code_table: str
    year_begins: Annotated[str, Field(pattern=r"^[0-9]{2}-[0-9]{2}$")]
    compulsory_age: CompulsoryAge | None = None
    ages: tuple[int, ...] = ()
    usual_hours: UsualHours = UsualHours()
    default_rules: str | None = None  # the shipped rule set; None: none is shipped

    @property
    def school_year(self) -> MonthDay:
        """The nominal first day of its school years; a rule set may name another."""
        return MonthDay(*map(int, self.year_begins.split("-")))

    @property
    def table(self) -> CodeTable:
        """The codes of its registers."""
        return code_table(self.code_table)


class JurisdictionUnknown(LookupError):
    """No such place is known here; the text says which are."""

    def __init__(self, written: str) -> None:
        own = [place for place in jurisdictions() if not place.startswith("US-")]
        together = written.strip().upper() in _TOGETHER
        why = "it has four systems with codes of their own" if together else "it is not known here"
        super().__init__(
            f"the jurisdiction {written!r}: {why}; write one of {', '.join(own)},"
            " or a state of the United States such as US-CA"
        )


@cache
def jurisdictions() -> dict[str, Jurisdiction]:
    """Return every place that is known, by its code."""
    text = (resources.files("domain.attendance") / "jurisdictions.json").read_bytes()
    places = TypeAdapter(tuple[Jurisdiction, ...]).validate_json(text)
    return {place.code: place for place in places}


def with_usual_hours(said: Iterable[RegisterHours], place: str) -> tuple[RegisterHours, ...]:
    """Return a school's hours of registers, and behind them those that are usual at its place."""
    known = jurisdictions().get(place)
    usual = UsualHours() if known is None else known.usual_hours
    always = RegisterHours(date.min, am_close=usual.am_close, pm_close=usual.pm_close)
    return (*said, always)


def jurisdiction(written: str) -> Jurisdiction:
    """Return a place by its code.

    Raises:
        JurisdictionUnknown: when there is none.
    """
    found = jurisdictions().get(written.strip().upper())
    if found is None:
        raise JurisdictionUnknown(written)
    return found

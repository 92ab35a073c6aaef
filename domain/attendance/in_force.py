"""Where and when a rule set decides: in its own place, from its first day to its last."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Scope(BaseModel):
    """The part of a rule set that says where and when it decides; the rest is not read."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True
    )

    jurisdiction: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None


class Scoped(Protocol):
    """A rule set, or the part of one that says where and when it decides."""

    @property
    def jurisdiction(self) -> str | None:
        """Its place by ISO 3166-2; None: any."""
        ...

    @property
    def effective_from(self) -> date | None:
        """Its first day; None: it always did."""
        ...

    @property
    def effective_to(self) -> date | None:
        """Its last day; None: nobody has set an end."""
        ...


def scope_of(definition: dict[str, Any]) -> Scope:
    """Return where and when a stored rule set decides."""
    return Scope.model_validate(definition)


def decides_at(rules: Scoped, place: str) -> bool:
    """Say whether a rule set decides in a place: a country's in all its parts, never round about.

    There is no law of "the United Kingdom" or of "the United States" about a school's letters, but
    a tenant may write a set for several states.
    """
    own = rules.jurisdiction
    return own is None or place == own or place.startswith(f"{own}-")


def decides_on(rules: Scoped, on: date) -> bool:
    """Say whether a rule set is in force on a day, its first and its last included."""
    begun = rules.effective_from is None or rules.effective_from <= on
    return begun and not is_over(rules, on)


def is_over(rules: Scoped, on: date) -> bool:
    """Say whether the last day of a rule set lies before a day."""
    return rules.effective_to is not None and rules.effective_to < on


def replaces(new: Scoped, old: Scoped, places: Iterable[str], today: date) -> bool:
    """Say whether a rule set takes the place of another: wherever that one decides, from now on.

    `places` are those of the schools concerned; with none known, that of the older one. One that
    begins later or ends sooner leaves the older one in use beside it: of two in force, the one that
    was put into use last decides.
    """
    where = [one for one in places if decides_at(old, one)] or [old.jurisdiction or ""]
    everywhere = all(decides_at(new, one) for one in where)
    begun = new.effective_from is None or new.effective_from <= today
    lasts = new.effective_to is None or (
        old.effective_to is not None and old.effective_to <= new.effective_to
    )
    return everywhere and begun and lasts

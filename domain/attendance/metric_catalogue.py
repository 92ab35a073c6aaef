"""What each metric and window counts, in which unit, over what, and where that comes from."""

from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: str


class MetricEntry(_Entry):
    """One metric. A metric without a denominator is a count."""

    unit: str
    counts: str
    denominator: str | None
    source: str


class DenominatorEntry(_Entry):
    """What a rate is a share of."""

    means: str


class WindowEntry(_Entry):
    """One window: its unit, and its first and last day."""

    unit: str
    begins: str = Field(alias="from")
    ends: str = Field(alias="to")
    source: str


class ConditionEntry(_Entry):
    """A condition with a name of its own, and the metric that it means."""

    metric: str | None
    writes: str


class MeaningEntry(_Entry):
    """A name out of a closed list."""

    means: str


class GuardEntry(MeaningEntry):
    """What must be seen to before a stage leaves the school, and by whom.

    `FACTS` are what this product has recorded, `REGISTER` the marks; `PERSON` decides else, and is
    asked in words. A `special` answer says something of a child's health or home.
    """

    decided_by: Literal["REGISTER", "FACTS", "PERSON"]
    source: str
    asks: str = ""
    special: bool = False


class Catalogue(BaseModel):
    """All of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metrics: tuple[MetricEntry, ...]
    denominators: tuple[DenominatorEntry, ...]
    windows: tuple[WindowEntry, ...]
    conditions: tuple[ConditionEntry, ...]
    guards: tuple[GuardEntry, ...]
    stops: tuple[MeaningEntry, ...]
    occasions: tuple[MeaningEntry, ...]
    rearming: tuple[MeaningEntry, ...]
    retraction: tuple[MeaningEntry, ...]
    approvals: tuple[MeaningEntry, ...]


@cache
def catalogue() -> Catalogue:
    """Return the catalogue that ships with the product."""
    file = resources.files("domain.attendance") / "metric_catalogue.json"
    return Catalogue.model_validate_json(file.read_bytes())

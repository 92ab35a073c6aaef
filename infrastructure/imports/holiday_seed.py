"""Public holidays as a suggestion. A public holiday is not a school holiday, nor the reverse.

Good Friday is none in Ireland, and schools are closed; Texas remembers on days on which they are
open. So the rows come out in a form that the import refuses until a person has decided about each.
"""

from collections.abc import Iterator
from datetime import date
from importlib import import_module
from typing import Any, Final

from domain.attendance.jurisdictions import Jurisdiction
from infrastructure.imports.csv_calendar import CALENDAR_COLUMNS

UNDECIDED: Final = "PUBLIC_HOLIDAY?"
COLUMNS: Final = (*CALENDAR_COLUMNS, "name")
_SATURDAY: Final = 5


class ListMissing(LookupError):
    """The library of public holidays is not installed here."""


def suggested(place: Jurisdiction, first: date, last: date) -> Iterator[tuple[str, str, str]]:
    """Yield the public holidays on weekdays, a row each: date, kind, name.

    Raises:
        ListMissing: where the optional package is not installed.
    """
    try:
        holidays: Any = import_module("holidays")
    except ModuleNotFoundError:
        raise ListMissing from None
    country, _, part = place.code.partition("-")
    years = range(first.year, last.year + 1)
    found = holidays.country_holidays(country, subdiv=part or None, years=years)
    for on, name in sorted(found.items()):
        if first <= on <= last and on.weekday() < _SATURDAY:
            yield on.isoformat(), UNDECIDED, name

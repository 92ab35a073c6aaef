"""The default Irish and English ladders over a stored district, in a process of its own.

`python -m tests.support.rules_ways day|year URL` prints one JSON object: seconds from the first
byte read to the last answer, the most memory of the process, and how many pupils stood where.
"""

import json
import resource
import sys
import time
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any, Final
from uuid import UUID

from domain.attendance.comparing import Comparison
from domain.attendance.metrics import Denominator
from domain.attendance.rules import RuleSet, shipped_rule_set
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.standing import over_days, prepare
from domain.attendance.tally import SchoolFacts
from domain.attendance.what_if import Climbed, climb_schools
from domain.shared.ids import TenantId
from infrastructure.register import pages
from infrastructure.runtime.what_if import AT_ONCE, in_turn
from infrastructure.store.database import Database

MOST_CHANGES: Final = 200
TENANT: Final = TenantId(UUID(int=0xBE))
YEAR: Final = date(2025, 9, 1)
RULES: Final = ("ie-default-1", "gb-eng-default-1")
HOLIDAYS: Final = frozenset(
    begins + timedelta(days=n)
    for begins in (date(2025, 10, 27), date(2026, 2, 16), date(2026, 5, 25))
    for n in range(5)
)
CALENDAR: Final = SchoolDays(
    (
        Term(date(2025, 9, 1), date(2025, 12, 19)),
        Term(date(2026, 1, 5), date(2026, 3, 27)),
        Term(date(2026, 4, 13), date(2026, 7, 14)),
    ),
    closed=HOLIDAYS,
)
DAYS: Final = [day for n in range(330) if CALENDAR.is_open(day := YEAR + timedelta(days=n))]


def rule_sets() -> list[RuleSet]:
    """Return the two ladders."""
    return [shipped_rule_set(name) for name in RULES]


def last_day(database: Database) -> dict[str, Any]:
    """Who stands at which stage on the last day, as a nightly look at a whole district asks it."""
    found: dict[str, int] = {}
    ladders = [(rules, prepare(rules, following=True)) for rules in rule_sets()]
    facts = SchoolFacts(CALENDAR, Denominator.MARKS)
    with database.worker() as conn:
        stored = pages.pages(conn, TENANT, YEAR)
        for first in range(0, len(stored), AT_ONCE):
            read = pages.read(conn, TENANT, stored[first : first + AT_ONCE], YEAR)
            for sheet, (rules, prepared) in product(read.values(), ladders):
                for stage in over_days(rules, DAYS[-1:], sheet, facts, {}, prepared=prepared):
                    name = f"{rules.id}:{stage.stage.key}"
                    found[name] = found.get(name, 0) + len(stage.holds[0].nonzero()[0])
    return found


def every_day(database: Database) -> dict[str, Any]:
    """Who would have entered which stage when, asked of every day, as a what-if asks it."""
    comparisons = [(rules, Comparison(MOST_CHANGES)) for rules in rule_sets()]
    facts = SchoolFacts(CALENDAR, Denominator.MARKS)
    with database.worker() as conn:
        stored = pages.pages(conn, TENANT, YEAR)

    def climbed(some: Sequence[pages.Page]) -> list[list[Climbed]]:
        with database.worker() as conn:
            read = pages.read(conn, TENANT, some, YEAR)
        schools = [(sheet, facts) for sheet in read.values()]
        return [climb_schools(rules, DAYS, schools) for rules, _ in comparisons]

    for answers in in_turn(climbed, stored):
        for (_, comparison), schools in zip(comparisons, answers, strict=True):
            for one in schools:
                comparison.begin(len(one.pupils))
            comparison.add(schools, {})
    return {
        f"{rules.id}:{one['stage']}": one["entered"]
        for rules, comparison in comparisons
        for one in comparison.as_dict()["stages"]
    }


def main() -> None:
    """Go one way and say how long it took."""
    way, url = sys.argv[1:]
    database = Database(url)
    with database.worker() as conn:
        conn.execute("select 1")
    began = time.perf_counter()
    found = {"day": last_day, "year": every_day}[way](database)
    seconds = time.perf_counter() - began
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    database.close()
    print(json.dumps({"seconds": seconds, "most_mb": most, "found": found}))  # noqa: T201


if __name__ == "__main__":
    main()

"""After its last day of school the rules look until the marks of a year have settled, and rest."""

from datetime import date, time
from pathlib import Path

import pytest

from infrastructure.store import reads
from infrastructure.store.database import Database
from projections import evaluations
from projections.evaluations import EvaluationRow
from projections.interventions import InterventionRow
from projections.kit import Query
from tests.support.town import TENANT, Town, town_on

pytestmark = pytest.mark.postgres
LAST_WEEK = [date(2026, 6, day) for day in range(22, 27)]
EVERY = Query(
    "interventions",
    "select doc from {interventions} where tenant = %(tenant)s order by key limit 9",
)


def proposed(town: Town) -> dict[str, date | None]:
    with town.house.database.auditor(TENANT) as conn:
        rows = reads.documents(conn, EVERY, InterventionRow, {"tenant": TENANT})
    return {line.stage: line.evaluated_on for row in rows for line in row.stages}


def looked_on(town: Town) -> list[date]:
    asked = dict.fromkeys(("school", "first", "last", "after_at", "after_key"))
    with town.house.database.auditor(TENANT) as conn:
        found = reads.documents(
            conn, evaluations.PAGE, EvaluationRow, {**asked, "tenant": TENANT, "limit": 99}
        )
    return sorted(row.on for row in found if row.on >= LAST_WEEK[0])


def test_a_fifth_day_on_the_last_day_of_school_leads_to_its_letter_on_the_next_weekday(
    database: Database, tmp_path: Path
) -> None:
    """001-097 It runs nightly, also then: one day for LETTER_1 to settle, two for others."""
    with town_on(database, tmp_path) as town:
        for day in LAST_WEEK:
            town.at(day, time(9, 30))
            town.marks(day, {"P1": "F"})
            town.at(day, time(17, 30))
        assert "LETTER_1" not in proposed(town)
        for number in (27, 28, 29):
            town.at(date(2026, 6, number), time(16, 0))
            assert "LETTER_1" not in proposed(town)
        town.at(date(2026, 6, 29), time(17, 30))
        assert proposed(town)["LETTER_1"] == date(2026, 6, 29)
        for month, number in ((6, 30), (7, 1), (7, 2), (7, 20)):
            town.at(date(2026, month, number), time(17, 30))
        assert looked_on(town) == [*LAST_WEEK, date(2026, 6, 29), date(2026, 6, 30)]

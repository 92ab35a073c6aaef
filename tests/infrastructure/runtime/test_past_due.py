"""Clocks of the law run out by the school's own day, also over an outage, and once."""

import json
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.attendance.rules import shipped_text
from domain.exemption.commands import GrantExemption
from domain.intervention.commands import ApproveStage
from domain.kernel import facts
from domain.owed_return.commands import SubmitReturn, return_id
from domain.shared.ids import derived_id
from infrastructure.register import reads as register
from infrastructure.runtime.past_due import ACTOR, PastDue, calendar_news
from infrastructure.store import reads
from infrastructure.store.database import Database
from infrastructure.wiring import rule_sets
from projections import queue, returns
from projections.interventions import InterventionRow
from projections.kit import Query
from projections.queue import QueueRow
from projections.returns import ReturnRow
from tests.support.town import TENANT, Town, town_on

pytestmark = pytest.mark.postgres
EVERY = Query(
    "interventions",
    "select doc from {interventions} where tenant = %(tenant)s order by key limit 9",
)
_TOLD = "select topic, event_version, state from ledger where actor = %s order by notification_id"


def in_a_hurry(town: Town) -> None:
    """The school's own ladder asks for its one letter within three school days."""
    year = {"type": "SCHOOL_YEAR"}
    stage = {
        "order": 1,
        "type": "LETTER_1",
        "trigger": {"metric": "ABSENT_DAYS", "op": ">=", "value": 2, "window": year},
        "dueWithinSchoolDays": 3,
    }
    owed = [
        {"id": "SAR-1", "dueIn": "January", "cumulative": True},
        {"id": "AAR", "covers": "whole year", "dueWithin": "6 weeks of last school day"},
    ]
    more = {"id": "hurry", "stages": [stage], "returns": owed}
    written = json.loads(shipped_text("ie-ladder-1")) | more
    rule_sets.put_into_use(town.house, TENANT, json.dumps(written).encode(), "staff:7")
    town.settle()
    for day in town.days(date(2025, 9, 1), 2):
        town.at(day, time(9, 30))
        town.marks(day, {"P1": "F"})
        town.at(day, time(17, 30))


def about(began: InterventionRow) -> dict[str, Any]:
    names = ("intervention_id", "student_id", "school_id", "case_id")
    return {name: getattr(began, name) for name in names}


def row(town: Town) -> InterventionRow:
    with town.house.database.auditor(TENANT) as conn:
        (one,) = reads.documents(conn, EVERY, InterventionRow, {"tenant": TENANT})
    return one


def told(town: Town) -> list[str]:
    with town.house.database.worker() as conn:
        found = conn.execute(_TOLD, (ACTOR,)).fetchall()
    return [f"{facts.name_of(type(e))} {e.due_on}" for e in (facts.read(*one) for one in found)]  # type: ignore[attr-defined]


def lines(town: Town) -> list[QueueRow]:
    asked = {**queue.ANY, "tenant": TENANT}
    with town.house.database.auditor(TENANT) as conn:
        return reads.documents(conn, queue.PAGE, QueueRow, asked)


def owing(town: Town) -> dict[str, tuple[str, str]]:
    asked = {**returns.ANY, "tenant": TENANT}
    with town.house.database.auditor(TENANT) as conn:
        rows = reads.documents(conn, returns.PAGE, ReturnRow, asked)
    return {row.name: (row.status, row.due_on.isoformat()) for row in rows}


def closed(town: Town, day: date) -> None:
    path = town.folder / f"closed-{day}.csv"
    words = f"date,kind,until,name,declared_days\n{day},EMERGENCY_CLOSURE,,Storm,\n"
    path.write_text(words, encoding="utf-8")
    assert town.importer.csv("calendar", path, "S1", today=day).imported
    town.settle()


def test_what_nobody_saw_to_is_past_due_the_morning_after_its_last_day(
    database: Database, tmp_path: Path
) -> None:
    """DOMAIN 3.3, overdue ones are flagged: told once, at the turn of the school's day."""
    with town_on(database, tmp_path) as town:
        in_a_hurry(town)
        due = date(2025, 9, 5)
        assert row(town).due_on == due
        town.at(due, time(23, 59))
        assert told(town) == []
        town.at(due + timedelta(days=1), time(0, 0))
        assert told(town) == [f"intervention.due_passed {due}"]
        (line,) = lines(town)
        assert (line.action, line.told_past_due_at is not None) == ("APPROVE_STAGE", True)
        wish = ApproveStage(**about(row(town)), stage="LETTER_1")
        town.house.ledger.execute(wish, tenant=TENANT, by="staff:principal")
        town.settle()
        late = [one for one in lines(town) if one.told_past_due_at]
        assert [(one.action, one.owner) for one in late] == [("SEE_TO_PAST_DUE", "staff:principal")]
        town.at(due + timedelta(days=9), time(17, 30))
        assert len(told(town)) == 1
        with town.house.database.worker() as conn:
            assert PastDue().due(conn, calendar_news(conn)) == []  # who starts anew finds nothing


def test_a_school_is_asked_for_its_returns_in_their_time(
    database: Database, tmp_path: Path
) -> None:
    """DOMAIN 1.2: in January, and within six weeks of the last school day, which may move."""
    with town_on(database, tmp_path) as town:
        in_a_hurry(town)
        assert owing(town) == {}
        town.at(date(2026, 1, 1), time(0, 0))
        assert owing(town) == {"SAR-1": ("OPEN", "2026-01-31")}
        town.at(date(2026, 6, 27), time(9, 0))
        told = {"SAR-1": ("PAST_DUE", "2026-01-31"), "AAR": ("OPEN", "2026-08-07")}
        assert owing(town) == told
        closed(town, date(2026, 6, 26))
        assert owing(town)["AAR"] == ("OPEN", "2026-08-06")
        year = date(2025, 9, 1)
        with town.house.database.worker() as conn:
            (here,) = register.schools(conn, TENANT)
        which = return_id(TENANT, here.school, "AAR", year)
        made = SubmitReturn(which, here.school, reference="AAR-1")
        town.house.ledger.execute(made, tenant=TENANT, by="staff:principal")
        town.at(date(2026, 8, 20), time(9, 0))
        assert owing(town)["AAR"] == ("SUBMITTED", "2026-08-06")


def test_a_closure_entered_afterwards_moves_the_last_day_and_nobody_is_told_early(
    database: Database, tmp_path: Path
) -> None:
    """Trap 21. The evaluator was away for days, too: it tells when it is back."""
    with town_on(database, tmp_path) as town:
        in_a_hurry(town)
        closed(town, date(2025, 9, 4))
        assert told(town) == ["intervention.due_moved 2025-09-08"]
        assert row(town).due_on == date(2025, 9, 8)
        town.at(date(2025, 9, 8), time(12, 0))
        assert len(told(town)) == 1
        town.at(date(2025, 9, 10), time(8, 0))
        assert told(town)[1:] == ["intervention.due_passed 2025-09-08"]
        for day in (date(2025, 9, 8), date(2025, 9, 9)):
            closed(town, day)  # known too late: it was told, and is taken back
        assert told(town)[2:] == [
            "intervention.due_moved 2025-09-09",
            "intervention.due_moved 2025-09-10",
        ]
        assert row(town).stages[0].past_due_on is None
        away = (derived_id("exemption", "one"), date(2025, 9, 8), date(2025, 9, 20), None)
        wish = GrantExemption(row(town).student_id, *away)
        town.house.ledger.execute(wish, tenant=TENANT, by="staff:principal")
        town.at(date(2025, 9, 12), time(8, 0))
        assert len(told(town)) == 4

"""From a file of marks to a letter, messages, a queue, and back to quiet."""

import json
from datetime import date, time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.intervention.commands import ApproveStage
from infrastructure.store import reads
from infrastructure.store.database import Database
from projections import execution_log, interventions, letter_work, queue
from projections.interventions import InterventionRow
from projections.queue import Action, QueueRow
from projections.run_pages import page
from projections.run_rows import RunRow
from tests.support.town import TENANT, Town, town_on

pytestmark = [pytest.mark.postgres, pytest.mark.journey]
ANY: dict[str, Any] = {"tenant": TENANT, "limit": 200}


def queue_of(town: Town) -> list[QueueRow]:
    with town.house.database.auditor(TENANT) as conn:
        return reads.documents(conn, queue.PAGE, QueueRow, {**queue.ANY, "tenant": TENANT})


def runs_of(town: Town) -> list[RunRow]:
    with town.house.database.auditor(TENANT) as conn:
        return reads.documents(conn, page({}), RunRow, ANY)


def taken(town: Town) -> list[dict[str, Any]]:
    path = town.folder / "provider.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def approve(town: Town, waiting: QueueRow) -> None:
    with town.house.database.auditor(TENANT) as conn:
        asked = {"tenant": TENANT, "key": str(waiting.subject)}
        (row,) = reads.documents(conn, interventions.ONE, InterventionRow, asked)
    town.house.ledger.execute(
        ApproveStage(
            intervention_id=row.intervention_id,
            student_id=row.student_id,
            school_id=row.school_id,
            case_id=row.case_id,
            stage=waiting.stage,
        ),
        tenant=TENANT,
        by="staff:principal",
    )
    town.settle()


def five_days_absent(town: Town) -> list[date]:
    days = list(town.days(date(2025, 9, 1), 6))
    for day in days:
        town.at(day, time(9, 30))
        town.marks(day, {"P1": "F"})
        town.at(day, time(17, 30))
    return days


def test_five_days_of_absence_propose_a_letter_and_nothing_goes_out_by_itself(
    database: Database, tmp_path: Path
) -> None:
    with town_on(database, tmp_path) as town:
        five_days_absent(town)
        (waiting,) = queue_of(town)
        assert (waiting.action, waiting.stage) == (Action.APPROVE_STAGE, "LETTER_1")
        assert waiting.numbers[0].absent_sessions == 10
        assert taken(town) == []


def test_an_approved_letter_is_printed_and_the_family_hears_on_the_next_school_days(
    database: Database, tmp_path: Path
) -> None:
    """000-001 A stage starts a sequence that contacts each guardian by itself; 000-022 the look of
    the evening proposes it, and STAGE_ENTERED triggers the playbook. 000-104, 000-173: the look's
    STAGE_ENTERED reaches the runner as a fact; 000-174: it makes runs and takes their steps.
    """
    with town_on(database, tmp_path) as town:
        days = five_days_absent(town)
        approve(town, queue_of(town)[0])
        assert {row.action for row in queue_of(town)} == {Action.POST_LETTER}
        assert town.house.artifacts.count(TENANT) == 2
        assert len(runs_of(town)) == 2
        for day in town.days(days[-1], 10)[1:]:
            town.at(day, time(9, 1))
            town.marks(day, {})
        sent = taken(town)
        assert sorted(entry["provider"] for entry in sent) == ["sms", "sms", "smtp", "smtp"]
        assert {run.status for run in runs_of(town)} == {"COMPLETED"}
        with town.house.database.auditor(TENANT) as conn:
            asked = {"tenant": TENANT, "school": None, "now": "infinity"}
            assert reads.fetch(conn, execution_log.BALANCE, asked) == [(4, 4, 0, 0, 0, 0)]
            assert reads.count(conn, letter_work.WAITING, {}) == 0


def test_facts_hold_no_name_no_number_and_no_address(database: Database, tmp_path: Path) -> None:
    with town_on(database, tmp_path) as town:
        five_days_absent(town)
        approve(town, queue_of(town)[0])
        town.at(date(2025, 9, 9), time(9, 1))
        with town.house.database.worker() as conn:
            facts = conn.execute("select state from ledger").fetchall()
        everything = b"\n".join(bytes(row[0]) for row in facts).decode()
    canaries = ("Seán", "Briain", "Máire", "850001001", "g1@example.org", "Bhríde")
    assert [word for word in canaries if word in everything] == []
    assert msgspec.json.decode(facts[0][0])

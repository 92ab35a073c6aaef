"""The rules look by night, after imports and in the morning; again and again, and nothing twice.

The scheduler with a real store (001-251), on the parts of 001-109.
"""

from collections import Counter
from datetime import date, time
from pathlib import Path

import pytest

from domain.attendance.rules import shipped_text
from domain.evaluation.events import LookKind
from domain.intervention.commands import ApproveStage
from infrastructure.register import reads as register
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.evaluating import EvaluationBusy, Evaluator
from infrastructure.store import reads
from infrastructure.store.database import Database
from infrastructure.wiring import rule_sets
from projections import evaluations
from projections.evaluations import EvaluationRow
from projections.interventions import InterventionRow, StageLine
from projections.kit import Query
from tests.support.town import CALENDAR, TENANT, Town, town_on

pytestmark = pytest.mark.postgres
FIRST = date(2025, 9, 1)
EVERY = Query(
    "interventions",
    "select doc from {interventions} where tenant = %(tenant)s order by key limit 9",
)


def rows(town: Town) -> list[InterventionRow]:
    with town.house.database.auditor(TENANT) as conn:
        return reads.documents(conn, EVERY, InterventionRow, {"tenant": TENANT})


def stage(town: Town, name: str = "LETTER_1") -> StageLine:
    lines = [line for row in rows(town) for line in row.stages if line.stage == name]
    assert len(lines) == 1, lines
    return lines[0]


def looks(town: Town) -> list[EvaluationRow]:
    asked = dict.fromkeys(("school", "first", "last", "after_at", "after_key"))
    with town.house.database.auditor(TENANT) as conn:
        found = reads.documents(
            conn, evaluations.PAGE, EvaluationRow, {**asked, "tenant": TENANT, "limit": 99}
        )
    return sorted(found, key=lambda row: row.on)


def facts(town: Town) -> Counter[str]:
    with town.house.database.worker() as conn:
        return Counter(name for (name,) in conn.execute("select topic from ledger").fetchall())


def school(town: Town) -> SchoolRow:
    with town.house.database.worker() as conn:
        return register.schools(conn, TENANT)[0]


def evaluator(town: Town) -> Evaluator:
    return Evaluator(town.house.database, town.house.ledger, time(17, 0))


def six_days_absent(town: Town) -> list[date]:
    days = list(town.days(FIRST, 6))
    for day in days:
        town.at(day, time(9, 30))
        town.marks(day, {"P1": "F"})
        town.at(day, time(17, 30))
    return days


def approve(town: Town, name: str = "LETTER_1") -> None:
    (row,) = [row for row in rows(town) if row.stage(name)]
    wish = ApproveStage(
        intervention_id=row.intervention_id,
        student_id=row.student_id,
        school_id=row.school_id,
        case_id=row.case_id,
        stage=name,
    )
    town.house.ledger.execute(wish, tenant=TENANT, by="staff:principal")
    town.settle()


def test_a_correction_takes_a_proposal_back_as_soon_as_it_is_imported(
    database: Database, tmp_path: Path
) -> None:
    """001-099 It also runs when a SIS sync completes. Trap 27, before dispatch."""
    with town_on(database, tmp_path) as town:
        days = six_days_absent(town)
        assert stage(town).status == "PROPOSED"
        town.marks(days[0], {}, "-corrected")
        assert stage(town).status == "WITHDRAWN"
        look = looks(town)[-1].looks[-1]
        assert look.kind is LookKind.IMPORT
        assert [(one.stage, one.reason) for one in look.done] == [("LETTER_1", "WITHDRAWN")]


def test_a_closure_entered_afterwards_is_a_correction_for_everybody(
    database: Database, tmp_path: Path
) -> None:
    """Trap 21: an emergency closure entered a week later; firings are recomputed."""
    with town_on(database, tmp_path) as town:
        days = six_days_absent(town)
        path = tmp_path / "storm.csv"
        closed = "".join(f"{day},EMERGENCY_CLOSURE,,Storm,\n" for day in days[:2])
        path.write_text("date,kind,until,name,declared_days\n" + closed, encoding="utf-8")
        report = town.importer.csv("calendar", path, "S1", today=days[-1])
        assert report.imported, report
        town.settle()
        assert stage(town).status == "WITHDRAWN"


def test_a_first_day_of_school_that_moves_begins_no_ladder_anew(
    database: Database, tmp_path: Path
) -> None:
    """A year is known by its nominal day; the real one is the calendar's, and moves with it."""
    with town_on(database, tmp_path) as town:
        days = six_days_absent(town)
        approve(town)
        before = facts(town)
        path = tmp_path / "earlier.csv"
        path.write_text(CALENDAR.replace("2025-09-01", "2025-08-28"), encoding="utf-8")
        assert town.importer.csv("calendar", path, "S1", today=days[-1]).imported
        town.settle()
        town.at(town.days(days[-1], 2)[1], time(17, 30))
        assert facts(town)["evaluation.completed"] > before["evaluation.completed"]
        assert len(rows(town)) == 1
        assert facts(town)["intervention.opened"] == before["intervention.opened"] == 1
        assert facts(town)["case.opened"] == before["case.opened"] == 1


def test_what_a_correction_took_away_after_entry_a_further_one_gives_back(
    database: Database, tmp_path: Path
) -> None:
    """Promise 6: after dispatch it is recorded and a person asked; a second correction returns."""
    with town_on(database, tmp_path) as town:
        days = six_days_absent(town)
        approve(town)
        town.marks(days[0], {}, "-1")
        town.marks(days[1], {}, "-1")
        assert stage(town).unsupported
        town.marks(days[0], {"P1": "A"}, "-2")
        town.marks(days[1], {"P1": "A"}, "-2")
        assert not stage(town).unsupported
        seen = facts(town)
        assert seen["intervention.stage_unsupported"] == 1
        assert seen["intervention.stage_reinstated"] == 1
        assert seen["letter.withdrawn"] == 2
        assert seen["letter.requested"] == 4


def test_who_leaves_the_roll_is_left_alone(database: Database, tmp_path: Path) -> None:
    """Trap 23: a leaver is not written to. Back on the roll, the ladder goes on."""
    with town_on(database, tmp_path) as town:
        days = six_days_absent(town)
        text = (tmp_path / "students.csv").read_text(encoding="utf-8")
        gone = tmp_path / "gone.csv"
        gone.write_text(
            text.replace("5,H1,2025-09-01,", f"5,H1,2025-09-01,{days[4]}"), encoding="utf-8"
        )
        assert town.importer.csv("students", gone, "S1", today=days[-1]).imported
        town.settle()
        (row,) = rows(town)
        assert (row.status, row.stop_reason) == ("STOPPED", "LEFT_ROLL")
        again = tmp_path / "again.csv"
        again.write_text(text + "\n", encoding="utf-8")
        assert town.importer.csv("students", again, "S1", today=days[-1]).imported
        town.settle()
        town.at(town.days(days[-1], 2)[1], time(17, 30))
        (row,) = rows(town)
        assert (row.status, stage(town).status) == ("ACTIVE", "PROPOSED")


def test_looking_twice_adds_nothing(database: Database, tmp_path: Path) -> None:
    """001-254 Background jobs idempotent."""
    with town_on(database, tmp_path) as town:
        days = six_days_absent(town)
        before = facts(town)
        for _ in range(3):
            looked = evaluator(town).evaluate(TENANT, school(town), days[-1])
            assert looked is not None
            town.settle()
            assert {line.reason for line in looked.left} == {"ALREADY_PROPOSED"}
        assert facts(town) == before


def test_of_two_evaluators_one_works(database: Database, tmp_path: Path) -> None:
    """DOMAIN trap 32: two schedulers at once. The lock is the school's, and dies with its owner."""
    with town_on(database, tmp_path) as town:
        days = six_days_absent(town)
        mine = school(town)
        other = database.session()
        held = other.execute(
            "select pg_try_advisory_lock(hashtextextended(%s, 7268))",
            (f"evaluate {TENANT} {mine.school}",),
        ).fetchone()
        assert held == (True,)
        with pytest.raises(EvaluationBusy):
            evaluator(town).evaluate(TENANT, mine, days[-1])
        other.close()
        assert evaluator(town).evaluate(TENANT, mine, days[-1]) is not None


def test_an_unexplained_absence_is_a_contact_on_the_same_morning(
    database: Database, tmp_path: Path
) -> None:
    """001-023, trap 26: not held by the ladder, at once, once a day, and gone when explained."""
    with town_on(database, tmp_path) as town:
        ledger = town.house.ledger
        rule_sets.activate(
            ledger, TENANT, shipped_text("ie-default-1"), "staff:office", school(town).school
        )
        town.settle()
        town.at(FIRST, time(10, 15))
        town.marks(FIRST, {"P1": "F"})
        asked = stage(town, "SAME_DAY_TEXT")
        assert (asked.status, asked.track, asked.due_on) == ("PROPOSED", "SAME_DAY", FIRST)
        assert looks(town)[0].looks[-1].kind is LookKind.SAME_DAY
        assert facts(town)["case.opened"] == 0
        town.marks(FIRST, {"P1": "A"}, "-explained")
        assert stage(town, "SAME_DAY_TEXT").status == "EXPLAINED"
        assert looks(town)[0].looks[-1].done[0].reason == "EXPLAINED"
        town.at(town.days(FIRST, 2)[1], time(10, 15))
        town.marks(town.days(FIRST, 2)[1], {"P1": "F"})
        again = stage(town, "SAME_DAY_TEXT")
        assert (again.status, again.evaluated_on) == ("PROPOSED", town.days(FIRST, 2)[1])


def test_marks_that_come_in_the_evening_text_nobody_about_today(
    database: Database, tmp_path: Path
) -> None:
    with town_on(database, tmp_path) as town:
        ledger = town.house.ledger
        rule_sets.activate(
            ledger, TENANT, shipped_text("ie-default-1"), "staff:office", school(town).school
        )
        town.at(FIRST, time(18, 5))
        town.marks(FIRST, {"P1": "F"})
        assert rows(town) == []

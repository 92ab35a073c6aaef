"""The rules look by night, after imports and in the morning; again and again, and nothing twice.

The scheduler with a real store (001-251), on the parts of 001-109.
"""

import json
from collections import Counter
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from domain.attendance.rules import shipped_text
from domain.evaluation.commands import CompleteEvaluation, evaluation_id
from domain.evaluation.events import LookKind
from domain.intervention.commands import ApproveStage
from domain.rule_set.refusals import RuleSetElsewhere, RuleSetOver
from infrastructure.register import reads as register
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.deciding import rules_for
from infrastructure.runtime.evaluating import DayNotEnded, EvaluationBusy, Evaluator
from infrastructure.store import reads
from infrastructure.store.database import Database
from infrastructure.wiring import rule_sets
from projections import evaluations
from projections.definitions import RuleSetRow
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
        assert rows(town) == []  # the register is open: the child may be on the way
        town.at(FIRST, time(10, 30))
        asked = stage(town, "SAME_DAY_TEXT")
        assert (asked.status, asked.track, asked.due_on) == ("PROPOSED", "SAME_DAY", FIRST)
        assert looks(town)[0].looks[-1].kind is LookKind.SAME_DAY
        assert facts(town)["case.opened"] == 0
        town.marks(FIRST, {"P1": "A"}, "-explained")
        assert stage(town, "SAME_DAY_TEXT").status == "EXPLAINED"
        assert looks(town)[0].looks[-1].done[0].reason == "EXPLAINED"
        town.at(town.days(FIRST, 2)[1], time(10, 45))
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
        line = stage(town, "SAME_DAY_TEXT")
        assert (line.status, line.reason, line.evaluated_on) == ("WITHHELD", "TOO_LATE", FIRST)
        look = looks(town)[0].looks[-1]
        assert [(one.stage, one.reason, one.pupils) for one in look.left] == [
            ("SAME_DAY_TEXT", "TOO_LATE", 1)
        ]
        assert facts(town)["message.requested"] == facts(town)["playbook_run.started"] == 0


def in_use(town: Town, name: str = "ie-default-1") -> None:
    rule_sets.activate(town.house.ledger, TENANT, shipped_text(name), "staff:office")
    town.settle()


def test_who_comes_late_before_the_register_closes_brings_no_message(
    database: Database, tmp_path: Path
) -> None:
    """DOMAIN 5.1 and 2.2 I: a family is not told before its child can only be absent."""
    with town_on(database, tmp_path) as town:
        in_use(town)
        town.at(FIRST, time(9, 5))
        town.marks(FIRST, {"P1": "F", "P2": "F"})
        town.at(FIRST, time(9, 20))
        town.marks(FIRST, {"P1": "F"}, "-late")  # the other one has come
        town.at(FIRST, time(10, 29))
        assert rows(town) == []
        town.at(FIRST, time(10, 30))
        assert stage(town, "SAME_DAY_TEXT").status == "PROPOSED"
        assert looks(town)[0].same_day_over == ("AM",)
        before = facts(town)["evaluation.completed"]
        town.at(FIRST, time(14, 0))
        assert facts(town)["evaluation.completed"] == before + 1
        assert facts(town)["intervention.stage_proposed"] == 1


def test_a_school_says_itself_when_its_register_closes(database: Database, tmp_path: Path) -> None:
    with town_on(database, tmp_path) as town:
        in_use(town)
        path = tmp_path / "hours.csv"
        path.write_text(
            "date,kind,am_start,am_close,pm_start,pm_close\n2025-09-01,HOURS,08:40,09:10,,\n",
            encoding="utf-8",
        )
        assert town.importer.csv("calendar", path, "S1", today=FIRST).imported
        town.at(FIRST, time(9, 5))
        town.marks(FIRST, {"P1": "F"})
        assert rows(town) == []
        town.at(FIRST, time(9, 10))
        assert stage(town, "SAME_DAY_TEXT").status == "PROPOSED"


def test_marks_that_come_the_next_morning_say_that_nobody_was_told(
    database: Database, tmp_path: Path
) -> None:
    """Promise 4, silence is explained: a school that imports overnight tells nobody in time."""
    with town_on(database, tmp_path) as town:
        in_use(town)
        town.at(town.days(FIRST, 2)[1], time(7, 0))
        town.marks(FIRST, {"P1": "F"})
        line = stage(town, "SAME_DAY_TEXT")
        assert (line.status, line.reason, line.evaluated_on) == ("WITHHELD", "TOO_LATE", FIRST)
        before = facts(town)
        town.at(town.days(FIRST, 2)[1], time(7, 30))
        assert facts(town) == before


def test_a_day_that_has_not_ended_is_refused_and_none_to_come_holds_back_the_evening(
    database: Database, tmp_path: Path
) -> None:
    with town_on(database, tmp_path) as town:
        days = town.days(FIRST, 3)
        town.at(days[0], time(16, 59))
        town.marks(days[0], {"P1": "F"})
        for day in (days[0], days[2]):
            with pytest.raises(DayNotEnded):
                evaluator(town).evaluate(TENANT, school(town), day)
        ours = rule_set(town)
        ahead = CompleteEvaluation(
            evaluation_id=evaluation_id(TENANT, school(town).school, days[2]),
            school_id=school(town).school,
            on=days[2],
            rule_set_id=ours.rule_set_id,
            rule_set_hash=ours.content_hash,
            known_at=0,
            pupils=0,
            qualifying=(),
        )
        town.house.ledger.execute(ahead, tenant=TENANT, by="an older release")
        town.settle()
        town.at(days[0], time(17, 0))
        assert [row.on for row in looks(town)] == [days[0], days[2]]


def test_a_rule_set_decides_in_its_place_and_in_its_time_only(
    database: Database, tmp_path: Path
) -> None:
    """An English set on an Irish school, and one that is over, are passed over."""
    with town_on(database, tmp_path) as town:
        ended = json.loads(shipped_text("ie-default-1")) | {
            "id": "over",
            "effectiveTo": "2025-09-01",
        }
        rule_sets.activate(town.house.ledger, TENANT, json.dumps(ended).encode(), "staff:office")
        in_use(town, "gb-eng-default-1")
        with town.house.database.worker() as conn:
            mine = school(town)
            days = (date(2025, 9, 1), date(2025, 9, 2))
            found = [rules_for(conn, TENANT, mine, day) for day in days]
            assert [one and one.definition["id"] for one in found] == ["over", "ie-ladder-1"]
            abroad = replace(mine, jurisdiction="US-TX")
            assert rules_for(conn, TENANT, abroad, days[0]) is None
        with pytest.raises(RuleSetElsewhere):
            rule_sets.put_into_use(town.house, TENANT, shipped_text("us-tx-default-1"), "staff:7")
        over = {**ended, "effectiveFrom": "2025-08-01", "effectiveTo": "2025-08-31"}
        with pytest.raises(RuleSetOver):
            rule_sets.put_into_use(town.house, TENANT, json.dumps(over).encode(), "staff:7")


def rule_set(town: Town) -> RuleSetRow:
    with town.house.database.worker() as conn:
        found = rules_for(conn, TENANT, school(town), FIRST)
    assert found is not None
    return found

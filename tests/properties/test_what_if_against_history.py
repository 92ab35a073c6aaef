"""A what-if under the rules that were in force says what evaluations stored, pupil by pupil."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from domain.attendance.ladder import Assumed
from domain.attendance.rules import RuleSet, shipped_rule_set, shipped_text
from domain.case.commands import CloseCase, case_id
from domain.evaluation.events import LookKind
from domain.exemption.commands import EndExemption, GrantExemption
from domain.intervention.commands import (
    ApproveStage,
    DeclineStage,
    FulfilStage,
)
from domain.kernel.commands import Command
from domain.shared.ids import StudentId, TenantId, derived_id
from infrastructure.clock import move_school_clock
from infrastructure.register import reads as register
from infrastructure.runtime.evaluating import Evaluator
from infrastructure.runtime.what_if import WhatIf, ask
from infrastructure.settings import Settings
from infrastructure.store import reads
from infrastructure.store.database import Database
from infrastructure.store.ledger import Intent
from infrastructure.wiring import rule_sets, workers
from infrastructure.wiring.founding import found_tenant
from infrastructure.wiring.house import House
from infrastructure.wiring.imports import Importer
from projections import queue
from projections.interventions import InterventionRow
from projections.kit import Query
from projections.queue import QueueRow
from tests.support import postgres
from tests.support.town import DUBLIN

pytestmark = pytest.mark.postgres
TENANT: Final = TenantId(derived_id("tenant", "as it was"))
FIRST, LAST = date(2025, 9, 1), date(2026, 1, 16)
HOLIDAYS: Final = ((date(2025, 10, 27), date(2025, 10, 31)), (date(2025, 12, 20), date(2026, 1, 4)))
DAYS: Final = [
    day
    for n in range((LAST - FIRST).days + 1)
    if (day := FIRST + timedelta(days=n)).weekday() < 5
    and not any(begin <= day <= end for begin, end in HOLIDAYS)
]
PUPILS: Final = [f"P{n}" for n in range(1, 9)]
MENDED: Final = "P8"
STUDENTS: Final = (
    "student,given,family,birth_on,year_group,household,enrolled_on,left_on\n"
    + "".join(f"{pupil},Seán,Ó Briain,2013-04-02,5,H{pupil},2025-09-01,\n" for pupil in PUPILS)
)
CALENDAR: Final = (
    "date,kind,until\n2025-09-01,TERM,2025-12-19\n2026-01-05,TERM,2026-06-26\n"
    "2025-10-27,HOLIDAY,2025-10-31\n"
)
PLACES: Final = {
    "ie-default-1": ("IE", "F", "A", "P"),
    "us-ca-default-1": ("US-CA", "Unexcused Absence", "Excused Absence", "In Attendance"),
}
EVERY: Final = Query(
    "interventions",
    "select doc from {interventions} where tenant = %(tenant)s order by key limit 99",
)


class Term:
    """One school through a term: marks, looks, answers, an exemption, a closed case."""

    def __init__(self, house: House, folder: Path, rules: str) -> None:
        self.house, self.folder, self.rules, self.random = house, folder, rules, Random(7)
        self.importer = Importer(house, TENANT, "staff:office")
        self.crew = [w for role in ("project", "react") for w in workers.ROLES[role](house)]
        self.evaluator = Evaluator(house.database, house.ledger, house.settings.evaluate_at)
        self.files = 0

    def open(self) -> None:
        """Import the school with all its marks: a look of a day asks about no later one."""
        found_tenant(self.house.ledger, TENANT, "staff:office")
        place, away, excused, there = PLACES[self.rules]
        path = self.folder / "schools.csv"
        schools = f"school,name,jurisdiction,zone\nS1,Scoil Bhríde,{place},Europe/Dublin\n"
        path.write_text(schools, encoding="utf-8")
        self.importer.schools(path)
        rows = [
            f"{pupil},{day},DAY,{self.random.choice((away, excused)) if gone else there}\n"
            for number, pupil in enumerate(PUPILS)
            for day in DAYS
            for gone in (self.random.random() < 0.08 * number,)
            if pupil != MENDED or day < DAYS[40]
        ]
        marks = "student,date,session,code\n" + "".join(rows)
        for what, text in (("calendar", CALENDAR), ("students", STUDENTS), ("marks", marks)):
            self.csv(what, text)
        rule_sets.activate(self.house.ledger, TENANT, shipped_text(self.rules), "staff:office")
        self.settle()

    def csv(self, what: str, text: str) -> None:
        self.files += 1
        path = self.folder / f"{self.files}.csv"
        path.write_text(text, encoding="utf-8")
        report = self.importer.csv(what, path, "S1", today=LAST + timedelta(days=9))
        assert not report.problems, report

    def settle(self) -> None:
        while sum(worker.step() for worker in self.crew):
            pass

    def live(self) -> None:
        """Let every evening look, and people answer each morning."""
        for number, day in enumerate(DAYS):
            self._at(day, time(9, 30))
            self._people(day, number)
            self._at(day, time(17, 30))
            self.evaluator.evaluate(TENANT, self.school, day, LookKind.NIGHTLY)
            self.settle()

    @property
    def school(self) -> Any:
        with self.house.database.worker() as conn:
            return register.schools(conn, TENANT)[0]

    def pupil(self, source_id: str) -> StudentId:
        with self.house.database.auditor(TENANT) as conn:
            found = register.students(conn, TENANT)
        return next(row.student for row in found if row.source_id == source_id)

    def rows(self) -> list[InterventionRow]:
        with self.house.database.auditor(TENANT) as conn:
            return reads.documents(conn, EVERY, InterventionRow, {"tenant": TENANT})

    def _at(self, day: date, clock: time) -> None:
        with self.house.database.worker() as conn:
            move_school_clock(conn, datetime.combine(day, clock, DUBLIN).astimezone(UTC))

    def _people(self, day: date, number: int) -> None:
        with self.house.database.auditor(TENANT) as conn:
            lines = reads.documents(conn, queue.PAGE, QueueRow, {**queue.ANY, "tenant": TENANT})
        rows = {row.intervention_id: row for row in self.rows()}
        for line in lines:
            row = rows.get(line.subject)  # type: ignore[call-overload]  # any subject
            if row is not None and line.action == "APPROVE_STAGE" and self.random.random() < 0.5:
                self._answer(row, line.stage)
            elif row is not None and line.action == "FULFIL_DUTY" and self.random.random() < 0.5:
                self.say(FulfilStage(row.intervention_id, line.stage, row.school_id))
        self._events(day, number)
        self.settle()

    def _answer(self, row: InterventionRow, stage: str) -> None:
        if self.random.random() < 0.1:
            self.say(DeclineStage(row.intervention_id, stage, "KNOWN"))
            return
        about = (row.student_id, row.school_id, row.case_id)
        self.say(ApproveStage(row.intervention_id, *about, stage))

    def _events(self, day: date, number: int) -> None:
        """Exempt one pupil for some weeks, close the case of another, mend a third one's marks."""
        bereaved, settled = self.pupil("P6"), self.pupil("P7")
        if number == 12:
            self.say(GrantExemption(bereaved, UUID(int=5), day))
        elif number == 45:
            self.say(EndExemption(bereaved, UUID(int=5)))
        elif number == 30:
            self.say(CloseCase(case_id(TENANT, settled, FIRST_NAMED[self.rules]), "RESOLVED"))
        elif number == 50:
            *_, there = PLACES[self.rules]
            rows_of = "".join(f"{MENDED},{one},DAY,{there}\n" for one in DAYS[:40])
            self.csv("marks", "student,date,session,code\n" + rows_of)

    def say(self, command: Command) -> None:
        self.house.ledger.execute_many([Intent(TENANT, command, "staff:7", uuid4())])
        self.settle()


DUTIES: Final = {"ie-default-1": "STATUTORY_20_DAY", "us-ca-default-1": "TRUANCY_NOTICE_1"}
FIRST_NAMED: Final = {"ie-default-1": FIRST, "us-ca-default-1": date(2025, 7, 1)}


@pytest.fixture(params=PLACES)
def term(
    request: pytest.FixtureRequest, postgres_url: str, template: str, tmp_path: Path
) -> Iterator[Term]:
    with (
        postgres.throw_away(postgres_url, template) as database,
        House(Settings(ANSEO_HOME=tmp_path / "home"), database.url) as house,
    ):
        with database.worker() as conn:
            move_school_clock(conn, datetime(2025, 9, 1, 6, 0, tzinfo=UTC))
        term = Term(house, tmp_path, request.param)
        term.open()
        term.live()
        yield term


def changes(database: Database, rules: RuleSet) -> set[tuple[str, str, str]]:
    told = ask(database, TENANT, WhatIf(rules, FIRST, LAST, assumed=Assumed(None)))
    assert told["changes_left_out"] == 0
    return {(one["source_id"], one["stage"], one["difference"]) for one in told["changes"]}


def test_the_rules_that_were_in_force_change_nothing(term: Term) -> None:
    """001-093 Duties, guards, exemptions, closed cases and answers: exactly what was stored.

    The register is taken as corrected, so what a correction left without its cause is told as gone,
    and nothing else is. Control: the same look finds a rule that changed.
    """
    rules = shipped_rule_set(term.rules)
    names = {term.pupil(one): one for one in PUPILS}
    void = {
        (names[row.student_id], line.stage, "GONE")
        for row in term.rows()
        for line in row.stages
        if line.unsupported
    }
    assert changes(term.house.database, rules) == void
    assert {pupil for pupil, *_ in void} == {MENDED}
    entered = {
        (names[row.student_id], line.stage)
        for row in term.rows()
        for line in row.stages
        if line.entered_on
    }
    assert {(pupil, DUTIES[term.rules]) for pupil in ("P6", "P7")} <= entered, entered
    later = [one.model_copy(update={"settle_days": one.settle_days + 3}) for one in rules.stages]
    changed = rules.model_copy(update={"stages": tuple(later)})
    assert {what for _, _, what in changes(term.house.database, changed) - void} >= {"LATER"}

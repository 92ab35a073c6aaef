"""Random histories with corrections, late marks, closures and people: played again, the same."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from domain.evaluation.events import EvaluationCompleted, LookKind
from domain.exemption.commands import GrantExemption
from domain.intervention.commands import ApproveStage, DeclineStage
from domain.intervention.events import StageEntered
from domain.kernel.commands import Command
from domain.kernel.recorded import Told
from domain.shared.ids import CaseId, TenantId, derived_id
from infrastructure.clock import move_school_clock
from infrastructure.register import reads as register
from infrastructure.runtime.accounts import ENGINE
from infrastructure.runtime.evaluating import Evaluator
from infrastructure.runtime.retracing import Retracing, retrace
from infrastructure.settings import Settings
from infrastructure.store import reads
from infrastructure.store.database import Database
from infrastructure.store.ledger import Intent
from infrastructure.wiring import workers
from infrastructure.wiring.founding import found_tenant
from infrastructure.wiring.house import House
from infrastructure.wiring.imports import Importer
from projections import queue
from projections.queue import QueueRow
from tests.support import postgres
from tests.support.town import CALENDAR, SCHOOLS

pytestmark = pytest.mark.postgres
TENANT = TenantId(derived_id("tenant", "again"))
DUBLIN = ZoneInfo("Europe/Dublin")
DAY = timedelta(days=1)
PUPILS = [f"P{n}" for n in range(1, 8)]
STUDENTS = "student,given,family,birth_on,year_group,household,enrolled_on,left_on\n" + "".join(
    f"{pupil},Seán,Ó Briain,2013-04-02,5,H{pupil},2025-09-01,\n" for pupil in PUPILS
)


class Village:
    """A school whose days pass by chance: marks come, late or corrected, and people answer."""

    def __init__(self, house: House, folder: Path, seed: int) -> None:
        self.house, self.folder, self.random = house, folder, Random(seed)
        self.importer = Importer(house, TENANT, "staff:office")
        self.crew = list(workers.ROLES["project"](house))
        self.evaluator = Evaluator(house.database, house.ledger, house.settings.evaluate_at)
        self.files = 0
        self.said: dict[tuple[str, date], str] = {}

    def settle(self) -> None:
        while sum(worker.step() for worker in self.crew):
            pass

    def csv(self, what: str, text: str, day: date) -> None:
        self.files += 1
        path = self.folder / f"{self.files}.csv"
        path.write_text(text, encoding="utf-8")
        report = self.importer.csv(what, path, "S1", today=day + 5 * DAY)
        assert not report.problems, report

    def live(self, first: date, days: int) -> None:
        day = first
        for _ in range(days):
            day += DAY
            if day.weekday() < 5 and not date(2025, 10, 27) <= day <= date(2025, 10, 31):
                self._pass(day)

    def _pass(self, day: date) -> None:
        self._at(day, time(9, 30))
        self._people(day)
        self._marks(day)
        self._at(day, time(17, 30))
        with self.house.database.worker() as conn:
            (school,) = register.schools(conn, TENANT)
        if self.random.random() < 0.9:  # now and then nobody looks on the day itself
            self.evaluator.evaluate(TENANT, school, day, LookKind.NIGHTLY)
            self.settle()

    def _at(self, day: date, clock: time) -> None:
        with self.house.database.worker() as conn:
            move_school_clock(conn, datetime.combine(day, clock, DUBLIN).astimezone(UTC))

    def _marks(self, day: date) -> None:
        for pupil in PUPILS:
            absent = self.random.random() < (0.7 if pupil < "P4" else 0.3)
            self.said[pupil, day] = self.random.choice("FA") if absent else "P"
        told = {key for key in self.said if key[1] == day and self.random.random() < 0.9}
        for key in self.random.sample(sorted(self.said), min(6, len(self.said))):
            if self.random.random() < 0.6:
                self.said[key] = "P" if self.said[key] != "P" else "F"
                told.add(key)
        rows = "".join(f"{p},{on},DAY,{self.said[p, on]}\n" for p, on in sorted(told))
        if rows:
            self.csv("marks", "student,date,session,code\n" + rows, day)
        if self.random.random() < 0.08:
            closed = day - self.random.randint(1, 6) * DAY
            self.said = {key: code for key, code in self.said.items() if key[1] != closed}
            self.csv("calendar", f"date,kind\n{closed},EMERGENCY_CLOSURE\n", day)
        self.settle()

    def _people(self, day: date) -> None:
        with self.house.database.auditor(TENANT) as conn:
            rows = reads.documents(conn, queue.PAGE, QueueRow, {**queue.ANY, "tenant": TENANT})
        for row in rows:
            if row.action == "APPROVE_STAGE" and self.random.random() < 0.6:
                self._answer(row)
        if self.random.random() < 0.05:
            with self.house.database.auditor(TENANT) as conn:
                student = self.random.choice(register.students(conn, TENANT)).student
            exemption = derived_id("exemption", day)
            self._say(GrantExemption(student, exemption, day, day + 4 * DAY))
        self.settle()

    def _answer(self, row: QueueRow) -> None:
        if self.random.random() < 0.2:
            self._say(DeclineStage(row.subject, row.stage, "KNOWN"))  # type: ignore[arg-type]  # an intervention's
            return
        with self.house.database.auditor(TENANT) as conn:
            found = conn.execute(
                "select convert_from(state, 'UTF8')::json->>'case_id' from ledger"
                " where originator_id = %s and topic = 'intervention.opened'",
                (row.subject,),
            ).fetchone()
        assert found is not None
        self._say(
            ApproveStage(
                intervention_id=row.subject,  # type: ignore[arg-type]  # an intervention's
                student_id=row.student_id,
                school_id=row.school_id,
                case_id=CaseId(UUID(found[0])),
                stage=row.stage,
            )
        )

    def _say(self, command: Command) -> None:
        intent = Intent(TENANT, command, "staff:7", uuid4())
        self.house.ledger.execute_many([intent])  # a refusal is an answer, too


def lived(database: Database, folder: Path, seed: int, days: int) -> None:
    """Let a village live for some weeks."""
    folder.mkdir()
    settings = Settings(ANSEO_HOME=folder / "home")
    with House(settings, database.url) as house:
        village = Village(house, folder, seed)
        with database.worker() as conn:
            move_school_clock(conn, datetime(2025, 9, 1, 6, 0, tzinfo=UTC))
        found_tenant(house.ledger, TENANT, "staff:office")
        (folder / "schools.csv").write_text(SCHOOLS, encoding="utf-8")
        village.importer.schools(folder / "schools.csv")
        for what, text in (("calendar", CALENDAR), ("students", STUDENTS)):
            village.csv(what, text, date(2025, 9, 1))
        village.settle()
        village.live(date(2025, 9, 1), days)


class AsKnownNow(Retracing):
    """Wrong on purpose: looks at the register as it is known today."""

    def position(self, done: EvaluationCompleted) -> int:
        del done
        return register.NOW


class WithoutPeople(Retracing):
    """Wrong on purpose: nobody ever answered."""

    def _hear(self, fact: Told) -> None:
        if not isinstance(fact.event, StageEntered) or not fact.event.approved_by:
            super()._hear(fact)


def test_history_comes_out_again_exactly_and_only_from_what_was_known_then(
    postgres_url: str, template: str, tmp_path: Path
) -> None:
    """ARCHITECTURE 9.3: an evaluation is a pure function of what was known, and of people's acts.

    Without the positions, or without people's answers, it does not come out: the control.
    """
    wrong = {AsKnownNow: 0, WithoutPeople: 0}
    facts = 0
    for seed in range(2):
        with postgres.throw_away(postgres_url, template) as database:
            lived(database, tmp_path / str(seed), seed, days=28)
            with database.tenant(TENANT) as conn:
                told = retrace(conn, TENANT)
                for cls in wrong:
                    found = cls(conn, TENANT).run().differences
                    wrong[cls] += len(found)
                    assert {one.engine for one in found if one.recorded} <= {ENGINE}
        assert told.differences == [], f"seed {seed}: {told.as_dict()}"
        facts += told.facts
    assert facts > 20, "histories about nothing"
    assert min(wrong.values()) > 0, wrong

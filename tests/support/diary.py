"""A diary full of steps: real runs, started through the ledger and folded by the real projector."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Final
from uuid import UUID, uuid4

from domain.case.commands import OpenCase
from domain.contact_day.commands import ReserveContact
from domain.playbook_run.commands import StartRun
from domain.shared.contact import RunStep
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    RunId,
    StudentId,
    TenantId,
    derived_id,
)
from domain.shared.playbooks import MessageStep
from infrastructure.clock import move_school_clock
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import Projector
from infrastructure.store.database import Database
from infrastructure.store.ledger import Intent, Ledger, Receipt
from projections.due_steps import DUE_STEPS
from tests.support.examples import NUMBERS, PLAYBOOK_1
from tests.support.ledgers import NOON, SCHOOL, TENANT

TOGETHER: Final = 500
ALL_DUE: Final = NOON + timedelta(days=1)  # every first step is planned for one day after NOON
FIRST: Final = next(step for step in PLAYBOOK_1.steps if isinstance(step, MessageStep))


def run_of(number: int, tenant: UUID = TENANT) -> RunId:
    """Return the id of one run of the diary."""
    return RunId(derived_id("run", tenant, number))


def starts(first: int, end: int, tenant: TenantId = TENANT) -> Iterator[Intent]:
    """Yield what starts some runs: two guardians a student, one open case a student."""
    for number in range(first, end):
        pupil = number // 2
        case = CaseId(derived_id("case", tenant, pupil))
        student = StudentId(derived_id("student", tenant, pupil))
        if number == first or number % 2 == 0:
            opened = OpenCase(case_id=case, student_id=student, school_id=SCHOOL)
            yield Intent(tenant, opened, "test", uuid4())
        begun = StartRun(
            run_id=run_of(number, tenant),
            school_id=SCHOOL,
            playbook=PLAYBOOK_1,
            intervention_id=InterventionId(derived_id("intervention", tenant, pupil)),
            case_id=case,
            student_id=student,
            guardian_id=GuardianId(derived_id("guardian", tenant, number)),
            stage="LETTER_1",
            triggered_at=NOON,
            baseline=(NUMBERS,),
        )
        yield Intent(tenant, begun, "test", uuid4())
        # The place in the guardian's day, which the planner of contacts would ask for.
        place = ReserveContact(
            whose=GuardianId(derived_id("guardian", tenant, number)),
            on=ALL_DUE.date(),
            step=RunStep(begun.run_id, FIRST.step_id),
            student_id=student,
            school_id=SCHOOL,
            channel=FIRST.channel,
            purpose=PLAYBOOK_1.purpose,
            priority=PLAYBOOK_1.priority,
            playbook_id=PLAYBOOK_1.playbook_id,
            template_key=FIRST.template_key,
            due_at=ALL_DUE,
        )
        yield Intent(tenant, place, "test", uuid4())


def say(ledger: Ledger, intents: Iterable[Intent]) -> None:
    """Execute many commands, some hundreds at a time; none is refused."""
    left = iter(intents)
    while some := list(islice(left, TOGETHER)):
        assert all(isinstance(one, Receipt) for one in ledger.execute_many(some))


def fold(database: Database, ledger: Ledger) -> int:
    """Fold all there is into the diary."""
    projector = Projector(database, ledger.recorder, (DUE_STEPS,), Bell())
    return sum(iter(projector.step, 0))


def full_diary(
    database: Database, ledger: Ledger, runs: int, tenants: Iterable[TenantId] = (TENANT,)
) -> None:
    """Start runs for each tenant, and let their first steps fall due."""
    for tenant in tenants:
        say(ledger, starts(0, runs, tenant))
    fold(database, ledger)
    with database.worker() as conn:
        move_school_clock(conn, ALL_DUE)

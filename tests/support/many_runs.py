"""A million runs for the monitor: facts copied into the ledger, rows folded by the refill.

Each run has the few facts that its status takes. Statuses, schools, playbooks, stages and steps are
as uneven as in life: most runs are over, few are held, one school in ten has half of them.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from itertools import islice
from random import Random
from typing import Any, Final
from uuid import UUID

from domain.kernel import facts
from domain.kernel.facts import Event
from domain.kernel.recorded import SYSTEM, fact_id
from domain.playbook_run import events as e
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    PlaybookId,
    RunId,
    SchoolId,
    StudentId,
    derived_id,
    run_id,
)
from domain.shared.playbooks import OnStage, Playbook
from infrastructure.runtime.projecting import checkpoint_of
from infrastructure.runtime.rebuilding import Rebuilt, rebuild
from infrastructure.store import tables
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from projections.run_monitor import RUN_MONITOR
from tests.support.examples import NUMBERS, PLAYBOOK_1, STEPS, TENANT, TRIGGERED_AT, but
from tests.support.long_ledger import FactRow, append_rows

SCHOOLS: Final = tuple(SchoolId(UUID(int=number << 64 | 1)) for number in range(1, 301))
STAGES: Final = ("LETTER_1", "LETTER_2", "MEETING", "ESCALATION")
PLAYBOOKS: Final = tuple(
    Playbook(
        **{name: getattr(PLAYBOOK_1, name) for name in PLAYBOOK_1.__struct_fields__}
        | {
            "playbook_id": PlaybookId(derived_id("playbook", number)),
            "trigger": OnStage(stage=STAGES[number % len(STAGES)]),
        }
    )
    for number in range(12)
)
_RUNS_A_DAY: Final = 5_000
_ENDS: Final = ("COMPLETED", "STOPPED", "ACTIVE", "ESCALATED", "PAUSED")
_SHARES: Final = (55, 25, 15, 4, 1)
_LOT: Final = 20_000


def any_id(random: Random) -> UUID:
    """Return an id like those that the register gives."""
    return UUID(int=random.getrandbits(128), version=4)


def _facts(number: int, random: Random) -> tuple[RunId, list[Event]]:
    day = date(2025, 9, 1) + timedelta(days=number // _RUNS_A_DAY)
    school = SCHOOLS[int(300 * random.random() ** 3)]
    playbook = PLAYBOOKS[int(12 * random.random() ** 2)]
    student, guardian = StudentId(any_id(random)), GuardianId(any_id(random))
    trigger = InterventionId(any_id(random))
    stage = playbook.trigger_stage or ""
    run = run_id(TENANT, trigger, stage, day, playbook.playbook_id, guardian)
    step = STEPS[min(random.randrange(4), len(STEPS) - 1)]
    told: list[Event] = [
        e.RunStarted(
            playbook=playbook,
            intervention_id=trigger,
            case_id=CaseId(any_id(random)),
            school_id=school,
            student_id=student,
            stage=stage,
            triggered_at=TRIGGERED_AT + timedelta(seconds=17 * number),
            started_on=day,
            baseline=(NUMBERS,),
            guardian_id=guardian,
        ),
        e.StepScheduled(step.step_id, step.order, step.channel, TRIGGERED_AT, school, day),
    ]
    match random.choices(_ENDS, _SHARES)[0]:
        case "COMPLETED":
            told.append(e.RunCompleted(school, day))
        case "STOPPED":
            told.append(e.RunStopped(e.RunStop.GUARDIAN_REPLIED, school, day, step.step_id))
        case "ESCALATED":
            told.append(but(e.RunEscalated, school_id=school, student_id=student, stage=stage))
        case "PAUSED":
            told.append(e.RunPaused(e.PauseReason.MANUAL, school, day, step.step_id))
        case _:
            pass
    return run, told


def fact_rows(runs: int, seed: int) -> Iterator[FactRow]:
    """Yield the ledger's rows of so many runs."""
    random, position = Random(seed), 0
    for number in range(runs):
        run, told = _facts(number, random)
        at, command = TRIGGERED_AT + timedelta(seconds=17 * number), any_id(random)
        for version, event in enumerate(told, 1):
            position += 1
            yield _row(run, version, position, event, at, command)


def _row(run: RunId, version: int, position: int, event: Event, at: Any, command: UUID) -> FactRow:
    kind = type(event)
    name, shape, written = facts.name_of(kind), facts.version_of(kind), facts.write(event)
    told = (TENANT, run, version, position, name, shape, written, at, at, SYSTEM)
    return (*told, command, fact_id(run, version), command)


def fill(database: Database, runs: int, seed: int) -> Rebuilt:
    """Fill the ledger and let the refill fold all of it; nobody folded any of it before."""
    with database.worker() as conn:
        tables.ensure(conn, (RUN_MONITOR,))
    rows: Iterable[FactRow] = fact_rows(runs, seed)
    for lot in iter(partial(lambda: list(islice(rows, _LOT))), []):
        append_rows(database, lot)
    with database.owner() as conn:
        conn.autocommit = True
        conn.execute("vacuum analyze ledger")
    recorder = LedgerRecorder(database.url)
    with database.worker() as conn:
        (last,) = conn.execute("select max(notification_id) from ledger").fetchone() or (0,)
        recorder.track_all(conn, [checkpoint_of(RUN_MONITOR)], last)
    found = rebuild(database, recorder, RUN_MONITOR)
    recorder.datastore.close()
    with database.owner() as conn:
        conn.autocommit = True
        conn.execute(f"vacuum analyze {RUN_MONITOR.table}")
    return found

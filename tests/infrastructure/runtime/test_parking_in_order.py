"""Parking in the worst company: two faults at once, a retry too early, two projectors."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.intervention.commands import ApproveStage, StopIntervention
from domain.intervention.events import StopReason
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded, Told
from domain.letter.events import LetterRequested
from infrastructure.runtime import parking
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import Projector, checkpoint_of
from infrastructure.runtime.reacting import Reactor, tracking_of
from infrastructure.runtime.rebuilding import rebuild
from infrastructure.store import reads, recorder
from infrastructure.store.database import Connection, Database
from infrastructure.wiring import workers
from processmanagers.kit import ProcessManager, ReactionWorld
from processmanagers.letter_writer import LETTER_WRITER
from processmanagers.run_stopper import RUN_STOPPER
from projections import interventions
from projections.all import READ_MODELS
from projections.automation_metrics import AUTOMATION_METRICS
from projections.interventions import INTERVENTIONS, InterventionRow
from tests.infrastructure.runtime.test_parking_and_rebuilding import mend
from tests.journeys.test_absence_to_letter import approve, five_days_absent, queue_of
from tests.support.town import TENANT, Town, town_on

pytestmark = pytest.mark.postgres


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    with town_on(database, tmp_path) as town:
        five_days_absent(town)
        yield town


def parked_for(town: Town, follower: str) -> list[int]:
    with town.house.database.worker() as conn:
        rows = conn.execute(
            "select position from parked_fact where follower = %s order by position", (follower,)
        ).fetchall()
    return [row[0] for row in rows]


def facts_named(town: Town, name: str) -> int:
    with town.house.database.worker() as conn:
        row = conn.execute("select count(*) from ledger where topic = %s", (name,)).fetchone()
    return int(row[0]) if row else 0


def broken(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    del world
    if isinstance(fact.event, LetterRequested):
        raise ZeroDivisionError
    yield from ()


def reactor_of(town: Town, manager: ProcessManager) -> Reactor:
    return Reactor(town.house.database, town.house.ledger, (manager,), Bell())


def entering(town: Town, *, stopping: bool = False) -> list[int]:
    """Approve a stage; return the positions of the facts of it that nobody has seen yet."""
    waiting = queue_of(town)[0]
    with town.house.database.worker() as conn:
        head = recorder.bound(conn)
        (row,) = reads.documents(
            conn,
            interventions.ONE,
            InterventionRow,
            {"tenant": TENANT, "key": str(waiting.subject)},
        )
    commands: list[Command] = [
        ApproveStage(
            intervention_id=row.intervention_id,
            student_id=row.student_id,
            school_id=row.school_id,
            case_id=row.case_id,
            stage=waiting.stage,
        )
    ]
    if stopping:
        commands.append(
            StopIntervention(intervention_id=row.intervention_id, reason=StopReason.CASE_CLOSED)
        )
    for command in commands:
        town.house.ledger.execute(command, tenant=TENANT, by="staff:principal")
    with town.house.database.worker() as conn:
        return [row[3] for row in recorder.read_after(conn, head, 10)]


def spoil(town: Town, position: int) -> None:
    with town.house.database.owner() as conn:
        conn.execute("update ledger set event_version = 99 where notification_id = %s", (position,))


def test_an_unreadable_fact_in_the_batch_of_a_failing_one_is_parked_too(town: Town) -> None:
    """The batch was rolled back with what it had parked, and taken again without it: a skip."""
    approve(town, queue_of(town)[0])
    with town.house.database.worker() as conn:
        row = conn.execute(
            "select max(notification_id) from ledger where topic = 'intervention.stage_entered'"
        ).fetchone()
    assert row is not None
    spoil(town, row[0])
    manager = dataclasses.replace(
        LETTER_WRITER, name="broken", listens=(LetterRequested,), react=broken
    )
    reactor = reactor_of(town, manager)
    while reactor.step():
        pass
    parked = parked_for(town, tracking_of(manager))
    assert len(parked) == 1 + facts_named(town, "letter.requested")
    assert parked[0] == row[0]


def test_a_retry_before_the_fix_handles_nothing_behind_the_unreadable_fact(town: Town) -> None:
    bad, behind = entering(town, stopping=True)
    spoil(town, bad)
    town.settle()
    house, follower, stopper = town.house, checkpoint_of(INTERVENTIONS), tracking_of(RUN_STOPPER)
    assert parked_for(town, follower) == parked_for(town, stopper) == [bad, behind]
    projector = Projector(house.database, house.ledger.recorder, READ_MODELS, house.bell)
    reactor = next(w for w in workers.react(house) if isinstance(w, Reactor))
    assert projector.retry(INTERVENTIONS) == reactor.retry(RUN_STOPPER) == 0
    assert parked_for(town, follower) == parked_for(town, stopper) == [bad, behind]
    mend(town, bad)
    assert projector.retry(INTERVENTIONS) == reactor.retry(RUN_STOPPER) == 2
    assert rebuild(house.database, house.ledger.recorder, INTERVENTIONS).same


def test_two_projectors_at_once_count_each_fact_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session with the lock was lost while a batch was in hand, and the other one had begun."""
    entering(town)
    house = town.house
    first, second = (
        Projector(house.database, house.ledger.recorder, READ_MODELS, Bell()) for _ in range(2)
    )
    while first.step() + sum(w.step() for w in town.crew if isinstance(w, Reactor)):
        if facts_named(town, "playbook_run.started"):
            break
    asked: list[int] = []

    read = parking.read_told

    def read_and_be_overtaken(
        conn: Connection, after: int, limit: int, until: int | None = None
    ) -> parking.Batch[Told]:
        batch = read(conn, after, limit, until)
        asked.append(after)
        if len(asked) == 1:
            assert second.step()
        return batch

    monkeypatch.setattr(parking, "read_told", read_and_be_overtaken)
    first.step()
    monkeypatch.undo()
    assert len(asked) == 2
    assert rebuild(house.database, house.ledger.recorder, AUTOMATION_METRICS).same

"""A stream that cannot be handled waits, whole and in order; a rebuild gives the same rows."""

import dataclasses
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from uuid import UUID

import pytest

from domain.kernel.recorded import Told
from infrastructure.runtime import parking
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import Projector, checkpoint_of, positions
from infrastructure.runtime.rebuilding import rebuild
from infrastructure.store import tables
from infrastructure.store.database import Database
from projections.all import READ_MODELS
from projections.kit import ReadModel
from projections.queue import QUEUE, QueueStream
from projections.run_monitor import RUN_MONITOR
from tests.journeys.test_absence_to_letter import approve, five_days_absent, queue_of
from tests.support.town import Town, town_on

pytestmark = pytest.mark.postgres


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    with town_on(database, tmp_path) as town:
        five_days_absent(town)
        yield town


def rows(town: Town, table: str) -> list[tuple[object, ...]]:
    with town.house.database.worker() as conn:
        return conn.execute(f"select * from {table} order by tenant, key").fetchall()


def documents(town: Town, model: ReadModel[QueueStream]) -> list[tuple[object, ...]]:
    with town.house.database.worker() as conn:
        return conn.execute(f"select key, doc from {model.table} order by key").fetchall()


def poison(town: Town, stream: UUID) -> int:
    """Write a fact of a later release into a stream, as a rolling upgrade might."""
    with town.house.database.owner() as conn:
        row = conn.execute(
            "insert into ledger select originator_id, originator_version + 1, topic, state,"
            " nextval('ledger_notification_id_seq'), tenant, 99, occurred_at, recorded_at, actor,"
            " command_id, cause, correlation from ledger where originator_id = %s"
            " order by originator_version desc limit 1 returning notification_id",
            (stream,),
        ).fetchone()
    assert row is not None
    return int(row[0])


def mend(town: Town, position: int) -> None:
    with town.house.database.owner() as conn:
        conn.execute("update ledger set event_version = 1 where notification_id = %s", (position,))


def test_an_unreadable_fact_parks_its_stream_and_the_others_go_on(town: Town) -> None:
    waiting = queue_of(town)[0]
    position = poison(town, waiting.subject)
    assert waiting.evaluated_on is not None
    day = town.days(waiting.evaluated_on, 2)[1]
    town.at(day, time(9, 0))
    town.marks(day, {"P2": "A"})
    with town.house.database.worker() as conn:
        parked = parking.all_parked_streams(conn)
        places = positions(conn, READ_MODELS)
    assert parked[checkpoint_of(QUEUE)] == {waiting.subject}
    assert min(places.values()) > position


def test_after_the_fix_the_parked_stream_catches_up_in_order(town: Town) -> None:
    waiting = queue_of(town)[0]
    position = poison(town, waiting.subject)
    town.settle()
    mend(town, position)
    projector = Projector(
        town.house.database, town.house.ledger.recorder, READ_MODELS, town.house.bell
    )
    assert projector.retry(QUEUE) == 1
    with town.house.database.worker() as conn:
        assert checkpoint_of(QUEUE) not in parking.all_parked_streams(conn)


def test_a_fold_that_fails_parks_one_stream_of_one_model_only(town: Town) -> None:
    def broken(row: QueueStream | None, fact: Told, key: str) -> QueueStream | None:
        raise ZeroDivisionError

    wrong: ReadModel[QueueStream] = dataclasses.replace(QUEUE, version=9, evolve=broken)
    with town.house.database.worker() as conn:
        tables.ensure(conn, (wrong,))
    projector = Projector(town.house.database, town.house.ledger.recorder, (wrong,), Bell())
    while projector.step():
        pass
    with town.house.database.worker() as conn:
        parked = parking.all_parked_streams(conn)
    assert list(parked) == [checkpoint_of(wrong)]


def test_a_row_that_no_table_can_hold_parks_its_stream_and_the_others_go_on(town: Town) -> None:
    """A word with a NUL in it, as no provider and no file should send one."""
    approve(town, queue_of(town)[0])
    first = queue_of(town)[0]
    assert len(rows(town, QUEUE.table)) > 1

    def unstorable(row: QueueStream | None, fact: Told, key: str) -> QueueStream | None:
        after = QUEUE.evolve(row, fact, key)
        if after is None or fact.stream != first.subject:
            return after
        return after.but(stage="LETTER\0")

    wrong: ReadModel[QueueStream] = dataclasses.replace(
        QUEUE, version=9, evolve=unstorable, columns=(*QUEUE.columns, "stage")
    )
    with town.house.database.worker() as conn:
        tables.ensure(conn, (wrong,))
    projector = Projector(town.house.database, town.house.ledger.recorder, (wrong,), Bell())
    while projector.step():
        pass
    with town.house.database.worker() as conn:
        parked = parking.all_parked_streams(conn)
    assert parked == {checkpoint_of(wrong): {first.subject}}
    assert set(documents(town, QUEUE)) - set(documents(town, wrong))
    mended = dataclasses.replace(wrong, evolve=QUEUE.evolve)
    projector = Projector(town.house.database, town.house.ledger.recorder, (mended,), Bell())
    assert projector.retry(wrong) == 0
    assert projector.retry(mended) > 0
    assert documents(town, wrong) == documents(town, QUEUE)


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: str(model.name))
def test_a_rebuild_gives_the_same_rows_as_live(town: Town, model: ReadModel[QueueStream]) -> None:
    approve(town, queue_of(town)[0])
    before = rows(town, model.table)
    found = rebuild(town.house.database, town.house.ledger.recorder, model)
    assert found.same
    assert rows(town, model.table) == before
    assert found.rows == len(before)


def test_the_control_a_row_changed_by_hand_is_noticed_and_set_right(town: Town) -> None:
    approve(town, queue_of(town)[0])
    before = rows(town, RUN_MONITOR.table)
    with town.house.database.worker() as conn:
        conn.execute(f"update {RUN_MONITOR.table} set doc = replace(doc, 'ACTIVE', 'STOPPED')")
    found = rebuild(town.house.database, town.house.ledger.recorder, RUN_MONITOR)
    assert not found.same
    assert rows(town, RUN_MONITOR.table) == before


def test_after_a_rebuild_the_projector_goes_on_with_the_new_table(town: Town) -> None:
    rebuild(town.house.database, town.house.ledger.recorder, RUN_MONITOR)
    approve(town, queue_of(town)[0])
    assert len(rows(town, RUN_MONITOR.table)) == 2

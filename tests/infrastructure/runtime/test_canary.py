"""The canary finds what a reader skipped, and stays silent beside writers that behave."""

from collections.abc import Iterator
from typing import Final
from uuid import uuid4

import psycopg
import pytest

from infrastructure.runtime.canary import GONE, LATE, PAGE, Canary
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.role import Role, wait_until
from infrastructure.store import hazards
from infrastructure.store.database import Connection, Database, with_role
from infrastructure.store.ledger import Ledger
from tests.support.appended import append, fresh
from tests.support.ledgers import TENANT, ledger_on

pytestmark = pytest.mark.postgres
_INTO: Final = (
    "insert into ledger (notification_id, originator_id, originator_version, topic, state, tenant,"
    " event_version, occurred_at, recorded_at, actor, command_id, correlation)"
    " select p, gen_random_uuid(), 1, 'case.tier_raised', '{\"tier\":2}', %s, 1, clock_timestamp(),"
    " clock_timestamp(), 'staff:test', gen_random_uuid(), gen_random_uuid()"
    " from unnest(%s::bigint[]) as u (p)"
)


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    with ledger_on(database) as one:
        yield one


@pytest.fixture
def canary(ledger: Ledger) -> Canary:
    return Canary(ledger.database, ledger.recorder)


def draw(ledger: Ledger, count: int = 1) -> int:
    """Draw positions that nobody fills: a gap; return the first of them."""
    with ledger.database.worker() as conn:
        query = "select min(nextval('ledger_notification_id_seq')) from generate_series(1, %s)"
        row = conn.execute(query, (count,)).fetchone()
    assert row is not None
    return int(row[0])


def fill(conn: Connection, *positions: int) -> None:
    """Put facts at positions of one's choice, as nothing of the product can."""
    conn.execute(_INTO, (TENANT, list(positions)))
    conn.commit()


def alarms(ledger: Ledger) -> list[tuple[str, int]]:
    with ledger.database.worker() as conn:
        return [(alarm.kind, alarm.position) for alarm in hazards.alarms(conn)]


def test_a_fact_that_appears_below_the_mark_is_found_within_seconds(
    ledger: Ledger, canary: Canary
) -> None:
    """The role runs as in production; a superuser fills a gap that every reader has passed."""
    append(ledger)
    gap = draw(ledger)
    append(ledger)
    role = Role(canary, ledger.database, Bell(), 0.02)
    role.start()
    try:
        assert wait_until(lambda: role.health.done == 2, 20)
        with ledger.database.owner() as conn:
            fill(conn, gap)
        assert wait_until(lambda: alarms(ledger) == [(LATE, gap)], 10)
    finally:
        role.stop()
        role.join(10)
    with ledger.database.worker() as conn:
        (alarm,) = hazards.alarms(conn)
    assert "version 1; passed by canary" in alarm.detail


def test_a_writer_without_the_lock_is_found_out(ledger: Ledger, canary: Canary) -> None:
    """The real way in which it happens: a position is drawn, and committed behind a later one."""
    with psycopg.connect(ledger.database.url) as slow:
        gap = draw(ledger)
        slow.execute(_INTO, (TENANT, [gap]))
        append(ledger)
        canary.step()
        slow.commit()
    assert canary.look_again() == [(LATE, gap)]


def test_beside_writers_that_hold_the_lock_nothing_is_found(ledger: Ledger, canary: Canary) -> None:
    """The control: the same order of events through the ledger's own append."""
    with psycopg.connect(with_role(ledger.database.url, "anseo_worker")) as slow:
        ledger.recorder.append(slow, [fresh()])
        append(ledger)
        assert canary.step() == 0
        slow.commit()
    assert canary.step() == 2
    append(ledger, uuid4())
    canary.step()
    assert canary.look_again() == []
    assert alarms(ledger) == []


def test_a_fact_that_disappears_is_an_alarm_too(ledger: Ledger, canary: Canary) -> None:
    append(ledger)
    position = append(ledger)
    canary.step()
    with ledger.database.owner() as conn:
        conn.execute("delete from ledger where notification_id = %s", (position,))
    assert canary.look_again() == [(GONE, position)]


def test_what_was_seen_outlives_the_process(ledger: Ledger, canary: Canary) -> None:
    gap = draw(ledger)
    append(ledger)
    canary.step()
    with ledger.database.owner() as conn:
        fill(conn, gap)
    assert Canary(ledger.database, ledger.recorder).look_again() == [(LATE, gap)]


def test_a_settled_alarm_is_not_raised_again(ledger: Ledger, canary: Canary) -> None:
    gap = draw(ledger)
    append(ledger)
    canary.step()
    with ledger.database.owner() as conn:
        fill(conn, gap)
    canary.look_again()
    with ledger.database.worker() as conn:
        hazards.settle(conn, "staff:anna", "read models rebuilt")
    canary.look_again()
    assert alarms(ledger) == []


def test_the_last_ten_thousand_positions_are_kept_and_no_more(
    ledger: Ledger, canary: Canary
) -> None:
    """A gap near the end is watched; what lies further behind is the seal's business."""
    with ledger.database.owner() as conn:
        far, count = draw(ledger, 25_000), 25_000
        near = far + count - 500
        fill(conn, *(p for p in range(far, far + count) if p not in {far + 7, near}))
        while canary.step():
            pass
        kept = conn.execute("select count(*) from canary_page").fetchone()
        fill(conn, far + 7, near)
    assert kept is not None
    assert 10 <= kept[0] <= 11
    assert canary.look_again() == [(LATE, near)]
    assert PAGE * kept[0] >= 10_000

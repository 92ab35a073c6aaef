"""The sealer: nothing past the bound, nothing twice, roots in time, copies made up for."""

import random
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from infrastructure.clock import machine_now
from infrastructure.runtime.rebuilding import rebuild
from infrastructure.runtime.sealing import Sealer, SealMoved
from infrastructure.seal import store
from infrastructure.seal.chain import Root
from infrastructure.seal.verifying import Verification
from infrastructure.store.database import Database, with_role
from infrastructure.wiring import workers
from projections.all import READ_MODELS
from tests.journeys.test_absence_to_letter import five_days_absent
from tests.support.ledgers import HOLD
from tests.support.sealing import INSERT, TENANTS, Sealed, a_fact, codes, fill
from tests.support.town import TENANT as TOWN
from tests.support.town import town_on

pytestmark = pytest.mark.postgres
ONE = TENANTS[:1]


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[Sealed]:
    with closing(Sealed(database, tmp_path, batch=20, root_facts=50)) as sealed:
        yield sealed


def test_a_root_is_made_after_so_many_facts_and_copied_outside(house: Sealed) -> None:
    fill(house.database, 49, 1, ONE)
    house.seal()
    assert house.anchors.last(ONE[0]) is None
    fill(house.database, 1, 2, ONE)
    house.seal()
    root = house.anchors.last(ONE[0])
    assert root is not None
    assert (root.number, root.facts, root.size, root.through) == (1, 50, 50, 4)
    assert house.report().ok


def test_a_root_is_made_when_the_oldest_fact_has_waited_long_enough(house: Sealed) -> None:
    fill(house.database, 3, 1, ONE)
    house.seal()
    soon = house.another(lambda: machine_now() + timedelta(minutes=9))
    assert soon.step() == 0
    assert house.anchors.last(ONE[0]) is None
    later = house.another(lambda: machine_now() + timedelta(minutes=10))
    assert later.step() == 0
    last = house.anchors.last(ONE[0])
    assert last is not None
    assert last.size == 3
    assert later.step() == 0
    assert house.anchors.last(ONE[0]) == last


def test_nothing_is_sealed_past_a_writer_that_drew_a_lower_position(house: Sealed) -> None:
    """Sealed too early, the slow writer's fact would look as if somebody had slipped it in."""
    fill(house.database, 5, 1, ONE)
    slow = psycopg.connect(with_role(house.database.url, "anseo_worker"))
    slow.execute(HOLD)
    slow.execute("select nextval('ledger_notification_id_seq')")
    fill(house.database, 5, 2, ONE)
    house.seal()
    told = house.report()
    assert (told.ok, told.facts, told.unsealed) == (True, 5, 5)
    slow.rollback()
    slow.close()
    house.seal()
    told = house.report()
    assert (told.ok, told.facts, told.unsealed) == (True, 10, 0)


def test_a_sealer_goes_on_where_another_stopped(house: Sealed) -> None:
    for part in range(6):
        fill(house.database, 15, part)
        house.sealer = house.another()
        house.seal()
    told = house.report()
    assert (told.ok, told.facts) == (True, 90)


def test_a_sealer_that_lost_its_lock_stops_at_what_another_sealed(house: Sealed) -> None:
    fill(house.database, 10, 1)
    house.seal()
    fill(house.database, 10, 2)
    with house.database.worker() as conn:
        entries = house.sealer._read(conn)
    house.another().step()
    with pytest.raises(SealMoved), house.database.worker() as conn:
        house.sealer._write(conn, house.sealer._known(conn), entries, machine_now())
    house.sealer = house.another()
    house.seal()
    assert house.report().ok


def test_copies_that_a_full_disk_left_out_are_made_up_for(house: Sealed) -> None:
    """Roots are committed before their copies are written: a fault in between leaves them out."""
    fill(house.database, 120, 1, ONE)
    house.anchors.folder.write_text("a file where the folder should be")
    with pytest.raises(FileExistsError):
        house.seal()
    told = house.report()
    assert (told.ok, told.not_anchored, told.anchors) == (True, 1, 0)
    late = house.report(now=lambda: machine_now() + timedelta(minutes=61))
    assert codes(late.findings) == {"anchor-late"}
    house.anchors.folder.unlink()
    house.sealer = house.another()
    house.seal()
    told = house.report()
    assert (told.ok, told.not_anchored, told.anchors) == (True, 0, 2)


def test_after_an_older_backup_nothing_is_copied_over_the_true_history(house: Sealed) -> None:
    fill(house.database, 60, 1, ONE)
    house.seal()
    before = house.anchors.path(ONE[0]).read_bytes()
    with house.database.owner() as conn:
        conn.execute("truncate ledger, seal_link, seal_root, follower_position")
    fill(house.database, 60, 2, ONE)
    house.sealer = house.another()
    house.seal()
    assert house.anchors.path(ONE[0]).read_bytes() == before
    assert codes(house.report().findings) == {"history-rewritten"}
    house.anchors.path(ONE[0]).rename(house.anchors.folder / "set-aside.txt")
    house.another().step()
    assert house.report().ok


def test_a_checkpoint_that_somebody_moved_is_told_and_nothing_is_left_out(house: Sealed) -> None:
    fill(house.database, 10, 1)
    house.seal()
    with house.database.owner() as conn:
        conn.execute("update follower_position set notification_id = 1000000")
    assert codes(house.report().findings) == {"checkpoint-moved"}
    fill(house.database, 10, 2)
    house.sealer = house.another()
    house.seal()
    assert house.report().facts == 20


def write(house: Sealed, seed: int) -> None:
    """Append as a writer does, and roll back one transaction of ten."""
    dice = random.Random(seed)
    with psycopg.connect(with_role(house.database.url, "anseo_worker")) as conn:
        for _ in range(150):
            conn.execute(HOLD)
            for _ in range(3):
                conn.execute(INSERT, a_fact(dice, dice.choice(TENANTS)))
            if dice.random() < 0.1:
                conn.rollback()
            else:
                conn.commit()


def seal_until(house: Sealed, done: threading.Event) -> None:
    while not done.is_set():
        house.sealer.step()


def test_verifying_while_writers_write_and_the_sealer_seals_raises_no_alarm(house: Sealed) -> None:
    done = threading.Event()
    writers = [threading.Thread(target=write, args=(house, seed)) for seed in (1, 2)]
    sealing = threading.Thread(target=seal_until, args=(house, done))
    for thread in (*writers, sealing):
        thread.start()
    looks = 0
    while any(writer.is_alive() for writer in writers):
        told = house.report()
        assert told.ok, told.findings
        looks += 1
    done.set()
    sealing.join()
    house.seal()
    told = house.report()
    with house.database.worker() as conn:
        count = conn.execute("select count(*) from ledger").fetchone()
    assert looks > 3
    assert count == (told.facts,)
    assert told.unsealed == 0


def test_the_auditor_checks_the_own_tenant_and_sees_no_other(house: Sealed) -> None:
    fill(house.database, 60, 1)
    house.seal()
    with house.database.auditor(ONE[0]) as conn:
        seen = {link.tenant for link in store.links(conn, None, 10_000)}
    assert seen == set(ONE)


@pytest.mark.parametrize("table", ["seal_link", "seal_root"])
def test_nobody_but_the_sealer_writes_the_seal_and_nobody_rewrites_it(
    house: Sealed, table: str
) -> None:
    fill(house.database, 60, 1, ONE)
    house.seal()
    changes = (f"update {table} set number = number", f"delete from {table}")
    for change in changes:
        for role in (house.database.worker, lambda: house.database.tenant(ONE[0])):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), role() as conn:
                conn.execute(change)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), house.database.tenant(ONE[0]) as conn:
        conn.execute(f"insert into {table} select * from {table}")


class Hasty(Sealer):
    """The control: copies roots outside before they are committed."""

    def _write(self, *arguments: Any) -> list[Root]:
        roots = super()._write(*arguments)
        for root in roots:
            self._anchors.append([root])
        if roots:
            raise ConnectionResetError("the connection ends before the commit")
        return roots


@pytest.mark.parametrize(("kind", "found"), [(Sealer, set()), (Hasty, {"history-rewritten"})])
def test_what_is_copied_before_it_is_committed_would_be_a_false_alarm_for_ever(
    house: Sealed, kind: type[Sealer], found: set[str]
) -> None:
    fill(house.database, 50, 1, ONE)
    first = kind(house.database, house.recorder, house.keys, house.anchors, batch=50, root_facts=50)
    with suppress(ConnectionResetError):
        first.step()
    house.seal()
    assert codes(house.report().findings) == found


def test_erasing_a_person_and_rebuilding_leave_the_seal_whole(
    database: Database, tmp_path: Path
) -> None:
    """Facts hold ids only: what is erased was never hashed (R10)."""
    with town_on(database, tmp_path, ANSEO_SEAL_ROOT_FACTS=5) as town:
        five_days_absent(town)
        house = town.house
        (sealer,) = workers.ROLES["seal"](house)
        while sealer.step():
            pass
        with database.worker() as conn:
            rows = conn.execute("select distinct subject from vault_subject_key").fetchall()
        for (subject,) in rows:
            with database.tenant(TOWN) as conn:
                house.vault.erase(conn, TOWN, subject, "parent-asked", "staff-7")
        for model in READ_MODELS:
            assert rebuild(database, house.ledger.recorder, model).same
        keys, anchors = workers.seal_keys_of(house.settings), workers.anchors_of(house.settings)
        told = Verification(database.worker, keys, anchors).run()
        assert len(rows) > 3
        assert (told.ok, told.unsealed) == (True, 0)
        assert told.anchors == 1

"""Rows removed, added, swapped, replayed, an end cut off, a history written anew (R9)."""

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from infrastructure.seal import store
from infrastructure.seal.anchors import Anchors
from infrastructure.seal.keys import SealKeys
from infrastructure.store.database import Connection, Database
from tests.support.sealing import Sealed, a_key, codes, fill, rewrite, small_seal

pytestmark = pytest.mark.postgres
SEED: Final = 20251002
TIMES: Final = 84  # of each of six kinds: 504 changes
Tamper = Callable[[Connection, random.Random, Sealed], set[str]]


def position(conn: Connection, dice: random.Random) -> int:
    row = conn.execute("select array_agg(notification_id) from ledger").fetchone()
    assert row is not None
    return int(dice.choice(sorted(row[0])))


def gap(conn: Connection, dice: random.Random) -> int:
    row = conn.execute(
        "select array_agg(n) from generate_series(1, (select max(notification_id) from ledger)) n"
        " where not exists (select from ledger where notification_id = n)"
    ).fetchone()
    assert row is not None
    return int(dice.choice(sorted(row[0])))


def removed(conn: Connection, dice: random.Random, sealed: Sealed) -> set[str]:
    conn.execute("delete from ledger where notification_id = %s", (position(conn, dice),))
    return {"fact-removed"}


def added(conn: Connection, dice: random.Random, sealed: Sealed) -> set[str]:
    conn.execute(
        "insert into ledger select gen_random_uuid(), 1, 'case.opened', '{}', %s, tenant, 1,"
        " now(), now(), 'staff:nobody', gen_random_uuid(), null, gen_random_uuid()"
        " from ledger where notification_id = %s",
        (gap(conn, dice), position(conn, dice)),
    )
    return {"fact-added"}


def swapped(conn: Connection, dice: random.Random, sealed: Sealed) -> set[str]:
    one, other = position(conn, dice), position(conn, dice)
    other = one + 1 if one == other else other
    moves = ((one, -1), (other, one), (-1, other))
    for at, to in moves:
        conn.execute("update ledger set notification_id = %s where notification_id = %s", (to, at))
    return {"fact-changed", "fact-removed"}  # the second where they are of two tenants


def replayed(conn: Connection, dice: random.Random, sealed: Sealed) -> set[str]:
    """The same fact once more, as the next of its stream."""
    conn.execute(
        "insert into ledger select originator_id, originator_version + 1, topic, state, %s, tenant,"
        " event_version, occurred_at, recorded_at, actor, command_id, cause, correlation"
        " from ledger where notification_id = %s",
        (gap(conn, dice), position(conn, dice)),
    )
    return {"fact-added"}


def cut(conn: Connection, dice: random.Random, sealed: Sealed) -> set[str]:
    """The end is gone from every table, as after the restore of an older backup."""
    whole = [link.last_position for link in store.links(conn, None, 10_000)][:-1]
    at = dice.choice(whole)
    tenant_ends = "select max(l.last_position) from seal_link l where l.tenant = r.tenant"
    conn.execute("delete from seal_link where last_position > %s", (at,))
    conn.execute(f"delete from seal_root r where r.last_position > coalesce(({tenant_ends}), 0)")
    conn.execute(
        "delete from ledger f where notification_id > coalesce("
        "(select max(last_position) from seal_link l where l.tenant = f.tenant), 0)"
    )
    conn.execute(
        "update follower_position set notification_id ="
        " coalesce((select max(last_position) from seal_link), 0) where application_name = 'seal'"
    )
    return {"history-cut"}


def rewritten(conn: Connection, dice: random.Random, sealed: Sealed) -> set[str]:
    """A superuser changes one fact and makes every link and root anew, even with the true key."""
    conn.execute(
        "update ledger set actor = 'staff:somebody-else' where notification_id = %s",
        (position(conn, dice),),
    )
    rewrite(conn, dice.choice([sealed.keys, a_key()]))
    return {"history-rewritten"}


@pytest.mark.parametrize("tamper", [removed, added, swapped, replayed, cut, rewritten])
def test_every_change_of_structure_is_found(sealed: Sealed, tamper: Tamper) -> None:
    dice = random.Random(f"{SEED}{tamper.__name__}")
    with sealed.database.owner() as conn:
        for number in range(TIMES):
            with conn.transaction(force_rollback=True):
                expected = tamper(conn, dice, sealed)
                told = sealed.report(conn)
            assert expected & codes(told.findings), (SEED, number, told.findings)
        assert sealed.report(conn).ok


def test_a_ledger_that_nobody_touched_raises_no_alarm(sealed: Sealed) -> None:
    for _ in range(50):
        told = sealed.report()
        assert told.ok, told.findings
        assert (told.unsealed, told.not_anchored, told.notes) == (0, 0, [])
        assert told.facts == 330


def test_without_the_copies_outside_a_rewritten_history_passes_for_a_true_one(
    sealed: Sealed, tmp_path: Path
) -> None:
    """The control: what the copies are for. Whoever has tables and key can forge all but them."""
    nowhere = Anchors(tmp_path / "none")
    with sealed.database.owner() as conn, conn.transaction(force_rollback=True):
        rewritten(conn, random.Random(SEED), sealed)
        rewrite(conn, sealed.keys)
        blind = sealed.report(conn, anchors=nowhere)
        assert blind.ok
        assert "cannot be told" in blind.notes[0]
        assert codes(sealed.report(conn).findings) == {"history-rewritten"}


def test_without_the_key_a_rewritten_history_is_found_by_its_signatures_alone(
    sealed: Sealed, tmp_path: Path
) -> None:
    nowhere = Anchors(tmp_path / "none")
    with sealed.database.owner() as conn, conn.transaction(force_rollback=True):
        rewritten(conn, random.Random(SEED), sealed)
        rewrite(conn, a_key())
        assert codes(sealed.report(conn, anchors=nowhere).findings) == {"signature-unknown"}


def test_what_is_newer_than_the_newest_copy_can_be_cut_off_unseen(
    database: Database, tmp_path: Path
) -> None:
    """The limit of any such proof, told openly: it begins with the first copy that is outside."""
    with closing(small_seal(database, tmp_path)) as sealed:
        head = sealed.report().verified_to
        fill(database, 5, SEED)
        sealed.seal()
        assert sealed.report().facts == 335
        with database.owner() as conn:
            conn.execute("delete from ledger where notification_id > %s", (head,))
            conn.execute("delete from seal_link where last_position > %s", (head,))
            conn.execute("update follower_position set notification_id = %s", (head,))
        assert sealed.report().ok


def test_a_lost_key_leaves_chain_and_copies_checked_and_is_told(sealed: Sealed) -> None:
    for keys in (SealKeys(()), a_key()):
        told = sealed.report(keys=keys)
        assert told.ok, told.findings
        assert told.signatures_unchecked == told.roots
        assert told.keys_missing == [sealed.keys.current]
        assert sealed.keys.current in told.notes[0]

"""A small ledger with awkward values, sealed for real, and a look at it inside any transaction."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from domain.shared.ids import derived_id
from infrastructure.clock import machine_now
from infrastructure.runtime.sealing import Sealer
from infrastructure.seal import store
from infrastructure.seal.anchors import Anchors
from infrastructure.seal.chain import (
    NOTHING,
    POSITION,
    TENANT,
    Link,
    Root,
    entry,
    position,
    split,
)
from infrastructure.seal.findings import Finding
from infrastructure.seal.keys import SealKeys
from infrastructure.seal.tree import Tree
from infrastructure.seal.verifying import Report, Verification
from infrastructure.store.database import Connection, Database
from infrastructure.store.recorder import LedgerRecorder

TENANTS = tuple(derived_id("tenant", f"sealed-{n}") for n in range(3))
INSERT = (
    "insert into ledger (tenant, originator_id, originator_version, event_version, occurred_at,"
    " recorded_at, command_id, correlation, cause, topic, actor, state)"
    " values (%s, %s, %s, %s, %s, clock_timestamp(), %s, %s, %s, %s, %s, %s)"
)


def a_fact(dice: random.Random, tenant: UUID) -> tuple[Any, ...]:
    """Return values that are easily confused: null, empty, one character, long."""
    ids = [UUID(int=dice.getrandbits(128)) for _ in range(4)]
    return (
        tenant,
        ids[0],
        dice.randint(1, 1 << 40),
        dice.randint(1, 3),
        datetime(2025, 9, 1, tzinfo=UTC) + timedelta(microseconds=dice.getrandbits(40)),
        ids[1],
        ids[2],
        dice.choice([None, ids[3]]),
        dice.choice(["case.opened", "letter.posted", "playbook_run.step_sent"]),
        dice.choice(["", "x", "staff:principal", "process:run_stopper"]),
        dice.choice([b"", b"{}", b'{"day":"2025-09-01"}', b'{"x":"' + b"y" * 300 + b'"}']),
    )


def fill(database: Database, facts: int, seed: int, tenants: Sequence[UUID] = TENANTS) -> None:
    """Store made-up facts in one order, with gaps between some positions."""
    dice = random.Random(seed)
    with database.worker() as conn, conn.cursor() as cursor:
        for _ in range(facts):
            cursor.execute(INSERT, a_fact(dice, dice.choice(tenants)))
            if dice.random() < 0.2:
                cursor.execute("select nextval('ledger_notification_id_seq')")


class Sealed:
    """A ledger, its sealer, its keys and its copies outside."""

    def __init__(self, database: Database, folder: Path, **settings: Any) -> None:
        self.database = database
        self.keys = SealKeys([Ed25519PrivateKey.generate()])
        self.anchors = Anchors(folder / "anchors")
        self.recorder = LedgerRecorder(database.url)
        self.settings = settings
        self.sealer = self.another()

    def another(self, now: Callable[[], datetime] = machine_now) -> Sealer:
        """Return a sealer that knows nothing yet, as after a start."""
        return Sealer(
            self.database, self.recorder, self.keys, self.anchors, now=now, **self.settings
        )

    def seal(self) -> None:
        """Seal everything."""
        while self.sealer.step():
            pass

    def close(self) -> None:
        """Close what the recorder holds."""
        self.recorder.datastore.close()

    def report(
        self,
        conn: Connection | None = None,
        keys: SealKeys | None = None,
        anchors: Anchors | None = None,
        now: Callable[[], datetime] = machine_now,
    ) -> Report:
        """Verify, inside a transaction that may have tampered when one is given."""
        connect = self.database.worker if conn is None else lambda: nullcontext(conn)
        keys = self.keys if keys is None else keys
        return Verification(connect, keys, anchors or self.anchors, now=now).run()


def codes(findings: Sequence[Finding]) -> set[str]:
    """Return the kinds of what was found."""
    return {finding.code for finding in findings}


def small_seal(database: Database, folder: Path, seed: int = 1) -> Sealed:
    """Return a ledger that was sealed in many small links and several roots, all of them copied."""
    sealed = Sealed(database, folder, batch=20, root_facts=30)
    for part in range(10):
        fill(database, 33, seed * 100 + part)
        sealed.seal()
    later = sealed.another(now=lambda: machine_now() + timedelta(hours=1))
    later.step()  # old enough by now: so every fact is under a root
    return sealed


def a_key() -> SealKeys:
    """Return a key of one's own."""
    return SealKeys([Ed25519PrivateKey.generate()])


def rewrite(conn: Connection, keys: SealKeys) -> None:
    """Make every link and root anew over what the ledger says now, in the same cuts."""
    rows = {(r[TENANT], position(r[POSITION])): entry(r) for r in store.rows(conn, None, 1 << 40)}
    old_roots = {(r.tenant, r.through): r for r in store.roots(conn, None, 1 << 40)}
    links, roots, heads = [], [], dict[UUID, Link]()
    trees, before = defaultdict[UUID, Tree](Tree), dict[UUID, Root]()
    for old in list(store.links(conn, None, 1 << 40)):
        places = [at for at, _ in split(old.entries)]
        entries = [rows[old.tenant.bytes, at] for at in places]
        previous = heads[old.tenant].link if old.tenant in heads else NOTHING
        link = Link.after(previous, old.tenant, old.number, old.sealed_at, entries)
        heads[old.tenant] = link
        links.append(link)
        trees[old.tenant].add(e[8:] for e in entries)
        root = old_roots.get((old.tenant, old.number))
        if root is not None:
            last = before.get(old.tenant)
            made = replace(
                root, link=link.link, tree=trees.pop(old.tenant).root(), key=keys.current
            )
            made = replace(made, previous=last.hash() if last else NOTHING)
            before[old.tenant] = keys.sign(made)
            roots.append(before[old.tenant])
    conn.execute("truncate seal_link, seal_root")
    store.add_links(conn, links)
    store.add_roots(conn, roots)

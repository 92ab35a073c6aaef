"""The sealer: a follower that chains the stored bytes of each tenant and signs roots over them.

It reads what every follower reads, never past the bound, and writes links and its checkpoint in one
transaction. Roots come from the same transaction when a tenant has enough new facts, or when its
oldest fact without a root is old enough. Their copies go outside after the commit: a copy of
something that was rolled back would be a false alarm for ever, and a missing one is made up for.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from infrastructure.clock import machine_now
from infrastructure.crash_points import crash_point
from infrastructure.seal import store
from infrastructure.seal.anchors import Anchors
from infrastructure.seal.chain import NOTHING, TENANT, Link, Root, entry, instant, micros, split
from infrastructure.seal.keys import SealKeys
from infrastructure.seal.tree import Tree
from infrastructure.store.database import Connection, Database
from infrastructure.store.recorder import LedgerRecorder, bound

log = structlog.get_logger()
BATCH: Final = 10_000


class SealMoved(Exception):
    """Another process has sealed meanwhile: what is known here is out of date."""


class Thread:
    """The open end of one tenant's chain: everything since its last root."""

    __slots__ = ("_since", "facts", "link", "root", "tenant", "tree")

    def __init__(self, tenant: UUID, link: Link | None, root: Root | None) -> None:
        self.tenant = tenant
        self.link = link
        self.root = root
        self.facts = root.facts if root else 0
        self.tree = Tree()
        self._since: datetime | None = None

    def add(self, link: Link) -> None:
        """Take a link in, a new one or one that was stored without a root behind it."""
        leaves = [leaf for _, leaf in split(link.entries)]
        self.link = link
        self.facts += len(leaves)
        self.tree.add(leaves)
        self._since = self._since or instant(link.sealed_at)

    def next(self, entries: Sequence[bytes], now: datetime) -> Link:
        """Return the next link."""
        before, number = (self.link.link, self.link.number) if self.link else (NOTHING, 0)
        return Link.after(before, self.tenant, number + 1, micros(now), entries)

    def due(self, facts: int, age: timedelta, now: datetime) -> bool:
        """Say whether it is time for a root."""
        old = self._since is not None and now - self._since >= age
        return self.tree.size > 0 and (self.tree.size >= facts or old)

    def close(self, keys: SealKeys, now: datetime) -> Root:
        """Return the root over everything that is open, and begin anew behind it."""
        if self.link is None:
            raise SealMoved(self.tenant)
        self.root = keys.sign(
            Root(
                tenant=self.tenant,
                number=self.root.number + 1 if self.root else 1,
                previous=self.root.hash() if self.root else NOTHING,
                through=self.link.number,
                link=self.link.link,
                last_position=self.link.last_position,
                facts=self.facts,
                size=self.tree.size,
                tree=self.tree.root(),
                sealed_at=micros(now),
                key=keys.current,
            )
        )
        self.tree, self._since = Tree(), None
        return self.root


class Sealer:
    """A follower named "seal". One is active, the others stand by."""

    name = store.FOLLOWER
    exclusive: str | None = store.FOLLOWER

    def __init__(
        self,
        database: Database,
        recorder: LedgerRecorder,
        keys: SealKeys,
        anchors: Anchors,
        *,
        root_facts: int = 1_000,
        root_age: timedelta = timedelta(minutes=10),
        batch: int = BATCH,
        now: Callable[[], datetime] = machine_now,
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._keys = keys
        self._anchors = anchors
        self._root_facts = root_facts
        self._root_age = root_age
        self._batch = batch
        self._now = now
        self._position = 0
        self._threads: dict[UUID, Thread] | None = None
        self._uncopied: set[UUID] = set()

    def step(self) -> int:
        """Seal one batch; return how many facts it held."""
        try:
            return self._step()
        except BaseException:
            self._threads = None  # what was committed is known by the database alone
            raise

    def _step(self) -> int:
        now = self._now()
        with self._database.worker() as conn:
            threads = self._known(conn)
            entries = self._read(conn)
            due = entries or any(self._due(thread, now) for thread in threads.values())
            roots = self._write(conn, threads, entries, now) if due else []
        crash_point("seal.after_commit")
        self._uncopied.update(root.tenant for root in roots)
        self._copy()
        return sum(map(len, entries.values()))

    def _known(self, conn: Connection) -> dict[UUID, Thread]:
        """Return the open ends; after a start or a fault, as the database knows them."""
        if self._threads is None:
            self._position = store.ends(conn)[0]
            self._threads = {tenant: _opened(conn, tenant) for tenant in store.tenants(conn)}
            self._uncopied.update(self._threads)
        return self._threads

    def _read(self, conn: Connection) -> dict[UUID, list[bytes]]:
        entries: dict[UUID, list[bytes]] = {}
        until = bound(conn)
        if until > self._position:
            for row in store.rows(conn, self._position, until, self._batch):
                entries.setdefault(UUID(bytes=row[TENANT]), []).append(entry(row))
        return entries

    def _write(
        self,
        conn: Connection,
        threads: dict[UUID, Thread],
        entries: dict[UUID, list[bytes]],
        now: datetime,
    ) -> list[Root]:
        store.hold(conn)
        if store.ends(conn)[0] != self._position:
            raise SealMoved(self._position)
        links = []
        for tenant, fresh in entries.items():
            thread = threads.setdefault(tenant, Thread(tenant, None, None))
            links.append(thread.next(fresh, now))
            thread.add(links[-1])
        roots = [t.close(self._keys, now) for t in threads.values() if self._due(t, now)]
        if links:
            store.add_links(conn, links)
            self._position = max(link.last_position for link in links)
            self._recorder.track_all(conn, [self.name], self._position)
        store.add_roots(conn, roots)
        crash_point("seal.before_commit")
        return roots

    def _due(self, thread: Thread, now: datetime) -> bool:
        return thread.due(self._root_facts, self._root_age, now)

    def _copy(self) -> None:
        """Bring every new root outside; what a fault left behind goes with the next ones."""
        if self._uncopied:
            self._anchors.publish(self._keys.public())
        for tenant in list(self._uncopied):
            for roots in self._waiting(tenant):
                self._anchors.append(roots)
            self._uncopied.discard(tenant)

    def _waiting(self, tenant: UUID) -> Iterator[list[Root]]:
        """Return the roots behind the last copy, unless that copy belongs to another history."""
        last = self._anchors.last(tenant)
        while True:
            with self._database.worker() as conn:
                roots = store.roots_of(conn, tenant, last.number if last else 1)
            if last and roots[:1] != [last]:
                name = str(tenant)
                log.error("the seal's copy is of another history", tenant=name, root=last.number)
                return
            fresh = roots[1:] if last else roots
            if not fresh:
                return
            yield fresh
            last = fresh[-1]


def _opened(conn: Connection, tenant: UUID) -> Thread:
    link, root = store.last_of(conn, tenant)
    thread = Thread(tenant, link, root)
    through = root.through if root else 0
    if link is not None and link.number > through:
        for one in store.links_of(conn, tenant, through + 1, link.number):
            thread.add(one)
    return thread

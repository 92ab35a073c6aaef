"""A whole check: the ledger against the seal, and the seal against its copies outside.

It takes a transaction a page, so it may run for an hour beside writers and stop nobody. It goes as
far as the seal had come when it began; what is newer is counted and said.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from infrastructure.clock import machine_now
from infrastructure.seal import store
from infrastructure.seal.anchors import Anchors
from infrastructure.seal.chain import Root, instant
from infrastructure.seal.checking import Checker
from infrastructure.seal.findings import Code, Finding, Findings
from infrastructure.seal.keys import SealKeys
from infrastructure.store.database import Connection

Connect = Callable[[], AbstractContextManager[Connection]]
Progress = Callable[[int, int], None]
NO_TENANT: Final = UUID(int=0)
LATE: Final = timedelta(minutes=60)
_AT_ONCE: Final = 1_000


class Report(msgspec.Struct, kw_only=True):
    """What was checked, how far, and what is wrong. `ok` says that nothing is."""

    ok: bool = False
    findings: list[Finding] = []
    more_findings: int = 0
    tenants: int = 0
    facts: int = 0
    links: int = 0
    roots: int = 0
    anchors: int = 0
    verified_to: int = 0
    unsealed: int = 0
    unsealed_since: datetime | None = None
    not_anchored: int = 0
    signatures_unchecked: int = 0
    keys_missing: list[str] = []
    notes: list[str] = []


class Verification:
    """One check of everything, or of one tenant when the connection shows no more."""

    def __init__(
        self,
        connect: Connect,
        keys: SealKeys,
        anchors: Anchors,
        only: UUID | None = None,
        now: Callable[[], datetime] = machine_now,
    ) -> None:
        self._connect = connect
        self._keys = keys
        self._anchors = anchors
        self._only = only
        self._now = now
        self._findings = Findings()
        self._checker = Checker(keys, self._findings)
        self._report = Report()
        self._strangers: set[str] = set()

    def run(self, progress: Progress = lambda _at, _until: None) -> Report:
        """Check and return the report."""
        report = self._report
        with self._connect() as conn:
            report.verified_to, checkpoint = store.ends(conn)
        if self._only is None and checkpoint != report.verified_to:
            said = f"the checkpoint says {checkpoint}, the last sealed fact is {report.verified_to}"
            where = (NO_TENANT, checkpoint, report.verified_to)
            self._findings.add("checkpoint-moved", *where, said)
        self._ledger(progress)
        self._outside()
        self._signatures()
        self._rest()
        report.facts, report.links = self._checker.facts, self._checker.links
        report.roots = self._checker.roots
        report.findings, report.more_findings = self._findings.listed, self._findings.more
        report.ok = not self._findings
        return report

    def _ledger(self, progress: Progress) -> None:
        after, until = None, self._report.verified_to
        while after is None or after < until:
            with self._connect() as conn:
                end = store.page_end(conn, after, until)
                links = list(store.links(conn, after, end))
                roots = list(store.roots(conn, after, end))
                self._checker.page(store.rows(conn, after, end), links, roots)
            after = end
            progress(end, until)
        self._checker.end()
        with self._connect() as conn:
            for root in store.roots_without_link(conn):
                said = f"root {root.number} names link {root.through}, which is not there"
                where = (root.tenant, root.last_position, root.last_position)
                self._findings.add("root-changed", *where, said)

    def _outside(self) -> None:
        """Compare the roots with their copies; a copy is read first, so that it is never ahead."""
        with self._connect() as conn:
            sealed = store.tenants(conn)
        self._report.tenants = len(sealed)
        outside = self._anchors.tenants()
        if self._only is not None:
            outside = [tenant for tenant in outside if tenant == self._only]
        if self._checker.roots and not outside:
            self._report.notes.append(
                f"no copies of roots lie in {self._anchors.folder}: a history that was cut or"
                " written anew cannot be told from a true one without them"
            )
        for tenant in sorted({*sealed, *outside}):
            self._behind(tenant, self._copies(tenant))

    def _copies(self, tenant: UUID) -> Root | None:
        """Check a tenant's file; return its last root."""
        last: Root | None = None
        same: bool | None = True
        stored: dict[int, Root] = {}
        for line, root in self._anchors.lines(tenant):
            self._report.anchors += 1
            if root is None or root.tenant != tenant or self._keys.signed(root) is False:
                self._anchor(tenant, last, "anchor-changed", f"line {line} is not what was signed")
                continue
            if last is not None and root.number != last.number + 1:
                said = f"root {last.number + 1} was expected in line {line}, not {root.number}"
                self._anchor(tenant, last, "anchor-missing", said)
            elif last is not None and root.previous != last.hash():
                said = f"line {line} does not follow from the line before"
                self._anchor(tenant, root, "anchor-changed", said)
            if root.number not in stored:
                with self._connect() as conn:
                    found = store.roots_of(conn, tenant, root.number, _AT_ONCE)
                stored = {one.number: one for one in found}
            before, same = same, self._same(root, stored.get(root.number))
            if before and not same:
                self._differs(root, stored.get(root.number), last)
            if same is None:
                return root
            last = root
        return last

    def _same(self, copy: Root, stored: Root | None) -> bool | None:
        """Compare a copy with the database; None when the history ends before it."""
        if stored == copy:
            self._checker.unknown.pop((copy.tenant, copy.number), None)
            if self._keys.signed(copy) is None:
                self._report.signatures_unchecked += 1
                self._strangers.add(copy.key)
            return True
        newest = self._newest(copy.tenant)
        return False if newest is not None and newest.number >= copy.number else None

    def _differs(self, copy: Root, stored: Root | None, last: Root | None) -> None:
        """Say how a copy differs; of several in a row only the first is told."""
        where = (copy.tenant, last.last_position + 1 if last else 1, copy.last_position)
        newest = self._newest(copy.tenant)
        if stored is not None:
            said = f"root {copy.number} in the database is not the one that was copied outside"
            self._findings.add("history-rewritten", *where, said)
        elif newest is not None and newest.number > copy.number:
            said = f"root {copy.number} lies outside and is not in the database"
            self._findings.add("root-missing", *where, said)
        else:
            said = (
                f"{copy.facts} facts up to position {copy.last_position} were sealed and copied"
                f" outside, the database's last root knows of {newest.facts if newest else 0}:"
                " its end was cut off"
            )
            self._findings.add("history-cut", *where, said)

    def _newest(self, tenant: UUID) -> Root | None:
        with self._connect() as conn:
            return store.last_of(conn, tenant)[1]

    def _behind(self, tenant: UUID, last: Root | None) -> None:
        """Look at the roots that have no copy yet."""
        with self._connect() as conn:
            waiting = store.roots_of(conn, tenant, last.number + 1 if last else 1)
        self._report.not_anchored += len(waiting)
        oldest = min((root.sealed_at for root in waiting), default=None)
        if oldest is not None and self._now() - instant(oldest) > LATE:
            said = f"{len(waiting)} roots, the oldest of {instant(oldest)}, have no copy outside"
            where = (tenant, waiting[0].last_position, waiting[-1].last_position)
            self._findings.add("anchor-late", *where, said)

    def _anchor(self, tenant: UUID, at: Root | None, code: Code, said: str) -> None:
        position = at.last_position if at else 0
        said = f"{self._anchors.path(tenant)}: {said}"
        self._findings.add(code, tenant, position, position, said)

    def _signatures(self) -> None:
        """Settle roots of unknown keys: nothing vouches for one that has no copy outside either."""
        for root in self._checker.unknown.values():
            self._report.signatures_unchecked += 1
            self._strangers.add(root.key)
            if self._keys:
                said = f"root {root.number} is signed by key {root.key}, which is not here"
                where = (root.tenant, root.last_position, root.last_position)
                self._findings.add("signature-unknown", *where, said)
        self._report.keys_missing = sorted(self._strangers)
        if self._strangers:
            self._report.notes.append(
                f"the signatures of {self._report.signatures_unchecked} roots were not checked:"
                f" the keys {', '.join(self._report.keys_missing)} are not here"
            )

    def _rest(self) -> None:
        """Count what is not sealed yet."""
        with self._connect() as conn:
            row = conn.execute(
                "select count(*), min(recorded_at) from ledger where notification_id > %s",
                (self._report.verified_to,),
            ).fetchone()
        if row is not None:
            self._report.unsealed, self._report.unsealed_since = int(row[0]), row[1]

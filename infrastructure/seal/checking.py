"""Compares rows with the seal. Pure: bytes in, findings out, so that every flip can be tried.

One pass over the one order serves all tenants. A page brings the rows of some positions and the
links that end there; rows of links that end later wait. Where all is well a fact costs one hash
for its leaf and one for the tree.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID

from infrastructure.seal.chain import ENTRY, NOTHING, Link, Root, link_hash, position, split
from infrastructure.seal.findings import Findings
from infrastructure.seal.keys import SealKeys
from infrastructure.seal.tree import Tree

_POSITION_AND_LEAF: Final = 8


class Thread:
    """What is known of one tenant as far as was checked.

    `previous` holds every hash that the next link may name: after a damage it cannot be known which
    of two was there first, and one damage must not be told again for every link behind it.
    """

    __slots__ = (
        *("damaged", "facts", "number", "passed", "previous", "root_hash", "root_number"),
        *("tenant", "tree", "waiting"),
    )

    def __init__(self, tenant: UUID) -> None:
        self.tenant = tenant
        self.waiting: list[bytes] = []
        self.passed: int | None = None
        self.number = 0
        self.previous: set[bytes] | None = {NOTHING}
        self.facts = 0
        self.tree = Tree()
        self.damaged = False
        self.root_number = 0
        self.root_hash = NOTHING

    def take(self, link: Link) -> list[bytes]:
        """Take the waiting entries that belong to a link: in a sound ledger, exactly its own."""
        count = len(link.entries) // ENTRY
        taken = self.waiting[:count]
        if b"".join(taken) == link.entries:
            del self.waiting[:count]
            return taken
        last = self.ends(link)
        taken = [e for e in self.waiting if position(e[:8]) <= last]
        self.waiting = [e for e in self.waiting if position(e[:8]) > last]
        return taken

    @staticmethod
    def ends(link: Link) -> int:
        """Return the last position of a link's own entries."""
        known = split(link.entries)
        return known[-1][0] if known else link.last_position

    def chained(self, link: Link, number: int, entries: bytes) -> bool:
        """Say whether a link follows from the one before, given these entries."""
        return self.previous is not None and any(
            link_hash(before, self.tenant, number, link.sealed_at, entries) == link.link
            for before in self.previous
        )


class Checker:
    """One check of a ledger, page by page."""

    def __init__(self, keys: SealKeys, findings: Findings | None = None) -> None:
        self.findings = findings if findings is not None else Findings()
        self.facts = self.links = self.roots = 0
        self.unknown: dict[tuple[UUID, int], Root] = {}
        self._keys = keys
        self._threads: dict[bytes, Thread] = {}

    def page(self, rows: Iterable[bytes], links: Sequence[Link], roots: Iterable[Root]) -> None:
        """Check the next positions: their rows, and the links that end there with their roots."""
        self._read(rows)
        named: dict[tuple[UUID, int], list[Root]] = {}
        for root in roots:
            named.setdefault((root.tenant, root.through), []).append(root)
        for link in links:
            thread = self._thread(link.tenant.bytes)
            self._link(thread, link)
            for root in named.get((link.tenant, link.number), ()):
                self._root(thread, link, root)

    def end(self) -> None:
        """Say which rows stand among the sealed ones and were never sealed."""
        for thread in self._threads.values():
            self._added(thread, [entry for entry in thread.waiting if not _behind(thread, entry)])

    def _read(self, rows: Iterable[bytes]) -> None:
        threads, hashed, seen = self._threads, sha256, 0
        for row in rows:
            seen += 1
            tenant = row[18:34]
            thread = threads.get(tenant) or self._thread(tenant)
            thread.waiting.append(row[6:14] + hashed(b"\0" + row).digest())
        self.facts += seen

    def _thread(self, tenant: bytes) -> Thread:
        if tenant not in self._threads:
            self._threads[tenant] = Thread(UUID(bytes=tenant))
        return self._threads[tenant]

    def _link(self, thread: Thread, link: Link) -> None:
        self.links += 1
        taken = thread.take(link)
        entries = b"".join(taken)
        number = thread.number + 1
        sound = (
            entries == link.entries
            and link.number == number
            and position(link.entries[-ENTRY : 8 - ENTRY] or NOTHING[:8]) == link.last_position
            and thread.chained(link, number, entries)
        )
        if sound:
            thread.previous = {link.link}
            thread.tree.add([entry[_POSITION_AND_LEAF:] for entry in taken])
        else:
            self._explain(thread, link, taken)
        thread.number = link.number if thread.previous is None else number
        thread.previous = thread.previous or {link.link}
        thread.facts += len(link.entries) // ENTRY

    def _explain(self, thread: Thread, link: Link, taken: list[bytes]) -> None:
        """Say what is wrong with a link or with its facts, and go on behind it."""
        thread.damaged = True
        number, last = thread.number + 1, Thread.ends(link)
        if link.number != number:
            if thread.chained(link, number, link.entries):
                self._changed(thread, link, f"is called {link.number} and was number {number}")
            else:
                taken = self._missing(thread, link, taken)
        stored = thread.chained(link, number, link.entries)
        actual = b"".join(taken)
        if last != link.last_position or len(link.entries) % ENTRY:
            self._changed(thread, link, "does not end where its entries end")
            thread.passed = max(last, link.last_position)
        elif actual != link.entries and thread.chained(link, number, actual):
            self._changed(thread, link, "holds other entries than it was made from")
        elif actual != link.entries:
            self._compare(thread, link, taken)
        if not stored and thread.previous is not None and actual == link.entries:
            self._changed(thread, link, "does not follow from the link before and its own facts")
        thread.tree.add([leaf for _, leaf in split(link.entries)])
        if thread.previous is not None:
            candidates = {link.link}
            for before in thread.previous:
                for entries in (link.entries, actual):
                    candidates.add(
                        link_hash(before, thread.tenant, number, link.sealed_at, entries)
                    )
            thread.previous = candidates

    def _missing(self, thread: Thread, link: Link, taken: list[bytes]) -> list[bytes]:
        """Say that links are gone; what they covered cannot be checked any more."""
        known = split(link.entries)
        begins = known[0][0] if known else link.last_position
        lost = [entry for entry in taken if position(entry[:8]) < begins]
        self.findings.add(
            "link-missing",
            thread.tenant,
            position(lost[0][:8]) if lost else begins,
            begins,
            f"link {thread.number + 1} of the seal was expected and link {link.number} is there:"
            f" {len(lost)} facts before position {begins} cannot be checked",
        )
        thread.previous = None
        return taken[len(lost) :]

    def _compare(self, thread: Thread, link: Link, taken: list[bytes]) -> None:
        """Say which facts differ from what was sealed."""
        sealed = dict(split(link.entries))
        actual = {position(entry[:8]): entry[8:] for entry in taken}
        for at, leaf in sealed.items():
            if at not in actual:
                said = f"the fact at position {at} is gone"
                self.findings.add("fact-removed", thread.tenant, at, at, said)
            elif actual[at] != leaf:
                said = f"the fact at position {at} is not what was sealed"
                self.findings.add("fact-changed", thread.tenant, at, at, said)
        at_twice = len(actual) != len(taken)
        extra = [e for e in taken if position(e[:8]) not in sealed]
        extra = [e for e in extra if not _behind(thread, e)]
        self._added(thread, extra)
        if at_twice or (not extra and actual == sealed):
            self._changed(thread, link, "holds its entries in another order, or a position twice")

    def _added(self, thread: Thread, entries: Iterable[bytes]) -> None:
        for entry in entries:
            at = position(entry[:8])
            said = f"the fact at position {at} stands among sealed facts and was never sealed"
            self.findings.add("fact-added", thread.tenant, at, at, said)

    def _changed(self, thread: Thread, link: Link, how: str) -> None:
        said = f"link {link.number} of the seal {how}"
        known = split(link.entries)
        first = known[0][0] if known else link.last_position
        self.findings.add("link-changed", thread.tenant, first, link.last_position, said)

    def _root(self, thread: Thread, link: Link, root: Root) -> None:
        self.roots += 1
        self._follows(thread, root)
        signed = self._keys.signed(root)
        expected: Mapping[str, object] = {
            "link": root.link in (thread.previous or ()),
            "position": root.last_position == link.last_position,
            "facts": root.facts == thread.facts,
            "size": root.size == thread.tree.size,
            "tree": root.tree == thread.tree.root(),
        }
        wrong = ", ".join(name for name, right in expected.items() if not right)
        where = (thread.tenant, root.last_position, root.last_position)
        if signed is False:
            said = f"root {root.number} does not bear the signature of key {root.key}"
            self.findings.add("signature-wrong", *where, said)
        elif wrong and not thread.damaged:
            said = f"root {root.number} was made from other facts or links: {wrong} differ"
            self.findings.add("root-disagrees", *where, said)
        if signed is None:
            self.unknown[thread.tenant, root.number] = root
        thread.root_number, thread.root_hash = root.number, root.hash()
        thread.facts, thread.tree, thread.damaged = root.facts, Tree(), False

    def _follows(self, thread: Thread, root: Root) -> None:
        where = (thread.tenant, root.last_position, root.last_position)
        if root.number != thread.root_number + 1:
            said = f"root {thread.root_number + 1} was expected and root {root.number} is there"
            self.findings.add("root-missing", *where, said)
            thread.damaged = True
        elif root.previous != thread.root_hash:
            said = f"root {root.number} does not follow from root {thread.root_number}"
            self.findings.add("root-changed", *where, said)


def _behind(thread: Thread, entry: bytes) -> bool:
    """Say whether an entry belongs to a link that was told already."""
    return thread.passed is not None and position(entry[:8]) <= thread.passed

"""The Merkle tree of RFC 9162, section 2.1: hash, inclusion path, and the check of a path."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

EMPTY: Final = sha256(b"").digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\1" + left + right).digest()


class Tree:
    """Grows a leaf at a time and keeps only the roots of its whole subtrees: memory is log n."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaves: Iterable[bytes]) -> None:
        """Append leaves."""
        peaks, size, hashed = self._peaks, self.size, sha256
        for leaf in leaves:
            top, n = leaf, size
            while n & 1:
                top = hashed(b"\1" + peaks.pop() + top).digest()
                n >>= 1
            peaks.append(top)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """Return the tree hash of all leaves so far."""
        if not self._peaks:
            return EMPTY
        top = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            top = node(peak, top)
        return top


def tree_hash(leaves: Iterable[bytes]) -> bytes:
    """Return the hash of a whole tree."""
    tree = Tree()
    tree.add(leaves)
    return tree.root()


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the hashes that lead from one leaf to the root, nearest first (2.1.3.1).

    Raises:
        IndexError: when there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = leaves[:middle], leaves[middle:]
    if index < middle:
        return [*inclusion_path(left, index), tree_hash(right)]
    return [*inclusion_path(right, index - middle), tree_hash(left)]


def root_of_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root to which a path leads, or None when it cannot belong there (2.1.3.2)."""
    if not 0 <= index < size:
        return None
    at, last, top = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            top = node(step, top)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            top = node(top, step)
        at, last = at >> 1, last >> 1
    return top if last == 0 else None

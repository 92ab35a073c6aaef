"""A proof for one fact, to be checked by somebody who has nothing but the signed root."""

from base64 import b64encode
from typing import Any
from uuid import UUID

import msgspec

from infrastructure.seal import store
from infrastructure.seal.chain import COLUMNS, TENANT, Root, instant, leaf, split
from infrastructure.seal.tree import inclusion_path
from infrastructure.store.database import Connection


def proof(conn: Connection, tenant: UUID, position: int) -> dict[str, Any] | None:
    """Return what shows that a fact lies under a signed root; None while it lies under none.

    The leaf is made from the row as it stands now, so a changed fact gets a proof that fails.
    """
    row = next(iter(list(store.rows(conn, position - 1, position))), None)
    found = store.root_over(conn, tenant, position)
    if row is None or found is None or UUID(bytes=row[TENANT]) != tenant:
        return None
    root, first = found
    entries = [
        entry
        for link in store.links_of(conn, tenant, first, root.through)
        for entry in split(link.entries)
    ]
    index = next((n for n, (at, _) in enumerate(entries) if at == position), None)
    if index is None:
        return None
    return {
        "tenant": tenant,
        "position": position,
        "row": b64encode(row).decode(),
        "columns": COLUMNS,
        "leaf": leaf(row).hex(),
        "index": index,
        "path": [step.hex() for step in inclusion_path([one for _, one in entries], index)],
        "root": _told(root),
        "statement": b64encode(root.statement()).decode(),
        "how": "infrastructure/seal/chain.py, infrastructure/seal/tree.py (RFC 9162, 2.1.3.2)",
    }


def _told(root: Root) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(root)
    return told | {"tree": root.tree.hex(), "sealed_at": instant(root.sealed_at).isoformat()}

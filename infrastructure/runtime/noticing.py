"""What an operator should know about how this house reaches families, in words."""

from typing import Final

import msgspec

from domain.playbook.one_way import unanswerable
from infrastructure.channels.senders import notices, one_way
from infrastructure.settings import Settings
from infrastructure.store import reads
from infrastructure.store.database import Connection
from projections.kit import Query
from projections.playbooks import PlaybookRow

_IN_USE: Final = Query(
    "playbooks", "select doc from {playbooks} where is_active order by key limit 10000"
)


def told(conn: Connection, settings: Settings) -> list[str]:
    """Return what should be known. Counts only: whose playbooks they are is asked elsewhere."""
    found = notices(settings)
    if channels := one_way(settings):
        rows = [row[0] for row in reads.fetch(conn, _IN_USE, {})]
        used = [msgspec.json.decode(row, type=PlaybookRow).playbook for row in rows]
        waiting = sum(1 for playbook in used if unanswerable(playbook, channels))
        if waiting:
            found.append(
                f"{waiting} of the playbooks in use look for a reply to texts that go out under a"
                " name, and nobody can answer a name: POST /api/playbooks/validate says where"
            )
    return found

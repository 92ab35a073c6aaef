"""Remembers outside the database how far it had come; stops what leaves the house after a restore.

A database that was brought back to an earlier state does not know what was sent and published
since, and would do it again. The witness is a file in ANSEO_HOME: the last fact that this machine
saw. A store in which that fact is not there, or is another one, has been rewound. Senders and the
relay then refuse to go on until a person has said so after the restore (`anseo restored`).
"""

import contextlib
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
import structlog

from infrastructure.store import hazards
from infrastructure.store.database import Connection, Database

log = structlog.get_logger()
REWOUND: Final = "store-rewound"
_EPOCHS: Final = (
    "select array_agg(epoch order by number), max(since) filter (where accepted_by <> ''),"
    " clock_timestamp() from store_epoch"
)
_FACT: Final = (
    "select notification_id, originator_id, originator_version, command_id from ledger"
    " where notification_id = %s"
)
_LAST: Final = (
    "select notification_id, originator_id, originator_version, command_id from ledger"
    " order by notification_id desc limit 1"
)
_ACCEPT: Final = (
    "insert into store_epoch (position, witnessed, accepted_by, reason) values (%s, %s, %s, %s)"
)
_NOTE_SECONDS: Final = 0.5


class StoreRewound(Exception):
    """The store was brought back to an earlier state; a person has to say that work goes on."""


class Seen(msgspec.Struct, frozen=True):
    """The last fact that was seen, in which epoch of the store, and when by its clock."""

    epoch: UUID
    at: datetime
    position: int = 0
    stream: UUID | None = None
    version: int = 0
    command_id: UUID | None = None


class Witness:
    """One file. Processes of one machine share it: whichever writes last has seen no less."""

    def __init__(self, path: Path, database: Database) -> None:
        self._path = path
        self._database = database

    def check(self) -> None:
        """Compare the store with what was seen, then remember what is there now.

        Raises:
            StoreRewound: and an alarm is kept; nothing is remembered before a person has spoken.
        """
        with self._database.worker() as conn:
            epoch, spoken, now = _epochs(conn)
            before = self.seen()
            reason = "" if before is None else _doubt(conn, before, epoch, spoken)
            if (
                reason
                and before is not None
                and hazards.raise_alarm(conn, REWOUND, before.position, reason)
            ):
                log.error(REWOUND, position=before.position, reason=reason)
            row = None if reason else conn.execute(_LAST).fetchone()
        if reason:
            raise StoreRewound(reason)
        seen = Seen(epoch, now, *(row or ()))
        if before is None or _worth_writing(before, seen):
            self._write(seen)

    def seen(self) -> Seen | None:
        """Return what was seen last; nothing before the first time.

        Raises:
            StoreRewound: the file is damaged, so nobody knows.
        """
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Seen)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise StoreRewound(f"{self._path} cannot be read: restore or delete it") from error

    def accept(self, by: str, reason: str) -> None:
        """Say, after a restore, that the store as it is now is the one to go on from."""
        with self._database.worker() as conn:
            row = conn.execute(_LAST).fetchone()
            before = self.seen()
            witnessed = before.position if before else 0
            conn.execute(_ACCEPT, (row[0] if row else 0, witnessed, by, reason))
            hazards.settle(conn, by, reason, kind=REWOUND)

    def _write(self, seen: Seen) -> None:
        """Write whole or not at all, on disk before anything that it witnesses leaves the house."""
        draft = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        try:
            with draft.open("wb") as file:
                file.write(msgspec.json.encode(seen))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise


def _epochs(conn: Connection) -> tuple[UUID, datetime | None, datetime]:
    row = conn.execute(_EPOCHS).fetchone()
    if row is None or not row[0]:
        raise StoreRewound("the store has no epoch")
    return row[0][-1], row[1], row[2]


def _doubt(conn: Connection, before: Seen, epoch: UUID, spoken: datetime | None) -> str:
    """Say why this is not the store that was seen; nothing when it is, or a person has spoken."""
    if spoken is not None and spoken > before.at:
        return ""
    if before.epoch != epoch:
        return f"epoch {epoch} is not the one that was seen ({before.epoch})"
    if not before.position:
        return ""
    row = conn.execute(_FACT, (before.position,)).fetchone()
    if row is None:
        return f"the fact at position {before.position}, which was seen, is not there"
    if row[1:] != (before.stream, before.version, before.command_id):
        return f"another fact stands at position {before.position} than the one that was seen"
    return ""


def _worth_writing(before: Seen, seen: Seen) -> bool:
    """Not for every fact: a restore goes back further than half a second."""
    if before.epoch != seen.epoch:
        return True
    moved = seen.position != before.position
    return moved and (seen.at - before.at).total_seconds() >= _NOTE_SECONDS

"""The erasure log outside the database: what a restored backup has to forget again.

One JSON object a line, each signed with a key derived from the master key. It holds ids and codes
only, so that it may be kept for ever and copied anywhere.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, Self
from uuid import UUID

import msgspec

from infrastructure.durable import drop_torn_end, sync_folder, write_all
from infrastructure.vault.errors import ErasureLogDamaged
from infrastructure.vault.master import MasterKeys

Action = Literal["erased", "readmitted"]
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_ACTOR: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,127}")


class ErasureLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person erased (or readmitted), by whom and why."""

    action: Action
    tenant: UUID
    subject: UUID
    at: datetime
    reason: str
    by: str
    master_id: str
    signature: str = ""

    @classmethod
    def signed_by(
        cls,
        master: MasterKeys,
        action: Action,
        tenant: UUID,
        subject: UUID,
        at: datetime,
        reason: str,
        by: str,
    ) -> Self:
        """Return the line as it is written."""
        bare = cls(
            action=action,
            tenant=tenant,
            subject=subject,
            at=at.astimezone(UTC),
            reason=reason,
            by=by,
            master_id=master.current,
        )
        return msgspec.structs.replace(bare, signature=master.sign(bare.signed_bytes()).hex())

    def signed_bytes(self) -> bytes:
        """Return what the signature covers: everything but itself."""
        return msgspec.json.encode(msgspec.structs.replace(self, signature=""))


def check_codes(reason: str, by: str) -> None:
    """Keep free text, names and addresses out of a log that is never erased.

    Raises:
        ValueError: the reason is not a kebab-case code, or the actor is not an id.
    """
    if not _CODE.fullmatch(reason):
        raise ValueError("the reason of an erasure is a kebab-case code, not a text")
    if not _ACTOR.fullmatch(by):
        raise ValueError("the actor of an erasure is an id, not a name or an address")


class ErasureLog:
    """An append-only file that several processes may write."""

    def __init__(self, path: Path, master: MasterKeys) -> None:
        self._path = path
        self._master = master

    def append(self, line: ErasureLine) -> None:
        """Write one line; when this returns, the disk has it."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = not self._path.exists()
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            drop_torn_end(handle)
            write_all(handle, msgspec.json.encode(line) + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            sync_folder(self._path.parent)

    def lines(self) -> Iterator[ErasureLine]:
        """Return every line that was written whole, each checked.

        Raises:
            ErasureLogDamaged: a line was changed, or was not signed by one of our keys.
        """
        if not self._path.exists():
            return
        whole = self._path.read_bytes().split(b"\n")[
            :-1
        ]  # after the last newline: torn, or nothing
        for number, text in enumerate(whole, start=1):
            yield self._checked(number, text)

    def _checked(self, number: int, text: bytes) -> ErasureLine:
        try:
            line = msgspec.json.decode(text, type=ErasureLine)
            signature = bytes.fromhex(line.signature)
            genuine = self._master.signed(line.master_id, line.signed_bytes(), signature)
        except (msgspec.DecodeError, ValueError):
            genuine = False
        if not genuine:
            raise ErasureLogDamaged(number)
        return line

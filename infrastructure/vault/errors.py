"""What can go wrong in the vault. No message here ever holds what the vault keeps."""

from collections.abc import Iterable
from uuid import UUID

from domain.kernel.refusals import Gone


class VaultDamaged(Exception):
    """A row does not open with the keys that should open it: changed bytes, or a wrong key."""

    def __init__(self, row: UUID) -> None:
        """Name the row, never its content."""
        self.row = row
        super().__init__(f"vault row {row} cannot be opened")


class MasterKeyMissing(Exception):
    """The database was written under a master key that this process was not given."""

    def __init__(self, key_id: str) -> None:
        """Name the key by its id, which tells nothing about the key."""
        self.key_id = key_id
        super().__init__(
            f"no master key with id {key_id}: set ANSEO_MASTER_KEY or restore its file"
        )


class MasterKeyRefused(Exception):
    """The master key that was given is not usable as one."""


class ErasureLogDamaged(Exception):
    """A line of the erasure log outside the database is not as it was signed."""

    def __init__(self, line: int) -> None:
        """Name the line by its number."""
        self.line = line
        super().__init__(f"erasure log: line {line} is not as it was signed")


class SubjectErased(Gone):
    """This person was erased, and may not be written again unless readmitted."""

    code = "subject-erased"

    def __init__(self, subjects: Iterable[UUID]) -> None:
        """Say who, so that an import can leave exactly them out."""
        self.subjects = frozenset(subjects)
        super().__init__(subjects=sorted(map(str, self.subjects)))

"""What is handed to the vault to keep."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

Content = Mapping[str, Any]

ARTIFACT: Final = "artifact"


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One record: what it says about each subject, and what it says about all of them together.

    Each subject's part opens by that subject's key alone and goes when the subject is erased. The
    shared part opens while any of the subjects lives. A subject with an empty part still holds
    the shared part open.
    """

    record: UUID
    kind: str
    parts: Mapping[UUID, Content]
    shared: Content | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be read back as it was written.

        Raises:
            ValueError: a record about nobody, of no kind, or with one field in two parts.
        """
        if not self.parts:
            raise ValueError(f"vault record {self.record} is about nobody")
        if not self.kind or self.kind == ARTIFACT:
            raise ValueError(f"vault record {self.record} has no kind of its own")
        contents = [*self.parts.values(), self.shared or {}]
        if len({name for content in contents for name in content}) < sum(map(len, contents)):
            raise ValueError(f"vault record {self.record} says one field twice")

    def __repr__(self) -> str:
        """Leave the content out: a repr ends in logs."""
        return f"Entry(record={self.record}, kind={self.kind!r})"

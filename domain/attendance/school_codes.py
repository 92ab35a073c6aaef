"""The codes of one school: its own names for things first, then those of its country."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Final, NamedTuple

from domain.attendance.codes import CodeRow, CodeTable, MarkStatus, normalised

# What a school may say directly, where the table of its place has no code for it.
SAYABLE: Final = frozenset(MarkStatus) - {MarkStatus.UNKNOWN_CODE}


class LocalCode(NamedTuple):
    """A code that one school uses, and what it stands for: a code of its country, or a status."""

    code: str
    stands_for: str
    meaning: str | None
    effective_from: date
    effective_to: date | None

    def in_force(self, on: date) -> bool:
        """Say whether the school used the code on a day."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


class Understood(NamedTuple):
    """What a written code meant, and how the school wrote it where that is its own."""

    row: CodeRow
    local: str | None = None


@dataclass(frozen=True)
class SchoolCodes:
    """A country's table under a school's own codes.

    What a school says of a code goes before what its country says of it, from the day on that the
    school names. Of two such words the one that began later counts.
    """

    table: CodeTable
    local: Sequence[LocalCode] = ()

    @cached_property
    def _newest_first(self) -> list[LocalCode]:
        return sorted(self.local, key=lambda one: one.effective_from, reverse=True)

    def on(self, day: date) -> list[LocalCode]:
        """Return the codes of its own that the school used on a day, each once."""
        used: dict[str, LocalCode] = {}
        for one in self._newest_first:
            if one.in_force(day):
                used.setdefault(normalised(one.code), one)
        return sorted(used.values())

    def find(self, raw: str, on: date) -> Understood | None:
        """Return what a written code meant on a day, or None: set the row aside and ask."""
        wanted = normalised(raw)
        for one in self._newest_first:
            if normalised(one.code) == wanted and one.in_force(on):
                row = stands_for(self.table, one, on)
                return None if row is None else Understood(row, wanted)
        found = self.table.find(raw, on)
        return None if found is None else Understood(found)

    @property
    def reading(self) -> str:
        """The table's version, and a hash of the school's own codes where there are any.

        Another reading makes another batch: a file whose codes were not known can come again.
        """
        if not self.local:
            return self.table.version
        said = "\n".join(sorted("\t".join(map(str, one)) for one in self.local))
        return f"{self.table.version}+{sha256(said.encode()).hexdigest()[:12]}"


def stands_for(table: CodeTable, local: LocalCode, on: date) -> CodeRow | None:
    """Return what a school's own code means on a day.

    Where it stands for a code of the country, that code is what is counted and stored.
    """
    found = table.find(local.stands_for, on)
    if found is not None:
        return found
    status = normalised(local.stands_for)
    if status not in SAYABLE:
        return None
    meaning = local.meaning or status.replace("_", " ").lower()
    return CodeRow(code=normalised(local.code), status=MarkStatus(status), meaning=meaning)


def can_stand_for(table: CodeTable, written: str) -> bool:
    """Say whether a school's code may stand for this: a code of any day, or a status."""
    wanted = normalised(written)
    return wanted in SAYABLE or any(wanted in row.writings for row in table.codes)

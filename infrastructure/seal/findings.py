"""What a check found wrong, said so that a person knows what, where and what to do."""

from typing import Final, Literal
from uuid import UUID

import msgspec

Code = Literal[
    "fact-changed",
    "fact-removed",
    "fact-added",
    "link-changed",
    "link-missing",
    "root-changed",
    "root-missing",
    "root-disagrees",
    "signature-wrong",
    "signature-unknown",
    "checkpoint-moved",
    "anchor-changed",
    "anchor-missing",
    "anchor-late",
    "history-rewritten",
    "history-cut",
]
_FACT: Final = (
    "Compare with a backup or with a consumer's copy of the topic, and find out who wrote to the"
    " table `ledger`: no role of this product can change a stored fact."
)
_SEAL: Final = (
    "The facts themselves may be sound. Find out who wrote to the seal's tables, and keep this"
    " report: the rows are never written twice."
)
_HISTORY: Final = (
    "Was the database restored from an older backup? Then compare both, say so in writing, and move"
    " this tenant's file aside, so that a new one begins. If not, treat it as an attack."
)
DO: Final[dict[Code, str]] = {
    "fact-changed": _FACT,
    "fact-removed": _FACT,
    "fact-added": _FACT,
    "link-changed": _SEAL,
    "link-missing": _SEAL,
    "root-changed": _SEAL,
    "root-missing": _SEAL,
    "root-disagrees": _FACT,
    "signature-wrong": _SEAL,
    "signature-unknown": "Give the older key too (ANSEO_SEAL_KEY, current first), or find out who"
    " signed.",
    "checkpoint-moved": "Run the role `seal`, which puts it right, and find out who moved it.",
    "anchor-changed": "Restore the file from its own copy; the database was not touched by this.",
    "anchor-missing": "Restore the file from its own copy, or find out who removed lines.",
    "anchor-late": "Is the role `seal` running, and can it write the folder of ANSEO_SEAL_ANCHORS?",
    "history-rewritten": _HISTORY,
    "history-cut": _HISTORY,
}
MOST: Final = 200


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as it was written. Positions are those of the ledger's one order."""

    code: Code
    tenant: UUID
    first: int
    last: int
    said: str
    do: str


class Findings:
    """A list that stops growing: after some hundred the rest is counted."""

    def __init__(self) -> None:
        self.listed: list[Finding] = []
        self.more = 0

    def add(self, code: Code, tenant: UUID, first: int, last: int, said: str) -> None:
        """Take one in."""
        if len(self.listed) >= MOST:
            self.more += 1
            return
        self.listed.append(
            Finding(code=code, tenant=tenant, first=first, last=last, said=said, do=DO[code])
        )

    def __bool__(self) -> bool:
        """Say whether anything was found."""
        return bool(self.listed)

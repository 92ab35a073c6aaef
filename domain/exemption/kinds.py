"""Kinds of exemption, as a school names them, and what each one changes.

The kind tells about a child's health, losses or home, so it goes to the vault with the words.
"""

from enum import StrEnum
from typing import Final

from domain.exemption.events import ExemptionEffect


class ExemptionKind(StrEnum):
    """Why rules leave a student alone."""

    BEREAVEMENT = "BEREAVEMENT"
    LONG_TERM_ILLNESS = "LONG_TERM_ILLNESS"
    SAFEGUARDING = "SAFEGUARDING"
    CHILD_IN_NEED = "CHILD_IN_NEED"
    LOOKED_AFTER = "LOOKED_AFTER"
    PART_TIME_TIMETABLE = "PART_TIME_TIMETABLE"
    EXAM_LEAVE = "EXAM_LEAVE"
    COURT_ORDER = "COURT_ORDER"
    OTHER = "OTHER"


# A child with a worker of its own is not left alone: the worker is told instead of the family.
_TO_WORKER: Final = frozenset(
    {ExemptionKind.SAFEGUARDING, ExemptionKind.CHILD_IN_NEED, ExemptionKind.LOOKED_AFTER}
)


def effect_of(kind: ExemptionKind) -> ExemptionEffect:
    """Return what an exemption of a kind changes."""
    return ExemptionEffect.TO_WORKER if kind in _TO_WORKER else ExemptionEffect.LEAVE_ALONE

"""Stages of a ladder as a rule set names them."""

from enum import StrEnum

import msgspec


class Approval(StrEnum):
    """Who must say yes before a stage is entered."""

    AUTO = "AUTO"
    STAFF = "STAFF"
    HEAD = "HEAD"


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of a rule set as an intervention needs to know it.

    Strict order and gaps hold inside a track; `prerequisites` are stage types that must have been
    entered before. `min_gap_school_days` counts open days since the last stage of the same track;
    `min_gap_days`, in calendar days, stands in older proposals and is written no more. A clock of
    the law runs from the qualifying day: `due_school_days` or `due_days` (calendar) later is its
    last day; what is due `forthwith` is due on the day on which it was found. `stops` names what
    holds the stage back (of CASE_CLOSED, EXEMPTION, LEFT_ROLL, ATTENDANCE_IMPROVED, VALID_REASON);
    absent: all of them.

    A stage `by_hand` is proposed by a person and never by the rules; with `four_eyes` somebody else
    approves it, with `asks_reason` it is proposed with a reason. Where attempts at a meeting are
    logged (`log_attempts`), it is not done before one was; `attendees` are who has to be asked.
    """

    type: str
    order: int
    track: str
    approval: Approval
    prerequisites: tuple[str, ...] = ()
    min_gap_days: int = 0
    min_gap_school_days: int = 0
    due_school_days: int | None = None
    due_days: int | None = None
    forthwith: bool = False
    stops: tuple[str, ...] | None = None
    by_hand: bool = False
    four_eyes: bool = False
    asks_reason: bool = False
    log_attempts: bool = False
    attendees: tuple[str, ...] = ()

    def stopped_by(self, reason: str) -> bool:
        """Say whether a reason holds this stage back. A duty of the law may know fewer of them."""
        return self.stops is None or reason in self.stops

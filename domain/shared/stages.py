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
    entered before. `min_gap_days` counts calendar days since the last stage of the same track.
    """

    type: str
    order: int
    track: str
    approval: Approval
    prerequisites: tuple[str, ...] = ()
    min_gap_days: int = 0

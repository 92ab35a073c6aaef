"""The numbers that decided, frozen into the fact that they caused."""

from datetime import date

import msgspec


class DecidingNumbers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one condition of a stage saw.

    Counts are whole sessions: two make a day where `sessions_per_day` is 2, one where a school
    keeps days. `threshold` is written as in the rule set ("10", "10/100"). `denominator` says
    where the possible sessions come from: MARKS or DECLARED_DAYS. `undecided_days` are days, where
    occasions are counted, of which nobody has said whether a part was excused, or how long it was:
    none of them is counted. Absent, there are none, or nobody looked. `not_known` names what nobody
    has said of the pupil (AGE_UNKNOWN, YEAR_GROUP_UNKNOWN): the rule set may not be about it.
    """

    metric: str
    absent_sessions: int
    possible_sessions: int
    sessions_per_day: int
    threshold: str
    window_from: date
    window_to: date
    denominator: str
    undecided_days: int = 0
    not_known: tuple[str, ...] = ()

"""When attendance counts as better: a workflow rule, never a measure of success.

Source: the checkpoint rule of the domain papers. Noise alone satisfies it often, so it is asked at
fixed checkpoints only and never published as an effect.
"""

from typing import Final

from domain.shared.numbers import DecidingNumbers

MINIMUM_SESSIONS: Final = 20
MINIMUM_POINTS: Final = 5
CHECKPOINTS: Final = (20, 40, 60)


def improved(baseline: DecidingNumbers, trailing: DecidingNumbers) -> bool:
    """Say whether absence fell by at least five percentage points over enough sessions.

    Whole-number arithmetic: a/b - c/d >= 5/100 is compared after multiplying out.
    """
    a, b = baseline.absent_sessions, baseline.possible_sessions
    c, d = trailing.absent_sessions, trailing.possible_sessions
    if d < MINIMUM_SESSIONS or b == 0:
        return False
    return 100 * (a * d - c * b) >= MINIMUM_POINTS * b * d

"""When attendance counts as better: a workflow rule, never a measure of success.

Source: the checkpoint rule of the domain papers. Noise alone satisfies it often, so it is asked at
fixed checkpoints only, once each, and never published as an effect.
"""

from typing import Final

from domain.shared.numbers import DecidingNumbers

MINIMUM_SESSIONS: Final = 20
MINIMUM_POINTS: Final = 5
CHECKPOINTS: Final = (20, 40, 60)
_BY_SESSION: Final = frozenset({"COUNT"})


def improved(
    baseline: DecidingNumbers,
    trailing: DecidingNumbers,
    thresholds: tuple[DecidingNumbers, ...] = (),
    unexplained: int = 0,
) -> bool:
    """Say whether absence fell by five percentage points, and below what the stage asks for.

    `baseline` are the possible sessions before the spell of absence that led to the stage; of fewer
    than twenty nothing is said. Whole-number arithmetic: a/b - c/d >= 5/100 is compared after
    multiplying out. `thresholds` are the numbers that decided the stage, each with its threshold as
    written. An absence that nobody has explained yet may still become anything, so with one of them
    nothing is better; nor is it while half of the sessions are missed, which England's department
    calls severe absence.
    """
    a, b = baseline.absent_sessions, baseline.possible_sessions
    c, d = trailing.absent_sessions, trailing.possible_sessions
    if min(b, d) < MINIMUM_SESSIONS or unexplained or 2 * c >= d:
        return False
    fell = 100 * (a * d - c * b) >= MINIMUM_POINTS * b * d
    return fell and all(_below(trailing, decided) for decided in thresholds)


def _below(trailing: DecidingNumbers, decided: DecidingNumbers) -> bool:
    """Say whether attendance stays under the pace that a stage was decided by.

    A rate is compared as it is. A count is compared as a rate, too: so many absences of what was
    possible in the stage's own window. Fifteen days of a year are more than any twenty sessions
    hold, so the bare count would call a pupil better who never comes.
    """
    amount = decided.threshold.rpartition(" ")[2]
    above, slash, below = amount.partition("/")
    if not above.isdigit() or not (below.isdigit() or not slash):
        return True  # a stage that no count decided
    if slash and decided.metric not in _BY_SESSION and int(above) <= int(below):
        return trailing.absent_sessions * int(below) < trailing.possible_sessions * int(above)
    per_unit = 1 if decided.metric in _BY_SESSION else decided.sessions_per_day
    pace = int(above) * per_unit * trailing.possible_sessions
    return trailing.absent_sessions * decided.possible_sessions * int(below or 1) < pace

"""Numbers that decided, as a sentence that a person reads. Rounding happens here and only here."""

from datetime import date
from typing import Final

from domain.shared.numbers import DecidingNumbers

_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_BY_SESSION: Final = frozenset({"COUNT", "CODE_TODAY", "UNEXPLAINED_TODAY"})
_TODAY: Final = frozenset({"CODE_TODAY", "UNEXPLAINED_TODAY"})
_OPS: Final = {">=": "asks at", ">": "asks at more than"}


def in_words(numbers: DecidingNumbers) -> str:
    """Return one sentence: what was counted, where, and at what the rule asks."""
    if numbers.metric in _TODAY:
        return f"No reason is known for the absence of {_day(numbers.window_to)}."
    counted = f"{_counted(numbers)} from {_day(numbers.window_from)} to {_day(numbers.window_to)}"
    rule = _rule(numbers.threshold)
    return f"{counted}; the rule {rule}." if rule else f"{counted}."


def _counted(numbers: DecidingNumbers) -> str:
    absent, possible = numbers.absent_sessions, numbers.possible_sessions
    if numbers.metric in _BY_SESSION:
        return f"{absent} of {possible} sessions"
    of = f"Absent on {_days(numbers, absent)} of {_days(numbers, possible)} days"
    return f"{of} ({_percent(absent, possible)} %)" if possible else of


def _days(numbers: DecidingNumbers, sessions: int) -> str:
    whole, half = divmod(sessions, numbers.sessions_per_day)
    return f"{whole}.5" if half else str(whole)


def _percent(part: int, whole: int) -> str:
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10}"


def _rule(threshold: str) -> str:
    sign, _, amount = threshold.rpartition(" ")
    above, slash, below = amount.partition("/")
    if not above.isdigit():
        return ""
    if slash and below.isdigit() and int(below):
        amount = f"{_percent(int(above), int(below))} %"
    return f"{_OPS.get(sign, 'asks at')} {amount}"


def _day(on: date) -> str:
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"

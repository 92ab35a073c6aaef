"""The sessions that a spell of absence is compared with. Pure, one pupil at a time.

Source: the checkpoint rule of the domain papers (9.3). A year to date cannot serve as a baseline:
it holds the very absences that a stage was about, and it hardly moves.
"""

from datetime import date
from typing import Final

import numpy as np

from domain.attendance.metrics import Counting, Denominator
from domain.attendance.only_exceptions import as_expected
from domain.attendance.register_line import RegisterLine
from domain.attendance.school_days import SchoolDays
from domain.attendance.sheet import Counts, Marked, sheet_of

BASELINE_SESSIONS: Final = 40


def before_spell(
    line: RegisterLine, calendar: SchoolDays, denominator: Denominator, until: date
) -> tuple[date, date] | None:
    """Return the days of the 40 possible sessions that end the day before a spell of absence.

    The spell is the last one up to a day: days in a row with an absence; a day without a possible
    session neither ends nor begins one. Whole days: 41 sessions where the 40th is a morning. Fewer
    where the register begins later; None where it holds none at all.
    """
    sheet = sheet_of([line])
    if denominator is Denominator.DECLARED_DAYS:
        sheet = as_expected(sheet, calendar, until.toordinal())
    absent = sheet.per_day(_halves, sheet.absent(Counting()))[:, 0].tolist()
    possible = sheet.per_day(_halves, sheet.possible)[:, 0].tolist()
    asked = zip(sheet.days.tolist(), absent, possible, strict=True)
    back = [one for one in asked if one[0] <= until.toordinal() and one[2]][::-1]
    spell = next((n for n, (_, gone, _) in enumerate(back) if gone), 0)
    while spell < len(back) and back[spell][1]:
        spell += 1
    return _last(back[spell:])


def _last(back: list[tuple[int, int, int]]) -> tuple[date, date] | None:
    """Return the first and the last day of enough possible sessions, the newest first."""
    sessions = 0
    for day, _, possible in back:
        sessions += possible
        if sessions >= BASELINE_SESSIONS:
            return date.fromordinal(day), date.fromordinal(back[0][0])
    return (date.fromordinal(back[-1][0]), date.fromordinal(back[0][0])) if back else None


def _halves(mornings: Marked, afternoons: Marked) -> Counts:
    number: Counts = mornings[0].astype(np.int32) + afternoons[0]
    return number

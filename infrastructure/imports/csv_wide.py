r"""Marks in wide shape, as a printed register: a row for each pupil, a column for each session.

The header holds the days: `2025-09-01 AM`, or `01/09/2025` with AM and PM in a second row, or a day
over both marks of it (`/\`), or a Monday over the ten or fourteen marks of its week. A day's name
or `w/c` before the date is passed over.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

from domain.attendance.register_line import Session
from infrastructure.imports.csv_text import CsvFile, DateFormat, Unusable, read_day
from infrastructure.imports.mark_taker import MarkTaker
from infrastructure.imports.prepared import Prepared
from infrastructure.imports.report import Problem

_HEAD: Final = re.compile(
    r"(?:w/c|week(?: commencing| beginning)?|mon|tue|wed|thu|fri|sat|sun)?[a-z]*[ .,]*"
    r"([0-9][0-9./-]{7,9})[ ,:]*(am|pm)?",
    re.IGNORECASE,
)
_HALVES: Final = (Session.AM.value, Session.PM.value)
_WEEKS: Final = (10, 14)  # letters of a week: two a day, with or without the weekend
_PAIR: Final = 2


class _Column(NamedTuple):
    place: int
    on: date
    session: str  # empty where the column holds a whole day or a week


def read_wide(prepared: Prepared, file: CsvFile, taker: MarkTaker) -> None:
    """Take every cell under a day."""
    columns = _columns(file)
    if prepared.stops:
        return
    if not columns:
        prepared.problems.append(Problem(prepared.file, None, "no-day-columns"))
        return
    student = file.places["student"]
    for number, cells in file.cells():
        source_id = cells[student].strip()
        for column in columns:
            try:
                for on, session, raw in _marks(column, cells[column.place], taker):
                    taker.take(number, source_id, on, session, raw, None)
            except Unusable as no:
                detail = f"{no.detail} It is under {column.on.isoformat()}.".strip()
                taker.refuse(number, Unusable(no.code, detail))
                if no.code in {"unknown-student", "zeros-lost", "changed-by-spreadsheet"}:
                    break


def _columns(file: CsvFile) -> list[_Column]:
    halves = _second_row(file)
    found: list[tuple[int, str, str]] = []
    above = ""
    for place, cell in enumerate(file.header):
        head = _HEAD.fullmatch(cell.strip())
        written = head[1] if head else ""
        session = (head[2] or "").upper() if head else ""
        if halves:
            # The day stands over the morning; the cell over the afternoon is often empty.
            written = written or (above if not cell.strip() else "")
            session = halves[place]
            above = written
        if written and (session or not halves):
            found.append((place, written, session))
    file.read_dates_as({written for _, written, _ in found})
    return list(_read(found, file.date_format))


def _read(found: list[tuple[int, str, str]], form: DateFormat) -> Iterator[_Column]:
    for place, written, session in found:
        try:
            yield _Column(place, read_day(written, form), session)
        except Unusable:
            continue


def _second_row(file: CsvFile) -> list[str]:
    """Return the sessions of a header's second row; nothing where it has none."""
    said = [cell.strip().upper() for cell in file.peek()]
    halves = [one if one in _HALVES else "" for one in said]
    if any(halves) and not any(one and one not in _HALVES for one in said):
        file.drop_first()
        return [*halves, *[""] * (len(file.header) - len(halves))]
    return []


def _marks(column: _Column, cell: str, taker: MarkTaker) -> Iterator[tuple[date, str, str]]:
    """Yield the marks of one cell; an empty one is a mark that nobody took."""
    text = cell.strip()
    if column.session:
        yield column.on, column.session, text
    elif len(cell) in _WEEKS or len(text) in _WEEKS:
        yield from _week(column.on, cell if len(cell) in _WEEKS else text)
    elif taker.whole_days:
        yield column.on, Session.DAY.value, text
    elif not text:
        yield from ((column.on, half, "") for half in _HALVES)
    elif len(text) == _PAIR and taker.is_code(text, column.on):
        raise Unusable("two-meanings", f"It says {text!r}.")
    elif len(text) == _PAIR:
        yield from zip((column.on,) * _PAIR, _HALVES, text, strict=True)
    else:
        raise Unusable("week-odd")


def _week(monday: date, letters: str) -> Iterator[tuple[date, str, str]]:
    if monday.weekday():
        raise Unusable("week-odd")
    for number, letter in enumerate(letters):
        on = monday + timedelta(days=number // _PAIR)
        yield on, _HALVES[number % _PAIR], letter.strip()

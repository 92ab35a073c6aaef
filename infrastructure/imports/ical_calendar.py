"""A school's terms and closed days out of iCalendar, as calendar programs export it.

Such a calendar is full of concerts and parents' evenings. Only an all-day event that says plainly
what it is becomes a day of the calendar; the others are counted and passed over.
"""

import re
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from icalendar import Calendar

from domain.attendance.day_words import DayPart, days_of
from domain.attendance.school_roll import SchoolRoll
from domain.shared.ids import TenantId
from infrastructure.imports.csv_calendar import CLOSED, LONGEST, OPEN, TERM, Days, put_days
from infrastructure.imports.csv_text import Readable, Unusable
from infrastructure.imports.prepared import CalendarDay, Prepared, SchoolTerm
from infrastructure.imports.report import Problem

_READING: Final = "ical-1"
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_TOO_LONG: Final = "It ends before it begins, or over a year later."
_SHORTEST_TERM: Final = 15  # days: "Term begins" is no term
_SEASON: Final = r"(?:(?:autumn|winter|spring|summer|christmas|easter|october|february|mid|half) )?"
# The whole title, in the words that schools use. Whatever says more is not guessed at.
_WORDS: Final = (
    (rf"{_SEASON}(?:half term|mid ?term|halfterm)(?: break| holidays?)?", "HOLIDAY"),
    (rf"(?:school )?{_SEASON}(?:holidays?|break)", "HOLIDAY"),
    (
        r"(?:inset|staff training|staff development|training|in service)(?: days?)?(?: [1-5])?",
        "TRAINING_DAY",
    ),
    (r"(?:bank|public) holiday", "PUBLIC_HOLIDAY"),
    (r"school closed", "PLANNED_CLOSURE"),
    (r"polling day", "PLANNED_CLOSURE"),
    (rf"{_SEASON}term(?: [123])?", TERM),
)


def read_ical(tenant: TenantId, path: Readable, roll: SchoolRoll) -> Prepared:
    """Read and check a calendar without touching the register."""
    prepared = Prepared(
        tenant,
        "calendar",
        f"ical:{roll.source_id}",
        path.name,
        sha256="",
        reading=_READING,
        school=roll.school,
    )
    events = _events(prepared, path)
    days: Days = {}
    passed = 0
    for number, event in enumerate(events, 1):
        prepared.rows_read += 1
        try:
            passed += not _take(prepared, roll, event, days)
        except Unusable as no:
            known = sha256(event.to_ical()).digest()
            problem = Problem(prepared.file, number, no.code, no.detail, row_hash=known)
            prepared.problems.append(problem)
    for day in days.values():
        prepared.add("calendar_day", day)
    if passed:
        note = Problem(prepared.file, None, "event-passed-over", f"{passed} of them.")
        prepared.problems.append(note)
    return prepared


def _events(prepared: Prepared, path: Readable) -> list[Any]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return _stop(prepared, "file-missing")
    except OSError:
        return _stop(prepared, "file-unreadable")
    prepared.sha256 = sha256(data).hexdigest()
    try:
        events: list[Any] = Calendar.from_ical(data).walk("VEVENT")
    except (ValueError, KeyError, IndexError, TypeError):
        return _stop(prepared, "file-not-calendar")
    return events or _stop(prepared, "file-empty")


def _stop(prepared: Prepared, code: str) -> list[Any]:
    prepared.problems.append(Problem(prepared.file, None, code))
    return []


def _take(prepared: Prepared, roll: SchoolRoll, event: Any, days: Days) -> bool:
    """Take one event, and say whether it was about the calendar."""
    kind = _kind(event)
    first, last = _days(event)
    if kind is None or first is None or last is None:
        return False
    if kind == TERM and (last - first).days < _SHORTEST_TERM:
        return False
    if "RRULE" in event or "RDATE" in event:
        raise Unusable("event-repeats")
    if not 0 <= (last - first).days <= LONGEST:
        raise Unusable("bad-value", _TOO_LONG)
    if kind == TERM:
        _term(prepared, roll, first, last)
        return True
    part, is_open = DayPart.DAY.value, kind in OPEN
    span = days_of(first, last, is_open=is_open)
    put_days(
        days,
        {(on, part, ""): CalendarDay(roll.school, on, kind, is_open) for on in span},
    )
    return True


def _term(prepared: Prepared, roll: SchoolRoll, first: date, last: date) -> None:
    known = [row for row in prepared.rows.get("school_term", []) if isinstance(row, SchoolTerm)]
    if any(first <= other.ends_on and other.begins_on <= last for other in known):
        raise Unusable("bad-value", "The term overlaps another.")
    name = f"term {first.isoformat()}"
    prepared.add("school_term", SchoolTerm(roll.school, name, first, last, None))


def _kind(event: Any) -> str | None:
    """Return the kind that an event names as its category, or that its whole title says."""
    categories = event.get("CATEGORIES", [])
    for several in categories if isinstance(categories, list) else [categories]:
        for one in getattr(several, "cats", ()):
            written = str(one).strip().upper().replace(" ", "_").replace("-", "_")
            if written in OPEN | CLOSED | {TERM}:
                return written
    title = " ".join(re.findall(r"[^\W\d_]+|\b\d\b", str(event.get("SUMMARY", "")).casefold()))
    return next((kind for words, kind in _WORDS if re.fullmatch(words, title)), None)


def _days(event: Any) -> tuple[date | None, date | None]:
    """Return the first and last day of an all-day event; one with hours has none."""
    begins = getattr(event.get("DTSTART"), "dt", None)
    ends = getattr(event.get("DTEND"), "dt", None)
    if not isinstance(begins, date) or isinstance(begins, datetime) or isinstance(ends, datetime):
        return None, None
    if not _FIRST_YEAR <= begins.year <= _LAST_YEAR:
        raise Unusable("bad-date")
    if isinstance(ends, date):
        return begins, max(ends - timedelta(days=1), begins) if ends >= begins else ends
    length = getattr(event.get("DURATION"), "dt", None) or timedelta(days=1)
    if length.days > LONGEST:
        raise Unusable("bad-value", _TOO_LONG)
    return begins, begins + length - timedelta(days=1)

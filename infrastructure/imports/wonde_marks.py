"""Marks of mornings and afternoons out of Wonde."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from domain.attendance.codes import MarkStatus
from domain.attendance.school_codes import Understood
from domain.attendance.school_roll import SchoolRoll
from infrastructure.imports.csv_text import Unusable
from infrastructure.imports.occasions import OpenQuestions
from infrastructure.imports.prepared import Mark, Prepared, RawMark, Replaces
from infrastructure.imports.report import Problem
from infrastructure.imports.wonde_records import AttendanceCode, Deletion, SessionMark, id_of
from infrastructure.imports.wonde_roster import Digest, updated_after
from infrastructure.imports.wonde_source import (
    SourceRefused,
    WondeSource,
    as_object,
    read_record,
)

RESOURCE: Final = "attendance/session"
_LESSONS: Final = "attendance/lesson"
_SESSIONS: Final = frozenset({"AM", "PM"})
_UNCOUNTED: Final = frozenset({MarkStatus.NOT_OPEN, MarkStatus.NOT_COUNTED, MarkStatus.MISSING})
_LATEST: Final = 600  # minutes
_FREE_TEXT: Final = ("comment", "notes")
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

Origin = tuple[UUID, UUID, date, str]
"""School, student, day and session of a mark."""
Known = dict[str, Origin]


def read_marks(
    prepared: Prepared,
    source: WondeSource,
    roll: SchoolRoll,
    zone: str,
    since: datetime | None,
    first: date,
) -> list[str]:
    """Read marks: all from a day on, or what changed; return the ids of those deleted.

    A whole reading replaces what the source said before of the days from `first` until today.
    """
    marks = _Marks(prepared, roll, ZoneInfo(zone), first)
    deleted: list[str] = []
    try:
        marks.learn(source.records("attendance-codes"))
        marks.read(source.records(RESOURCE, updated_after(since)))
        if since is None and not prepared.rows_read:
            _look_for_lessons(source)
        if since is not None:
            deleted = list(marks.deletions(source.records("deletions", updated_after(since))))
    except SourceRefused as no:
        prepared.problems.append(Problem("wonde", None, no.code, no.detail))
        return []
    marks.write()
    if since is None:
        prepared.replaces = Replaces((roll.school,), first, prepared.today)
    return deleted


def _look_for_lessons(source: WondeSource) -> None:
    """Refuse a school that marks lessons only: how a day follows from them is its own setting.

    DOMAIN 1.2: post-primary systems derive the day by a rule of the school, and no two alike.
    """
    try:
        lessons = any(True for _ in source.records(_LESSONS))
    except SourceRefused:
        return  # not every school lets us see its lessons, and nobody needs them
    if lessons:
        raise SourceRefused("lessons-only")


def take_back(prepared: Prepared, deleted: list[str], known: Known) -> None:
    """Take back deleted marks, as far as it is still kept which ones they were."""
    again = {(row.school, row.student, row.on_date, row.session) for row in _marks_of(prepared)}
    for source_id in deleted:
        at = known.get(source_id)
        if at is not None and at not in again:
            again.add(at)
            prepared.add("mark", Mark(*at, "", "VOID", None, 0))
    lost = sum(source_id not in known for source_id in deleted)
    if lost:
        problem = Problem("wonde", None, "deleted-unknown", f"{lost} of them.")
        prepared.problems.append(problem)


def _marks_of(prepared: Prepared) -> Iterator[Mark]:
    return (row for row in prepared.rows.get("mark", ()) if isinstance(row, Mark))


class _Said:
    """One record that was understood."""

    __slots__ = ("at", "mark", "raw", "source_id")

    def __init__(self, raw: bytes, record: SessionMark, mark: Mark) -> None:
        self.raw = raw
        self.source_id = record.id
        self.mark = mark
        moment = record.updated_at.moment() if record.updated_at else None
        self.at = moment or _LONG_AGO

    @property
    def kept(self) -> RawMark:
        """The record word for word, without what somebody typed about the child."""
        said = {
            name: value for name, value in as_object(self.raw).items() if name not in _FREE_TEXT
        }
        mark = self.mark
        place = (mark.school, mark.student, mark.on_date, mark.session)
        return RawMark(self.source_id, *place, msgspec.json.encode(said))


class _Marks:
    """Understands each record alone, then those about the same time together."""

    def __init__(self, prepared: Prepared, roll: SchoolRoll, zone: ZoneInfo, first: date) -> None:
        self._prepared = prepared
        self._roll = roll
        self._zone = zone
        self._first = first
        self._digest = Digest()
        self._codes: dict[str, str] = {}
        self._meanings: dict[tuple[str, date], Understood | None] = {}
        self._found: dict[Origin, list[_Said]] = defaultdict(list)
        self._open = OpenQuestions()
        self._comments = False

    def learn(self, records: Iterator[bytes]) -> None:
        """Learn the school's own codes by their ids."""
        for raw in records:
            self._digest.add(raw)
            code = read_record(AttendanceCode, raw)
            if code is not None and code.code is not None:
                self._codes[code.id] = code.code

    def read(self, records: Iterator[bytes]) -> None:
        for raw in records:
            self._prepared.rows_read += 1
            self._digest.add(raw)
            number = self._prepared.rows_read
            try:
                said = self._understood(raw, number)
            except Unusable as no:
                self._refuse(number, no.code, no.detail, raw)
                continue
            if said is not None:
                mark = said.mark
                at = (mark.school, mark.student, mark.on_date, mark.session)
                self._found[at].append(said)

    def deletions(self, records: Iterator[bytes]) -> Iterator[str]:
        for raw in records:
            self._digest.add(raw)
            gone = read_record(Deletion, raw)
            if gone is not None and (gone.type or "").lower().startswith("attendance"):
                yield gone.id

    def write(self) -> None:
        for said in self._found.values():
            self._settle(said)
        self._open.tell(self._prepared)
        if self._comments:
            self._prepared.problems.append(Problem("wonde", None, "comments-not-kept"))
        if not self._roll.calendar.terms:
            self._prepared.problems.append(Problem("wonde", None, "calendar-unknown"))
        self._prepared.sha256 = self._digest.hexdigest()

    def _understood(self, raw: bytes, number: int) -> _Said | None:
        record = read_record(SessionMark, raw)
        if record is None:
            raise Unusable("bad-record")
        on = record.date.day(self._zone)
        session = (record.session or "").upper()
        pupil = self._roll.pupils.get(id_of(record.student) or "")
        if on is None:
            raise Unusable("bad-date")
        if on < self._first:
            return None
        if session not in _SESSIONS:
            raise Unusable("bad-value", "session is AM or PM; marks of lessons are not used.")
        if pupil is None:
            raise Unusable("unknown-student")
        code, local = self._code(id_of(record.attendance_code), on)
        self._check_day(on, code.status)
        late = record.minutes_late
        if late is not None and not 0 <= late <= _LATEST:
            raise Unusable("bad-number", "It is minutes_late.")
        self._open.look(code, late)
        self._comments = self._comments or bool(record.comment)
        place = (self._roll.school, pupil.student, on, session)
        return _Said(raw, record, Mark(*place, code.code, code.status.value, late, number, local))

    def _code(self, code_id: str | None, on: date) -> Understood:
        """Return what a code's id means: ids are the school's own and mean nothing elsewhere."""
        if code_id is None:
            raw = ""
        elif code_id in self._codes:
            raw = self._codes[code_id]
        else:
            raise Unusable("unknown-code", f"The school's list has no code {code_id[:40]!r}.")
        key = raw, on
        if key not in self._meanings:
            self._meanings[key] = self._roll.codes.find(raw, on)
        found = self._meanings[key]
        if found is None:
            raise Unusable("unknown-code", f"It says {raw[:3]!r}.")
        return found

    def _check_day(self, on: date, status: MarkStatus) -> None:
        """Refuse marks of days to come and of closed days; systems write `#` on closed days."""
        if status in _UNCOUNTED:
            return
        if on > self._prepared.today:
            raise Unusable("future-day")
        calendar = self._roll.calendar
        if not calendar.is_open(on):
            inside = calendar.in_term(on) or not calendar.terms
            raise Unusable("closed-day" if inside else "outside-term")

    def _settle(self, said: list[_Said]) -> None:
        """Take the newest word about a time; of two that are as new, neither."""
        newest = max(one.at for one in said)
        words = {_word(one) for one in said if one.at == newest}
        if len(words) > 1:
            for one in said:
                self._about(one, "two-marks-one-day")
            return
        best = min((one for one in said if one.at == newest), key=lambda one: one.mark.row_no)
        for one in said:
            if one is not best:
                same = _word(one) == _word(best)
                self._about(one, "repeated-row" if same else "changed-meanwhile")
        self._prepared.add("mark", best.mark)
        self._prepared.raw.append(best.kept)

    def _about(self, said: _Said, code: str) -> None:
        mark, file = said.mark, RESOURCE
        digest = sha256(said.raw).digest()
        problem = Problem(file, mark.row_no, code, "", mark.student, mark.on_date, digest)
        self._prepared.problems.append(problem)

    def _refuse(self, number: int, code: str, detail: str, raw: bytes) -> None:
        problem = Problem(RESOURCE, number, code, detail, row_hash=sha256(raw).digest())
        self._prepared.problems.append(problem)


def _word(said: _Said) -> tuple[str, str, int | None]:
    return said.mark.code, said.mark.status, said.mark.minutes_late

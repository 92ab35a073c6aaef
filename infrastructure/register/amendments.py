"""A student's register with two clocks: what stands there, and how it came to stand there."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from domain.attendance.codes import MarkStatus
from domain.attendance.day_summary import BY_LETTER
from domain.attendance.register_line import LETTER
from domain.attendance.sheet_joining import lines_of, only
from domain.register_batch.commands import BY_HAND
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.register import reads
from infrastructure.register.rows import SchoolRow
from infrastructure.register.stored_lines import sheets
from infrastructure.register.totals import totals_of
from infrastructure.store.database import Connection

_VERSIONS: Final[QueryNoTemplate] = (
    "select m.school, m.on_date, m.session, m.batch, m.code, m.local_code, m.status,"
    " m.minutes_late, k.position, k.occurred_at, k.recorded_at, k.actor, k.source"
    " from mark m join known_batch k on k.tenant = m.tenant and k.batch = m.batch"
    " where m.tenant = %(tenant)s and m.school = %(school)s and m.student = %(student)s"
    " and m.on_date between %(first)s and %(last)s and k.position <= %(position)s"
    " order by m.on_date, m.session, k.position"
)
_VOID: Final = "VOID"


class Version(NamedTuple):
    """One word about one mark, and since when it is known."""

    school: SchoolId
    on: date
    session: str
    batch: UUID
    code: str
    local_code: str | None
    status: str
    minutes_late: int | None
    position: int
    occurred_at: Any
    recorded_at: Any
    actor: str
    source: str

    @property
    def says(self) -> tuple[object, ...]:
        """What the mark says; two versions that say the same are no amendment."""
        return self.code, self.status, self.minutes_late

    def as_json(self) -> dict[str, Any] | None:
        """Return the mark; None: there is none."""
        if self.status == _VOID:
            return None
        return {"code": self.local_code or self.code, "status": self.status}


class Amendment(NamedTuple):
    """A mark that was changed, taken back, or made after it had been taken back."""

    before: Version
    after: Version

    @property
    def by_hand(self) -> bool:
        """Whether a person changed it here; the batch's reason is then in the vault."""
        return self.after.source == BY_HAND

    def as_json(self, reason: str | None) -> dict[str, Any]:
        """Return what changed, who changed it, when and why."""
        return {
            "date": self.after.on,
            "session": self.after.session,
            "was": self.before.as_json(),
            "became": self.after.as_json(),
            "known_from": self.after.position,
            "known_at": self.after.occurred_at,
            "recorded_at": self.after.recorded_at,
            "by": self.after.actor,
            "source": self.after.source,
            "reason": reason,
        }


def amendments(
    conn: Connection,
    tenant: TenantId,
    school: SchoolId,
    student: StudentId,
    span: tuple[date, date],
    position: int,
) -> list[Amendment]:
    """Return every change of a mark between two days that was known at a position, oldest first.

    The first word about a mark is none, unless a person said it: a mark that came late, by hand.
    """
    asked = {
        "tenant": tenant,
        "school": school,
        "student": student,
        "first": span[0],
        "last": span[1],
        "position": position,
    }
    versions = map(Version._make, conn.execute(_VERSIONS, asked).fetchall())
    found = [
        one
        for _, said in groupby(versions, key=lambda one: (one.on, one.session))
        for one in _changed(list(said))
    ]
    return sorted(found, key=lambda one: (one.after.position, one.after.on, one.after.session))


def _changed(versions: list[Version]) -> Iterator[Amendment]:
    standing = versions[0]._replace(code="", local_code=None, status=_VOID, minutes_late=None)
    for number, version in enumerate(versions):
        first_word = number == 0 and version.source != BY_HAND
        if version.says != standing.says and not first_word:
            yield Amendment(standing, version)
        standing = version


def register_view(
    conn: Connection,
    tenant: TenantId,
    school: SchoolRow,
    student: StudentId,
    span: tuple[date, date],
    position: int,
) -> dict[str, Any]:
    """Return a student's register between two days as it was known at a position."""
    calendars = reads.calendars(conn, tenant, position, schools=[school.school])
    sheet = sheets(conn, tenant, [school], span, position, calendars)[school.school]
    places = [n for n, pupil in enumerate(sheet.pupils) if pupil.student == student]
    days: list[dict[str, Any]] = []
    line = next(lines_of(only(sheet, places)), None)
    if line is not None:
        halves = list(zip(line.codes, line.marks, strict=True))
        days = [
            {"date": on, "morning": _half(morning), "afternoon": _half(afternoon)}
            for on, morning, afternoon in zip(line.days, halves[0::2], halves[1::2], strict=True)
            if line.on_roll(on) and morning[1] + afternoon[1] != 2 * _NOTHING
        ]
    return {
        "student_id": student,
        "school_id": school.school,
        "from": span[0],
        "to": span[1],
        "known_at": position,
        "line": "".join(_LETTER_OF[one[half]["status"]] for one in days for half in _HALVES),
        "days": days,
        "totals_of_other_systems": totals_of(conn, tenant, school.school, student, span, position),
    }


_HALVES: Final = ("morning", "afternoon")
_LETTER_OF: Final = {status.value: letter for status, letter in LETTER.items()}
_NOTHING: Final = LETTER[MarkStatus.MISSING]


def _half(entry: tuple[str, str]) -> Mapping[str, str]:
    code, letter = entry
    return {"code": code, "status": BY_LETTER[letter].value}

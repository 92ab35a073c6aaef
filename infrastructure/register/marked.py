"""Marks as known at a position, bundled: who has the same mark on the same half of a day."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from domain.attendance.codes import MarkStatus
from domain.attendance.register_line import Session
from domain.attendance.roll_book import Bundle, Delay
from domain.shared.ids import SchoolId, TenantId
from infrastructure.store.database import Connection

_UUID: Final = 16
_DELAY: Final = _UUID + 2
_BUNDLES: Final[QueryNoTemplate] = (
    "with known as materialized (select batch, position from known_batch"
    " where tenant = %(tenant)s and position <= %(position)s), latest as ("
    " select distinct on (m.school, m.student, m.on_date, m.session)"
    " m.school, m.student, m.on_date, m.session, m.code, m.status, m.minutes_late"
    " from mark m join known k using (batch)"
    " where m.tenant = %(tenant)s and m.school = any(%(schools)s)"
    " and m.on_date between %(first)s and %(last)s"
    " and (%(days)s::date[] is null or m.on_date = any(%(days)s))"
    " and (%(students)s::uuid[] is null or m.student = any(%(students)s))"
    " order by m.school, m.student, m.on_date, m.session, k.position desc)"
    " select school, on_date - date '0001-01-01' + 1, session, code, status,"
    " string_agg(uuid_send(student), ''), coalesce(string_agg(case when minutes_late is not null"
    " then uuid_send(student) || int2send(minutes_late) end, ''), '')"
    " from latest where status <> 'VOID' group by 1, 2, 3, 4, 5"
)
_PLANNER: Final[QueryNoTemplate] = "select set_config('enable_nestloop', %s, true)"


@dataclass(slots=True)
class Marked:
    """The marks of one school."""

    bundles: list[Bundle] = field(default_factory=list)
    delays: list[Delay] = field(default_factory=list)


def marked(
    conn: Connection,
    tenant: TenantId,
    schools: Collection[SchoolId],
    span: tuple[date, date],
    position: int,
    *,
    days: Collection[date] | None = None,
    students: Collection[UUID] | None = None,
) -> dict[SchoolId, Marked]:
    """Return the marks of schools between two days: on some days only, of some students only."""
    asked = {
        "tenant": tenant,
        "schools": list(schools),
        "first": span[0],
        "last": span[1],
        "position": position,
        "days": None if days is None else list(days),
        "students": None if students is None else list(students),
    }
    found: dict[SchoolId, Marked] = defaultdict(Marked)
    # A table that was never analysed looks empty to the planner, which would then compare each
    # mark with each batch.
    conn.execute(_PLANNER, ("off" if students is None else "on",))
    with conn.cursor(binary=True) as cursor:
        for school, on, session, code, status, who, late in cursor.execute(_BUNDLES, asked):
            here = found[school]
            half = Session(session)
            here.bundles.append(Bundle(on, half, code, MarkStatus(status), who))
            here.delays += [
                Delay(on, half, late[n : n + _UUID], _minutes(late, n))
                for n in range(0, len(late), _DELAY)
            ]
    conn.execute(_PLANNER, ("on",))
    return found


def _minutes(late: bytes, at: int) -> int:
    return int.from_bytes(late[at + _UUID : at + _DELAY], "big", signed=True)

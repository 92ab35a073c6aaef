"""Gathers what is known about a pupil, for the question why nothing was sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from domain.shared.contact import Purpose
from domain.shared.ids import GuardianId, TenantId
from domain.shared.recipients import Recipients, recipients
from infrastructure.clock import school_now
from infrastructure.register import reads as register
from infrastructure.register.known_then import position_at
from infrastructure.register.rows import SchoolRow, StudentRow
from infrastructure.runtime.look_ups import contact_of
from infrastructure.store import reads
from infrastructure.store.database import Connection
from projections import execution_log, interventions, playbooks
from projections.evaluations import EvaluationRow
from projections.interventions import InterventionRow
from projections.kit import Query, Row
from projections.log_rows import LogRow
from projections.messages import MessageRow
from projections.playbooks import PlaybookRow
from projections.run_rows import RunRow
from projections.why import Finding, Known, explain

R = TypeVar("R", bound=Row)
_RUNS: Final = Query(
    "run_monitor",
    "select doc from {run_monitor} where tenant = %(tenant)s and student_id = %(student)s"
    " order by triggered_at, key limit 1000",
)
_MESSAGES: Final = Query(
    "messages",
    "select doc from {messages} where tenant = %(tenant)s and (student_id = %(student)s"
    " or key in (select l.message_id::text from {execution_log} l where l.tenant = %(tenant)s"
    " and l.student_id = %(student)s and l.message_id is not null))"
    " order by requested_at, key limit 1000",
)
_LOOK: Final = Query(
    "evaluations",
    "select doc from {evaluations} where tenant = %(tenant)s and school_id = %(school)s"
    ' and "on" = %(on)s and ladder limit 1',
)


def why(
    conn: Connection,
    tenant: TenantId,
    pupil: StudentRow,
    school: SchoolRow | None,
    *,
    on: date | None = None,
    stage: str | None = None,
    guardian: GuardianId | None = None,
) -> list[Finding]:
    """Return what was found about one pupil, from the register to the provider."""
    rows = _Rows(conn, {"tenant": tenant, "student": pupil.student, "school": pupil.school})
    entered = rows.of(interventions.OF_STUDENT, InterventionRow)
    stages = sorted({line.stage for row in entered for line in row.stages})
    books = rows.of(playbooks.FOR_STAGES, PlaybookRow, stages=stages)
    zone = ZoneInfo(school.zone if school else "UTC")
    at = _decided_at(entered, stage, lambda at: on is None or at.astimezone(zone).date() <= on)
    decided = _recipients(conn, tenant, pupil, zone, at)
    return explain(
        Known(
            day_of=lambda at: at.astimezone(zone).date(),
            on=on,
            stage=stage,
            guardian=guardian,
            enrolled=pupil.school is not None,
            school_open=on is None or _open(conn, tenant, pupil, on),
            looked_at=bool(on is None or rows.of(_LOOK, EvaluationRow, on=on)),
            interventions=entered,
            playbooks=[row for row in books if row.school_id in {None, pupil.school}],
            told=decided.guardians,
            told_at=at,
            left_out={one.guardian: str(one.reason) for one in decided.left_out},
            runs=rows.of(_RUNS, RunRow),
            log=rows.of(execution_log.OF_STUDENT, LogRow),
            messages={row.message_id: row for row in rows.of(_MESSAGES, MessageRow)},
        )
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    conn: Connection
    asked: dict[str, Any]

    def of(self, query: Query, kind: type[R], **more: Any) -> list[R]:
        return reads.documents(self.conn, query, kind, self.asked | more)


def _open(conn: Connection, tenant: TenantId, pupil: StudentRow, on: date) -> bool:
    if pupil.school is None:
        return True
    days = register.calendars(conn, tenant, schools=[pupil.school])[pupil.school]
    return days.is_open(on)


def _decided_at(
    entered: Sequence[InterventionRow], stage: str | None, known_on: Callable[[datetime], bool]
) -> datetime | None:
    """Return when the newest stage that is asked about was entered: then it was decided whom."""
    lines = [line for row in entered for line in row.stages if stage in {None, line.stage}]
    times = [line.at for line in lines if line.status == "ENTERED" and known_on(line.at)]
    return max(times, default=None)


def _recipients(
    conn: Connection, tenant: TenantId, pupil: StudentRow, zone: ZoneInfo, at: datetime | None
) -> Recipients:
    """Return who was told, as the starter of playbooks decided it at that moment; without one: now.

    What the school has said since of a guardian is no reason why nothing was sent then.
    """
    position = None if at is None else position_at(conn, tenant, at)
    links = register.guardians_of(conn, tenant, [pupil.student], position)[pupil.student]
    today = (at or school_now(conn)).astimezone(zone).date()
    return recipients([contact_of(link) for link in links], Purpose.STATUTORY_NOTICE, today)

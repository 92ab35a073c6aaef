"""Reports of imports, to be read later: what came, what was set aside and why, what changed."""

from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
from psycopg.abc import QueryNoTemplate
from psycopg.types.json import Jsonb

from domain.shared.ids import TenantId
from infrastructure.imports.report import ImportReport
from infrastructure.store.database import Connection

_KEEP: Final[QueryNoTemplate] = (
    "insert into import_report (tenant, import, actor, school, batch, outcome, report)"
    " values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing"
)
_HEAD: Final = (
    "select jsonb_build_object('import', import, 'at', at, 'actor', actor, 'school', school,"
    " 'batch', batch, 'outcome', outcome, 'content', report->'content', 'source', report->'source',"
    " 'file', report->'file', 'position', report->'position', 'rows_read', report->'rows_read',"
    " 'rows_good', report->'rows_good', 'rows_bad', report->'rows_bad',"
    " 'changes', report->'changes', 'problem_counts', report->'problem_counts',"
    " 'advice', report->'advice')"
)
OF_TENANT: Final = (
    _HEAD + "::text, at, import::text from import_report where tenant = %(tenant)s"
    " and (%(school)s::uuid[] is null or school = any(%(school)s))"
    " and (%(outcome)s::text is null or outcome = %(outcome)s)"
    " and (%(after_at)s::timestamptz is null"
    " or (at, import) < (%(after_at)s, %(after_key)s::uuid))"
    " order by at desc, import desc limit %(limit)s"
)
ONE: Final = (
    "select jsonb_build_object('import', import, 'at', at, 'actor', actor, 'report', report)::text,"
    " school from import_report where tenant = %(tenant)s and import = %(import)s"
)


def keep_report(
    conn: Connection,
    tenant: TenantId,
    actor: str,
    report: ImportReport,
    import_id: UUID | None = None,
) -> UUID:
    """Keep a report, also one of an import that changed nothing, and return its id."""
    ours = import_id or uuid4()
    said: dict[str, Any] = report.as_dict()
    asked = (tenant, ours, actor, report.school, report.batch, report.outcome, Jsonb(said))
    conn.execute(_KEEP, asked)
    return ours


def reports(conn: Connection, tenant: TenantId, limit: int) -> list[dict[str, Any]]:
    """Return the newest imports without their rows."""
    nothing = dict.fromkeys(("school", "outcome", "after_at", "after_key"))
    asked = {"tenant": tenant, "limit": limit, **nothing}
    return [msgspec.json.decode(row[0]) for row in conn.execute(OF_TENANT, asked).fetchall()]


def report_of(conn: Connection, tenant: TenantId, wanted: UUID) -> dict[str, Any] | None:
    """Return one import with its report."""
    row = conn.execute(ONE, {"tenant": tenant, "import": wanted}).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=dict[str, Any])

"""Evaluations: each school, each open day, after its last bell; the rules look, people decide."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from domain.attendance.evaluate import Evaluation
from domain.attendance.school_days import SchoolDays
from domain.evaluation.commands import CompleteEvaluation, evaluation_id
from domain.evaluation.events import StageCount
from domain.kernel.commands import Command
from domain.shared.ids import RuleSetId, SchoolId, TenantId, derived_id
from infrastructure.clock import school_now
from infrastructure.register import reads as register
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.judging import (
    Known,
    checkpoints,
    judge,
    look,
    proposals,
    withdrawals,
)
from infrastructure.runtime.projecting import positions
from infrastructure.store import reads
from infrastructure.store.database import Connection, Database
from infrastructure.store.ledger import Intent, Ledger
from infrastructure.store.recorder import bound, newest
from projections import definitions, evaluations
from projections.all import READ_MODELS
from projections.definitions import RuleSetRow

log = structlog.get_logger()
ACTOR: Final = "process:evaluate"
_REFERENCE: Final = (
    "select coalesce(max(position), 0), coalesce(array_agg(distinct tenant), '{}')"
    " from known_batch where content in ('schools', 'calendar', 'district', 'roster')"
)


class Evaluator:
    """Looks at one school at a time, once a day, and again when it knows more."""

    name = "evaluate"
    exclusive: str | None = "evaluate"

    def __init__(self, database: Database, ledger: Ledger, at: time) -> None:
        self._database = database
        self._ledger = ledger
        self._at = at
        self._seen = -1
        self._known: list[tuple[TenantId, SchoolRow, SchoolDays]] = []

    def step(self) -> int:
        """Evaluate the schools whose day has come; return how many."""
        with self._database.worker() as conn:
            due = self.due(conn)
            caught_up = min(positions(conn, READ_MODELS).values()) >= newest(conn)
        if not caught_up:
            return 0  # the rules must see the stages of yesterday
        for tenant, school, day in due:
            self.evaluate(tenant, school, day)
        return len(due)

    def due(self, conn: Connection) -> list[tuple[TenantId, SchoolRow, date]]:
        """Return the schools whose latest open day has ended and was not looked at."""
        now = school_now(conn)
        found = []
        latest: dict[TenantId, dict[SchoolId, date]] = {}
        for tenant, school, calendar in self._schools(conn):
            if tenant not in latest:
                asked = {"tenant": tenant}
                latest[tenant] = dict(reads.fetch(conn, evaluations.LATEST, asked))
            day = _last_ended(now, school, calendar, self._at)
            if day is not None and latest[tenant].get(school.school, date.min) < day:
                found.append((tenant, school, day))
        return found

    def _schools(self, conn: Connection) -> list[tuple[TenantId, SchoolRow, SchoolDays]]:
        """Return every school with its calendar; read again only when an import changed any."""
        row = conn.execute(_REFERENCE).fetchone()
        position, tenants = row or (0, [])
        if position != self._seen:
            self._known = [
                (tenant, school, calendars[school.school])
                for tenant in sorted(tenants)
                for calendars in [register.calendars(conn, tenant)]
                for school in register.schools(conn, tenant)
                if school.school in calendars
            ]
            self._seen = position
        return self._known

    def evaluate(self, tenant: TenantId, school: SchoolRow, on: date) -> None:
        """Let the rules look at one school on one day, and store what follows."""
        with self._database.worker() as conn:
            rules = _rules_for(conn, tenant, school.school)
            if rules is None:
                return
            known = look(conn, tenant, school, on, rules, bound(conn))
        answer = judge(known)
        commands = [
            *proposals(tenant, known, answer),
            *withdrawals(known),
            *checkpoints(known),
        ]
        key = (known.row.content_hash, known.position, on, school.school)
        intents = [_intent(tenant, command, key, n) for n, command in enumerate(commands)]
        done = _intent(tenant, _completed(tenant, known, answer), key, len(commands))
        self._ledger.execute_many([*intents, done])


def _completed(tenant: TenantId, known: Known, answer: Evaluation) -> CompleteEvaluation:
    return CompleteEvaluation(
        evaluation_id=evaluation_id(tenant, known.school.school, known.on),
        school_id=known.school.school,
        on=known.on,
        rule_set_id=RuleSetId(known.row.rule_set_id),
        rule_set_hash=known.row.content_hash,
        known_at=known.position,
        pupils=answer.pupils_looked_at,
        qualifying=tuple(StageCount(s.stage.key, len(s.pupils)) for s in answer.stages),
    )


def _intent(tenant: TenantId, command: Command, key: object, number: int) -> Intent:
    return Intent(tenant, command, ACTOR, derived_id("evaluate", tenant, key, number))


def _rules_for(conn: Connection, tenant: TenantId, school: SchoolId) -> RuleSetRow | None:
    asked = {"tenant": tenant, "school": school}
    rows = reads.documents(conn, definitions.FOR_SCHOOL, RuleSetRow, asked)
    return rows[0] if rows else None


def _last_ended(now: datetime, school: SchoolRow, calendar: SchoolDays, at: time) -> date | None:
    """Return the latest open day that has ended at the school; None before the first."""
    if not calendar.terms:
        return None
    local = now.astimezone(ZoneInfo(school.zone))
    day = local.date() if local.time() >= at else local.date() - timedelta(days=1)
    first = min(term.begins_on for term in calendar.terms)
    while day >= first:
        if calendar.is_open(day):
            return day
        day -= timedelta(days=1)
    return None

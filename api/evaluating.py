"""The rules' look at one school, asked for by a person."""

from datetime import date
from typing import Any
from uuid import UUID

from api.reading import SchoolNotKnown
from api.receipts import Desk
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.register import reads as register
from infrastructure.runtime.evaluating import Evaluator
from infrastructure.runtime.last_look import About
from infrastructure.runtime.proposing_by_hand import NoRuleSet


def recheck(desk: Desk, school: UUID, student: StudentId) -> None:
    """Let the newest marks of a student decide, before something leaves that they caused."""
    tenant = TenantId(desk.caller.tenant)
    desk.house.last_look.recheck(About(tenant, SchoolId(school), student))


def evaluated(desk: Desk, school: UUID, on: date) -> dict[str, Any]:
    """Let the rules look, and return what came of it.

    Raises:
        SchoolNotKnown: also for a school that the caller may not see.
        NoRuleSet: nothing decides there.
        DayNotEnded: at the school, by its own clock.
        EvaluationBusy: somebody else is looking at it.
    """
    tenant = TenantId(desk.caller.tenant)
    with desk.house.database.tenant(tenant) as conn:
        known = [row for row in register.schools(conn, tenant) if row.school == school]
    if not known or not desk.caller.may_see(school):
        raise SchoolNotKnown
    house = desk.house
    evaluator = Evaluator(house.database, house.ledger, house.settings.evaluate_at)
    looked = evaluator.evaluate(tenant, known[0], on)
    if looked is None:
        raise NoRuleSet(jurisdiction=known[0].jurisdiction, on=on.isoformat())
    return {
        "school_id": school,
        "on": looked.on,
        "kind": looked.kind,
        "known_at": looked.known_at,
        "pupils": looked.pupils,
        "qualifying": looked.qualifying,
        "done": looked.done,
        "left": looked.left,
    }

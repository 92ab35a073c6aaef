"""Questions that change nothing: one pupil against a rule set, a district under other rules."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Response

from api.bodies.what_if import OtherDay, SimulateBody, Simulation, WhatIfAnswer, WhatIfBody
from api.dependencies import GuardedRoute
from api.pages import JSON, query
from api.problems import BodyMalformed, BodyTooLarge
from api.reading import SchoolNotKnown
from api.register_looks import DaysTooMany, RegisterDep, RegisterLook, StudentUnknown, span_of
from domain.attendance.day_words import DayWord, days_of
from domain.attendance.ladder import Assumed
from domain.attendance.rules import RuleSet, RuleSetUnreadable, checked_rule_set
from domain.kernel.refusals import Invalid, NotFound
from domain.shared.ids import SchoolId, StudentId
from infrastructure.register import reads
from infrastructure.register.evaluation import SchoolUnknown
from infrastructure.runtime import what_if
from infrastructure.runtime.rules_by_name import RulesUnknown, rules_by_name
from infrastructure.runtime.simulating import simulate_pupil

router = APIRouter(prefix="/api/interventions", tags=["interventions"], route_class=GuardedRoute)
_BODIED: Final = (BodyMalformed, BodyTooLarge)


class RuleSetNotKnown(NotFound):
    """Neither you nor the product has a rule set of this name."""

    code = "rule-set-not-known"


class RuleSetNotUsable(Invalid):
    """The rule set cannot be used; `problems` says where and why."""

    code = "rule-set-not-usable"

    def __init__(self, problems: str) -> None:
        super().__init__(problems=problems)


@router.post(
    "/simulate",
    summary="Simulate rules for a student",
    response_model=Simulation,
    responses=query(StudentUnknown, RuleSetNotKnown, RuleSetNotUsable, *_BODIED),
)
def simulate(at: RegisterDep, body: SimulateBody) -> Response:
    """What fires on a day, by which numbers, what is missing, what holds back. The look is kept."""
    with at.look() as look:
        look.student(body.student_id)
        rules = _rules(look, body)
        student = StudentId(body.student_id)
        answer = simulate_pupil(look.conn, look.tenant, student, rules, body.on)
        answer["people"] = look.people([student])
        look.note("simulation", [student])
    return Response(msgspec.json.encode(answer), media_type=JSON)


@router.post(
    "/what-if",
    summary="What if other rules or days had been",
    response_model=WhatIfAnswer,
    responses=query(SchoolNotKnown, DaysTooMany, RuleSetNotKnown, RuleSetNotUsable, *_BODIED),
)
def ask_what_if(at: RegisterDep, body: WhatIfBody) -> Response:
    """Who would have entered which stage when, letters and meetings a week, and the difference."""
    first, last = span_of(body.first, body.last)
    with at.look() as look:
        rules = _rules(look, body)
        known = {row.school for row in reads.schools(look.conn, look.tenant)}
    words: dict[SchoolId, list[DayWord]] = {}
    for day in body.other_days:
        words.setdefault(SchoolId(day.school), []).extend(words_of(day))
    asked = what_if.WhatIf(
        rules,
        first,
        last,
        schools=_schools(at.caller.scope(), body.schools, words, known),
        assumed=Assumed(body.approve_after),
        words=words,
        most=body.most_changes,
        known_at=body.known_at,
        known_on=body.known_on,
    )
    try:
        answer = what_if.ask(at.house.database, look.tenant, asked)
    except SchoolUnknown:
        raise SchoolNotKnown from None
    with at.look() as look:
        seen = {UUID(change["student"]) for change in answer["changes"]}
        answer["people"] = look.people(seen)
        look.note("what-if", seen)
    return Response(msgspec.json.encode(answer), media_type=JSON)


def _rules(look: RegisterLook, body: SimulateBody | WhatIfBody) -> RuleSet:
    try:
        if body.rules is not None:
            return checked_rule_set(body.rules)
        return rules_by_name(look.conn, look.tenant, body.rule_set or "")
    except RulesUnknown:
        raise RuleSetNotKnown from None
    except RuleSetUnreadable as error:
        raise RuleSetNotUsable(str(error)) from None


def _schools(
    scope: list[UUID] | None,
    wanted: list[UUID] | None,
    words: Collection[UUID],
    known: Collection[SchoolId],
) -> list[SchoolId]:
    """Return the schools to look at: those that are asked for, else all that the caller may see.

    Raises:
        SchoolNotKnown: when one of them, or of those with other days, is not there for the caller.
    """
    mine = [school for school in known if scope is None or school in scope]
    chosen = mine if wanted is None else [SchoolId(school) for school in wanted]
    if not {*chosen, *words} <= set(mine):
        raise SchoolNotKnown
    return chosen


def words_of(day: OtherDay) -> list[DayWord]:
    """Return what a range says of each of its days, as calendars read ranges."""
    days = days_of(day.first, day.until or day.first, is_open=day.is_open)
    return [DayWord(on, day.is_open, day.session, day.year_group) for on in days]

"""What the doors of rule sets ask before a wish is put down: is it readable, whose is it."""

from typing import Any
from uuid import UUID

from api.bodies.rules import DraftBody
from api.receipts import Desk
from api.rule_views import History, history_of
from api.tokens import Caller
from api.whose import is_seen_by, needs_all_of, school_meant
from domain.attendance.rules import RuleSetUnreadable, json_of, shipped_rule_sets, shipped_text
from domain.kernel.refusals import Invalid
from domain.rule_set.commands import DraftRuleSet
from domain.rule_set.refusals import RuleSetFaulty, RuleSetUnknown
from domain.shared.ids import TenantId
from infrastructure.wiring.house import House
from infrastructure.wiring.rule_sets import Checked, checked


class DefinitionAmbiguous(Invalid):
    """Send either a definition or the name of a shipped rule set, as the catalogue lists them."""

    code = "definition-ambiguous"


def begun(desk: Desk, body: DraftBody) -> DraftRuleSet:
    """Return the wish to begin a rule set.

    Raises:
        DefinitionAmbiguous: when it is not clear which rule set is meant.
        RuleSetFaulty: with everything that is wrong.
        SchoolNotKnown: when the school is not in the caller's scope, or there is none.
        OperationDenied: when it would be the whole tenant's, and the caller has some schools only.
    """
    tenant = TenantId(desk.caller.tenant)
    school = school_meant(desk, body.school_id)
    found = checked_body(_meant(body))
    return DraftRuleSet(
        rule_set_id=found.id_for(tenant, school),
        definition=found.definition,
        content_hash=found.content_hash,
        school_id=school,
    )


def _meant(body: DraftBody) -> Any:
    if (body.definition is None) is (body.shipped is None):
        raise DefinitionAmbiguous
    if body.shipped is None:
        return body.definition
    if body.shipped not in shipped_rule_sets():
        raise DefinitionAmbiguous
    return json_of(shipped_text(body.shipped))


def checked_body(definition: Any) -> Checked:
    """Check what somebody wrote.

    Raises:
        RuleSetFaulty: with everything that is wrong, each with its place and code.
    """
    try:
        return checked(definition)
    except RuleSetUnreadable as error:
        raise RuleSetFaulty(errors=[one.as_dict() for one in error.problems]) from None


def told_to(house: House, caller: Caller, rule_set: UUID) -> History:
    """Return what is known of a rule set that a caller may see.

    Raises:
        RuleSetUnknown: the same for one that is not there and one of another school.
    """
    with house.database.tenant(caller.tenant) as conn:
        told = history_of(conn, caller.tenant, rule_set)
    if not is_seen_by(caller, told.school_id):
        raise RuleSetUnknown
    return told


def changeable(desk: Desk, rule_set: UUID) -> History:
    """Return what is known of a rule set that the caller may change.

    Raises:
        RuleSetUnknown: when the caller may not see it either.
        OperationDenied: when it is the whole tenant's, and the caller has some schools only.
    """
    told = told_to(desk.house, desk.caller, rule_set)
    needs_all_of(desk.caller, told.school_id)
    return told

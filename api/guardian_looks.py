"""A guardian as the door sees one: somebody of a child at a school in the caller's scope."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from api.tokens import Caller
from domain.contact_choice.aggregate import ContactChoice
from domain.contact_choice.commands import contact_choice_id
from domain.kernel.facts import name_of
from domain.kernel.recorded import Recorded
from domain.kernel.refusals import NotFound
from domain.shared.ids import GuardianId, TenantId
from infrastructure.register import reads
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Ledger


class GuardianUnknown(NotFound):
    """There is no such guardian of a student of your schools."""

    code = "guardian-unknown"


def see_guardian(conn: Connection, caller: Caller, guardian: GuardianId) -> None:
    """See that a guardian belongs to a student in the caller's scope.

    Raises:
        GuardianUnknown: the same for one who is not there and one of other schools.
    """
    tenant = TenantId(caller.tenant)
    links = reads.students_of(conn, tenant, [guardian])[guardian]
    roll = reads.students(conn, tenant, students=[link.student for link in links])
    if not any(row.school is not None and caller.may_see(row.school) for row in roll):
        raise GuardianUnknown


def facts_of(conn: Connection, ledger: Ledger, guardian: GuardianId) -> Sequence[Recorded]:
    """Return every fact about a guardian's choices, from the ledger: it is never behind."""
    return ledger.history(conn, contact_choice_id(guardian))


def choices(guardian: GuardianId, told: Sequence[Recorded]) -> dict[str, Any]:
    """Return what a guardian chose, as it stands now."""
    state = ContactChoice.replay(fact.event for fact in told)  # type: ignore[misc]  # the stream's own facts
    notice = state.notice_email
    return {
        "guardian_id": guardian,
        "version": told[-1].version if told else 0,
        "preferences": state.preferences,
        "consents": sorted(
            map(msgspec.to_builtins, state.consents.values()),
            key=lambda one: (one["channel"], one["purpose"]),
        ),
        "legal_notice_email_consent": None if notice is None else notice.given,
        "suppressions": [
            {"channel": channel, "causes": causes}
            for channel, causes in sorted(state.suppressed.items())
            if causes
        ],
        "omitted": sorted(
            map(msgspec.to_builtins, state.omitted), key=lambda one: one["on"], reverse=True
        ),
    }


def history(guardian: UUID, told: Sequence[Recorded]) -> dict[str, Any]:
    """Return every change of a guardian's choices, the latest first."""
    return {
        "guardian_id": guardian,
        "items": [
            {
                "position": fact.position,
                "version": fact.version,
                "at": fact.occurred_at,
                "recorded_at": fact.recorded_at,
                "by": fact.actor,
                "what": name_of(type(fact.event)),
                "said": fact.event,
            }
            for fact in reversed(told)
        ],
    }

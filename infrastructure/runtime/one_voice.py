"""Two guardians of a child on one phone or address hear one message, which names both.

Who shares an address is known only here, where addresses are: facts and rows hold none. Whichever
message is attempted first speaks for all; the others see it in their own last look and are skipped.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from domain.playbook_run.events import RunStarted
from domain.shared.contact import Channel
from domain.shared.ids import (
    GuardianId,
    MessageId,
    RunId,
    TenantId,
    derived_id,
    message_key,
    run_id,
)
from domain.shared.recipients import on_one_address, recipients
from infrastructure.runtime.gathered import Gathered
from infrastructure.runtime.leaving import Leaving
from infrastructure.runtime.look_ups import contacts_of
from infrastructure.runtime.reaching import reach_of
from infrastructure.store.database import Connection
from infrastructure.vault.vault import Vault

_OF_SAME_CHILDREN: Final = (
    "select distinct o.guardian from guardian_link g join guardian_link o"
    " on o.tenant = g.tenant and o.student = g.student where g.tenant = %s and g.guardian = %s"
)


@dataclass(frozen=True, slots=True)
class Voice:
    """Whom a message speaks to, the one asked first in front, and what others would say the same.

    `beside` are the messages of the same step to the others of them.
    """

    guardians: tuple[GuardianId, ...]
    beside: tuple[MessageId, ...] = ()


def voice_of(lot: Gathered, row: Leaving) -> Voice:
    """Return whom a message that is about to leave speaks to.

    Only guardians of this very child who may be told, and have chosen nothing against it: a number
    that two families share makes nobody a guardian of the other's child.
    """
    alone = Voice((row.guardian_id,))
    sharers = _on_this_address(lot, row)
    started = lot.started(row.run_id) if sharers else None
    if started is None:
        return alone
    (told,) = contacts_of(lot.conn, lot.tenant, [row.student_id])[row.student_id]
    decided = recipients(told[1], row.purpose, told[0]).guardians
    both = [
        one
        for one in decided
        if one == row.guardian_id or (one in sharers and _willing(lot, one, row))
    ]
    if row.guardian_id not in both:
        return alone
    return Voice(tuple(both), _beside(lot.tenant, row, started, both))


def same_mailbox(
    conn: Connection, vault: Vault, tenant: UUID, guardian: GuardianId
) -> list[GuardianId]:
    """Return who reads a guardian's e-mails: guardians of the same children at one address."""
    rows = conn.execute(_OF_SAME_CHILDREN, (tenant, guardian)).fetchall()
    people = {guardian, *(GuardianId(one) for (one,) in rows)}
    known = vault.get_many(conn, tenant, sorted(people))
    groups = _groups(known, people, Channel.EMAIL)
    return next((list(group) for group in groups if guardian in group), [guardian])


def _on_this_address(lot: Gathered, row: Leaving) -> Collection[GuardianId]:
    """Return the others of the child's guardians whom this message reaches as well."""
    people = {*lot.guardians[row.student_id], row.guardian_id}
    if people == {row.guardian_id}:
        return ()
    groups = _groups(lot.known, people, row.channel)
    mine = next((group for group in groups if row.guardian_id in group), ())
    return [one for one in mine if one != row.guardian_id]


def _groups(
    known: Mapping[UUID, Mapping[str, Any]], people: Collection[GuardianId], channel: Channel
) -> Sequence[tuple[GuardianId, ...]]:
    reached = [reach_of(one, known[one]) for one in sorted(people) if one in known]
    return on_one_address(channel, reached)


def _willing(lot: Gathered, guardian: GuardianId, row: Leaving) -> bool:
    choice = lot.choice(guardian)
    return not choice.is_suppressed(row.channel) and choice.allows(row.channel, row.purpose)


def _beside(
    tenant: TenantId, row: Leaving, started: RunStarted, both: Sequence[GuardianId]
) -> tuple[MessageId, ...]:
    """Return the messages of the same step in the runs that the same trigger started for others.

    A run's id is a natural key, so theirs are known without asking a table that may be behind.
    """
    if started.guardian_id is None:
        return ()  # a home's run has no others beside it

    def run_for(guardian: GuardianId) -> RunId:
        days = started.stage, started.started_on, started.playbook.playbook_id
        return run_id(tenant, started.intervention_id, *days, guardian)

    if run_for(row.guardian_id) != row.run_id:
        return ()  # started by hand, or on another day than its stage: it stands alone
    others = [one for one in both if one != row.guardian_id]
    keys = [message_key(run_for(one), row.step_id, one) for one in others]
    return tuple(MessageId(derived_id("message", key)) for key in keys)

"""A person starts a playbook for a pupil: what a stage does by itself, for one playbook, now."""

from collections.abc import Sequence

from msgspec.structs import replace

from domain.intervention.events import StageEntered
from domain.intervention.refusals import StageNotEntered
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.shared.ids import InterventionId, SchoolId, TenantId
from domain.shared.playbooks import Playbook
from infrastructure.clock import school_now
from infrastructure.runtime.look_ups import LookUps, Unanswered
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Ledger
from processmanagers.playbook_starter import PLAYBOOK_STARTER


class _ThisPlaybook(LookUps):
    """The look-ups of a stage that starts one playbook, whatever else is in use for it."""

    def __init__(self, conn: Connection, tenant: TenantId, playbook: Playbook) -> None:
        super().__init__(conn, tenant)
        self._playbook = playbook

    def playbooks(self, stage: str, school: SchoolId) -> Sequence[Playbook]:
        """Return the one that a person chose."""
        del stage, school
        return (self._playbook,)


def started(
    ledger: Ledger,
    conn: Connection,
    intervention: InterventionId,
    playbook: Playbook,
    stage: str | None,
) -> list[Command]:
    """Return what starting a playbook comes to, as if its stage were entered at this moment.

    Without a stage it is the latest one that was entered.

    Raises:
        StageNotEntered: a message goes out in the name of a stage that somebody has approved.
    """
    then, entered = _entered(ledger.history(conn, intervention), stage)
    now = school_now(conn)
    (calendar,) = ledger.calendars(conn, then.tenant, [entered.school_id]).values()
    today = replace(entered, entered_on=calendar.local(now).date())
    world = _ThisPlaybook(conn, then.tenant, playbook)
    fact = replace(then, occurred_at=now, event=today)
    while True:
        try:
            return list(PLAYBOOK_STARTER.react(fact, world))
        except Unanswered:
            world.answer()


def _entered(history: Sequence[Recorded], stage: str | None) -> tuple[Recorded, StageEntered]:
    for fact in reversed(history):
        if isinstance(fact.event, StageEntered) and stage in {None, fact.event.stage}:
            return fact, fact.event
    raise StageNotEntered

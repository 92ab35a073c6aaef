"""First facts that a batch of reactions has read are not read again, and stay with their tenant."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
import pytest

from domain.contact_day.commands import UseContact
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.message.commands import RequestMessage
from domain.playbook_run.events import RunStarted, StepRequested, StepScheduled
from infrastructure.runtime.look_ups import Firsts, reactions
from infrastructure.store.database import Database
from processmanagers.contact_planner import CONTACT_PLANNER
from processmanagers.kit import ProcessManager
from processmanagers.message_requester import MESSAGE_REQUESTER
from tests.support.diary import full_diary, run_of
from tests.support.examples import TENANT, example
from tests.support.following import recorded
from tests.support.ledgers import TENANT as HOUSE
from tests.support.ledgers import ledger_on

pytestmark = pytest.mark.postgres
ASKED: Final = recorded(example(StepRequested), version=3)


def reacted(
    database: Database, manager: ProcessManager, fact: Recorded, known: Firsts
) -> Sequence[Command]:
    """Return what follows from a fact.

    Raises:
        LookupError: where the reaction failed of it.
    """
    with database.worker() as conn:
        answer = reactions(conn, manager, [fact], known)[fact.position]
    if isinstance(answer, Exception):
        raise answer
    return answer


def test_what_somebody_has_read_is_not_asked_of_the_ledger(database: Database) -> None:
    """The ledger is empty: only who is told how the run began can ask for its message."""
    known: Firsts = {TENANT: {ASKED.stream: example(RunStarted)}}
    (asked,) = reacted(database, MESSAGE_REQUESTER, ASKED, known)
    assert isinstance(asked, RequestMessage)
    with pytest.raises(LookupError, match="did not begin"):
        reacted(database, MESSAGE_REQUESTER, ASKED, {})


def test_another_tenants_streams_are_not_known(database: Database) -> None:
    others: Firsts = {UUID(int=1): {ASKED.stream: example(RunStarted)}}
    with pytest.raises(LookupError, match="did not begin"):
        reacted(database, MESSAGE_REQUESTER, ASKED, others)


def test_a_diary_is_what_began_and_what_came_since(database: Database) -> None:
    """Both are read where nobody knows the beginning, of which the next one is told."""
    known: Firsts = {}
    with ledger_on(database) as ledger:
        full_diary(database, ledger, 1)
        run = run_of(0)
        with database.worker() as conn:
            (step,) = [f.event for f in ledger.history(conn, run) if f.version == 2]
        mine = recorded(example(StepRequested), stream=run, version=3)
        fact = msgspec.structs.replace(mine, tenant=HOUSE)
        (use,) = reacted(database, CONTACT_PLANNER, fact, known)
    assert isinstance(step, StepScheduled)
    assert isinstance(use, UseContact)
    assert use.on == step.contact_on
    assert list(known[HOUSE]) == [run]

"""What is asked for again, by anybody and at the same moment, is there once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import psycopg
import pytest

from domain.message.commands import RequestMessage
from domain.shared.ids import MessageId, TenantId, derived_id, message_key, run_id
from infrastructure.store.database import Database
from projections.outbox import OUTBOX
from tests.support.examples import INTERVENTION, PLAYBOOK, TODAY, but
from tests.support.front import SCHOOL, STRANGERS, TENANT, Family, Front, front_on

pytestmark = pytest.mark.postgres
AT_ONCE = 8
SAME: Final = (INTERVENTION, "LETTER_1", TODAY, PLAYBOOK)


@pytest.fixture
def front(database: Database, tmp_path: Path) -> Iterator[Front]:
    with front_on(database, tmp_path) as front:
        yield front


def wish(family: Family) -> RequestMessage:
    key = message_key(family.run, "sms", family.guardian)
    return but(
        RequestMessage,
        message_id=MessageId(derived_id("message", key)),
        key=key,
        school_id=SCHOOL,
        student_id=family.student,
        guardian_id=family.guardian,
        run_id=family.run,
    )


def test_a_run_and_a_message_made_again_at_the_same_moment_are_one(front: Front) -> None:
    """Trap 28: a new command each time; the ledger's own key holds them apart, and the outbox row
    is folded from that one fact. 000-179: by the key, which is another one for another tenant.
    """
    family = Family()
    made = [run_id(TenantId(one), *SAME, family.guardian) for one in (TENANT, TENANT, STRANGERS)]
    assert len({message_key(run, "sms", family.guardian) for run in made}) == 2
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        list(crowd.map(lambda _: front.start_run(family), range(AT_ONCE)))
        receipts = list(crowd.map(lambda _: front.tell(wish(family)), range(AT_ONCE)))
    assert sorted(one.facts for one in receipts) == [*[0] * (AT_ONCE - 1), 1]
    message = wish(family).message_id
    assert front.facts(family.run) == ["playbook_run.started", "playbook_run.step_scheduled"]
    assert front.facts(message) == ["message.requested"]
    front.settle()
    assert front.count(OUTBOX.table) == 1


def test_the_database_itself_refuses_a_second_beginning(front: Front) -> None:
    """Trap 28: whoever writes past the aggregates meets the same key."""
    family = Family()
    front.start_run(family)
    message = front.tell(wish(family)).stream
    for stream in (family.run, message):
        with front.house.database.worker() as conn, pytest.raises(psycopg.errors.UniqueViolation):
            conn.execute(
                "insert into ledger (tenant, originator_id, originator_version, topic,"
                " event_version, state, occurred_at, recorded_at, actor, command_id, cause,"
                " correlation) select tenant, originator_id, originator_version, topic,"
                " event_version, state, occurred_at, recorded_at, actor, command_id, cause,"
                " correlation from ledger where originator_id = %s and originator_version = 1",
                (stream,),
            )

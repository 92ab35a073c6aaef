"""How long a fact takes to its followers, beside the library's own subscription in the same run."""

import sys
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent

from domain.case.commands import OpenCase
from domain.shared.ids import CaseId, StudentId
from infrastructure.store.database import Database
from tests.support.lagging import Side, lags, percentile
from tests.support.ledgers import SCHOOL, TENANT, ledger_on
from tests.support.measuring import in_turn, report
from tests.support.stock_tailing import STATE, stock_recorder

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark]
CALLERS = 32
EACH = 150


@pytest.mark.figure("lag")
def test_from_the_call_to_a_follower_under_load(database: Database) -> None:
    """Our side is the whole command, the floor a ready event: both with 32 callers at once."""
    recorder = stock_recorder(database.url, pool_size=CALLERS)
    recorder.create_table()
    many = Database(database.url, pool_size=CALLERS)

    def p99(side: Side) -> float:
        found = lags(database.url, side, append[side], CALLERS, EACH)
        said = f"{side}: p50 {percentile(found, 0.5):.1f} ms, p99 {percentile(found, 0.99):.1f} ms"
        sys.stdout.write(said + "\n")
        return percentile(found, 0.99)

    with ledger_on(many) as ledger:

        def command(stream: UUID) -> object:
            opening = OpenCase(
                case_id=CaseId(stream), student_id=StudentId(uuid4()), school_id=SCHOOL
            )
            return ledger.execute(opening, tenant=TENANT, by="staff:bench")

        append = {
            "ours": command,
            "stock": lambda stream: recorder.insert_events([StoredEvent(stream, 1, "t", STATE)]),
        }
        command(uuid4())
        pairs = in_turn(lambda: p99("ours"), lambda: p99("stock"))
    many.close()
    recorder.datastore.close()
    assert report("lag", pairs, "ms", CALLERS * EACH).value > 0

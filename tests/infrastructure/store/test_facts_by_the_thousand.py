"""The quick way to open facts gives what the slow one gives, or says that it cannot."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from domain.kernel import facts
from domain.kernel.recorded import Recorded, Told
from domain.meeting.events import MeetingScheduled
from infrastructure.runtime import parking
from infrastructure.store import wholesale
from infrastructure.store.database import Connection, Database
from infrastructure.store.ledger import Ledger
from infrastructure.store.recorder import COLUMNS, Fresh, open_row
from tests.support.examples import EVENTS, TENANT, example
from tests.support.ledgers import NOON, ledger_on

pytestmark = pytest.mark.postgres
ALL = list(EVENTS.values())
GOLDEN = Path(__file__).parents[2] / "golden" / "events"
ROWS = f"select {COLUMNS} from ledger order by notification_id"
ARRAY = wholesale.array_of(Recorded, ROWS, "notification_id")
ACTOR = 'staff:"O\'Neill" \\ of ünder\n'


def append(ledger: Ledger, events: Sequence[facts.Event]) -> None:
    stream = TENANT
    fresh = [
        Fresh(
            tenant=TENANT,
            stream=stream,
            version=number,
            event=event,
            occurred_at=NOON,
            actor=ACTOR,
            command_id=stream,
            cause=stream if number % 2 else None,
            correlation=stream,
        )
        for number, event in enumerate(events, 1)
    ]
    with ledger.database.worker() as conn:
        ledger.recorder.append(conn, fresh)


def one_by_one(conn: Connection) -> list[Recorded]:
    return [open_row(row) for row in conn.execute(ROWS).fetchall()]


def at_once(conn: Connection) -> list[Recorded] | None:
    return wholesale.read(Recorded, conn, ROWS, "notification_id", {})


def plain(found: Sequence[Told] | None) -> list[dict[str, object]]:
    assert found is not None
    return [msgspec.structs.asdict(fact) for fact in found]


def test_every_fact_is_the_same_as_opened_by_itself(database: Database) -> None:
    with ledger_on(database) as ledger:
        append(ledger, ALL)
        with database.worker() as conn:
            every = plain(one_by_one(conn))
            assert plain(at_once(conn)) == every
            told = plain(wholesale.read(Told, conn, ROWS, "notification_id", {}))
    assert told == [{name: fact[name] for name in Told.__struct_fields__} for fact in every]
    assert len(every) == len(ALL)


def test_nothing_is_an_empty_list(database: Database) -> None:
    with database.worker() as conn:
        assert at_once(conn) == []


@pytest.mark.parametrize(
    "spoiled",
    [
        "topic = 'case.of_tomorrow'",
        "event_version = 99",
        "state = '{\"playbook\": 7'",
        r"state = '\xff'",
        "state = '{}],[\"case.closed@1\"'",
    ],
)
def test_one_bad_row_makes_the_answer_none_and_the_slow_way_tells_it_apart(
    database: Database, spoiled: str
) -> None:
    with ledger_on(database) as ledger:
        append(ledger, ALL)
        with database.owner() as conn:
            conn.execute(f"update ledger set {spoiled} where notification_id = 3")
        with database.worker() as conn:
            assert at_once(conn) is None
            batch = parking.read_batch(conn, 0, 1_000)
    assert [bad.position for bad in batch.unreadable] == [3]
    assert [f.position for f in batch.facts] == [n for n in range(1, len(ALL) + 1) if n != 3]


def test_a_payload_that_would_forge_a_second_fact_is_found_by_the_count(
    database: Database,
) -> None:
    """It closes its own array and opens another: well-formed together, and one fact too many."""
    with ledger_on(database) as ledger:
        append(ledger, ALL[:1])
        with database.worker() as conn:
            count, array = conn.cursor(binary=True).execute(ARRAY).fetchall()[0]
    assert wholesale.opened(Recorded, count, array) is not None
    assert wholesale.opened(Recorded, count, array + b"," + array) is None


def test_a_fact_of_an_older_version_is_lifted(database: Database) -> None:
    old = (GOLDEN / "meeting.scheduled@1.json").read_bytes()
    with ledger_on(database) as ledger:
        append(ledger, [example(MeetingScheduled)])
        with database.owner() as conn:
            conn.execute("update ledger set event_version = 1, state = %s", (old,))
        with database.worker() as conn:
            found = at_once(conn)
            assert plain(found) == plain(one_by_one(conn))
    assert [type(fact.event) for fact in found or ()] == [MeetingScheduled]

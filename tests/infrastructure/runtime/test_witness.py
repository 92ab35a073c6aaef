"""A store that went back in time is noticed by what leaves the house, and by nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest

from infrastructure.runtime.pace import Bell
from infrastructure.runtime.role import Role, wait_until
from infrastructure.runtime.witness import REWOUND, StoreRewound, Witness
from infrastructure.store import hazards
from infrastructure.store.database import Database
from infrastructure.store.ledger import Ledger
from tests.support.appended import append
from tests.support.ledgers import ledger_on

pytestmark = pytest.mark.postgres
# What a restore does to these tables, without the server's restart: facts go, positions come again.
BACK: Final = (
    "delete from ledger where notification_id > {0}",
    "select setval('ledger_notification_id_seq', {0})",
)


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    with ledger_on(database) as one:
        yield one


@pytest.fixture
def witness(database: Database, tmp_path: Path) -> Witness:
    return Witness(tmp_path / "witness.json", database)


class Counting:
    """A worker that would send."""

    name = "send-0"
    exclusive: str | None = None
    steps = 0

    def step(self) -> int:
        self.steps += 1
        return 1


def go_back(database: Database, position: int) -> None:
    with psycopg.connect(database.url, autocommit=True) as conn:
        for statement in BACK:
            conn.execute(statement.format(position))


def append_some(ledger: Ledger, count: int) -> None:
    for _ in range(count):
        append(ledger)


def test_a_store_that_only_grows_is_never_doubted(ledger: Ledger, witness: Witness) -> None:
    for _ in range(5):
        append(ledger)
        witness.check()
    seen = witness.seen()
    assert seen is not None
    assert seen.position >= 1


@pytest.mark.parametrize("grown_again", [0, 4, 30])
def test_a_rewound_store_stops_what_leaves_the_house_also_when_it_has_grown_again(
    ledger: Ledger, witness: Witness, grown_again: int
) -> None:
    append_some(ledger, 10)
    witness.check()
    go_back(ledger.database, 6)
    append_some(ledger, grown_again)
    for _ in range(3):  # it stays so, whoever asks how often
        with pytest.raises(StoreRewound, match="at position 10"):
            witness.check()
    with ledger.database.worker() as conn:
        assert [(a.kind, a.position) for a in hazards.alarms(conn)] == [(REWOUND, 10)]


def test_a_role_with_the_look_stands_and_one_without_it_would_send(
    ledger: Ledger, witness: Witness
) -> None:
    append_some(ledger, 10)
    witness.check()
    go_back(ledger.database, 6)
    stands, goes_on = Counting(), Counting()
    roles = [
        Role(stands, ledger.database, Bell(), 0.01, before=witness.check),
        Role(goes_on, ledger.database, Bell(), 0.01),
    ]
    for role in roles:
        role.start()
    assert wait_until(lambda: roles[0].health.last_error == "StoreRewound", 10)
    assert wait_until(lambda: goes_on.steps > 10, 10)
    for role in roles:
        role.stop()
        role.join(10)
    assert stands.steps == 0


def test_a_person_s_word_after_the_restore_lets_it_go_on(ledger: Ledger, witness: Witness) -> None:
    append_some(ledger, 10)
    witness.check()
    go_back(ledger.database, 6)
    with pytest.raises(StoreRewound):
        witness.check()
    witness.accept("staff:anna", "nothing was sent since the backup")
    witness.check()
    append(ledger)
    witness.check()
    with ledger.database.worker() as conn:
        assert hazards.alarms(conn) == []


def test_a_word_said_before_the_restore_does_not_count(ledger: Ledger, witness: Witness) -> None:
    append_some(ledger, 3)
    witness.accept("staff:anna", "an earlier restore")
    append_some(ledger, 3)
    witness.check()
    go_back(ledger.database, 4)
    with pytest.raises(StoreRewound):
        witness.check()


def test_other_machines_take_the_same_word_for_themselves(
    ledger: Ledger, witness: Witness, tmp_path: Path
) -> None:
    other = Witness(tmp_path / "other.json", ledger.database)
    append_some(ledger, 10)
    for one in (witness, other):
        one.check()
    go_back(ledger.database, 6)
    witness.accept("staff:anna", "looked at both")
    other.check()


def test_another_database_under_the_same_home_is_noticed(ledger: Ledger, witness: Witness) -> None:
    witness.check()
    with ledger.database.owner() as conn:
        conn.execute("update store_epoch set epoch = gen_random_uuid()")
    with pytest.raises(StoreRewound, match="epoch"):
        witness.check()


def test_a_damaged_file_stops_too(ledger: Ledger, witness: Witness, tmp_path: Path) -> None:
    (tmp_path / "witness.json").write_text("{")
    with pytest.raises(StoreRewound, match=r"witness\.json"):
        witness.check()

"""R2: an acknowledged command is in the store once, whatever was cut while it was on its way."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import conninfo

from domain.contact_choice.commands import RecordConsent
from domain.kernel.refusals import Conflict
from domain.shared.contact import Channel
from domain.shared.ids import GuardianId, derived_id
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.runtime.role import wait_until
from infrastructure.store.database import Database
from infrastructure.store.errors import Unavailable
from infrastructure.store.ledger import Intent, Ledger, Receipt
from tests.chaos.conftest import Report
from tests.chaos.sizes import DURABLE
from tests.support.cutting import Way
from tests.support.ledgers import TENANT, ledger_on
from tests.support.rig import patiently

pytestmark = [pytest.mark.chaos, pytest.mark.postgres, pytest.mark.timeout(1800)]
THREADS: Final = 32
ACTOR: Final = "staff:office"
EAGER: Final = 0.5  # the chance of a cut while fewer were made than the work done so far calls for
Write = Callable[[Ledger, Database, RecordConsent, UUID, int], Receipt]


@dataclass
class Client:
    """One client's own ledger: what it asked for, under which id, and what it was told."""

    guardian: GuardianId = field(default_factory=lambda: GuardianId(uuid4()))
    told: dict[UUID, tuple[RecordConsent, int, Receipt]] = field(default_factory=dict)
    conflicts: int = 0
    again: int = 0

    def work(self, ledger: Ledger, database: Database, count: int, write: Write) -> None:
        """Change one mind again and again, each time at the version that the last answer gave."""
        version = 0
        for number in range(count):
            wish = RecordConsent(
                guardian_id=self.guardian,
                channel=Channel.SMS,
                given=number % 2 == 0,
                source="GUARDIAN",
            )
            command_id = derived_id("wish", self.guardian, number)
            try:
                receipt = self._insist(lambda: write(ledger, database, wish, command_id, version))  # noqa: B023  called at once
            except Conflict as conflict:
                self.conflicts += 1
                version = conflict.details.get("version", version)
                continue
            self.told[command_id] = (wish, version, receipt)
            version = receipt.version

    def _insist(self, write: Callable[[], Receipt]) -> Receipt:
        while True:
            with suppress(Unavailable):
                return write()
            self.again += 1


def by_the_ledger(
    ledger: Ledger, _: Database, wish: RecordConsent, command_id: UUID, version: int
) -> Receipt:
    """Write as the product does."""
    return ledger.execute(wish, tenant=TENANT, by=ACTOR, command_id=command_id, expecting=version)


def without_ids(
    ledger: Ledger, database: Database, wish: RecordConsent, _: UUID, version: int
) -> Receipt:
    """Write as one does who believes that what was not answered was not done."""
    with database.worker() as conn:
        (outcome,) = ledger.within(conn, [Intent(TENANT, wish, ACTOR, uuid4(), expecting=version)])
    if not isinstance(outcome, Receipt):
        raise outcome
    return outcome


@contextmanager
def on_a_bad_line(database: Database, seed: int) -> Iterator[tuple[Database, Way]]:
    """Give the same database behind a line that is cut at some of its COMMITs."""
    port = int(conninfo.conninfo_to_dict(database.url)["port"] or 0)
    with Way(port, seed) as way:
        behind = Database(conninfo.make_conninfo(database.url, port=way.port))
        try:
            yield behind, way
        finally:
            behind.close()


def spread(way: Way, cuts: int, over: int, clients: Sequence[Client]) -> Callable[[], float]:
    """Return the chance of a cut that spreads so many of them evenly over the work."""

    def chance() -> float:
        done = sum(len(client.told) + client.conflicts for client in clients)
        return EAGER if way.cuts.total() <= cuts * done // over else 0.0

    return chance


def everybody(
    line: tuple[Database, Way],
    write: Write,
    commands: int,
    cuts: int,
    stop: Callable[[], None] = lambda: None,
) -> list[Client]:
    """Let all clients work at once on a line that is cut; `stop` is called while they do."""
    database, way = line
    clients = [Client() for _ in range(THREADS)]
    each = -(-commands // THREADS)
    with ledger_on(database) as ledger, ThreadPoolExecutor(THREADS) as pool:
        way.chance = spread(way, cuts, commands, clients)
        work = [pool.submit(c.work, ledger, database, each, write) for c in clients]
        stop()
        for one in work:
            one.result()
    return clients


def stored(database: Database) -> Counter[UUID]:
    """Count the facts of each command in the store."""
    with psycopg.connect(database.url) as conn:
        rows = conn.execute("select command_id, count(*) from ledger group by 1").fetchall()
    return Counter(dict(rows))


def test_what_was_acknowledged_is_stored_once_and_answered_the_same_for_ever(
    broken_database: Database, breakable: EmbeddedPostgres, seed: int, report: Report
) -> None:
    with on_a_bad_line(broken_database, seed) as line:

        def stop() -> None:
            for part in range(1, DURABLE.stops + 1):
                enough = part * DURABLE.commands // (DURABLE.stops + 1)
                wait_for_facts(broken_database, breakable, enough)
                breakable.stop("immediate")
                breakable.ensure()

        clients = everybody(line, by_the_ledger, DURABLE.commands, DURABLE.cuts, stop)
    wrong = compared(broken_database, clients)
    way = line[1]
    report.add(
        "acknowledged = durable (cuts at COMMIT, PostgreSQL stopped at once)",
        threads=THREADS,
        commands=sum(len(client.told) for client in clients),
        commits=way.commits,
        cuts=dict(way.cuts),
        stops=DURABLE.stops,
        asked_again=sum(client.again for client in clients),
        **wrong,
    )
    assert way.cuts.total() >= DURABLE.cuts
    assert not any(wrong.values()), wrong


def compared(database: Database, clients: Sequence[Client]) -> dict[str, int]:
    """Compare what the clients were told with the store, and with a second answer."""
    told = {key: answer for client in clients for key, answer in client.told.items()}
    again, facts = answered_again(database, told), stored(database)
    return {
        "acknowledged, and missing": len(told.keys() - facts.keys()),
        "stored twice": sum(facts[key] > told[key][2].facts for key in told),
        "stored, and nobody asked": len(facts.keys() - told.keys()),
        "false conflicts": sum(client.conflicts for client in clients),
        "answered otherwise": sum(again[key] != told[key][2] for key in told),
    }


def wait_for_facts(database: Database, server: EmbeddedPostgres, count: int) -> None:
    """Wait until so many facts are stored, so that a stop falls into the middle of the work."""

    def enough() -> bool:
        return patiently(lambda: stored(database).total()) >= count

    assert wait_until(enough, 600), server.log


def answered_again(database: Database, told: dict[UUID, Any]) -> dict[UUID, Receipt]:
    """Ask everything once more under the same ids, over a good line."""
    with ledger_on(database) as ledger, ThreadPoolExecutor(THREADS) as pool:

        def ask(key: UUID) -> Receipt:
            wish, version, _ = told[key]
            return by_the_ledger(ledger, database, wish, key, version)

        return dict(zip(told, pool.map(ask, told), strict=True))


def test_the_control_a_writer_without_command_ids_meets_false_conflicts(
    broken_database: Database, seed: int, report: Report
) -> None:
    with on_a_bad_line(broken_database, seed) as line:
        clients = everybody(line, without_ids, 10 * THREADS, 40)
    conflicts = sum(client.conflicts for client in clients)
    report.add(
        "control: a writer without command ids", cuts=dict(line[1].cuts), conflicts=conflicts
    )
    assert conflicts

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from domain.kernel.commands import Command
from domain.playbook_run import commands as c
from domain.playbook_run.events import RunStop, SkipReason
from domain.shared.contact import Channel
from domain.shared.ids import MessageId, RunId, derived_id
from infrastructure.clock import move_school_clock
from infrastructure.relay.outbound import Relay
from infrastructure.relay.reference_consumer import ReferenceConsumer
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import Projector
from infrastructure.store.database import Database
from infrastructure.store.ledger import Ledger
from projections.kit import Row
from projections.run_monitor import RUN_MONITOR
from tests.support import broker
from tests.support.examples import CASE, GUARDIAN, SCHOOL, STUDENT, TENANT, but
from tests.support.ledgers import NOON, OTHER, ledger_on

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.journey]


@pytest.fixture
def bootstrap() -> Iterator[str]:
    with broker.server() as address:
        yield address


def run(number: int) -> RunId:
    return RunId(derived_id("walked", number))


def take(number: int, step: str) -> Command:
    return c.TakeStep(
        run_id=run(number),
        school_id=SCHOOL,
        step_id=step,
        case_id=CASE,
        student_id=STUDENT,
        guardian_id=GUARDIAN,
    )


def settle(number: int, step: str, outcome: c.StepOutcome) -> Command:
    skipped = SkipReason.NO_ADDRESS if outcome is c.StepOutcome.SKIPPED else None
    return c.SettleStep(
        run_id=run(number),
        school_id=SCHOOL,
        step_id=step,
        message_id=MessageId(derived_id("said", number, step)),
        outcome=outcome,
        skip_reason=skipped,
        cause="INVALID_NUMBER",
    )


def endings(number: int) -> list[Command]:
    """Each run goes another way from its second step on."""
    replied = c.RecordReply(
        run_id=run(number),
        school_id=SCHOOL,
        message_id=MessageId(derived_id("said", number, "sms")),
        channel=Channel.SMS,
    )
    stopped = c.StopRun(run_id=run(number), school_id=SCHOOL, reason=RunStop.LEFT_ROLL)
    unknown = settle(number, "email", c.StepOutcome.UNKNOWN)
    failed = settle(number, "email", c.StepOutcome.FAILED)
    skipped = settle(number, "email", c.StepOutcome.SKIPPED)
    ways: list[list[Command]] = [[], [replied], [stopped], [unknown], [failed, stopped], [skipped]]
    return ways[number % len(ways)]


def tell(ledger: Ledger, database: Database, tenant: UUID, numbers: range) -> None:
    """Walk every run, side by side, through two weeks of school."""

    def everyone(commands: list[Command]) -> None:
        for command in commands:
            ledger.execute(command, tenant=tenant, by="staff:7")

    everyone([but(c.StartRun, run_id=run(n), school_id=SCHOOL) for n in numbers])
    with database.worker() as conn:
        move_school_clock(conn, NOON + timedelta(days=14))
    everyone([take(n, "sms") for n in numbers])
    everyone([settle(n, "sms", c.StepOutcome.SENT) for n in numbers])
    with database.worker() as conn:
        move_school_clock(conn, NOON + timedelta(days=28))
    everyone([take(n, "email") for n in numbers if n % 2])
    everyone([command for n in numbers for command in endings(n)])


def kept_rows(database: Database) -> dict[tuple[UUID, str], Row]:
    with database.worker() as conn:
        rows = conn.execute(f"select tenant, key, doc from {RUN_MONITOR.table}").fetchall()
    return {
        (tenant, key): msgspec.json.decode(doc, type=RUN_MONITOR.row) for tenant, key, doc in rows
    }


def test_a_consumer_that_starts_at_zero_builds_the_run_monitor_that_postgresql_holds(
    database: Database, bootstrap: str
) -> None:
    with ledger_on(database) as ledger:
        tell(ledger, database, TENANT, range(24))
        tell(ledger, database, OTHER, range(24, 30))
        projector = Projector(database, ledger.recorder, [RUN_MONITOR], Bell())
        while projector.step():
            pass
        prefix = broker.fresh_prefix()
        relay = Relay(database, ledger.recorder, bootstrap, prefix, batch=50)
        while relay.step():
            pass
        relay.close()

    kept = kept_rows(database)
    assert len(kept) == 30
    assert {row.status for row in kept.values()} == {"ACTIVE", "STOPPED"}  # type: ignore[attr-defined]
    assert any(row.replied_at for row in kept.values())  # type: ignore[attr-defined]
    with ReferenceConsumer(bootstrap, prefix, ["playbook_run"]) as consumer:
        consumer.catch_up()
        assert consumer.rows(RUN_MONITOR) == kept

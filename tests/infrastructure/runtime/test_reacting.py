"""Reactors on real PostgreSQL: each fact once, whoever reacts, however often, whatever fails."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest

from domain.case.events import CaseOpened
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.playbook_run.commands import StartRun, StopRun
from domain.playbook_run.events import RunStop
from domain.shared.ids import RunId, derived_id
from infrastructure.runtime import parking, reacting
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import checkpoint_of
from infrastructure.runtime.reacting import Reactor, tracking_of
from infrastructure.store.database import Connection, Database
from infrastructure.store.ledger import Ledger
from infrastructure.store.recorder import newest
from processmanagers.kit import ProcessManager, ReactionWorld
from projections.all import READ_MODELS
from tests.support.diary import run_of, say, starts
from tests.support.ledgers import SCHOOL, TENANT, ledger_on

pytestmark = pytest.mark.postgres
SEEDS: Final = 20
CASES: Final = 12


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    with ledger_on(database) as ledger:
        yield ledger


def stops_all(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Stop the two runs of a case."""
    del world
    pupil = next(n for n in range(1000) if derived_id("case", fact.tenant, n) == fact.stream)
    for number in (2 * pupil, 2 * pupil + 1):
        yield StopRun(run_id=run_of(number), school_id=SCHOOL, reason=RunStop.MANUAL)


def begins_another(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Start one run more for a case, under an id that the case gives."""
    del world
    template = next(i.command for i in starts(0, 1) if isinstance(i.command, StartRun))
    run = RunId(derived_id("another", fact.stream))
    yield msgspec.structs.replace(template, run_id=run)


def begins_ever_another(numbers: Iterator[int]) -> ProcessManager:
    """Return one that does not know its own repetition: a new id for each delivery."""

    def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
        for command in begins_another(fact, world):
            run = RunId(derived_id("ever another", fact.stream, next(numbers)))
            yield msgspec.structs.replace(command, run_id=run)

    return ProcessManager("careless", (CaseOpened,), react)


STOPPER = ProcessManager("stopper", (CaseOpened,), stops_all)
STARTER = ProcessManager("starter", (CaseOpened,), begins_another)


def reactor(ledger: Ledger, *managers: ProcessManager, batch: int = 500) -> Reactor:
    return Reactor(ledger.database, ledger, managers, Bell(), batch)


def read_models_are_there(ledger: Ledger) -> None:
    """No look-up of these managers needs a row: the read models may stand at the newest fact."""
    with ledger.database.worker() as conn:
        names = [checkpoint_of(model) for model in READ_MODELS]
        ledger.recorder.track_all(conn, names, newest(conn))


def named(ledger: Ledger, name: str) -> list[UUID]:
    with ledger.database.worker() as conn:
        rows = conn.execute(
            "select originator_id from ledger where topic = %s order by notification_id", (name,)
        ).fetchall()
    return [row[0] for row in rows]


def parked_for_all(ledger: Ledger) -> list[tuple[Any, ...]]:
    with ledger.database.worker() as conn:
        return conn.execute("select stream, error from parked_fact order by position").fetchall()


def spoil(ledger: Ledger, run: UUID, name: str = "playbook_run.of_tomorrow") -> None:
    with psycopg.connect(ledger.database.url) as conn:
        conn.execute(
            "update ledger set topic = %s where originator_id = %s and originator_version = 2",
            (name, run),
        )


def test_a_decision_that_fails_parks_its_fact_alone_and_the_batch_is_one_transaction(
    ledger: Ledger,
) -> None:
    """R8: the fault lies in a stream that the reaction's command is for."""
    say(ledger, starts(0, 2 * CASES))
    read_models_are_there(ledger)
    spoil(ledger, run_of(7))
    one = reactor(ledger, STOPPER)
    assert one.step() == 7 * CASES
    assert one.step() == 0
    case = derived_id("case", TENANT, 3)
    assert [stream for stream, _ in parked_for_all(ledger)] == [case, run_of(7)]
    stopped = named(ledger, "playbook_run.stopped")
    assert set(stopped) == {run_of(n) for n in range(2 * CASES) if n // 2 != 3}
    with ledger.database.worker() as conn:
        together = conn.execute(
            "select count(distinct xmin::text) from ledger where topic = 'playbook_run.stopped'"
        ).fetchone()
    assert together is not None
    assert together[0] <= 2 + len(bin(5 * CASES))  # savepoints of the halves, not one for each


def test_after_the_fix_a_retry_decides_what_was_parked(ledger: Ledger) -> None:
    say(ledger, starts(0, 2 * CASES))
    read_models_are_there(ledger)
    spoil(ledger, run_of(7))
    one = reactor(ledger, STOPPER)
    one.step()
    assert one.retry(STOPPER) == 0
    spoil(ledger, run_of(7), "playbook_run.step_scheduled")
    assert one.retry(STOPPER) == 2
    assert parked_for_all(ledger) == []
    assert sorted(named(ledger, "playbook_run.stopped")) == sorted(map(run_of, range(2 * CASES)))


def lived(ledger: Ledger, manager: ProcessManager, seed: int) -> None:
    """Let two reactors at once have every fact delivered one to five times."""
    dice = Random(seed)
    say(ledger, (i for i in starts(2 * CASES * seed, 2 * CASES * (seed + 1))))
    read_models_are_there(ledger)
    for _ in range(dice.randint(1, 5)):
        with psycopg.connect(ledger.database.url) as conn:
            conn.execute(
                "update follower_position set notification_id = 0 where application_name = %s",
                (tracking_of(manager),),
            )
        with ThreadPoolExecutor(2) as both:
            batches = (dice.randint(10, 60) for _ in range(2))
            crews = [reactor(ledger, manager, batch=batch) for batch in batches]
            for ended in [both.submit(lambda c=c: sum(iter(c.step, 0))) for c in crews]:  # type: ignore[misc]  # bound per reactor
                ended.result()


def test_two_reactors_at_once_and_repeated_facts_leave_each_command_once(ledger: Ledger) -> None:
    """R12, in the small: the great number of seeds is a property without a server."""
    for seed in range(SEEDS):
        lived(ledger, STARTER, seed)
    opened = named(ledger, "case.opened")
    mine = {derived_id("another", case) for case in opened}
    assert len(opened) == SEEDS * CASES
    assert sorted(s for s in named(ledger, "playbook_run.started") if s in mine) == sorted(mine)


def both_at_once(ledger: Ledger, manager: ProcessManager) -> int:
    """Let a second reactor take the same batch while the first has it in hand; count new runs."""
    say(ledger, starts(0, 2 * CASES))
    read_models_are_there(ledger)
    first, second = reactor(ledger, manager), reactor(ledger, manager)
    before = len(named(ledger, "playbook_run.started"))
    read = parking.read_batch
    asked: list[int] = []

    def read_and_be_overtaken(conn: Connection, after: int, limit: int) -> Any:
        asked.append(after)
        batch = read(conn, after, limit)
        if len(asked) == 1:
            second.step()
        return batch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parking, "read_batch", read_and_be_overtaken)
        first.step()
    return len(named(ledger, "playbook_run.started")) - before


def test_who_lost_the_lock_with_a_batch_in_hand_finds_the_position_moved(ledger: Ledger) -> None:
    """The careless one would double everything if it reacted twice."""
    assert both_at_once(ledger, begins_ever_another(count())) == CASES


def without_the_held_position(ledger: Ledger, patch: pytest.MonkeyPatch) -> None:
    move = ledger.recorder.track_all
    patch.setattr(reacting._Turn, "hold", lambda _: 0)
    patch.setattr(ledger.recorder, "track", lambda conn, name, to: move(conn, [name], to))


def test_ids_that_the_cause_gives_are_enough_without_the_held_position(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_held_position(ledger, monkeypatch)
    assert both_at_once(ledger, begins_ever_another(count())) == CASES


def test_the_control_random_command_ids_double(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_held_position(ledger, monkeypatch)
    monkeypatch.setattr(reacting, "derived_id", lambda *_: uuid4())
    assert both_at_once(ledger, begins_ever_another(count())) == 2 * CASES

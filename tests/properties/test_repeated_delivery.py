"""R12: what is delivered one to five times to two managers at once leaves what one delivery leaves.

Sizes of CI: 500 houses of 30 days each, whose seeds are 0 to 499; release is 10,000.
"""

from collections.abc import Callable, Iterator
from itertools import count
from random import Random
from typing import Final

import msgspec

from domain.case.events import CaseClosed
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.message.events import MessageAccepted, MessageDelivered
from domain.playbook_run.commands import StartRun
from domain.playbook_run.events import RunCompleted, RunStopped, StepSent
from domain.shared.ids import RunId, derived_id
from processmanagers.all import PROCESS_MANAGERS
from processmanagers.kit import ProcessManager, ReactionWorld
from processmanagers.playbook_starter import PLAYBOOK_STARTER
from tests.properties.house import House

Crew = Callable[[], tuple[ProcessManager, ...]]
HOUSES: Final = 500
DAYS: Final = 30


def lived(
    seed: int, stutter: Random | None, managers: tuple[ProcessManager, ...], hands: int = 1
) -> House:
    house = House(seed, stutter, managers, hands)
    house.live(DAYS)
    return house


def differences(crew: Crew, houses: int, hands: int = 2) -> list[int]:
    """Return the seeds for which a stutter leaves other facts, or calls a provider twice."""
    found = []
    for seed in range(houses):
        once = lived(seed, None, crew())
        often = lived(seed, Random(seed), crew(), hands)
        same = (once.log, once.calls) == (often.log, often.calls)
        if not same or len(set(often.calls)) < len(often.calls):
            found.append(seed)
    return found


def test_what_arrives_often_happens_once_and_is_sent_once() -> None:
    """R12, 000-004, 000-180: execution is idempotent; no duplicate send even if the runner handles
    a step twice, and each command once.
    """
    assert differences(lambda: PROCESS_MANAGERS, HOUSES) == []


def test_houses_live_through_whole_stories() -> None:
    """Without this the agreement above could be one of empty houses."""
    wanted = {CaseClosed, MessageAccepted, MessageDelivered, RunCompleted, RunStopped, StepSent}
    seen = {
        type(event)
        for seed in range(40)
        for _, _, event, _ in lived(seed, None, PROCESS_MANAGERS).log
    }
    assert wanted <= seen


def test_a_reaction_that_does_not_know_its_own_repetition_would_be_found() -> None:
    """The negative control: a starter that draws a new id for each delivery."""
    assert differences(lambda: with_a_starter_that(looks=False), 10, hands=1)


def test_a_manager_that_looks_before_it_acts_is_found_by_two_at_once() -> None:
    """The other control: it asks whether there is a run, and makes one without a natural key."""
    assert differences(lambda: with_a_starter_that(looks=True), 10, hands=1) == []
    assert differences(lambda: with_a_starter_that(looks=True), 10, hands=2)


def with_a_starter_that(*, looks: bool) -> tuple[ProcessManager, ...]:
    numbers = count()

    def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
        for command in PLAYBOOK_STARTER.react(fact, world):
            assert isinstance(command, StartRun)
            runs = world.open_runs_of_student(command.student_id) if looks else ()
            there = {(run.guardian_id, run.stage, run.firing) for run in runs}
            if (command.guardian_id, command.stage, command.firing) not in there:
                fresh = RunId(derived_id("run", next(numbers)))
                yield msgspec.structs.replace(command, run_id=fresh)

    careless = ProcessManager("careless", PLAYBOOK_STARTER.listens, react)
    return (*(m for m in PROCESS_MANAGERS if m is not PLAYBOOK_STARTER), careless)

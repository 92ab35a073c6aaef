"""Every command and every fact delivered one to five times leaves what one delivery leaves."""

from collections.abc import Iterator
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

HOUSES: Final = 500
DAYS: Final = 30


def lived(seed: int, stutter: Random | None, managers: tuple[ProcessManager, ...]) -> House:
    house = House(seed, stutter, managers)
    house.live(DAYS)
    return house


def differences(managers: tuple[ProcessManager, ...], houses: int) -> list[int]:
    """Return the seeds for which a stutter leaves other facts, or calls a provider twice."""
    found = []
    for seed in range(houses):
        once = lived(seed, None, managers)
        often = lived(seed, Random(seed), managers)
        same = (once.log, once.calls) == (often.log, often.calls)
        if not same or len(set(often.calls)) < len(often.calls):
            found.append(seed)
    return found


def test_what_arrives_often_happens_once_and_is_sent_once() -> None:
    """000-004 Execution is idempotent, 000-180 no duplicate send even if the runner handles a step
    twice.
    """
    assert differences(PROCESS_MANAGERS, HOUSES) == []


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
    numbers = count()

    def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
        for command in PLAYBOOK_STARTER.react(fact, world):
            assert isinstance(command, StartRun)
            fresh = RunId(derived_id("run", next(numbers)))
            yield msgspec.structs.replace(command, run_id=fresh)

    careless = ProcessManager("careless", PLAYBOOK_STARTER.listens, react)
    others = tuple(m for m in PROCESS_MANAGERS if m is not PLAYBOOK_STARTER)
    assert differences((*others, careless), 10)

"""Two thousand random, legal histories over all aggregates, and what holds in each of them."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

import pytest

from domain.catalogue import ALL_COMMANDS, ALL_EVENTS
from domain.intervention.commands import ProposeStage
from domain.intervention.events import StageEntered
from domain.kernel.commands import Command
from domain.kernel.facts import Event, known_names, name_of, read, version_of, write
from domain.kernel.refusals import Refusal
from domain.letter.commands import ConfirmPosted
from domain.message.commands import (
    AttemptMessage,
    RecordRejected,
    RecordUnknown,
    RecordUnsayable,
    ResendMessage,
)
from domain.message.events import MessageAttempted, MessageDeferred
from domain.playbook_run.events import (
    RunCompleted,
    RunMoved,
    RunStopped,
    StepJoined,
    StepRequested,
    StepScheduled,
    StepSent,
    StepSkipped,
)
from tests.properties.dump import dump
from tests.properties.town import CALENDAR, Decision, Town, history
from tests.properties.wishes import WISHES

HISTORIES: Final = 2_000
LENGTH: Final = 40
BLOCKS: Final = 8
# Their repetition is refused or, for an attempt, guarded: all others answer with nothing.
NOT_IDEMPOTENT: Final = (
    AttemptMessage,
    RecordRejected,
    RecordUnknown,
    RecordUnsayable,
    ConfirmPosted,
    ResendMessage,
)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_history_is_lawful(block: int) -> None:
    for seed in range(block, HISTORIES, BLOCKS):
        town = None
        for step, (town, decision) in enumerate(history(seed, WISHES, LENGTH)):
            where = f"history {seed}, step {step}: {decision.command!r}"
            a_decision_said_twice_is_meant_once(town, decision, where)
            a_stage_is_entered_by_a_person_or_by_a_rule_that_asks_nobody(decision, where)
            a_step_is_due_when_families_may_be_contacted(decision, where)
        if town is not None:
            replay_is_live(town)
            messages_and_runs_are_lawful(town)


def test_histories_show_every_fact_and_every_command() -> None:
    """Without this the lawful histories could be short ones about nothing."""
    missing: set[type] = {*ALL_EVENTS, *ALL_COMMANDS}
    for seed in range(3 * HISTORIES):  # the rarest fact may need many; it ends with the last
        for _, decision in history(seed, WISHES, 4 * LENGTH):
            missing.discard(type(decision.command))
            missing.difference_update(type(fact) for fact in decision.facts)
        if not missing:
            return
    assert not missing


def a_decision_said_twice_is_meant_once(town: Town, decision: Decision, where: str) -> None:
    stream = town.stream(decision.command.kind, decision.command.stream)
    before = dump(stream.state)
    again: list[Event] = []
    refused = None
    try:
        again = list(stream.state.decide(decision.command, decision.world))
    except Refusal as refusal:
        refused = refusal
    if decision.facts and not isinstance(decision.command, NOT_IDEMPOTENT):
        assert refused is None, f"{where}: {refused!r}"
    assert before == dump(stream.state), f"{where}: a decision changed the state"
    if not _recovery(decision.command):
        assert not again, f"{where}: {again}"


def _recovery(command: Command) -> bool:
    if isinstance(command, RecordUnsayable):
        return True  # said again of a message that went on by its fallback, it is about that one
    return isinstance(command, AttemptMessage) and command.recovery != ""


def a_stage_is_entered_by_a_person_or_by_a_rule_that_asks_nobody(
    decision: Decision, where: str
) -> None:
    if any(isinstance(fact, StageEntered) for fact in decision.facts):
        by_person = decision.world.actor.startswith("staff:")
        command = decision.command
        asks_nobody = isinstance(command, ProposeStage) and command.stage.approval == "AUTO"
        assert by_person or asks_nobody, where


def a_step_is_due_when_families_may_be_contacted(decision: Decision, where: str) -> None:
    for fact in decision.facts:
        if isinstance(fact, StepScheduled):
            local = CALENDAR.local(fact.due_at)
            assert fact.due_at >= decision.world.now, where
            assert CALENDAR.is_open(local.date()), where
            assert CALENDAR.sends_from <= local.time() < CALENDAR.sends_until, where


def replay_is_live(town: Town) -> None:
    for (kind, _), stream in town.streams.items():
        for fact in stream.facts:
            assert known_names()[name_of(type(fact))] is type(fact)
            assert _stored(fact) == fact, f"history {town.seed}: {fact}"
        replayed = type(stream.state).replay(_stored(fact) for fact in stream.facts)
        assert dump(replayed) == dump(stream.state), f"history {town.seed}: {kind}"


def _stored(fact: Event) -> Event:
    return read(name_of(type(fact)), version_of(type(fact)), write(fact))


def messages_and_runs_are_lawful(town: Town) -> None:
    for (kind, _), stream in town.streams.items():
        where = f"history {town.seed}: {stream.facts}"
        if kind == "message":
            no_attempt_follows_an_open_one(stream.facts, where)
        if kind == "playbook_run":
            at_most_one_step_waits(stream.facts, where)


def no_attempt_follows_an_open_one(facts: Iterable[Event], where: str) -> None:
    told = [fact for fact in facts if isinstance(fact, MessageAttempted | MessageDeferred)]
    for before, after in pairwise(told):
        if isinstance(before, MessageAttempted) and isinstance(after, MessageAttempted):
            assert after.recovery in {"IDEMPOTENCY_KEY", "NOT_FOUND"}, where
            assert after.provider_key == before.provider_key, where
    numbers = [fact.attempt for fact in told if isinstance(fact, MessageAttempted)]
    assert numbers == list(range(1, len(numbers) + 1)), where


def at_most_one_step_waits(facts: Iterable[Event], where: str) -> None:
    waiting: set[str] = set()
    ever: set[str] = set()
    sent: set[str] = set()
    over = False
    for fact in facts:
        match fact:
            case StepScheduled(step_id=step, again=again):
                assert waiting <= {step}, where
                assert not over, where
                assert (step in ever) == (again is not None), where
                waiting.add(step)
                ever.add(step)
            case RunMoved():
                waiting.clear()
            case StepRequested(step_id=step) | StepJoined(step_id=step) | StepSkipped(step_id=step):
                waiting.discard(step)
            case StepSent(step_id=step):
                assert step not in sent, where
                sent.add(step)
            case RunStopped() | RunCompleted():
                assert not over, where
                over = True
                waiting.clear()
            case _:
                pass

"""Read models do not depend on the order between streams, so a consumer of topics agrees."""

from collections import defaultdict
from functools import cache
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest

from domain.kernel.recorded import Recorded
from projections.all import READ_MODELS
from projections.kit import ReadModel
from tests.properties.town import last_of
from tests.properties.wishes import WISHES
from tests.support.following import fold, recorded

HISTORIES: Final = 60
LENGTH: Final = 100


@cache
def told(seed: int) -> list[Recorded]:
    log = last_of(seed, WISHES, LENGTH).log
    return [recorded(event, stream=s, version=v, on=at) for s, v, event, at in log]


def shuffled(facts: list[Recorded], seed: int) -> list[Recorded]:
    """Return the facts of each stream in order, the streams one after another at random."""
    streams: dict[UUID, list[Recorded]] = defaultdict(list)
    for fact in facts:
        streams[fact.stream].append(fact)
    order = list(streams.values())
    Random(seed).shuffle(order)
    return [fact for stream in order for fact in stream]


def rows(model: ReadModel[Any], facts: list[Recorded]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for fact in facts:
        fold(model, found, fact)
    return found


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
def test_rows_are_the_same_in_any_order_of_the_streams(model: ReadModel[Any]) -> None:
    for seed in range(HISTORIES):
        facts = told(seed)
        live = rows(model, facts)
        assert rows(model, shuffled(facts, seed)) == live, f"history {seed}"


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
def test_random_histories_reach_every_read_model(model: ReadModel[Any]) -> None:
    assert any(model.keys(fact) for seed in range(HISTORIES) for fact in told(seed))


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
def test_a_read_model_has_keys_for_what_it_listens_to_and_for_nothing_else(
    model: ReadModel[Any],
) -> None:
    for seed in range(HISTORIES):
        for fact in told(seed):
            assert type(fact.event) in model.listens or not model.keys(fact)


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
def test_a_row_has_facts_of_one_stream_unless_the_model_gathers(model: ReadModel[Any]) -> None:
    """A rebuild that goes stream by stream writes each row once: a second one would be lost."""
    shared = False
    for seed in range(HISTORIES):
        owner: dict[str, UUID] = {}
        for fact in told(seed):
            for key in model.keys(fact):
                shared |= owner.setdefault(key, fact.stream) != fact.stream
    assert shared == model.gathers

"""How far a message got does not depend on the order of its callbacks."""

from functools import reduce
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.message.statuses import (
    FAILURES,
    DeliveryStatus,
    higher,
    moves_up,
    status_named,
)

S = DeliveryStatus
LADDER = (S.QUEUED, S.SENDING, S.SENT, S.DELIVERED, S.READ)
statuses = st.sampled_from(DeliveryStatus)


def test_each_step_of_the_ladder_is_above_the_one_before() -> None:
    for lower, upper in pairwise(LADDER):
        assert higher(lower, upper) is upper
        assert higher(upper, lower) is upper


def test_sent_after_delivered_changes_nothing() -> None:
    assert not moves_up(S.DELIVERED, S.SENT)
    assert moves_up(S.SENT, S.DELIVERED)
    assert moves_up(None, S.QUEUED)
    assert not moves_up(S.SENT, S.SENT)


@pytest.mark.parametrize("failure", sorted(FAILURES))
def test_a_failure_is_the_end(failure: DeliveryStatus) -> None:
    for status in DeliveryStatus:
        assert higher(failure, status) in FAILURES
        assert not (moves_up(failure, status) and status not in FAILURES)


def test_every_order_of_the_same_callbacks_ends_in_the_same_place() -> None:
    for told in permutations([S.QUEUED, S.SENT, S.DELIVERED, S.SENT, S.READ]):
        assert reduce(higher, told) is S.READ


@given(statuses, statuses, statuses)
def test_the_order_is_total(a: DeliveryStatus, b: DeliveryStatus, c: DeliveryStatus) -> None:
    assert higher(a, b) is higher(b, a)
    assert higher(a, a) is a
    assert higher(higher(a, b), c) is higher(a, higher(b, c))


def test_a_word_that_the_provider_made_up_yesterday_is_nothing_to_us() -> None:
    assert status_named("delivered") is S.DELIVERED
    assert status_named("teleported") is None
    assert status_named(None) is None

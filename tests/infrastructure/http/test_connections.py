"""Connections that rest: the warmest is taken, and none outlives its time or its owner."""

import pytest

from infrastructure.http.connections import Connections
from infrastructure.http.line import Line


class Stub(Line):
    """A connection that talks to nobody."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 9, None, 1.0)
        self.resting = self.expired = self.closed = False

    def is_available(self) -> bool:
        return self.resting and not self.closed

    def has_expired(self) -> bool:
        return self.expired

    def close(self) -> None:
        self.closed = True


def opened(most: int = 2) -> tuple[Connections, list[Stub]]:
    made: list[Stub] = []

    def make() -> Stub:
        made.append(Stub())
        return made[-1]

    return Connections(make, most, 0.01), made


def test_the_one_that_rested_shortest_is_taken() -> None:
    pool, made = opened()
    with pool.one(), pool.one():
        for line in made:
            line.resting = True
    with pool.one() as again:
        assert again in made
    assert len(made) == 2


def test_one_whose_answer_was_not_read_to_its_end_is_closed() -> None:
    pool, made = opened()
    with pool.one():
        pass
    assert made[0].closed


def test_one_that_rested_too_long_is_closed_and_not_taken() -> None:
    pool, made = opened()
    with pool.one():
        made[0].resting = True
    made[0].expired = True
    with pool.one() as other:
        assert other is made[1]
    assert made[0].closed


def test_the_oldest_is_closed_when_another_one_comes_to_rest() -> None:
    pool, made = opened()
    with pool.one() as late:
        with pool.one():
            for line in made:
                line.resting = True
        made[1].expired = True
        assert late is made[0]
    assert (made[0].closed, made[1].closed) == (False, True)


def test_nobody_gets_more_than_there_are() -> None:
    pool, _ = opened(most=1)
    with pool.one(), pytest.raises(TimeoutError), pool.one():
        pass


def test_after_the_end_nothing_rests() -> None:
    pool, made = opened()
    with pool.one():
        with pool.one():
            made[1].resting = True
        pool.close()
        made[0].resting = True
    assert [line.closed for line in made] == [True, True]

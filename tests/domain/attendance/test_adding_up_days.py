"""Days looked up and added up: the same numbers as one by one, whichever short way is taken."""

import numpy as np
import pytest

from domain.attendance.cumulating import (
    Pairs,
    all_of,
    between,
    chosen,
    everywhere,
    is_nothing,
    nothing,
    nowhere,
    one_of,
    rows_of,
    upwards,
)

DAYS, PUPILS = 7, 9


def cells(entries: int) -> np.ndarray:
    some = np.random.default_rng(entries).integers(0, entries, (PUPILS, 2 * DAYS))
    return some.astype(np.uint8)


def one_by_one(marks: np.ndarray, entries: int, table: np.ndarray) -> list[list[int]]:
    return [
        [int(table[int(row[2 * day]) * entries + int(row[2 * day + 1])]) for row in marks]
        for day in range(DAYS)
    ]


@pytest.mark.parametrize("entries", [2, 16, 17, 241])
def test_a_pair_of_marks_is_looked_up_by_its_number(entries: int) -> None:
    """A byte where all pairs fit, or those that occur; a wider number else."""
    marks = cells(entries)
    table = np.random.default_rng(1).integers(-4, 9, entries**2).astype(np.int8)
    pairs = Pairs.of(marks, entries)
    assert pairs.look_up(table).tolist() == one_by_one(marks, entries, table)


def test_more_pairs_than_a_byte_can_number() -> None:
    marks = np.array([[n // 18, n % 18] for n in range(18 * 18)], np.uint8)
    table = np.arange(18 * 18).astype(np.int8)
    pairs = Pairs.of(marks, 18)
    assert pairs.numbers.dtype == np.uint16
    assert pairs.look_up(table).tolist() == [table.tolist()]


def test_a_mark_that_nobody_wrote_is_one_nought() -> None:
    marks = cells(3)
    table = np.zeros(9, np.int8)
    assert is_nothing(Pairs.of(marks, 3).look_up(table))
    table[Pairs.of(marks, 3).numbers[0, 0]] = 1
    assert not is_nothing(Pairs.of(marks, 3).look_up(table))


def test_nothing_is_told_apart_from_noughts_and_from_a_number_everywhere() -> None:
    assert is_nothing(nothing(DAYS, PUPILS))
    assert not is_nothing(nothing(0, PUPILS))
    assert not is_nothing(np.zeros((DAYS, PUPILS), np.int16))
    assert not is_nothing(np.broadcast_to(np.ones((), np.int16), (DAYS, PUPILS)))


@pytest.mark.parametrize("join", [np.add, np.maximum])
def test_days_are_joined_from_the_first_on(join: np.ufunc) -> None:
    counts = np.random.default_rng(2).integers(0, 3, (DAYS, PUPILS)).astype(np.int8)
    total = upwards(join, counts, np.int16)
    assert total[0].tolist() == [0] * PUPILS
    assert total[1:].tolist() == join.accumulate(counts, axis=0).tolist()
    assert is_nothing(upwards(join, nothing(DAYS, PUPILS), np.int16))


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ([0, 0, 0], [1, 2, 3]),
        ([0, 1, 2], [3, 4, 5]),
        ([2, 2, 2], [2, 4, 7]),
        ([0, 0, 4], [0, 4, 4]),
        ([], []),
    ],
)
def test_a_window_is_what_was_added_up_at_its_end_without_its_beginning(
    begin: list[int], end: list[int]
) -> None:
    total = np.cumsum(np.random.default_rng(3).integers(0, 3, (DAYS + 1, PUPILS)), axis=0)
    total[0] = 0
    found = between(total, np.array(begin, np.intp), np.array(end, np.intp))
    expected = [(total[e] - total[b]).tolist() for b, e in zip(begin, end, strict=True)]
    assert found.tolist() == expected
    assert is_nothing(between(nothing(DAYS + 1, PUPILS), np.array([1]), np.array([2])))


def test_a_window_may_begin_otherwise_for_each_pupil() -> None:
    total = np.cumsum(np.ones((DAYS + 1, 2), np.int16), axis=0) - 1
    begin = np.array([[0, 1], [2, 3]], np.intp)
    assert between(total, begin, np.array([3, 5])).tolist() == [[3, 2], [3, 2]]


def test_rows_in_a_row_are_not_copied() -> None:
    total = np.arange(12).reshape(6, 2)
    assert np.shares_memory(rows_of(total, np.array([2, 3, 4])), total)
    assert rows_of(total, np.array([4, 4])).tolist() == [[8, 9], [8, 9]]


def test_conditions_are_joined_without_a_look_at_those_that_hold_for_nobody() -> None:
    """The same as joining them place by place."""
    chance = np.random.default_rng(4)
    some = [chance.random((DAYS, PUPILS)) < 0.5 for _ in range(3)]
    nobody = nowhere(DAYS, PUPILS)
    for parts in ([some[0]], [nobody, *some], some, [nobody], [some[1], nobody, nobody]):
        assert one_of(parts).tolist() == np.logical_or.reduce(parts).tolist()
        assert all_of(parts).tolist() == np.logical_and.reduce(parts).tolist()
    assert is_nothing(one_of([nobody, nobody]))
    assert is_nothing(all_of([some[0], nobody]))


def test_some_pupils_are_chosen_from_what_is_one_answer_in_memory_too() -> None:
    rows, who = np.arange(DAYS * PUPILS).reshape(DAYS, PUPILS), np.array([1, 4, 8])
    assert chosen(rows, who).tolist() == rows[:, who].tolist()
    assert chosen(rows, np.arange(PUPILS)) is rows
    assert is_nothing(chosen(nowhere(DAYS, PUPILS), who))
    assert chosen(everywhere(DAYS, PUPILS), who).tolist() == [[True] * 3] * DAYS
    assert chosen(rows[:0], who).shape == (0, 3)

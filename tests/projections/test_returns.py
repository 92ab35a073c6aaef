"""The list of returns says what is open, past due or made, and by whom."""

from datetime import date

from domain.owed_return.events import (
    ReturnDueMoved,
    ReturnDuePassed,
    ReturnOpened,
    ReturnSubmitted,
)
from domain.register_batch.events import BatchRecorded
from projections.returns import RETURNS, ReturnRow
from tests.support.examples import RETURN, RULE_SET, SCHOOL, but, example
from tests.support.following import project, recorded
from tests.support.scenario import NOW

OPENED, PASSED = example(ReturnOpened), example(ReturnDuePassed)


def test_an_open_return_says_until_when_and_who_is_asked() -> None:
    project(RETURNS, OPENED).shows(
        ReturnRow(
            return_id=RETURN,
            school_id=SCHOOL,
            rule_set_id=RULE_SET,
            name="SAR-1",
            covers="first day of year to 31 December",
            role="HEAD",
            cumulative=True,
            school_year_from=date(2025, 9, 1),
            opens_on=date(2026, 1, 1),
            due_on=date(2026, 1, 31),
            opened_at=NOW,
        )
    )


def test_a_return_is_past_due_until_its_day_moves_away_or_it_is_made() -> None:
    moved = example(ReturnDueMoved)
    again = but(ReturnDueMoved, runs_again=True)
    late = but(ReturnSubmitted, late=True)
    for facts, status in (
        ((PASSED,), "PAST_DUE"),
        ((PASSED, moved), "PAST_DUE"),
        ((PASSED, again), "OPEN"),
        ((moved,), "OPEN"),
        ((PASSED, late), "SUBMITTED"),
    ):
        assert project(RETURNS, OPENED, *facts).row.status == status
    row = project(RETURNS, OPENED, PASSED, late).row
    assert (row.submitted_on, row.submitted_by, row.reference, row.late) == (
        date(2026, 1, 20),
        "staff:principal",
        "SAR-2026-0113",
        True,
    )


def test_a_fact_of_another_stream_changes_no_row() -> None:
    other = recorded(example(BatchRecorded))
    assert RETURNS.keys(other) == ()
    assert RETURNS.evolve(None, other, "x") is None

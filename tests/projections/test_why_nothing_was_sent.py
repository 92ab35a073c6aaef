"""Why nothing was sent: each level from the register to the provider has its code and its words."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.intervention import events as iv
from domain.message import events as m
from domain.message.reasons import Finding as Settled
from domain.playbook.events import PlaybookActivated
from domain.playbook_run import events as e
from domain.shared.ids import GuardianId
from projections.execution_log import EXECUTION_LOG
from projections.interventions import INTERVENTIONS
from projections.messages import MESSAGES
from projections.playbooks import PLAYBOOKS
from projections.run_monitor import RUN_MONITOR
from projections.run_rows import RunStatus
from projections.why import Known, answer, explain
from projections.why_words import REASONS, WORDS, Level, Why, said
from tests.support.examples import GUARDIAN, MESSAGE, RUN, but, example
from tests.support.following import project

STARTED, SCHEDULED = example(e.RunStarted), example(e.StepScheduled)
REQUESTED, SENT = example(e.StepRequested), example(e.StepSent)
DUE = SCHEDULED.due_at.date()
OTHER = GuardianId(RUN)
OPENED, PROPOSED = example(iv.InterventionOpened), example(iv.StageProposed)
ENTERED = example(iv.StageEntered)


def known(*facts: Any, messages: tuple[Any, ...] = (), **more: Any) -> Known:
    """Say what is known after these facts of a run and of its message."""
    said = project(MESSAGES, *messages).rows.values() if messages else ()
    about: dict[str, Any] = {
        "day_of": lambda at: at.date(),
        "runs": tuple(project(RUN_MONITOR, *facts).rows.values()),
        "log": tuple(project(EXECUTION_LOG, *facts).rows.values()),
        "messages": {row.message_id: row for row in said},
    }
    return Known(**(about | more))


def stages(*facts: Any, **more: Any) -> Known:
    """Say what is known of a pupil for whom no run was started."""
    rows = tuple(project(INTERVENTIONS, *facts).rows.values())
    return known(**({"interventions": rows, "told": (GUARDIAN,)} | more))


def code(known: Known) -> Why:
    return answer(explain(known)).code


def levels(known: Known) -> list[tuple[str, str]]:
    return [(one.level, one.code) for one in explain(known)]


@pytest.mark.parametrize("why", list(Why))
def test_every_code_has_words(why: Why) -> None:
    assert WORDS[why].endswith(".")
    assert said(why, None) == WORDS[why]
    assert said(why, "NO_CONTACT").endswith(f"{REASONS['NO_CONTACT']}.")
    assert said(why, "UNHEARD_OF").endswith(": UNHEARD_OF.")


@pytest.mark.parametrize("reason", list(e.SkipReason) + list(e.RunStop))
def test_every_reason_that_a_run_gives_is_said(reason: str) -> None:
    assert str(reason) in said(Why.STEP_SKIPPED, str(reason)) or str(reason) in REASONS


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"enrolled": False}, Why.NOT_ON_ROLL),
        ({"on": DUE, "school_open": False}, Why.NOT_A_SCHOOL_DAY),
        ({"on": DUE, "looked_at": False}, Why.NOT_LOOKED_AT),
        ({"on": DUE}, Why.LOOKED_AT),
    ],
)
def test_it_begins_with_the_register(about: dict[str, Any], why: Why) -> None:
    assert levels(known(**about))[0] == (Level.REGISTER, why)


def test_a_pupil_without_a_stage_is_told_so() -> None:
    assert code(known()) is Why.NO_STAGE
    assert code(known(enrolled=False)) is Why.NOT_ON_ROLL


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ((OPENED, PROPOSED), Why.STAGE_PROPOSED),
        ((OPENED, PROPOSED, example(iv.StageDeclined)), Why.STAGE_DECLINED),
        ((OPENED, PROPOSED, example(iv.StageWithdrawn)), Why.STAGE_WITHDRAWN),
        ((OPENED, example(iv.StageWithheld)), Why.STAGE_WITHHELD),
    ],
)
def test_a_stage_that_was_not_entered_says_what_it_waits_for(
    facts: tuple[Any, ...], why: Why
) -> None:
    assert code(stages(*facts)) is why
    assert code(stages(*facts, stage="SOMETHING_ELSE")) is Why.NO_STAGE
    assert code(stages(*facts, on=date(2020, 1, 1))) is Why.NO_STAGE


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"playbooks": ()}, Why.NO_PLAYBOOK),
        ({"told": ()}, Why.NO_GUARDIAN),
        ({"guardian": GUARDIAN, "left_out": {GUARDIAN: "NO_CONTACT"}}, Why.GUARDIAN_LEFT_OUT),
        ({"guardian": GUARDIAN}, Why.NO_RUN),
        ({}, Why.NO_RUN),
    ],
)
def test_a_stage_without_a_run_says_whether_playbook_or_guardian_was_missing(
    about: dict[str, Any], why: Why
) -> None:
    books = tuple(project(PLAYBOOKS, example(PlaybookActivated)).rows.values())
    assert code(stages(OPENED, PROPOSED, ENTERED, **({"playbooks": books} | about))) is why


@pytest.mark.parametrize(
    ("facts", "messages", "path"),
    [
        ((STARTED,), (), [(Level.RUN, Why.RUN_ACTIVE), (Level.STEP, Why.NO_STEP_DUE)]),
        ((STARTED, SCHEDULED), (), [(Level.STEP, Why.STEP_SCHEDULED)]),
        ((STARTED, SCHEDULED, example(e.RunPaused)), (), [(Level.STEP, Why.STEP_SCHEDULED)]),
        ((STARTED, SCHEDULED, example(e.StepSkipped)), (), [(Level.STEP, Why.STEP_SKIPPED)]),
        ((STARTED, SCHEDULED, REQUESTED), (), [(Level.MESSAGE, Why.MESSAGE_MISSING)]),
        (
            (STARTED, SCHEDULED, REQUESTED),
            (example(m.MessageRequested),),
            [(Level.MESSAGE, Why.MESSAGE_WAITS)],
        ),
    ],
)
def test_a_run_says_how_far_it_came(
    facts: tuple[Any, ...], messages: tuple[Any, ...], path: list[tuple[Level, Why]]
) -> None:
    assert levels(known(*facts, messages=messages))[-len(path) :] == path


ASKED, TRIED = example(m.MessageRequested), example(m.MessageAttempted)
TOOK = example(m.MessageAccepted)


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        ((example(m.MessageSkipped),), Why.MESSAGE_SKIPPED),
        ((TRIED, example(m.MessageFailed)), Why.PROVIDER_REFUSED),
        ((TRIED, example(m.MessageOutcomeUnknown)), Why.PROVIDER_SILENT),
        (
            (
                TRIED,
                example(m.MessageOutcomeUnknown),
                but(m.MessageSettled, finding=Settled.NOT_SENT),
            ),
            Why.GIVEN_UP,
        ),
        ((TRIED, TOOK), Why.TAKEN),
        ((TRIED, TOOK, example(m.MessageDelivered)), Why.DELIVERED),
        ((TRIED, TOOK, example(m.MessageUndelivered)), Why.NOT_DELIVERED),
    ],
)
def test_a_message_says_what_the_provider_made_of_it(ends: tuple[Any, ...], why: Why) -> None:
    found = explain(known(STARTED, SCHEDULED, REQUESTED, messages=(ASKED, *ends)))
    assert (answer(found).code, answer(found).message_id) == (why, MESSAGE)


def test_what_went_decides_whatever_else_was_held_back() -> None:
    """One guardian was reached, the other's run waits: something was sent."""
    both = known(STARTED, SCHEDULED, REQUESTED, SENT, messages=(ASKED, TRIED, TOOK))
    (run,) = both.runs
    other = run.but(run_id=RUN, guardian_id=OTHER, status=RunStatus.PAUSED, pause_reason="MANUAL")
    assert code(replace(both, runs=(run, other))) is Why.TAKEN
    alone = replace(both, runs=(run, other), guardian=OTHER, log=())
    assert code(alone) is Why.NO_STEP_DUE


def test_only_what_was_due_on_the_day_is_told() -> None:
    there = known(STARTED, SCHEDULED, on=DUE)
    assert code(there) is Why.STEP_SCHEDULED
    later = date(2025, 12, 24)
    assert code(known(STARTED, SCHEDULED, on=later)) is Why.NO_STEP_DUE
    assert code(known(STARTED, SCHEDULED, on=date(2020, 1, 1))) is Why.NO_STAGE
    assert code(known(STARTED, SCHEDULED, stage="LETTER_9")) is Why.NO_STAGE


def test_a_stopped_run_says_why_and_when() -> None:
    (run, *_) = [
        one
        for one in explain(known(STARTED, SCHEDULED, example(e.RunStopped)))
        if one.level is Level.RUN
    ]
    assert (run.code, run.reason) == (Why.RUN_STOPPED, "GUARDIAN_REPLIED")
    assert run.words.endswith("the guardian replied.")
    assert isinstance(run.at, datetime)
    assert run.at.tzinfo is UTC

"""What the runs of siblings hear of the message that speaks of them."""

import pytest

from domain.intervention.commands import FailAttempt, LogMessage
from domain.kernel.facts import Event
from domain.message.events import (
    MessageAccepted,
    MessageDelivered,
    MessageParted,
    MessageReplied,
    MessageRequested,
    MessageSkipped,
    MessageUndelivered,
)
from domain.message.reasons import MessageSkip
from domain.playbook_run.commands import (
    JoinStep,
    PartStep,
    RecordDelivery,
    RecordReply,
    SettleStep,
    StepOutcome,
)
from domain.playbook_run.events import SkipReason, StepRequested
from domain.shared.contact import Along
from domain.shared.ids import InterventionId, derived_id
from processmanagers.attempt_logger import ATTEMPT_LOGGER
from processmanagers.message_requester import MESSAGE_REQUESTER
from processmanagers.run_stopper import RUN_STOPPER
from processmanagers.step_settler import STEP_SETTLER
from tests.support.examples import (
    CASE,
    HER_STEP,
    INTERVENTION,
    RUN,
    SIBLINGS_RUN,
    STUDENT,
    but,
    example,
)
from tests.support.following import LookUps, reacting

HERS = InterventionId(derived_id("intervention", "hers"))
HER = Along(step=HER_STEP, student_id=STUDENT, case_id=CASE, intervention_id=HERS)
REQUESTED = but(MessageRequested, also=(HER,))
KNOWN = LookUps(requested=REQUESTED)


def test_a_message_is_asked_for_with_what_a_siblings_step_hangs_on() -> None:
    said = reacting(MESSAGE_REQUESTER).to(but(StepRequested, also=(HER_STEP,))).told[0]
    along = Along(step=HER_STEP, student_id=STUDENT, case_id=CASE, intervention_id=INTERVENTION)
    assert getattr(said, "also", None) == (along,)


def test_a_siblings_run_hears_that_it_is_said() -> None:
    joins = but(JoinStep, run_id=SIBLINGS_RUN, leader=RUN)
    reacting(STEP_SETTLER, KNOWN).to(REQUESTED).commands(joins)


def test_a_message_settles_every_step_that_it_speaks_of() -> None:
    told = reacting(STEP_SETTLER, KNOWN).to(example(MessageAccepted)).told
    assert [(one.run_id, one.outcome) for one in told if isinstance(one, SettleStep)] == [
        (RUN, StepOutcome.SENT),
        (SIBLINGS_RUN, StepOutcome.SENT),
    ]


def test_a_sibling_finds_out_alone_why_the_message_was_not_sent() -> None:
    told = reacting(STEP_SETTLER, KNOWN).to(example(MessageSkipped)).told
    assert isinstance(told[0], SettleStep)
    assert told[0].skip_reason is SkipReason(str(example(MessageSkipped).reason))
    assert told[1] == but(PartStep, run_id=SIBLINGS_RUN)
    reacting(STEP_SETTLER, KNOWN).to(MessageParted(steps=(HER_STEP,))).commands(told[1])


def test_what_was_said_to_another_on_the_same_address_is_not_said_again() -> None:
    same = but(MessageSkipped, reason=MessageSkip.SAME_ADDRESS)
    told = reacting(STEP_SETTLER, KNOWN).to(same).told
    assert [getattr(one, "skip_reason", None) for one in told] == [SkipReason.SAME_ADDRESS] * 2


@pytest.mark.parametrize("fact", [example(MessageDelivered), example(MessageUndelivered)])
def test_delivery_is_told_to_all(fact: Event) -> None:
    told = reacting(STEP_SETTLER, KNOWN).to(fact).told
    assert [one.run_id for one in told if isinstance(one, RecordDelivery)] == [RUN, SIBLINGS_RUN]


def test_an_answer_is_an_answer_about_every_child() -> None:
    told = reacting(RUN_STOPPER, KNOWN).to(example(MessageReplied)).told
    assert [one.run_id for one in told if isinstance(one, RecordReply)] == [RUN, SIBLINGS_RUN]


def test_a_message_is_an_attempt_on_the_ladder_of_every_child() -> None:
    asking = LookUps(requested=REQUESTED, asking=("LETTER_1",))
    told = reacting(ATTEMPT_LOGGER, asking).to(example(MessageAccepted)).told
    assert [one.intervention_id for one in told if isinstance(one, LogMessage)] == [
        INTERVENTION,
        HERS,
    ]
    gone = reacting(ATTEMPT_LOGGER, asking).to(example(MessageUndelivered)).told
    assert [type(one) for one in gone] == [FailAttempt, FailAttempt]

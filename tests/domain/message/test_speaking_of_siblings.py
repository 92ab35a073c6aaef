"""One message about several children: each is looked at once more before it leaves."""

from dataclasses import replace
from typing import Any

import pytest

from domain.case.events import CaseClosed, CaseOpened
from domain.exemption.events import ExemptionGranted
from domain.intervention.events import StageEntered, StageUnsupported
from domain.message.aggregate import Message
from domain.message.commands import AttemptMessage, RequestMessage
from domain.message.events import (
    MessageAttempted,
    MessageParted,
    MessageRequested,
)
from domain.message.siblings import parting
from domain.playbook_run.events import (
    RunPaused,
    RunStarted,
    RunStopped,
    StepJoined,
    StepScheduled,
)
from domain.shared.contact import Along, Channel, Purpose
from domain.shared.ids import MessageId, derived_id
from domain.shared.recipients import Contact
from tests.support.examples import CASE, GUARDIAN, HER_STEP, INTERVENTION, SIBLING, but, example
from tests.support.scenario import given, world

HER = Along(step=HER_STEP, student_id=SIBLING, case_id=CASE, intervention_id=INTERVENTION)
REQUESTED = but(MessageRequested, also=(HER,))
ATTEMPT = but(AttemptMessage, also=(HER,))
WITHOUT = MessageParted(steps=(HER_STEP,))
BEGUN = (example(RunStarted), example(StepScheduled))
JOINED = (*BEGUN, example(StepJoined))


def told(*run: Any, **seen: Any) -> Any:
    return given(Message, REQUESTED, world=world("2025-09-24 09:00", playbook_run=run, **seen))


def test_a_message_is_asked_for_with_the_siblings_that_it_speaks_of() -> None:
    given(Message).when(but(RequestMessage, also=(HER,))).then(REQUESTED)


def test_a_message_goes_with_a_sibling_who_knows_of_it() -> None:
    assert isinstance(told(*JOINED).when(ATTEMPT).facts[0], MessageAttempted)


@pytest.mark.parametrize(
    "run",
    [
        (*JOINED, example(RunPaused)),
        (*BEGUN, but(StepJoined, message_id=MessageId(derived_id("another")))),
        BEGUN,
    ],
    ids=["held", "said elsewhere", "has not heard"],
)
def test_a_message_goes_without_a_sibling_whom_something_stands_against(run: Any) -> None:
    """Each child is looked at, not only the one whose message it is."""
    left = told(*run).when(ATTEMPT).then(WITHOUT)
    assert left.state.past.also == ()


def test_a_closed_case_an_exemption_or_the_register_takes_a_sibling_out() -> None:
    stopped = (*JOINED, example(RunStopped))
    for seen in (
        {"case": [example(CaseOpened), example(CaseClosed)]},
        {"exemption": [example(ExemptionGranted)]},
        {"intervention": [example(StageEntered), example(StageUnsupported)]},
    ):
        around = world("2025-09-24 09:00", playbook_run=JOINED, **seen).around(ATTEMPT)
        assert parting(ATTEMPT, Channel.SMS, Purpose.NUDGE, around) == (HER_STEP,)
    ended = world("2025-09-24 09:00", playbook_run=stopped).around(ATTEMPT)
    assert parting(ATTEMPT, Channel.SMS, Purpose.NUDGE, ended) == (HER_STEP,)


def test_a_guardian_who_may_be_told_of_one_child_may_not_be_told_of_the_other() -> None:
    """Trap 41: what holds for one child says nothing about its sibling."""
    flagged = Contact(GUARDIAN, may_receive_info=True, no_contact=True)
    around = world("2025-09-24 09:00", playbook_run=JOINED)
    around = replace(around, contacts=((SIBLING, flagged),))
    given(Message, REQUESTED, world=around).when(ATTEMPT).then(WITHOUT)


def test_a_patient_sender_waits_until_a_siblings_run_has_heard() -> None:
    patient = but(AttemptMessage, also=(HER,), patient=True)
    told(*BEGUN).when(patient).ignored()
    told(*BEGUN, example(RunPaused)).when(patient).then(WITHOUT)


def test_a_whatsapp_template_has_no_room_for_a_second_child() -> None:
    around = world("2025-09-24 09:00", playbook_run=JOINED).around(ATTEMPT)
    assert parting(ATTEMPT, Channel.WHATSAPP, Purpose.NUDGE, around) == (HER_STEP,)


def test_an_attempt_that_may_have_been_taken_is_repeated_in_the_same_words() -> None:
    open_attempt = (REQUESTED, example(MessageAttempted))
    run = world("2025-09-24 09:00", playbook_run=(*JOINED, example(RunStopped)))
    again = but(AttemptMessage, also=(HER,), recovery="IDEMPOTENCY_KEY")
    repeated = given(Message, *open_attempt, world=run).when(again)
    assert isinstance(repeated.facts[0], MessageAttempted)

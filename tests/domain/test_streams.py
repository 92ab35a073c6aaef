"""Every command names the stream that decides, and asks for nothing that it does not need."""

import pytest

from domain.catalogue import AGGREGATES, ALL_COMMANDS
from domain.intervention.commands import (
    ApproveStage,
    FulfilStage,
    HoldStages,
    LogAttempt,
    LogMessage,
    ProposeByHand,
    ProposeStage,
    WatchClock,
)
from domain.kernel.commands import Command
from domain.letter.commands import ConfirmPosted
from domain.message.commands import AttemptMessage
from domain.owed_return.commands import SubmitReturn, WatchReturn
from domain.playbook_run.commands import (
    DelayStep,
    EscalateRun,
    JoinStep,
    MoveRun,
    PartStep,
    PauseRun,
    RecordDelivery,
    RecordReply,
    ResumeRun,
    SettleStep,
    StartRun,
    StopRun,
    TakeStep,
)
from domain.shared.ids import contact_day_id
from domain.template.commands import ApproveTemplate, DraftTemplate, ReviseTemplate
from tests.support.examples import (
    A_DAY,
    BATCH,
    CASE,
    EVALUATION,
    GUARDIAN,
    INTERVENTION,
    LETTER,
    MEETING,
    MESSAGE,
    PLAYBOOK,
    RETURN,
    RULE_SET,
    RUN,
    TASK,
    TEMPLATE,
    example,
)

LOOKS_AROUND = {
    ApproveStage,
    ApproveTemplate,
    DraftTemplate,
    ReviseTemplate,
    HoldStages,
    ProposeByHand,
    ProposeStage,
    ConfirmPosted,
    AttemptMessage,
    EscalateRun,
    TakeStep,
    WatchClock,
}
COUNTS_DAYS = LOOKS_AROUND - {ApproveTemplate, DraftTemplate, ReviseTemplate} | {
    FulfilStage,
    LogAttempt,
    LogMessage,
    DelayStep,
    JoinStep,
    MoveRun,
    PartStep,
    PauseRun,
    RecordDelivery,
    RecordReply,
    ResumeRun,
    SettleStep,
    StartRun,
    StopRun,
    SubmitReturn,
    WatchReturn,
}
OWN_ID = {
    "case": CASE,
    "contact_day": contact_day_id(GUARDIAN, A_DAY),
    "evaluation": EVALUATION,
    "intervention": INTERVENTION,
    "letter": LETTER,
    "meeting": MEETING,
    "owed_return": RETURN,
    "message": MESSAGE,
    "playbook": PLAYBOOK,
    "playbook_run": RUN,
    "register_batch": BATCH,
    "rule_set": RULE_SET,
    "template": TEMPLATE,
    "work_task": TASK,
}


@pytest.mark.parametrize("cls", ALL_COMMANDS)
def test_a_command_is_decided_by_its_own_stream(cls: type[Command]) -> None:
    command = example(cls)
    assert command.kind in AGGREGATES
    if command.kind in OWN_ID:
        assert command.stream == OWN_ID[command.kind]
    else:
        assert command.stream.version == 5


@pytest.mark.parametrize("cls", ALL_COMMANDS)
def test_a_command_asks_only_for_what_its_decision_needs(cls: type[Command]) -> None:
    """What is consulted is locked: too much of it makes writers wait for each other."""
    assert bool(example(cls).consults) == (cls in LOOKS_AROUND)
    assert bool(example(cls).schools) == (cls in COUNTS_DAYS)
    assert all(look.kind in AGGREGATES for look in example(cls).consults)

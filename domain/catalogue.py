"""Every aggregate, fact and command there is, by hand: nothing is found by scanning."""

from typing import Any, Final, get_args

from domain.case.aggregate import Case
from domain.case.commands import CaseCommand
from domain.case.events import CaseEvent
from domain.contact_choice.aggregate import ContactChoice
from domain.contact_choice.commands import ContactChoiceCommand
from domain.contact_choice.events import ContactChoiceEvent
from domain.evaluation.aggregate import Evaluation
from domain.evaluation.commands import EvaluationCommand
from domain.evaluation.events import EvaluationEvent
from domain.exemption.aggregate import Exemptions
from domain.exemption.commands import ExemptionCommand
from domain.exemption.events import ExemptionEvent
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import InterventionCommand
from domain.intervention.events import InterventionEvent
from domain.kernel.aggregate import Aggregate
from domain.kernel.commands import Command
from domain.kernel.facts import Event
from domain.letter.aggregate import Letter
from domain.letter.commands import LetterCommand
from domain.letter.events import LetterEvent
from domain.meeting import upcasts as _meeting_upcasts
from domain.meeting.aggregate import Meeting
from domain.meeting.commands import MeetingCommand
from domain.meeting.events import MeetingEvent
from domain.message.aggregate import Message
from domain.message.commands import MessageCommand
from domain.message.events import MessageEvent
from domain.playbook.aggregate import PlaybookDefinition
from domain.playbook.commands import PlaybookCommand
from domain.playbook.events import PlaybookEvent
from domain.playbook_run.aggregate import PlaybookRun
from domain.playbook_run.commands import RunCommand
from domain.playbook_run.events import RunEvent
from domain.register_batch.aggregate import RegisterBatch
from domain.register_batch.commands import RegisterBatchCommand
from domain.register_batch.events import RegisterBatchEvent
from domain.rule_set.aggregate import RuleSet
from domain.rule_set.commands import RuleSetCommand
from domain.rule_set.events import RuleSetEvent

AGGREGATES: Final[dict[str, type[Aggregate[Any, Any]]]] = {
    cls.kind: cls
    for cls in (
        Case,
        ContactChoice,
        Evaluation,
        Exemptions,
        InterventionInstance,
        Letter,
        Meeting,
        Message,
        PlaybookDefinition,
        PlaybookRun,
        RegisterBatch,
        RuleSet,
    )
}
UPCASTS: Final = (_meeting_upcasts,)


def _members(*unions: Any) -> tuple[Any, ...]:
    return tuple(cls for union in unions for cls in (get_args(union) or (union,)))


ALL_EVENTS: Final[tuple[type[Event], ...]] = _members(
    CaseEvent,
    ContactChoiceEvent,
    EvaluationEvent,
    ExemptionEvent,
    InterventionEvent,
    LetterEvent,
    MeetingEvent,
    MessageEvent,
    PlaybookEvent,
    RunEvent,
    RegisterBatchEvent,
    RuleSetEvent,
)
ALL_COMMANDS: Final[tuple[type[Command], ...]] = _members(
    CaseCommand,
    ContactChoiceCommand,
    EvaluationCommand,
    ExemptionCommand,
    InterventionCommand,
    LetterCommand,
    MeetingCommand,
    MessageCommand,
    PlaybookCommand,
    RunCommand,
    RegisterBatchCommand,
    RuleSetCommand,
)

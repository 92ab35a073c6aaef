"""Every aggregate, fact and command there is, by hand: nothing is found by scanning."""

from typing import Any, Final, get_args

from domain.case.aggregate import Case
from domain.case.commands import CaseCommand
from domain.case.events import CaseEvent
from domain.contact_choice import upcasts as _contact_choice_upcasts
from domain.contact_choice.aggregate import ContactChoice
from domain.contact_choice.commands import ContactChoiceCommand
from domain.contact_choice.events import ContactChoiceEvent
from domain.contact_day.aggregate import ContactDay
from domain.contact_day.commands import ContactDayCommand
from domain.contact_day.events import ContactDayEvent
from domain.evaluation import upcasts as _evaluation_upcasts
from domain.evaluation.aggregate import Evaluation
from domain.evaluation.commands import EvaluationCommand
from domain.evaluation.events import EvaluationEvent
from domain.exemption import upcasts as _exemption_upcasts
from domain.exemption.aggregate import Exemptions
from domain.exemption.commands import ExemptionCommand
from domain.exemption.events import ExemptionEvent
from domain.intervention import upcasts as _intervention_upcasts
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import InterventionCommand
from domain.intervention.events import InterventionEvent
from domain.kernel.aggregate import Aggregate
from domain.kernel.commands import Command
from domain.kernel.facts import Event
from domain.letter import upcasts as _letter_upcasts
from domain.letter.aggregate import Letter
from domain.letter.commands import LetterCommand
from domain.letter.events import LetterEvent
from domain.meeting import upcasts as _meeting_upcasts
from domain.meeting.aggregate import Meeting
from domain.meeting.commands import MeetingCommand
from domain.meeting.events import MeetingEvent
from domain.message import upcasts as _message_upcasts
from domain.message.aggregate import Message
from domain.message.commands import MessageCommand
from domain.message.events import MessageEvent
from domain.owed_return.aggregate import OwedReturn
from domain.owed_return.commands import ReturnCommand
from domain.owed_return.events import ReturnEvent
from domain.playbook import upcasts as _playbook_upcasts
from domain.playbook.aggregate import PlaybookDefinition
from domain.playbook.commands import PlaybookCommand
from domain.playbook.events import PlaybookEvent
from domain.playbook_run import upcasts as _playbook_run_upcasts
from domain.playbook_run.aggregate import PlaybookRun
from domain.playbook_run.commands import RunCommand
from domain.playbook_run.events import RunEvent
from domain.register_batch.aggregate import RegisterBatch
from domain.register_batch.commands import RegisterBatchCommand
from domain.register_batch.events import RegisterBatchEvent
from domain.rule_set.aggregate import RuleSet
from domain.rule_set.commands import RuleSetCommand
from domain.rule_set.events import RuleSetEvent
from domain.template.aggregate import Template
from domain.template.commands import TemplateCommand
from domain.template.events import TemplateEvent
from domain.work_task import upcasts as _work_task_upcasts
from domain.work_task.aggregate import WorkTask
from domain.work_task.commands import WorkTaskCommand
from domain.work_task.events import WorkTaskEvent

# Each aggregate with its facts and its commands.
_ROOMS: Final[tuple[tuple[type[Aggregate[Any, Any]], Any, Any], ...]] = (
    (Case, CaseEvent, CaseCommand),
    (ContactChoice, ContactChoiceEvent, ContactChoiceCommand),
    (ContactDay, ContactDayEvent, ContactDayCommand),
    (Evaluation, EvaluationEvent, EvaluationCommand),
    (Exemptions, ExemptionEvent, ExemptionCommand),
    (InterventionInstance, InterventionEvent, InterventionCommand),
    (Letter, LetterEvent, LetterCommand),
    (Meeting, MeetingEvent, MeetingCommand),
    (Message, MessageEvent, MessageCommand),
    (OwedReturn, ReturnEvent, ReturnCommand),
    (PlaybookDefinition, PlaybookEvent, PlaybookCommand),
    (PlaybookRun, RunEvent, RunCommand),
    (RegisterBatch, RegisterBatchEvent, RegisterBatchCommand),
    (RuleSet, RuleSetEvent, RuleSetCommand),
    (Template, TemplateEvent, TemplateCommand),
    (WorkTask, WorkTaskEvent, WorkTaskCommand),
)
UPCASTS: Final = (
    _contact_choice_upcasts,
    _evaluation_upcasts,
    _exemption_upcasts,
    _intervention_upcasts,
    _letter_upcasts,
    _meeting_upcasts,
    _message_upcasts,
    _playbook_upcasts,
    _playbook_run_upcasts,
    _work_task_upcasts,
)


def _members(union: Any) -> tuple[Any, ...]:
    return get_args(union) or (union,)


AGGREGATES: Final[dict[str, type[Aggregate[Any, Any]]]] = {
    aggregate.kind: aggregate for aggregate, _, _ in _ROOMS
}
AGGREGATE_OF: Final[dict[type[Event], type[Aggregate[Any, Any]]]] = {
    event: aggregate for aggregate, events, _ in _ROOMS for event in _members(events)
}
ALL_EVENTS: Final[tuple[type[Event], ...]] = tuple(AGGREGATE_OF)
ALL_COMMANDS: Final[tuple[type[Command], ...]] = tuple(
    command for _, _, commands in _ROOMS for command in _members(commands)
)

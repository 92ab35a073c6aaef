"""All read models, by hand."""

from typing import Any, Final

from projections.assignments import ASSIGNMENTS
from projections.automation_metrics import AUTOMATION_METRICS
from projections.definitions import RULE_SETS
from projections.due_steps import DUE_STEPS
from projections.engagement_events import ENGAGEMENT_EVENTS
from projections.evaluations import EVALUATIONS
from projections.execution_log import EXECUTION_LOG
from projections.exemptions import EXEMPTIONS
from projections.inbox import INBOX
from projections.intervention_events import INTERVENTION_EVENTS
from projections.interventions import INTERVENTIONS
from projections.kit import ReadModel
from projections.letter_work import LETTER_WORK
from projections.meeting_diary import MEETING_DIARY
from projections.messages import MESSAGES
from projections.outbox import OUTBOX
from projections.playbooks import PLAYBOOKS
from projections.queue import QUEUE
from projections.returns import RETURNS
from projections.run_monitor import RUN_MONITOR
from projections.telemetry_events import TELEMETRY_EVENTS
from projections.templates import TEMPLATES

READ_MODELS: Final[tuple[ReadModel[Any], ...]] = (
    QUEUE,
    RUN_MONITOR,
    EXECUTION_LOG,
    AUTOMATION_METRICS,
    TELEMETRY_EVENTS,
    ENGAGEMENT_EVENTS,
    INTERVENTIONS,
    DUE_STEPS,
    OUTBOX,
    MESSAGES,
    INBOX,
    LETTER_WORK,
    MEETING_DIARY,
    PLAYBOOKS,
    RULE_SETS,
    EVALUATIONS,
    EXEMPTIONS,
    ASSIGNMENTS,
    INTERVENTION_EVENTS,
    RETURNS,
    TEMPLATES,
)

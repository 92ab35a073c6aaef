"""Every action of every playbook, and what came of every message, each a row of its own."""

from typing import Any, get_args

import pytest

from domain.contact_choice.events import ChannelSuppressed, SuppressionCause, SuppressionLifted
from domain.intervention.events import AttendanceImproved
from domain.kernel.facts import Event
from domain.kernel.recorded import fact_id
from domain.message import events as m
from domain.playbook_run import events as e
from domain.register_batch.events import BatchRecorded
from projections.automation_metrics import MINUTES_PER_MANUAL_TOUCH
from projections.engagement_events import ENGAGEMENT_EVENTS, EngagementRow, EngagementType
from projections.telemetry_events import TELEMETRY_EVENTS, TelemetryRow, TelemetryType
from tests.support.examples import INTERVENTION, MESSAGE, PLAYBOOK, RUN, but, example
from tests.support.following import project, recorded
from tests.support.scenario import NOW


def told(fact: Event) -> TelemetryRow:
    return project(TELEMETRY_EVENTS, fact).row


def came(fact: Event) -> EngagementRow:
    return project(ENGAGEMENT_EVENTS, fact).row


@pytest.mark.parametrize("kind", get_args(e.RunEvent), ids=lambda kind: str(kind.__name__))
def test_every_action_of_a_playbook_is_telemetry(kind: type[Event]) -> None:
    """000-197 with 000-105, 000-106, 000-107, 000-110: id, type, run and moment of each."""
    row = told(example(kind))
    assert (row.stream_id, row.occurred_at) == (RUN, NOW)
    assert row.telemetry_event_id == fact_id(RUN, 1)


@pytest.mark.parametrize(
    ("fact", "kind", "said"),
    [
        (example(e.RunStarted), "PLAYBOOK_STARTED", {"playbook_id": str(PLAYBOOK)}),
        (example(e.StepSent), "STEP_SENT", {"channel": "SMS", "step_id": "sms"}),
        (example(e.RunStopped), "PLAYBOOK_STOPPED", {"reason": "GUARDIAN_REPLIED"}),
    ],
)
def test_an_event_says_what_it_was_about(fact: Event, kind: str, said: dict[str, Any]) -> None:
    """000-109 metadata, 000-112 PLAYBOOK_STARTED, 000-113 STEP_SENT, 000-114 PLAYBOOK_STOPPED."""
    row = told(fact)
    assert (row.event_type, row.metadata | said) == (kind, row.metadata)


def test_a_touch_says_how_many_minutes_it_is_thought_to_save() -> None:
    """000-109: estimated time saved is in the metadata of what was sent."""
    assert told(example(e.StepSent)).metadata["estimated_minutes_saved"] == MINUTES_PER_MANUAL_TOUCH
    assert "estimated_minutes_saved" not in told(example(e.StepSkipped)).metadata


def test_better_attendance_is_an_event_without_a_run() -> None:
    """000-115 ATTENDANCE_IMPROVED: of the pupil, whichever run was or was not its cause."""
    row = told(example(AttendanceImproved))
    assert (row.event_type, row.stream_id) == (TelemetryType.ATTENDANCE_IMPROVED, INTERVENTION)


OF_A_MESSAGE = [
    (example(m.MessageAccepted), "SENT"),
    (example(m.MessageDelivered), "DELIVERED"),
    (example(m.MessageUndelivered), "BOUNCED"),
    (example(m.MessageFailed), "FAILED"),
    (example(m.MessageOutcomeUnknown), "OUTCOME_UNKNOWN"),
    (but(m.MessageOpened, how=m.Opening.OPENED), "OPENED"),
    (but(m.MessageOpened, how=m.Opening.READ_IN_APP), "OPENED"),
    (but(m.MessageOpened, how=m.Opening.LINK_FOLLOWED), "CLICKED"),
    (example(m.MessageReplied), "REPLIED"),
    (example(m.MessageMisaddressed), "WRONG_CONTACT"),
]
OF_A_GUARDIAN = [
    (but(ChannelSuppressed, cause=SuppressionCause.STOP), "OPTED_OUT"),
    (but(ChannelSuppressed, cause=SuppressionCause.HARD_BOUNCE), "BOUNCED"),
    (but(ChannelSuppressed, cause=SuppressionCause.COMPLAINT), "COMPLAINED"),
    (but(ChannelSuppressed, cause=SuppressionCause.UNSUBSCRIBE), "OPTED_OUT"),
    (but(ChannelSuppressed, cause=SuppressionCause.WRONG_NUMBER), "WRONG_CONTACT"),
    (example(SuppressionLifted), "OPTED_IN"),
]


@pytest.mark.parametrize(("fact", "kind"), OF_A_MESSAGE + OF_A_GUARDIAN)
def test_what_came_of_a_message_is_an_event(fact: Event, kind: str) -> None:
    """000-019: replies and openings; 000-024 and trap 37: only a real reply is REPLIED."""
    row = came(fact)
    assert (row.event_type, row.occurred_at) == (EngagementType(kind), NOW)
    assert row.engagement_event_id == fact_id(row.stream_id, 1)


def test_every_kind_of_event_is_told_by_something() -> None:
    assert {kind for _, kind in OF_A_MESSAGE + OF_A_GUARDIAN} == {
        str(one) for one in EngagementType
    }


def test_an_event_of_a_message_says_what_the_provider_said() -> None:
    row = came(example(m.MessageUndelivered))
    assert (row.stream_id, row.details["code"]) == (MESSAGE, "30003")


@pytest.mark.parametrize("model", [TELEMETRY_EVENTS, ENGAGEMENT_EVENTS], ids=lambda one: one.name)
def test_other_facts_are_no_events(model: Any) -> None:
    other = recorded(example(BatchRecorded))
    assert model.keys(other) == ()
    assert model.evolve(None, other, "x") is None

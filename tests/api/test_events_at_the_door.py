"""What happened in playbooks and what came of messages, at the door and by the caller's schools."""

from datetime import timedelta
from typing import Any

import pytest

from api.bodies.telemetry import EngagementPage, TelemetryPage
from domain.contact_choice.commands import SuppressChannel
from domain.contact_choice.events import SuppressionCause
from domain.message.commands import RecordStatus
from domain.shared.contact import Channel
from tests.support.front import NOON, OTHER_SCHOOL, SCHOOL, STRANGERS, Family, Front

pytestmark = pytest.mark.postgres
TELEMETRY = "/api/telemetry/events"
ENGAGEMENT = "/api/telemetry/engagement"


def happened(front: Front, who: Any = None, **asked: Any) -> list[str]:
    page = TelemetryPage.model_validate_json(front.get(TELEMETRY, who, **asked).content)
    return [str(one.event_type) for one in page.items]


def came(front: Front, who: Any = None, **asked: Any) -> list[str]:
    page = EngagementPage.model_validate_json(front.get(ENGAGEMENT, who, **asked).content)
    return [str(one.event_type) for one in page.items]


def test_what_playbooks_did_is_listed_in_order(front: Front, family: Family) -> None:
    """000-105 to 000-111: events with run, pupil and school, filtered by each and by day."""
    other = Family(school=OTHER_SCHOOL)
    for one in (family, other):
        front.start_run(one)
    front.settle()
    assert happened(front, run=family.run) == ["PLAYBOOK_STARTED", "STEP_SCHEDULED"]
    assert len(happened(front)) == 4
    assert happened(front, type="STEP_SCHEDULED", school=SCHOOL) == ["STEP_SCHEDULED"]
    assert happened(front, student=other.student, limit=1) == ["PLAYBOOK_STARTED"]
    assert len(happened(front, front.token(schools=[OTHER_SCHOOL]))) == 2
    assert happened(front, front.token(tenant=STRANGERS)) == []
    later = (NOON + timedelta(days=1)).isoformat()
    assert (happened(front, **{"from": later}), len(happened(front, to=later))) == ([], 4)
    first = TelemetryPage.model_validate_json(front.get(TELEMETRY, limit=3).content)
    rest = front.get(TELEMETRY, limit=3, cursor=first.next).json()
    ids = {one.telemetry_event_id for one in first.items}
    assert (len(ids), len(rest["items"]), rest["next"]) == (3, 1, None)
    assert {(one.school_id, one.student_id) for one in first.items} <= {
        (one.school, one.student) for one in (family, other)
    }


def test_what_came_of_a_message_is_listed_with_whose_it_is(front: Front, family: Family) -> None:
    """000-019: engagement events name message, run, pupil and guardian."""
    front.start_run(family)
    message = front.text(family)
    front.tell(RecordStatus(message_id=message, provider_ref="SM1", status="delivered"))
    front.settle()
    page = EngagementPage.model_validate_json(front.get(ENGAGEMENT, run=family.run).content)
    assert [str(one.event_type) for one in page.items] == ["SENT", "DELIVERED"]
    assert {(one.message_id, one.guardian_id, one.step_id) for one in page.items} == {
        (message, family.guardian, "sms")
    }
    assert came(front, type="SENT", school=SCHOOL, student=family.student) == ["SENT"]
    assert came(front, front.token(schools=[OTHER_SCHOOL])) == []


def test_a_stop_is_shown_where_its_guardian_is_asked_for(front: Front, family: Family) -> None:
    stop = SuppressChannel(
        guardian_id=family.guardian, channel=Channel.SMS, cause=SuppressionCause.STOP
    )
    front.tell(stop)
    front.settle()
    assert came(front) == []
    assert came(front, guardian=Family().guardian) == []
    page = EngagementPage.model_validate_json(
        front.get(ENGAGEMENT, guardian=family.guardian).content
    )
    (one,) = page.items
    assert (str(one.event_type), one.channel) == ("OPTED_OUT", Channel.SMS)
    assert (one.guardian_id, one.student_id) == (family.guardian, None)

"""Every message asked for is on one side of the sheet; one that is taken away is noticed."""

from datetime import timedelta
from typing import Any

import pytest

from api.bodies.telemetry import MessageBalance
from domain.message.commands import RecordRejected, RecordUnknown
from domain.playbook_run.commands import TakeStep
from domain.shared.ids import MessageId
from projections.balance import Loose
from projections.messages import MESSAGES
from tests.support.front import NOON, OTHER_SCHOOL, SCHOOL, STRANGERS, Family, Front

pytestmark = pytest.mark.postgres
DAY = NOON + timedelta(days=1)
SHEET = "/api/telemetry/balance/messages"
ASKED = {"from": DAY.date().isoformat(), "to": DAY.date().isoformat()}


def balance(front: Front, who: Any = None, **asked: Any) -> MessageBalance:
    return MessageBalance.model_validate_json(front.get(SHEET, who, **{**ASKED, **asked}).content)


def ask(front: Front, family: Family) -> None:
    """Let the family's step come due, so that its run asks for a message."""
    front.open_case(family)
    front.start_run(family)
    front.clock(DAY)
    taken = TakeStep(
        run_id=family.run,
        school_id=family.school,
        step_id="sms",
        case_id=family.case,
        student_id=family.student,
        guardian_id=family.guardian,
    )
    front.tell(taken)
    front.clock(NOON)


def settled(front: Front) -> list[MessageId]:
    """Ask for five messages: one waits, one goes, one fails, one nobody knows of, one elsewhere."""
    families = [Family() for _ in range(4)] + [Family(school=OTHER_SCHOOL)]
    for one in families:
        ask(front, one)
    front.settle()
    messages = [front.text(one, accepted=n == 0) for n, one in enumerate(families[:3])]
    front.tell(RecordRejected(message_id=messages[1], cause="INVALID", next_attempt_at=None))
    front.tell(RecordUnknown(message_id=messages[2], cause="TIME_OUT"))
    front.settle()
    return messages


def test_every_message_asked_for_is_on_exactly_one_side(front: Front) -> None:
    settled(front)
    told = balance(front)
    assert told.agrees
    sides = (told.asked, told.sent, told.failed, told.unknown, told.waiting, told.skipped)
    assert sides == (5, 1, 1, 1, 2, 0)
    here = balance(front, front.token(schools=[SCHOOL]))
    assert (here.asked, here.waiting, here.agrees) == (4, 1, True)
    before = {"from": NOON.date().isoformat(), "to": NOON.date().isoformat()}
    assert balance(front, **before).asked == 0
    assert balance(front, front.token(tenant=STRANGERS)).asked == 0


def test_the_control_a_message_that_is_gone_is_noticed_and_named(front: Front) -> None:
    """Taken out of one of the two counts on purpose; a sheet of one count would still agree."""
    gone = settled(front)[0]
    with front.house.database.worker() as conn:
        conn.execute(f"delete from {MESSAGES.table} where key = %s", (str(gone),))
    told = balance(front)
    assert (told.agrees, told.asked, told.loose) == (False, 5, 1)
    (loose,) = told.loose_messages
    assert (loose.message_id, loose.code) == (gone, Loose.ASKED_WITHOUT_MESSAGE)


def test_the_control_a_message_that_no_run_asked_for_is_noticed(front: Front) -> None:
    front.clock(DAY)
    message = front.text(Family())
    front.settle()
    told = balance(front)
    assert (told.agrees, told.asked, told.loose) == (False, 0, 1)
    assert told.loose_messages[0].message_id == message
    assert told.loose_messages[0].code is Loose.MESSAGE_WITHOUT_ASK

"""What surrounds a fact, a refusal and a decision."""

from datetime import UTC, date, datetime
from uuid import UUID

from domain.contact_choice.commands import contact_choice_id
from domain.kernel.commands import Consulted
from domain.kernel.recorded import SYSTEM, Recorded, fact_id
from domain.kernel.refusals import NotFound, Refusal
from domain.kernel.world import World
from domain.letter.commands import ConfirmPosted
from domain.meeting.events import MeetingMissed
from domain.meeting.refusals import MeetingOver
from domain.message.commands import AttemptMessage
from domain.playbook_run.commands import TakeStep
from tests.support.examples import (
    CASE,
    GUARDIAN,
    INTERVENTION,
    MEETING,
    RUN,
    SCHOOL,
    TENANT,
    example,
)
from tests.support.scenario import calendar


def test_a_fact_has_the_same_id_on_every_machine() -> None:
    recorded = Recorded(
        tenant=TENANT,
        stream=MEETING,
        version=3,
        position=99,
        event=MeetingMissed(),
        occurred_at=datetime(2025, 9, 23, 10, 0, tzinfo=UTC),
        recorded_at=datetime(2026, 1, 1, 0, 0, tzinfo=UTC),
        actor=SYSTEM,
        command_id=UUID(int=1),
        cause=None,
        correlation=UUID(int=1),
    )
    assert recorded.id == fact_id(MEETING, 3) == UUID("8f423be7-395c-56e7-b157-2de0f30ed403")
    assert fact_id(MEETING, 4) != recorded.id


def test_a_refusal_speaks_by_its_docstring_unless_it_is_told_better() -> None:
    assert str(MeetingOver()) == "The meeting was held, missed or cancelled already."
    assert str(NotFound("No such child.", stream=1)) == "No such child."
    assert NotFound(stream=1).details == {"stream": 1}
    assert Refusal.code == "refused"


def test_a_world_knows_the_schools_day_and_what_was_consulted() -> None:
    night = datetime(2025, 9, 23, 23, 30, tzinfo=UTC)
    world = World(now=night, calendars={SCHOOL: calendar()}, consulted={CASE: "state"})
    assert world.today(SCHOOL) == date(2025, 9, 24)
    assert world.calendar(SCHOOL).zone == "Europe/Dublin"
    assert (world.seen(CASE), world.actor) == ("state", SYSTEM)


def test_a_command_that_looks_around_names_every_stream_that_it_sees() -> None:
    step = example(TakeStep)
    exemption, choice = step.exemption, contact_choice_id(GUARDIAN)
    assert step.consults == (
        Consulted("case", CASE),
        Consulted("exemption", exemption),
        Consulted("contact_choice", choice),
    )
    attempt = example(AttemptMessage)
    run, ladder = Consulted("playbook_run", RUN), Consulted("intervention", INTERVENTION)
    assert attempt.consults == (run, ladder, *step.consults)
    assert attempt.schools == step.schools == (SCHOOL,)
    assert example(ConfirmPosted).consults == (
        Consulted("case", CASE),
        Consulted("exemption", exemption),
        Consulted("intervention", INTERVENTION),
    )

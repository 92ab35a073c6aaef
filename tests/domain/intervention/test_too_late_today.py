"""What became known when nobody may hear any more is said, and not passed over in silence."""

from datetime import date

from domain.exemption.events import ExemptionGranted
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import ProposeStage
from domain.intervention.events import InterventionOpened, StageWithheld, WithholdReason
from domain.shared.stages import Approval, Stage
from tests.support.examples import but, example
from tests.support.scenario import given, world

TEXT = Stage(type="SAME_DAY_TEXT", order=0, track="SAME_DAY", approval=Approval.AUTO)
OPENED = but(InterventionOpened, same_day=True)


def late(on: date) -> ProposeStage:
    return but(ProposeStage, stage=TEXT, same_day=True, too_late=True, evaluated_on=on, anchor=on)


def withheld(on: date, reason: WithholdReason = WithholdReason.TOO_LATE) -> StageWithheld:
    return but(StageWithheld, stage="SAME_DAY_TEXT", reason=reason, evaluated_on=on)


def test_a_contact_that_comes_too_late_is_on_record_once_for_each_day() -> None:
    monday, tuesday = date(2025, 9, 22), date(2025, 9, 23)
    said = given(InterventionInstance).when(late(monday)).then(OPENED, withheld(monday))
    said.when(late(monday)).ignored()
    said.when(late(tuesday)).then(withheld(tuesday))


def test_a_morning_after_one_that_was_too_late_is_a_contact_again() -> None:
    monday, tuesday = date(2025, 9, 22), date(2025, 9, 23)
    morning = but(ProposeStage, stage=TEXT, same_day=True, evaluated_on=tuesday, anchor=tuesday)
    found = given(InterventionInstance, OPENED, withheld(monday)).when(morning)
    assert found.state.entered["SAME_DAY_TEXT"].stage == "SAME_DAY_TEXT"


def test_who_is_left_alone_is_left_alone_at_night_too() -> None:
    exempt = world(exemption=[example(ExemptionGranted)])
    on = date(2025, 9, 23)
    said = given(InterventionInstance, OPENED, world=exempt).when(late(on))
    said.then(withheld(on, WithholdReason.EXEMPTION_FLAG))
    said.when(late(on)).ignored()

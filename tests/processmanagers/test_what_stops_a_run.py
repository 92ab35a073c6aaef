"""A reason to stop reaches every run and intervention that it concerns."""

from datetime import date
from uuid import UUID

import pytest

from domain.case.events import CaseClosed, CaseOpened
from domain.contact_choice.events import ChannelSuppressed
from domain.exemption.events import ExemptionGranted
from domain.intervention.commands import HoldStages, StopIntervention
from domain.intervention.events import (
    AbsenceExplained,
    AttendanceImproved,
    InterventionCompleted,
    InterventionStopped,
    StageUnsupported,
    StopReason,
)
from domain.kernel.facts import Event
from domain.message.events import MessageReplied
from domain.playbook_run.commands import RecordReply, StopRun
from domain.playbook_run.events import RunStop
from domain.shared.ids import RunId
from processmanagers.kit import OpenIntervention, OpenRun
from processmanagers.run_stopper import RUN_STOPPER
from tests.support.examples import (
    CASE,
    GUARDIAN,
    INTERVENTION,
    NOTES_REF,
    RUN,
    SCHOOL,
    but,
    example,
)
from tests.support.following import LookUps, reacting

OLD_RUN = RunId(UUID(int=0x01D))
OTHER_RUN = RunId(NOTES_REF)
RUNNING = LookUps(
    open_runs=[OpenRun(RUN, SCHOOL, GUARDIAN), OpenRun(OTHER_RUN, SCHOOL, None)],
    interventions=[OpenIntervention(INTERVENTION, SCHOOL, CASE)],
)


def stops(reason: RunStop) -> tuple[StopRun, ...]:
    return (StopRun(RUN, SCHOOL, reason), StopRun(OTHER_RUN, SCHOOL, reason))


def test_a_closed_case_stops_the_students_runs_and_interventions() -> None:
    reacting(RUN_STOPPER, RUNNING).to(example(CaseClosed)).commands(
        *stops(RunStop.CASE_CLOSED), StopIntervention(INTERVENTION, StopReason.CASE_CLOSED)
    )


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (example(AttendanceImproved), RunStop.ATTENDANCE_IMPROVED),
        (InterventionCompleted(), RunStop.CASE_CLOSED),
        *((InterventionStopped(r), RunStop(r.value)) for r in StopReason),
    ],
)
def test_news_of_an_intervention_stops_its_runs(fact: Event, reason: RunStop) -> None:
    reacting(RUN_STOPPER, RUNNING).to(fact).commands(*stops(reason))


def test_an_exemption_that_holds_today_stops_the_runs() -> None:
    for until in (None, date(2025, 9, 23), date(2025, 10, 3)):
        reacting(RUN_STOPPER, RUNNING).to(but(ExemptionGranted, until=until)).commands(
            *stops(RunStop.EXEMPTION_FLAG), example(HoldStages)
        )


@pytest.mark.parametrize(
    ("starts", "until"),
    [(date(2025, 9, 24), None), (date(2025, 9, 1), date(2025, 9, 22))],
    ids=["from tomorrow", "until yesterday"],
)
def test_an_exemption_of_other_days_stops_nothing_today(starts: date, until: date | None) -> None:
    exemption = but(ExemptionGranted, starts_on=starts, until=until)
    reacting(RUN_STOPPER, RUNNING).to(exemption).commands()


def test_a_reply_is_carried_to_the_run_of_its_message() -> None:
    reacting(RUN_STOPPER, RUNNING).to(example(MessageReplied)).commands(example(RecordReply))


def test_a_stop_by_text_is_no_reply() -> None:
    reacting(RUN_STOPPER, RUNNING).to(example(ChannelSuppressed)).commands()


def test_what_has_ended_already_is_not_stopped() -> None:
    reacting(RUN_STOPPER).to(example(CaseClosed)).commands()
    reacting(RUN_STOPPER, RUNNING).to(example(CaseOpened)).commands()


def test_an_explained_absence_stops_what_was_not_sent_about_it() -> None:
    text, letter = (
        OpenRun(run, SCHOOL, GUARDIAN, stage)
        for run, stage in ((RUN, "SAME_DAY_TEXT"), (OTHER_RUN, "LETTER_1"))
    )
    reacting(RUN_STOPPER, LookUps(open_runs=[text, letter])).to(example(AbsenceExplained)).commands(
        StopRun(RUN, SCHOOL, RunStop.VALID_REASON)
    )


def test_a_correction_stops_the_runs_of_its_own_firing() -> None:
    """A stage that came again has runs of its own; of older runs the firing is not known."""
    runs = [
        OpenRun(run, SCHOOL, GUARDIAN, "LETTER_1", firing)
        for run, firing in ((RUN, 1), (OTHER_RUN, 2), (OLD_RUN, None))
    ]
    reason = RunStop.NOT_SUPPORTED_BY_REGISTER
    reacting(RUN_STOPPER, LookUps(open_runs=runs)).to(but(StageUnsupported, firing=2)).commands(
        StopRun(OTHER_RUN, SCHOOL, reason), StopRun(OLD_RUN, SCHOOL, reason)
    )

"""Where each student stands on the ladder."""

from datetime import date, timedelta

import pytest

from domain.intervention.events import (
    AbsenceExplained,
    AttemptLogged,
    AttendanceImproved,
    CorrectionReviewed,
    InterventionCompleted,
    InterventionEscalated,
    InterventionOpened,
    InterventionStopped,
    LetterSent,
    StageDeclined,
    StageEntered,
    StageProposed,
    StageUnsupported,
    StageWithdrawn,
    StageWithheld,
)
from domain.intervention.reasons import AttemptWay, ReviewOutcome
from domain.kernel.facts import Event
from domain.register_batch.events import BatchRecorded
from projections.interventions import INTERVENTIONS, InterventionRow, StageLine
from tests.support.examples import (
    CASE,
    INTERVENTION,
    NUMBERS,
    RULE_SET,
    SCHOOL,
    STUDENT,
    TODAY,
    TRAILING,
    YEAR_FROM,
    but,
    example,
)
from tests.support.following import project, recorded
from tests.support.scenario import NOW

OPENED, PROPOSED = example(InterventionOpened), example(StageProposed)
ENTERED = example(StageEntered)
HISTORY = (OPENED, PROPOSED, ENTERED)
PROPOSAL = StageLine(
    stage="LETTER_1",
    status="PROPOSED",
    at=NOW,
    track="SUPPORT",
    numbers=(NUMBERS,),
    evaluated_on=TODAY,
    known_at=41,
)


def test_an_opened_intervention_is_active() -> None:
    """001-071, 001-072, 001-073, 001-074, 001-075, 001-077, 001-078, 001-080"""
    project(INTERVENTIONS, OPENED).shows(
        InterventionRow(
            intervention_id=INTERVENTION,
            student_id=STUDENT,
            school_id=SCHOOL,
            case_id=CASE,
            rule_set_id=RULE_SET,
            school_year_from=YEAR_FROM,
            status="ACTIVE",
            started_at=NOW,
        )
    )


@pytest.mark.parametrize(
    ("fact", "line"),
    [
        (PROPOSED, PROPOSAL),
        (ENTERED, StageLine("LETTER_1", "ENTERED", NOW, TODAY, "SUPPORT", (NUMBERS,), done=True)),
        (
            example(StageWithheld),
            StageLine("LETTER_1", "WITHHELD", NOW, reason="EXEMPTION_FLAG"),
        ),
        (example(StageDeclined), StageLine("LETTER_1", "DECLINED", NOW)),
        (
            example(StageWithdrawn),
            StageLine("LETTER_1", "WITHDRAWN", NOW, numbers=(TRAILING,)),
        ),
    ],
)
def test_each_stage_has_a_line(fact: Event, line: StageLine) -> None:
    assert project(INTERVENTIONS, OPENED, fact).row.stages == (line,)


def test_a_stage_keeps_one_line_however_often_it_changes() -> None:
    facts = (PROPOSED, example(StageWithdrawn), PROPOSED, ENTERED)
    assert len(project(INTERVENTIONS, OPENED, *facts).row.stages) == 1


def test_an_entered_stage_is_the_current_one_since_its_moment() -> None:
    """001-076, 001-079."""
    later = NOW + timedelta(days=1)
    row = project(
        INTERVENTIONS,
        recorded(OPENED),
        recorded(PROPOSED, version=2),
        recorded(ENTERED, version=3, on=later),
    ).row
    assert (row.current_stage, row.last_stage_at) == ("LETTER_1", later)


def test_a_correction_marks_its_stage_and_no_other() -> None:
    second = but(StageEntered, stage="LETTER_2")
    row = project(INTERVENTIONS, *HISTORY, second, example(StageUnsupported)).row
    assert {line.stage: line.unsupported for line in row.stages} == {
        "LETTER_1": True,
        "LETTER_2": False,
    }


def test_a_stage_that_lost_its_cause_carries_others_once_a_person_lets_it_stand() -> None:
    lost = example(StageUnsupported)
    told, stands = (
        but(CorrectionReviewed, outcome=outcome)
        for outcome in (ReviewOutcome.FAMILY_TOLD, ReviewOutcome.STANDS)
    )
    for facts, carries in (((lost, told), False), ((lost, stands), True), ((stands, lost), False)):
        (line,) = project(INTERVENTIONS, *HISTORY, *facts).row.stages
        assert line.carries is carries


def test_attempts_at_meetings_are_kept_in_their_order() -> None:
    first = example(AttemptLogged)
    second = but(AttemptLogged, way=AttemptWay.LETTER)
    row = project(INTERVENTIONS, *HISTORY, first, second).row
    assert [(one.stage, one.way, one.invited) for one in row.attempts] == [
        (first.stage, first.way, first.invited),
        (first.stage, AttemptWay.LETTER, first.invited),
    ]


def test_an_improvement_holds_until_the_next_stage() -> None:
    improved = example(AttendanceImproved)
    assert project(INTERVENTIONS, *HISTORY, improved).row.improved
    second = but(StageEntered, stage="LETTER_2")
    assert not project(INTERVENTIONS, *HISTORY, improved, second).row.improved


@pytest.mark.parametrize(
    ("fact", "status"),
    [
        (example(InterventionEscalated), "ESCALATED"),
        (example(InterventionStopped), "STOPPED"),
        (InterventionCompleted(), "COMPLETED"),
        (example(LetterSent), "ACTIVE"),
    ],
)
def test_an_intervention_shows_its_status(fact: Event, status: str) -> None:
    """001-080, 001-081, 001-082, 001-083."""
    assert project(INTERVENTIONS, *HISTORY, fact).row.status == status


def test_a_fact_of_another_stream_changes_no_row() -> None:
    other = recorded(example(BatchRecorded))
    assert INTERVENTIONS.keys(other) == ()
    assert INTERVENTIONS.evolve(None, other, "x") is None


def test_an_explained_absence_ends_what_waits_and_fulfils_what_was_done() -> None:
    explained = but(AbsenceExplained, stage="LETTER_1")
    for history, status in ((HISTORY[:2], "EXPLAINED"), (HISTORY, "ENTERED")):
        (line,) = project(INTERVENTIONS, *history, explained).row.stages
        assert (line.status, line.fulfilled_on, line.unsupported) == (status, TODAY, False)


def test_a_stage_that_fired_again_keeps_the_days_of_its_entries() -> None:
    """A correction asks an old day by what was entered then; what was void then is left out."""
    days = [date(2025, 10, day) for day in (1, 10, 20)]
    first, second, third = (but(StageEntered, entered_on=day) for day in days)
    lost = example(StageUnsupported)
    (line,) = project(INTERVENTIONS, OPENED, first, second, lost, third).row.stages
    assert line.before == (days[0],)
    found = [line.entered_by(day - timedelta(days=1)) for day in days]
    assert found == [None, days[0], days[0]]
    assert line.entered_by(days[2]) == days[2]
    (void,) = project(INTERVENTIONS, OPENED, first, lost).row.stages
    assert void.entered_by(days[2]) is None

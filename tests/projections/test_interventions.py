"""Where each student stands on the ladder."""

from datetime import date, timedelta

import pytest

from domain.intervention.events import (
    AbsenceExplained,
    AttemptFailed,
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
    StageReinstated,
    StageUnsupported,
    StageWithdrawn,
    StageWithheld,
)
from domain.intervention.reasons import AttemptWay, ReviewOutcome
from domain.kernel.facts import Event
from domain.register_batch.events import BatchRecorded
from projections.interventions import INTERVENTIONS, InterventionRow, StageLine
from projections.stage_lines import FiringLine
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
        (
            ENTERED,
            StageLine(
                *("LETTER_1", "ENTERED", NOW, TODAY, "SUPPORT", (NUMBERS,)),
                done=True,
                firings=(FiringLine(1, None, 0, TODAY),),
            ),
        ),
        (
            example(StageWithheld),
            StageLine("LETTER_1", "WITHHELD", NOW, reason="EXEMPTION_FLAG"),
        ),
        (
            example(StageDeclined),
            StageLine("LETTER_1", "DECLINED", NOW, firings=(FiringLine(1, None, 0),)),
        ),
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
        assert (line.stood_on is not None) is carries


def test_attempts_at_meetings_are_kept_in_their_order() -> None:
    first = example(AttemptLogged)
    second = but(AttemptLogged, way=AttemptWay.LETTER)
    row = project(INTERVENTIONS, *HISTORY, first, second).row
    assert [(one.stage, one.way, one.invited) for one in row.attempts] == [
        (first.stage, first.way, first.invited),
        (first.stage, AttemptWay.LETTER, first.invited),
    ]


def test_an_attempt_that_never_arrived_says_so_and_stays() -> None:
    tried = example(AttemptLogged)
    other = but(AttemptLogged, attempt_id=STUDENT)
    failed = example(AttemptFailed)
    row = project(INTERVENTIONS, *HISTORY, tried, other, failed).row
    assert [one.failed for one in row.attempts] == [True, False]


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
    first, second, third = (
        but(StageEntered, entered_on=day, firing=number) for number, day in enumerate(days, 1)
    )
    lost = but(StageUnsupported, firing=2)
    (line,) = project(INTERVENTIONS, OPENED, first, second, lost, third).row.stages
    assert [one.unsupported for one in line.firings] == [False, True, False]
    assert (line.unsupported, line.stood_on) == (False, days[2])
    found = [line.entered_by(day - timedelta(days=1)) for day in days]
    assert found == [None, days[0], days[0]]
    assert line.entered_by(days[2]) == days[2]
    (void,) = project(INTERVENTIONS, OPENED, first, but(StageUnsupported, firing=1)).row.stages
    assert void.entered_by(days[2]) is None


AGAIN = but(StageProposed, evaluated_on=TODAY + timedelta(days=9), firing=2)
AGAIN_ENTERED = but(StageEntered, entered_on=TODAY + timedelta(days=10), firing=2)
TWICE = (*HISTORY, AGAIN, AGAIN_ENTERED)


def test_what_becomes_of_one_firing_is_said_of_that_firing() -> None:
    """An old spell that was learned of after a newer one fired is told of by its own number."""
    first, second = but(StageUnsupported, firing=1), but(StageUnsupported, firing=2)
    back = but(StageReinstated, firing=1)
    found, of_the_latest = (
        but(CorrectionReviewed, outcome=ReviewOutcome.STANDS, firing=firing) for firing in (1, None)
    )
    explained = but(AbsenceExplained, stage="LETTER_1", firing=1)
    for facts, void, latest in (
        ((first,), [True, False], False),
        ((second,), [False, True], True),
        ((first, back), [False, False], False),
        ((first, found), [True, False], False),
        ((second, of_the_latest), [False, True], True),  # older facts name none
    ):
        (line,) = project(INTERVENTIONS, *TWICE, *facts).row.stages
        assert [one.unsupported for one in line.firings] == void
        assert line.unsupported is latest
        assert line.stood_on in {TODAY, TODAY + timedelta(days=10)}
    (line,) = project(INTERVENTIONS, *TWICE, explained).row.stages
    assert [one.explained for one in line.firings] == [True, False]
    assert line.fulfilled_on is None


def test_an_explanation_of_an_older_firing_leaves_what_waits() -> None:
    waits = (*HISTORY, AGAIN)
    explained = but(AbsenceExplained, stage="LETTER_1", firing=1)
    (line,) = project(INTERVENTIONS, *waits, explained).row.stages
    assert (line.status, line.firings[0].explained) == ("PROPOSED", True)
    explained = but(AbsenceExplained, stage="LETTER_1", firing=2)
    (line,) = project(INTERVENTIONS, *waits, explained).row.stages
    assert (line.status, line.firings[0].explained) == ("EXPLAINED", False)


def test_a_line_can_be_read_as_of_a_day() -> None:
    (line,) = project(INTERVENTIONS, *TWICE).row.stages
    assert line.as_of(TODAY + timedelta(days=9)) == line
    then = line.as_of(TODAY + timedelta(days=8))
    assert then is not None
    assert (then.status, then.firing, then.entered_on) == ("ENTERED", 1, TODAY)
    assert (then.fired_on, line.fired_on) == (TODAY, TODAY + timedelta(days=9))
    assert line.as_of(TODAY - timedelta(days=1)) is None
    declined = (OPENED, PROPOSED, example(StageDeclined), AGAIN)
    (line,) = project(INTERVENTIONS, *declined).row.stages
    refused = line.as_of(TODAY)
    assert refused is not None
    assert (refused.status, refused.entered_on, refused.unsupported) == ("DECLINED", None, False)

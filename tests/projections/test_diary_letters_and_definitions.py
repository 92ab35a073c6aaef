"""Meetings, letters to make, playbooks and rule sets in use, and evaluations."""

from datetime import timedelta
from typing import Any

import pytest

from domain.evaluation.events import EvaluationCompleted, LookKind, ReasonCount
from domain.kernel.facts import Event
from domain.letter.events import (
    LetterPosted,
    LetterRendered,
    LetterRenderingFailed,
    LetterRequested,
    LetterWithdrawn,
)
from domain.meeting.events import (
    MeetingCancelled,
    MeetingHeld,
    MeetingMissed,
    MeetingMoved,
    MeetingOutcomeRecorded,
    MeetingScheduled,
)
from domain.playbook.events import PlaybookActivated, PlaybookDrafted, PlaybookRetired
from domain.register_batch.events import BatchRecorded
from domain.rule_set.events import RuleSetActivated, RuleSetDrafted, RuleSetRetired
from projections.definitions import RULE_SETS, RuleSetRow
from projections.evaluations import EVALUATIONS
from projections.kit import ReadModel
from projections.letter_work import LETTER_WORK, LetterWorkRow
from projections.meeting_diary import MEETING_DIARY, MeetingRow
from projections.playbooks import PLAYBOOKS, PlaybookRow
from tests.support.examples import (
    GUARDIAN,
    HASH,
    INTERVENTION,
    LETTER,
    MEETING,
    NUMBERS,
    OTHER_HASH,
    PLAYBOOK_1,
    RULE_SET,
    SCHOOL,
    STUDENT,
    TODAY,
    but,
    example,
)
from tests.support.following import project, recorded
from tests.support.scenario import NOW

SCHEDULED, HELD = example(MeetingScheduled), example(MeetingHeld)
REQUESTED, ACTIVATED = example(LetterRequested), example(PlaybookActivated)
COMPLETED = example(EvaluationCompleted)
BOOK = PlaybookRow(
    playbook=PLAYBOOK_1,
    trigger_stage="LETTER_1",
    created_at=NOW,
    changed_at=NOW,
    revision=1,
    school_id=SCHOOL,
    is_active=True,
    used=True,
)
WORK = LetterWorkRow(
    letter_id=LETTER,
    school_id=SCHOOL,
    student_id=STUDENT,
    guardian_id=GUARDIAN,
    stage="LETTER_1",
    template_key="LETTER_1_ATTENDANCE",
    requested_on=TODAY,
    numbers=(NUMBERS,),
)


def test_an_agreed_meeting_stands_in_the_diary_with_its_version() -> None:
    project(MEETING_DIARY, SCHEDULED).shows(
        MeetingRow(
            meeting_id=MEETING,
            intervention_id=INTERVENTION,
            student_id=STUDENT,
            school_id=SCHOOL,
            stage="MEETING",
            scheduled_at=SCHEDULED.scheduled_at,
            duration_minutes=45,
            status="SCHEDULED",
            version=1,
        )
    )


@pytest.mark.parametrize(
    ("fact", "status"),
    [
        (example(MeetingMoved), "SCHEDULED"),
        (HELD, "HELD"),
        (MeetingMissed(), "NO_SHOW"),
        (example(MeetingCancelled), "CANCELLED"),
    ],
)
def test_a_meeting_shows_its_status_and_every_change_raises_its_version(
    fact: Event, status: str
) -> None:
    """001-157 SCHEDULED, 001-158 HELD, 001-159 CANCELLED, 001-160 NO_SHOW."""
    row = project(MEETING_DIARY, SCHEDULED, fact).row
    assert (row.status, row.version) == (status, 2)


def test_a_meeting_shows_its_new_time_and_its_outcome() -> None:
    moved = project(MEETING_DIARY, SCHEDULED, example(MeetingMoved)).row
    assert moved.scheduled_at == SCHEDULED.scheduled_at + timedelta(days=1)
    over = project(MEETING_DIARY, SCHEDULED, HELD, example(MeetingOutcomeRecorded)).row
    assert (over.held_at, over.outcome_code) == (HELD.held_at, "SUPPORT_PLAN")


def test_a_requested_letter_is_to_be_made() -> None:
    project(LETTER_WORK, REQUESTED).shows(WORK)
    assert not WORK.failed


def test_a_letter_that_failed_waits_for_a_person() -> None:
    failed = project(LETTER_WORK, REQUESTED, example(LetterRenderingFailed))
    failed.shows(WORK.but(failed=True))


@pytest.mark.parametrize("end", [LetterRendered, LetterWithdrawn, LetterPosted])
def test_a_letter_that_is_made_or_withdrawn_is_no_work(end: type[Event]) -> None:
    project(LETTER_WORK, REQUESTED, example(end)).shows_nothing()
    project(LETTER_WORK, REQUESTED, example(end), example(LetterRenderingFailed)).shows_nothing()


def test_the_latest_version_of_a_playbook_is_in_use() -> None:
    everywhere = but(PlaybookActivated, school_id=None)
    project(PLAYBOOKS, ACTIVATED, everywhere).shows(BOOK.but(revision=2, school_id=None))


def test_a_draft_starts_nothing_and_stands_beside_the_version_in_use() -> None:
    draft = example(PlaybookDrafted)
    written = BOOK.but(is_active=False, used=False, draft=PLAYBOOK_1)
    project(PLAYBOOKS, draft).shows(written)
    assert written.status == "DRAFT"
    project(PLAYBOOKS, ACTIVATED, draft).shows(BOOK.but(revision=2, draft=PLAYBOOK_1))


def test_a_retired_playbook_starts_nothing() -> None:
    retired = BOOK.but(is_active=False, revision=2)
    project(PLAYBOOKS, ACTIVATED, PlaybookRetired()).shows(retired)
    assert (BOOK.status, retired.status) == ("ACTIVE", "RETIRED")


def test_the_latest_version_of_a_rule_set_decides() -> None:
    """001-052, 001-053, 001-054, 001-055, 001-056, 001-057: whose it is, whether it is active,
    what it says.
    """
    first = example(RuleSetActivated)
    fact = recorded(first, version=2)
    project(RULE_SETS, first, but(RuleSetActivated, version=2)).shows(
        RuleSetRow(
            rule_set_id=RULE_SET,
            version=2,
            content_hash=HASH,
            definition=first.definition,
            changed_at=fact.occurred_at,
            revision=2,
            school_id=SCHOOL,
            is_active=True,
            activated_at=fact.occurred_at,
            in_use_since=fact.position,
        )
    )


def test_a_draft_decides_nothing_and_leaves_the_version_in_use_as_it_is() -> None:
    draft = but(RuleSetDrafted, version=2, content_hash=OTHER_HASH)
    fresh = project(RULE_SETS, example(RuleSetDrafted)).row
    assert (fresh.status, fresh.is_active, fresh.draft_version) == ("DRAFT", False, 1)
    row = project(RULE_SETS, example(RuleSetActivated), draft).row
    assert (row.status, row.version, row.content_hash) == ("ACTIVE", 1, HASH)
    assert (row.draft_version, row.revision) == (2, 2)


def test_a_retired_rule_set_stays_in_the_list_and_decides_nothing() -> None:
    row = project(RULE_SETS, example(RuleSetActivated), example(RuleSetRetired)).row
    assert (row.status, row.is_active, row.version) == ("RETIRED", False, 1)
    again = but(RuleSetDrafted, version=2, content_hash=OTHER_HASH)
    row = project(RULE_SETS, example(RuleSetActivated), example(RuleSetRetired), again).row
    assert (row.status, row.draft_version) == ("RETIRED", 2)


def test_each_look_of_a_day_is_told_and_the_latest_says_as_known_when() -> None:
    """001-255 Background jobs observable: what was looked at, what came of it, what was left."""
    left = (ReasonCount("LETTER_2", "TOO_SOON", 3),)
    after = but(EvaluationCompleted, known_at=99, look=LookKind.IMPORT, left=left)
    row = project(EVALUATIONS, COMPLETED, after).row
    assert (row.school_id, row.on, row.known_at, row.looked) == (SCHOOL, TODAY, 99, 2)
    assert [look.kind for look in row.looks] == [LookKind.NIGHTLY, LookKind.IMPORT]
    assert row.looks[1].left == left


def test_a_look_while_school_is_open_is_none_at_the_ladder() -> None:
    morning = but(EvaluationCompleted, known_at=7, look=LookKind.SAME_DAY)
    row = project(EVALUATIONS, morning).row
    assert (row.ladder, row.known_at, row.same_day_known_at) == (False, 0, 7)
    row = project(EVALUATIONS, morning, COMPLETED).row
    assert (row.ladder, row.known_at, row.same_day_known_at) == (True, COMPLETED.known_at, 7)


@pytest.mark.parametrize(
    "model",
    [MEETING_DIARY, LETTER_WORK, PLAYBOOKS, RULE_SETS, EVALUATIONS],
    ids=lambda model: model.name,
)
def test_a_fact_of_another_stream_changes_no_row(model: ReadModel[Any]) -> None:
    other = recorded(example(BatchRecorded))
    assert model.keys(other) == ()
    assert model.evolve(None, other, "x") is None

"""Letters and meetings are told to the intervention and its case."""

import pytest

from domain.case.commands import CloseCase, RaiseTier
from domain.intervention.commands import (
    CompleteIntervention,
    RecordLetterSent,
    RecordMeetingArranged,
)
from domain.kernel.facts import Event
from domain.letter.events import LetterPosted, LetterRendered
from domain.meeting.events import (
    MeetingHeld,
    MeetingOutcomeRecorded,
    MeetingScheduled,
    Outcome,
)
from processmanagers.all import PROCESS_MANAGERS
from processmanagers.kit import ProcessManager
from processmanagers.ladder_follow_up import LADDER_FOLLOW_UP
from tests.support.examples import CASE, EVENTS, INTERVENTION, but, example
from tests.support.following import LookUps, reacting, recorded

KNOWN = LookUps(cases={INTERVENTION: CASE})


def outcome(what: Outcome) -> MeetingOutcomeRecorded:
    return but(MeetingOutcomeRecorded, outcome=what)


def test_a_posted_letter_is_told_to_its_intervention() -> None:
    reacting(LADDER_FOLLOW_UP).to(example(LetterPosted)).commands(example(RecordLetterSent))


def test_an_agreed_meeting_is_told_to_its_intervention() -> None:
    reacting(LADDER_FOLLOW_UP).to(example(MeetingScheduled)).commands(
        example(RecordMeetingArranged)
    )


def test_a_resolved_matter_completes_the_intervention_and_closes_the_case() -> None:
    reacting(LADDER_FOLLOW_UP, KNOWN).to(outcome(Outcome.RESOLVED)).commands(
        CompleteIntervention(INTERVENTION), CloseCase(CASE, "RESOLVED")
    )


def test_a_resolved_matter_without_a_case_closes_none() -> None:
    reacting(LADDER_FOLLOW_UP).to(outcome(Outcome.RESOLVED)).commands(
        CompleteIntervention(INTERVENTION)
    )


def test_an_escalated_matter_raises_the_case_to_the_third_tier() -> None:
    """001-168 Outcome ESCALATE triggers tier 3."""
    reacting(LADDER_FOLLOW_UP, KNOWN).to(outcome(Outcome.ESCALATE)).commands(RaiseTier(CASE, 3))
    reacting(LADDER_FOLLOW_UP).to(outcome(Outcome.ESCALATE)).commands()


@pytest.mark.parametrize(
    "news",
    [
        example(LetterRendered),
        example(MeetingHeld),
        *(outcome(o) for o in Outcome if o not in {Outcome.RESOLVED, Outcome.ESCALATE}),
    ],
)
def test_other_news_changes_no_intervention(news: Event) -> None:
    reacting(LADDER_FOLLOW_UP, KNOWN).to(news).commands()


@pytest.mark.parametrize("manager", PROCESS_MANAGERS, ids=lambda manager: manager.name)
def test_a_process_manager_is_silent_about_what_it_does_not_listen_to(
    manager: ProcessManager,
) -> None:
    for cls, event in EVENTS.items():
        if cls not in manager.listens:
            assert list(manager.react(recorded(event), KNOWN)) == []

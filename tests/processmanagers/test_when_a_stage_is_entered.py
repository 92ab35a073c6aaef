"""A stage entered opens a case, asks for letters and starts the playbooks."""

from datetime import date

import msgspec
import pytest

from domain.case.commands import OpenCase
from domain.contact_choice.commands import OmitGuardian
from domain.intervention.events import (
    InterventionOpened,
    StageEntered,
    StageProposed,
    StageWithheld,
)
from domain.letter.commands import RequestLetter, letter_id
from domain.playbook_run.commands import StartRun
from domain.shared.ids import GuardianId, run_id
from domain.shared.playbooks import Household, OnStage
from domain.shared.recipients import Against, Contact, LeftOut, Recipients
from domain.work_task.commands import RaiseTask, raised_id
from domain.work_task.events import TaskKind
from processmanagers.case_opener import CASE_OPENER
from processmanagers.letter_writer import LETTER_WRITER
from processmanagers.playbook_starter import PLAYBOOK_STARTER
from tests.support.examples import (
    GUARDIAN,
    INTERVENTION,
    NOTES_REF,
    PLAYBOOK_1,
    STUDENT,
    TENANT,
    TODAY,
    but,
    example,
)
from tests.support.following import HOME, LookUps, reacting, recorded
from tests.support.scenario import at

ENTERED = example(StageEntered)
OTHER = GuardianId(NOTES_REF)
FAMILY = LookUps(playbooks_in_use=[PLAYBOOK_1], guardians_to_tell=[GUARDIAN, OTHER])


def test_the_first_stage_that_is_proposed_opens_the_case() -> None:
    """What was only withheld opens none: a bereaved child gets no case."""
    reacting(CASE_OPENER).to(example(StageProposed)).commands(example(OpenCase))
    reacting(CASE_OPENER).to(example(InterventionOpened)).commands()
    reacting(CASE_OPENER).to(example(StageWithheld)).commands()


def test_contact_on_the_day_itself_opens_no_case() -> None:
    today = LookUps(opened=but(InterventionOpened, same_day=True))
    reacting(CASE_OPENER, today).to(example(StageProposed)).commands()


def test_each_guardian_gets_a_letter_of_their_own() -> None:
    reacting(LETTER_WRITER, FAMILY).to(ENTERED).commands(
        *(
            but(
                RequestLetter,
                letter_id=letter_id(INTERVENTION, "LETTER_1", guardian),
                guardian_id=guardian,
            )
            for guardian in (GUARDIAN, OTHER)
        )
    )


@pytest.mark.parametrize(
    ("stage", "template"),
    [("LETTER_1", "LETTER_1_ATTENDANCE"), ("LETTER_2", "LETTER_2_ATTENDANCE")],
)
def test_each_letter_stage_has_its_own_template(stage: str, template: str) -> None:
    reaction = reacting(LETTER_WRITER, FAMILY).to(but(StageEntered, stage=stage))
    assert {getattr(command, "template_key", "") for command in reaction.told} == {template}


def test_a_stage_without_a_template_asks_for_no_letter() -> None:
    reacting(LETTER_WRITER, FAMILY).to(but(StageEntered, stage="MEETING")).commands()


def start(guardian: GuardianId) -> StartRun:
    parts = (INTERVENTION, "LETTER_1", TODAY, PLAYBOOK_1.playbook_id, guardian)
    return but(StartRun, run_id=run_id(TENANT, *parts), guardian_id=guardian, firing=1)


def test_a_run_starts_for_each_guardian_and_playbook() -> None:
    """000-089 Runner 2: one run per guardian of the student."""
    reacting(PLAYBOOK_STARTER, FAMILY).to(ENTERED).commands(start(GUARDIAN), start(OTHER))


def test_a_run_was_triggered_at_the_moment_of_its_stage() -> None:
    """000-064: not at the moment at which the starter came to read the fact."""
    entered = recorded(ENTERED, on="2025-12-19 08:30")
    told = [one for one in PLAYBOOK_STARTER.react(entered, FAMILY) if isinstance(one, StartRun)]
    assert {one.triggered_at for one in told} == {at("2025-12-19 08:30")}


def test_a_stage_seen_twice_starts_the_same_runs() -> None:
    first = reacting(PLAYBOOK_STARTER, FAMILY).to(ENTERED).told
    assert reacting(PLAYBOOK_STARTER, FAMILY).to(ENTERED).told == first


def test_only_playbooks_of_this_stage_start() -> None:
    """000-088 Runner 1: those whose trigger stage is the one that was entered."""
    reacting(PLAYBOOK_STARTER, FAMILY).to(ENTERED).commands(start(GUARDIAN), start(OTHER))
    second = msgspec.structs.replace(PLAYBOOK_1, trigger=OnStage(stage="LETTER_2"))
    other = LookUps(playbooks_in_use=[second], guardians_to_tell=[GUARDIAN])
    reacting(PLAYBOOK_STARTER, other).to(ENTERED).commands()


def test_a_family_whom_nobody_may_contact_gets_no_run_and_no_letter() -> None:
    nobody = LookUps(playbooks_in_use=[PLAYBOOK_1])
    reacting(PLAYBOOK_STARTER, nobody).to(ENTERED).commands(asked(TaskKind.NOBODY_TO_TELL))
    reacting(LETTER_WRITER, nobody).to(ENTERED).commands()


def test_a_stage_that_is_only_proposed_starts_nothing() -> None:
    for manager in (LETTER_WRITER, PLAYBOOK_STARTER):
        reacting(manager, FAMILY).to(example(StageProposed)).commands()


def omitted(guardian: GuardianId, reason: Against, until: date | None = None) -> OmitGuardian:
    return but(OmitGuardian, guardian_id=guardian, reason=reason, until=until)


def asked(kind: TaskKind) -> RaiseTask:
    return but(RaiseTask, task=raised_id(kind, STUDENT, TODAY), kind_of_task=kind, on=TODAY)


def test_who_is_left_out_is_written_down_and_staff_are_asked_what_nobody_told_us() -> None:
    """Trap 34: an unknown right is a question to the school, and no run."""
    decided = Recipients((Contact(GUARDIAN),), (LeftOut(OTHER, Against.RIGHT_UNKNOWN),))
    family = LookUps(playbooks_in_use=[PLAYBOOK_1], decided=decided)
    reacting(PLAYBOOK_STARTER, family).to(ENTERED).commands(
        start(GUARDIAN),
        omitted(OTHER, Against.RIGHT_UNKNOWN),
        asked(TaskKind.ASK_WHO_MAY_KNOW),
    )


def test_a_family_with_a_flag_for_everybody_is_not_contacted_and_staff_are_told() -> None:
    """Trap 33."""
    until = date(2026, 6, 30)
    decided = Recipients((), (LeftOut(OTHER, Against.NO_CONTACT, until),))
    family = LookUps(playbooks_in_use=[PLAYBOOK_1], decided=decided)
    reacting(PLAYBOOK_STARTER, family).to(ENTERED).commands(
        omitted(OTHER, Against.NO_CONTACT, until), asked(TaskKind.NOBODY_TO_TELL)
    )


def test_a_playbook_for_homes_starts_one_run_for_each_home() -> None:
    """Two guardians under one roof are one run; who lives elsewhere has another."""
    away = GuardianId(STUDENT)
    decided = Recipients(
        (Contact(GUARDIAN, household=HOME), Contact(OTHER, household=HOME), Contact(away))
    )
    book = msgspec.structs.replace(PLAYBOOK_1, household=Household.HOUSEHOLD)
    family = LookUps(playbooks_in_use=[book], decided=decided)
    runs = reacting(PLAYBOOK_STARTER, family).to(ENTERED).told
    parts = (INTERVENTION, "LETTER_1", TODAY, PLAYBOOK_1.playbook_id)
    assert [
        (run.run_id, run.guardian_id, run.members) for run in runs if isinstance(run, StartRun)
    ] == [
        (run_id(TENANT, *parts, HOME), None, (GUARDIAN, OTHER)),
        (run_id(TENANT, *parts, away), None, (away,)),
    ]

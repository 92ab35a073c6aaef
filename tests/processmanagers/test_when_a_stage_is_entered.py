"""A stage entered opens a case, asks for letters and starts the playbooks."""

import msgspec
import pytest

from domain.case.commands import OpenCase
from domain.intervention.events import (
    InterventionOpened,
    StageEntered,
    StageProposed,
    StageWithheld,
)
from domain.letter.commands import RequestLetter, letter_id
from domain.playbook_run.commands import StartRun
from domain.shared.ids import GuardianId, run_id
from domain.shared.playbooks import OnStage
from processmanagers.case_opener import CASE_OPENER
from processmanagers.letter_writer import LETTER_WRITER
from processmanagers.playbook_starter import PLAYBOOK_STARTER
from tests.support.examples import (
    GUARDIAN,
    INTERVENTION,
    NOTES_REF,
    PLAYBOOK_1,
    TENANT,
    TODAY,
    but,
    example,
)
from tests.support.following import LookUps, reacting

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
    reacting(PLAYBOOK_STARTER, FAMILY).to(ENTERED).commands(start(GUARDIAN), start(OTHER))


def test_a_stage_seen_twice_starts_the_same_runs() -> None:
    first = reacting(PLAYBOOK_STARTER, FAMILY).to(ENTERED).told
    assert reacting(PLAYBOOK_STARTER, FAMILY).to(ENTERED).told == first


def test_only_playbooks_of_this_stage_start() -> None:
    second = msgspec.structs.replace(PLAYBOOK_1, trigger=OnStage(stage="LETTER_2"))
    other = LookUps(playbooks_in_use=[second], guardians_to_tell=[GUARDIAN])
    reacting(PLAYBOOK_STARTER, other).to(ENTERED).commands()


def test_a_family_whom_nobody_may_contact_gets_no_run_and_no_letter() -> None:
    nobody = LookUps(playbooks_in_use=[PLAYBOOK_1])
    reacting(PLAYBOOK_STARTER, nobody).to(ENTERED).commands()
    reacting(LETTER_WRITER, nobody).to(ENTERED).commands()


def test_a_stage_that_is_only_proposed_starts_nothing() -> None:
    for manager in (LETTER_WRITER, PLAYBOOK_STARTER):
        reacting(manager, FAMILY).to(example(StageProposed)).commands()

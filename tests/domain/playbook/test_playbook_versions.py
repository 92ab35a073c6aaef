"""A playbook is put into use in versions, and taken out of use."""

import msgspec

from domain.playbook.aggregate import PlaybookDefinition
from domain.playbook.commands import ActivatePlaybook, RetirePlaybook
from domain.playbook.events import PlaybookActivated, PlaybookRetired
from domain.playbook.refusals import PlaybookFaulty, PlaybookUnknown
from domain.shared.playbooks import Playbook
from tests.support.examples import PLAYBOOK, PLAYBOOK_1, but, example
from tests.support.scenario import given

ACTIVATED = example(PlaybookActivated)
RETIRED = PlaybookRetired()


def version(number: int, name: str = PLAYBOOK_1.name) -> Playbook:
    return msgspec.structs.replace(PLAYBOOK_1, version=number, name=name)


def test_the_first_content_is_version_one_whatever_the_caller_counts() -> None:
    given(PlaybookDefinition).when(but(ActivatePlaybook, playbook=version(9))).then(ACTIVATED)


def test_the_same_content_again_is_ignored() -> None:
    given(PlaybookDefinition, ACTIVATED).when(but(ActivatePlaybook, playbook=version(9))).ignored()


def test_other_content_is_the_next_version() -> None:
    given(PlaybookDefinition, ACTIVATED).when(
        but(ActivatePlaybook, playbook=version(1, "Softer"))
    ).then(but(PlaybookActivated, playbook=version(2, "Softer")))


def test_the_same_content_for_the_whole_tenant_is_the_next_version() -> None:
    given(PlaybookDefinition, ACTIVATED).when(but(ActivatePlaybook, school_id=None)).then(
        but(PlaybookActivated, playbook=version(2), school_id=None)
    )


def test_a_playbook_is_retired_once() -> None:
    given(PlaybookDefinition, ACTIVATED).when(example(RetirePlaybook)).then(RETIRED).when(
        example(RetirePlaybook)
    ).ignored()


def test_a_retired_playbook_comes_back_as_its_next_version() -> None:
    given(PlaybookDefinition, ACTIVATED, RETIRED).when(example(ActivatePlaybook)).then(
        but(PlaybookActivated, playbook=version(2))
    )


def test_a_playbook_that_was_never_activated_is_unknown() -> None:
    given(PlaybookDefinition).when(RetirePlaybook(PLAYBOOK)).refused(PlaybookUnknown)


def test_a_faulty_playbook_is_refused_with_every_fault() -> None:
    empty = msgspec.structs.replace(PLAYBOOK_1, steps=())
    given(PlaybookDefinition).when(but(ActivatePlaybook, playbook=empty)).refused(
        PlaybookFaulty, faults=["steps: a playbook needs at least one step"]
    )

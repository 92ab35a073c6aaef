"""A playbook is put into use in versions, and taken out of use."""

import msgspec

from domain.playbook.aggregate import PlaybookDefinition
from domain.playbook.commands import (
    ActivateDraft,
    ActivatePlaybook,
    DraftPlaybook,
    RetirePlaybook,
    RevisePlaybook,
)
from domain.playbook.events import PlaybookActivated, PlaybookDrafted, PlaybookRetired
from domain.playbook.refusals import (
    NoDraft,
    PlaybookExists,
    PlaybookFaulty,
    PlaybookUnknown,
)
from domain.shared.playbooks import Playbook
from tests.support.examples import PLAYBOOK, PLAYBOOK_1, but, example
from tests.support.scenario import given

ACTIVATED = example(PlaybookActivated)
RETIRED = PlaybookRetired()
DRAFTED = example(PlaybookDrafted)


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
        PlaybookFaulty,
        errors=[
            {
                "path": "$.steps",
                "code": "no-steps",
                "message": "a playbook needs at least one step",
            }
        ],
    )


def test_a_draft_starts_nothing_until_it_is_put_into_use() -> None:
    begun = given(PlaybookDefinition).when(example(DraftPlaybook)).then(DRAFTED)
    begun.when(example(DraftPlaybook)).ignored()
    begun.when(example(ActivateDraft)).then(ACTIVATED).when(example(ActivateDraft)).ignored()


def test_a_playbook_is_begun_once() -> None:
    given(PlaybookDefinition, DRAFTED).when(
        but(DraftPlaybook, playbook=version(1, "Softer"))
    ).refused(PlaybookExists)
    given(PlaybookDefinition, DRAFTED).when(but(DraftPlaybook, school_id=None)).refused(
        PlaybookExists
    )


def test_a_draft_is_written_anew_while_the_version_in_use_stays() -> None:
    softer, softest = version(2, "Softer"), version(2, "Softest")
    given(PlaybookDefinition, ACTIVATED).when(
        but(RevisePlaybook, playbook=version(1, "Softer"))
    ).then(but(PlaybookDrafted, playbook=softer)).when(
        but(RevisePlaybook, playbook=softer)
    ).ignored().when(but(RevisePlaybook, playbook=softest)).then(
        but(PlaybookDrafted, playbook=softest)
    ).when(example(ActivateDraft)).then(but(PlaybookActivated, playbook=softest))


def test_what_is_in_use_is_no_draft_of_itself() -> None:
    given(PlaybookDefinition, ACTIVATED).when(example(RevisePlaybook)).ignored()


def test_nothing_is_written_or_used_of_what_was_never_begun() -> None:
    given(PlaybookDefinition).when(example(RevisePlaybook)).refused(PlaybookUnknown)
    given(PlaybookDefinition).when(example(ActivateDraft)).refused(PlaybookUnknown)


def test_a_retired_playbook_has_no_draft_to_use_and_may_be_written_on() -> None:
    begun = given(PlaybookDefinition, DRAFTED).when(example(RetirePlaybook)).then(RETIRED)
    begun.when(example(RetirePlaybook)).ignored().when(example(ActivateDraft)).refused(NoDraft)
    given(PlaybookDefinition, ACTIVATED, RETIRED).when(example(RevisePlaybook)).then(
        but(PlaybookDrafted, playbook=version(2))
    )

"""A rule set counts its versions: drafted, in use, retired."""

from domain.rule_set.aggregate import RuleSet
from domain.rule_set.commands import (
    ActivateDraft,
    ActivateRuleSet,
    DraftRuleSet,
    RetireRuleSet,
    ReviseRuleSet,
)
from domain.rule_set.events import RuleSetActivated, RuleSetDrafted, RuleSetRetired
from domain.rule_set.refusals import NothingDrafted, RuleSetExists, RuleSetUnknown
from tests.support.examples import OTHER_HASH, RULE_SET, but, example
from tests.support.scenario import given

DRAFTED, ACTIVATED = example(RuleSetDrafted), example(RuleSetActivated)
RETIRED = example(RuleSetRetired)
OTHERWISE = but(ReviseRuleSet, content_hash=OTHER_HASH)


def test_the_first_rules_are_version_one() -> None:
    given(RuleSet).when(example(ActivateRuleSet)).then(ACTIVATED)
    for command in (ActivateRuleSet, DraftRuleSet, ReviseRuleSet, ActivateDraft, RetireRuleSet):
        assert example(command).stream == RULE_SET


def test_the_same_content_again_is_the_same_version() -> None:
    given(RuleSet, ACTIVATED).when(example(ActivateRuleSet)).ignored()


def test_other_content_is_the_next_version() -> None:
    given(RuleSet, ACTIVATED).when(but(ActivateRuleSet, content_hash=OTHER_HASH)).then(
        but(RuleSetActivated, version=2, content_hash=OTHER_HASH)
    )


def test_the_same_content_for_the_whole_tenant_is_another_decision() -> None:
    """A rule set moved from one school to all was once taken for a repetition and dropped."""
    given(RuleSet, ACTIVATED).when(but(ActivateRuleSet, school_id=None)).then(
        but(RuleSetActivated, version=2, school_id=None)
    )


def test_a_rule_set_begins_as_a_draft_for_a_school_or_for_all() -> None:
    """001-052: configurable per tenant or school."""
    given(RuleSet).when(example(DraftRuleSet)).then(DRAFTED)
    given(RuleSet).when(but(DraftRuleSet, school_id=None)).then(but(RuleSetDrafted, school_id=None))


def test_an_id_is_given_once() -> None:
    given(RuleSet, DRAFTED).when(example(DraftRuleSet)).ignored()
    given(RuleSet, ACTIVATED).when(example(DraftRuleSet)).refused(RuleSetExists)
    for change in ({"content_hash": OTHER_HASH}, {"school_id": None}):
        given(RuleSet, DRAFTED).when(but(DraftRuleSet, **change)).refused(RuleSetExists)
    for wish in (OTHERWISE, example(ActivateDraft), example(RetireRuleSet)):
        given(RuleSet).when(wish).refused(RuleSetUnknown)


def test_a_draft_is_written_anew_under_the_same_number_until_it_is_used() -> None:
    """001-226: an update never touches the version in use."""
    revised = but(RuleSetDrafted, content_hash=OTHER_HASH)
    given(RuleSet, DRAFTED).when(OTHERWISE).then(revised)
    given(RuleSet, DRAFTED).when(example(ReviseRuleSet)).ignored()
    given(RuleSet, ACTIVATED).when(OTHERWISE).then(
        but(RuleSetDrafted, version=2, content_hash=OTHER_HASH)
    )
    given(RuleSet, ACTIVATED).when(example(ReviseRuleSet)).ignored()


def test_a_draft_is_put_into_use_as_it_was_written() -> None:
    given(RuleSet, DRAFTED).when(example(ActivateDraft)).then(ACTIVATED)
    second = but(RuleSetDrafted, version=2, content_hash=OTHER_HASH)
    given(RuleSet, ACTIVATED, second).when(example(ActivateDraft)).then(
        but(RuleSetActivated, version=2, content_hash=OTHER_HASH)
    )


def test_without_a_draft_nothing_is_put_into_use() -> None:
    given(RuleSet, ACTIVATED).when(example(ActivateDraft)).ignored()
    given(RuleSet, ACTIVATED, RETIRED).when(example(ActivateDraft)).refused(NothingDrafted)


def test_a_retired_rule_set_names_the_version_that_was_in_use_and_drops_its_draft() -> None:
    given(RuleSet, ACTIVATED).when(example(RetireRuleSet)).then(RETIRED)
    given(RuleSet, DRAFTED).when(example(RetireRuleSet)).then(but(RuleSetRetired, version=0))
    given(RuleSet, ACTIVATED, RETIRED).when(example(RetireRuleSet)).ignored()
    dropped = (ACTIVATED, but(RuleSetDrafted, version=2, content_hash=OTHER_HASH), RETIRED)
    given(RuleSet, *dropped).when(example(ActivateDraft)).refused(NothingDrafted)


def test_a_retired_rule_set_can_be_used_again_as_the_next_version() -> None:
    again = (ACTIVATED, RETIRED)
    given(RuleSet, *again).when(example(ReviseRuleSet)).then(but(RuleSetDrafted, version=2))
    given(RuleSet, *again).when(example(ActivateRuleSet)).then(but(RuleSetActivated, version=2))

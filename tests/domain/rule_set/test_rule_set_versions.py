"""A rule set counts its versions."""

from domain.rule_set.aggregate import RuleSet
from domain.rule_set.commands import ActivateRuleSet
from domain.rule_set.events import RuleSetActivated
from tests.support.examples import OTHER_HASH, RULE_SET, but, example
from tests.support.scenario import given

ACTIVATED = example(RuleSetActivated)


def test_the_first_rules_are_version_one() -> None:
    given(RuleSet).when(example(ActivateRuleSet)).then(ACTIVATED)
    assert example(ActivateRuleSet).stream == RULE_SET


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

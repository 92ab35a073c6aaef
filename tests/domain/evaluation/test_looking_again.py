"""The rules look at a school; the same look again says nothing new."""

from domain.evaluation.aggregate import Evaluation
from domain.evaluation.commands import CompleteEvaluation, evaluation_id
from domain.evaluation.events import EvaluationCompleted
from tests.support.examples import OTHER_HASH, SCHOOL, TENANT, TODAY, but, example
from tests.support.scenario import given

COMPLETED = example(EvaluationCompleted)


def test_an_evaluation_records_what_it_saw_and_by_which_rules() -> None:
    given(Evaluation).when(example(CompleteEvaluation)).then(COMPLETED)


def test_the_same_rules_at_the_same_knowledge_are_ignored() -> None:
    given(Evaluation, COMPLETED).when(example(CompleteEvaluation)).ignored()


def test_new_marks_or_new_rules_are_worth_another_look() -> None:
    looked = given(Evaluation, COMPLETED)
    looked.when(but(CompleteEvaluation, known_at=99)).then(but(EvaluationCompleted, known_at=99))
    looked.when(but(CompleteEvaluation, known_at=99, rule_set_hash=OTHER_HASH)).then(
        but(EvaluationCompleted, known_at=99, rule_set_hash=OTHER_HASH)
    )


def test_a_school_has_one_evaluation_a_day() -> None:
    assert evaluation_id(TENANT, SCHOOL, TODAY) == evaluation_id(TENANT, SCHOOL, TODAY)
    assert example(CompleteEvaluation).stream == example(CompleteEvaluation).evaluation_id

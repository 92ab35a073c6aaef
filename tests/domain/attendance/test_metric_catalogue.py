"""The catalogue names everything that a rule set may write, and nothing else."""

from domain.attendance.metric_catalogue import catalogue
from domain.attendance.rules import Unit
from domain.attendance.triggers import (
    DATE_WINDOW_CONDITION,
    NAMED,
    RATES,
    Metric,
    WindowType,
)


def test_every_metric_window_and_condition_is_named_once_and_in_order() -> None:
    assert [one.name for one in catalogue().metrics] == list(Metric)
    assert [one.name for one in catalogue().windows] == list(WindowType)
    named = {one.name: one.metric for one in catalogue().conditions}
    assert named == {**NAMED, DATE_WINDOW_CONDITION: None}


def test_a_rate_and_only_a_rate_has_a_denominator_that_is_explained() -> None:
    explained = {one.name for one in catalogue().denominators}
    for metric in catalogue().metrics:
        assert (metric.denominator is not None) is (metric.name in RATES)
        assert metric.denominator is None or metric.denominator in explained
        assert metric.unit in {*Unit, "RULE_SET"}
        assert metric.source

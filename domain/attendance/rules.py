"""Rule sets as text: read whole, or refused with everything that is wrong and where."""

import json
from functools import cache
from importlib import resources
from typing import Any, Final

from pydantic import ValidationError

from domain.attendance.rule_faults import RuleProblem, RuleSetUnreadable, problems_of
from domain.attendance.rule_model import RETURNS, RuleSet, Stage
from domain.attendance.rule_parts import Approval, Occasion, Rearm, Retraction, Unit

__all__ = [
    "RETURNS",
    "Approval",
    "Occasion",
    "Rearm",
    "Retraction",
    "RuleProblem",
    "RuleSet",
    "RuleSetUnreadable",
    "Stage",
    "Unit",
    "checked_rule_set",
    "read_rule_set",
    "shipped_rule_set",
    "shipped_rule_sets",
    "shipped_text",
]


def read_rule_set(text: str | bytes) -> RuleSet:
    """Read a rule set from JSON.

    Raises:
        RuleSetUnreadable: with place, words and a code for each problem.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        said = RuleProblem("$", f"this is not JSON ({error})", "not-json", "one JSON object")
        raise RuleSetUnreadable((said,)) from None
    return checked_rule_set(data)


def checked_rule_set(data: Any) -> RuleSet:
    """Return a rule set that somebody wrote just now.

    A stored one is read by `RuleSet.model_validate`: what was once accepted stays readable.

    Raises:
        RuleSetUnreadable: with place, words and a code for each problem.
    """
    problems = problems_of(data)
    if problems:
        raise RuleSetUnreadable(tuple(problems))
    try:
        return RuleSet.model_validate(data)
    except ValidationError as error:  # pragma: no cover  problems_of has looked before
        raise RuleSetUnreadable((RuleProblem("$", str(error), "unreadable", ""),)) from None


_SHIPPED: Final = resources.files("domain.attendance") / "rule_sets"


@cache
def shipped_rule_sets() -> tuple[str, ...]:
    """Return the names of the rule sets that ship with the product."""
    return tuple(sorted(file.name[:-5] for file in _SHIPPED.iterdir()))


def shipped_text(name: str) -> bytes:
    """Return a rule set that ships with the product as its authors wrote it."""
    return (_SHIPPED / f"{name}.json").read_bytes()


@cache
def shipped_rule_set(name: str) -> RuleSet:
    """Return a rule set that ships with the product (`ie-ladder-1`)."""
    return read_rule_set(shipped_text(name))

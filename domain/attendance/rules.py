"""Rule sets as text: read whole, or refused with everything that is wrong and where."""

import json
from functools import cache
from importlib import resources
from typing import Any, Final

from domain.attendance.rule_faults import RuleProblem, RuleSetUnreadable, problems_of
from domain.attendance.rule_model import RETURNS, RuleSet, Stage
from domain.attendance.rule_parts import Approval, Occasion, Rearm, Retraction, Unit
from domain.attendance.rule_shape import shape_problems

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
    "json_of",
    "read_rule_set",
    "shipped_rule_set",
    "shipped_rule_sets",
    "shipped_text",
    "try_rule_set",
]


def read_rule_set(text: str | bytes) -> RuleSet:
    """Read a rule set that is to be used.

    Raises:
        RuleSetUnreadable: with place, words and a code for everything that is wrong with it.
    """
    return checked_rule_set(json_of(text))


def try_rule_set(text: str | bytes) -> tuple[RuleSet, list[RuleProblem]]:
    """Read a rule set to try it out, and what would keep it from being used.

    What it asks for in vain is then not computed, and never taken as false.

    Raises:
        RuleSetUnreadable: when it does not even have the shape of one.
    """
    data = json_of(text)
    if problems := shape_problems(data):
        raise RuleSetUnreadable(tuple(problems))
    return RuleSet.model_validate(data), problems_of(data)


def checked_rule_set(data: Any) -> RuleSet:
    """Return a rule set that somebody wrote just now.

    A stored one is read by `RuleSet.model_validate`: what was once accepted stays readable.

    Raises:
        RuleSetUnreadable: with place, words and a code for everything that is wrong with it.
    """
    if problems := problems_of(data):
        raise RuleSetUnreadable(tuple(problems))
    return RuleSet.model_validate(data)


def json_of(text: str | bytes) -> Any:
    """Return what a text says in JSON.

    Raises:
        RuleSetUnreadable: when it is none.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        said = RuleProblem("$", f"this is not JSON ({error})", "not-json", "one JSON object")
        raise RuleSetUnreadable((said,)) from None


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

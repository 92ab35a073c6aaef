"""What is accepted can be decided, and nothing that was written is passed over in silence."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.attendance.codes import DayCounting, MarkStatus
from domain.attendance.metrics import Denominator
from domain.attendance.register_line import Mark, Pupil, Session, register_line
from domain.attendance.rule_faults import problems_of
from domain.attendance.rule_model import RuleSet
from domain.attendance.rule_problems import RuleProblem
from domain.attendance.rule_shape import shape_problems
from domain.attendance.rules import shipped_rule_sets, shipped_text
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.sheet import sheet_of
from domain.attendance.standing import over_days
from domain.attendance.tally import SchoolFacts
from domain.attendance.triggers import NAMED, RATES, Metric, WindowType
from domain.shared.ids import SchoolId, StudentId

CALENDAR = SchoolDays((Term(date(2025, 9, 1), date(2025, 12, 19)),))
OPEN = [day for n in range(110) if CALENDAR.is_open(day := date(2025, 9, 1) + timedelta(n))]
SAID = [
    Mark(day, half, "N", MarkStatus.ABSENT_UNEXPLAINED)
    for day in OPEN[::3]
    for half in (Session.AM, Session.PM)
]
LINE = register_line(
    Pupil(StudentId(UUID(int=9)), SchoolId(UUID(int=1)), "9"),
    SAID,
    DayCounting.HALF_DAYS,
    CALENDAR,
)
FACTS = SchoolFacts(CALENDAR, Denominator.MARKS)
SHIPPED = {name: json.loads(shipped_text(name)) for name in shipped_rule_sets()}
Place = tuple[str | int, ...]
Checking = Callable[[Any], list[RuleProblem]]
DECIDED = {"a person decides this stage", "a person may expect it before it is reached"}

days = st.sampled_from(["09-01", "10-15", "12-31", "01-31"])
counts = st.integers(0, 60)
rates = st.tuples(st.integers(0, 99), st.just(100)).map("{0[0]}/{0[1]}".format)
windows = st.one_of(
    st.sampled_from(["SCHOOL_YEAR", "ENROLMENT_TO_DATE"]).map(lambda kind: {"type": kind}),
    st.builds(
        lambda kind, which: {"type": kind, "which": which},
        st.sampled_from(["TERM", "HALF_TERM"]),
        st.sampled_from(["CURRENT", "PREVIOUS"]),
    ),
    st.builds(
        lambda kind, n, stays: {"type": kind, "n": n, "sameSchoolYear": stays},
        st.sampled_from([kind.value for kind in WindowType if kind.startswith("ROLLING_")]),
        st.integers(1, 40),
        st.booleans(),
    ),
    st.builds(lambda a, b: {"type": "DATE_WINDOW", "from": a, "to": b}, days, days),
)


def of(metric: Metric) -> st.SearchStrategy[dict[str, Any]]:
    said: dict[str, st.SearchStrategy[Any]] = {"metric": st.just(metric.value)}
    if metric in {Metric.COUNT, Metric.CODE_TODAY}:
        said["codes"] = st.just(["N"])
    if metric not in {Metric.CODE_TODAY, Metric.UNEXPLAINED_TODAY}:
        said |= {"value": rates if metric in RATES else counts, "window": windows}
        said["exclusive"] = st.booleans()
    return st.fixed_dictionaries(said)


named = st.one_of(
    *(
        st.fixed_dictionaries(
            {
                "condition": st.just(name),
                ("percent" if metric is Metric.ABSENCE_RATE else "value"): counts,
                "days": st.integers(1, 40),
            }
        )
        for name, metric in NAMED.items()
    ),
    st.builds(lambda a, b: {"condition": "DateWindow", "from": a, "to": b}, days, days),
)
simple = st.one_of(*map(of, Metric), named)
triggers = st.recursive(
    simple,
    lambda inner: st.builds(
        lambda how, parts: {how: parts},
        st.sampled_from(["any", "all"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=4,
)


def ladder(found: list[dict[str, Any]]) -> dict[str, Any]:
    occasion = {"anyOf": ["FULL_DAY_UNEXCUSED", "TARDY"]}
    stages = [{"order": n, "type": f"S{n}", "trigger": one} for n, one in enumerate(found)]
    return {"id": "t", "occasion": occasion, "stages": stages}


def undecided(data: dict[str, Any]) -> list[str]:
    """Evaluate a rule set over a term; return why stages were not decided that should be."""
    rules = RuleSet.model_validate(data)
    found = over_days(rules, OPEN, sheet_of([LINE]), FACTS, as_reached=True)
    reasons = [stage.not_computed for stage in found if stage.not_computed is not None]
    return [reason for reason in reasons if reason not in DECIDED]


@given(st.lists(triggers, min_size=1, max_size=3).map(ladder))
@settings(max_examples=60, deadline=None)
def test_every_rule_set_that_is_accepted_is_decided_to_the_last_part(data: dict[str, Any]) -> None:
    assert problems_of(data) == []
    assert undecided(data) == []


def places(part: Any, at: Place = ()) -> Iterator[Place]:
    if at:
        yield at
    inside: dict[Any, Any] = {}
    if isinstance(part, dict | list):
        inside = part if isinstance(part, dict) else dict(enumerate(part))
    for name, value in inside.items():
        yield from places(value, (*at, name))


OTHERS: tuple[Any, ...] = (None, True, "yes", "XYZZY", "", -1, 0.5, 7, 5000, [], ["XYZZY"], {})


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, Place, str, Any]:
    """One change of one shipped rule set: a part left out, replaced, or under another name."""
    name = draw(st.sampled_from(sorted(SHIPPED)))
    place = draw(st.sampled_from(list(places(SHIPPED[name]))))
    how = draw(st.sampled_from(["leave out", "replace", "rename"]))
    return name, place, how, draw(st.sampled_from(OTHERS))


def changed(change: tuple[str, Place, str, Any]) -> dict[str, Any]:
    name, (*above, last), how, other = change
    data: dict[str, Any] = copy.deepcopy(SHIPPED[name])
    part: Any = data
    for step in above:
        part = part[step]
    if how == "leave out" or (how == "rename" and isinstance(last, int)):
        del part[last]
    elif how == "rename":
        part[f"{last}X"] = part.pop(last)
    else:
        part[last] = other
    return data


def resolves(data: Any, path: str) -> bool:
    """Say whether the parent of a path is there; its last part may be what is missing."""
    *above, _ = ["$", *RuleProblem(path, "").pointer.split("/")[1:]]
    for step in above[1:]:
        try:
            data = data[int(step)] if isinstance(data, list) else data[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def wrongly_taken(change: tuple[str, Place, str, Any], check: Checking) -> str | None:
    """Say what is wrong with how a change was met, None where it was met well."""
    name, _, how, _ = change
    data = changed(change)
    problems = check(data)
    if problems:
        said = all(one.code and one.message and resolves(data, one.path) for one in problems)
        return None if said else f"{problems} lead nowhere"
    if reasons := undecided(data):
        return f"accepted, and not decided: {reasons}"
    same = RuleSet.model_validate(data) == RuleSet.model_validate(SHIPPED[name])
    if how == "rename" and same:
        return "accepted, and passed over"
    return "accepted, and nothing changed" if how == "replace" and same and _says(change) else None


def _says(change: tuple[str, Place, str, Any]) -> bool:
    """Say whether the replacement says anything: null, nothing and what stood there do not."""
    name, place, _, other = change
    part: Any = SHIPPED[name]
    for step in place:
        part = part[step]
    return other not in (None, "", [], {}) and json.dumps(other) != json.dumps(part)


@given(changes())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_single_change_is_taken_as_it_was_meant_or_refused_with_its_place(
    change: tuple[str, Place, str, Any],
) -> None:
    assert wrongly_taken(change, problems_of) is None


@pytest.mark.parametrize(
    "change",
    [
        ("ie-default-1", ("stages", 7, "trigger", "metric"), "replace", "XYZZY"),
        ("us-ca-default-1", ("occasion",), "leave out", None),
        ("gb-eng-default-1", ("population", "onRoll"), "replace", "yes"),
    ],
)
def test_a_checker_that_looks_at_the_shape_alone_would_be_found(
    change: tuple[str, Place, str, Any],
) -> None:
    """The control: with half of the checks off, the property fails."""

    def by_model_only(data: Any) -> list[RuleProblem]:
        found = shape_problems(data)
        return [one for one in found if one.right != "true or false"]

    assert wrongly_taken(change, problems_of) is None
    assert wrongly_taken(change, by_model_only) is not None

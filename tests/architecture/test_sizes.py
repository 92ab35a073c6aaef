"""Files and functions stay small enough to be read at once."""

from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Final

import pytest

from tests.architecture.source import PRODUCT, Module, length, modules, parse

FILES: Final = (
    ("domain/*/events.py", 250),
    ("domain/*/aggregate.py", 250),
    ("processmanagers/*.py", 120),
    ("projections/*.py", 180),
    ("api/routers/*.py", 200),
    ("api/*.py", 400),
    ("*.py", 350),
)
EVENT_CLASS: Final = 20
FUNCTION: Final = 40
DECISION: Final = 30
TEST: Final = 30
# Each with the reason why it may be longer; the number is where it stands, not an invitation.
LONGER_FILES: Final = {
    "domain/playbook_run/aggregate.py": 330,  # thirteen things may be asked of a run
    "domain/playbook_run/events.py": 420,  # a run has as many facts as a file
    "domain/message/events.py": 305,  # what providers, networks and people say of a message
    "processmanagers/step_settler.py": 130,  # each end of a message, for each step it speaks of
    "infrastructure/runtime/sending.py": 360,  # one message's way from its claim to its end
    "processmanagers/kit.py": 140,  # every look-up that a reaction may ask
    "domain/intervention/aggregate.py": 255,  # the widest aggregate: an arm for each fact
    "domain/intervention/events.py": 355,  # the widest aggregate: one class for each of its facts
    "infrastructure/runtime/composing.py": 380,  # one message, one letter, and all they may name
    "projections/execution_log.py": 185,  # each fact of a step, and the two sides of the sheet
    "projections/ladders.py": 236,  # an intervention's row carries its stages, as a run its steps
    "projections/queue_folding.py": 225,  # one arm for each fact that asks something of people
    "projections/run_folding.py": 240,  # each fact of a run has a function of its own
}
LONGER_FUNCTIONS: Final = {
    "infrastructure/runtime/looking.py:look": 56,  # one argument of what is known for each line
    "domain/intervention/aggregate.py:evolve": 55,  # one arm for each fact
    "domain/playbook_run/aggregate.py:_message": 31,  # all that is looked at before a message
    "domain/message/remembering.py:evolve": 44,  # one arm for each fact
    "projections/ladders.py:_climb": 77,  # one arm for each fact
    "infrastructure/http/guarded.py:_call": 45,  # one conversation, with its one time-out
}
LONGER_TESTS: Final = {
    "test_the_ladder_goes_on_and_everything_arrives_when_they_are_back": 50,
    "test_a_meeting_is_held_and_its_notes_lie_in_the_vault_only": 40,
    "test_a_guardian_of_two_is_one_person_with_two_links": 40,
    "test_another_broker_under_the_same_address_parks_the_relay_until_a_person_speaks": 40,
}


def too_long_files(source: tuple[Module, ...]) -> Iterator[str]:
    for module in source:
        budget = next(most for pattern, most in FILES if fnmatch(module.path, pattern))
        most = LONGER_FILES.get(module.path, budget)
        if module.lines > most:
            yield f"{module.path}: {module.lines} lines, {most} allowed"


def too_long_functions(source: tuple[Module, ...]) -> Iterator[str]:
    for module in source:
        for function in module.functions():
            name = f"{module.path}:{function.name}"
            closed_match = function.name in {"decide", "evolve"}
            in_domain = module.path.startswith("domain/") and not closed_match
            budget = DECISION if in_domain else FUNCTION
            most = LONGER_FUNCTIONS.get(name, budget)
            if length(function) > most:
                yield f"{name}: {length(function)} lines, {most} allowed"


def test_no_file_is_above_its_budget() -> None:
    assert list(too_long_files(modules(*PRODUCT))) == []


def test_no_function_is_above_its_budget() -> None:
    assert list(too_long_functions(modules(*PRODUCT))) == []


def test_no_fact_is_longer_than_a_glance() -> None:
    events = [m for m in modules("domain") if m.path.endswith("/events.py")]
    long = [c.name for m in events for c in m.classes() if length(c) > EVENT_CLASS]
    assert long == []


def test_no_test_is_longer_than_a_story() -> None:
    long = [
        f"{module.path}:{function.name}"
        for module in modules("tests")
        for function in module.functions()
        if function.name.startswith("test_")
        and length(function) > LONGER_TESTS.get(function.name, TEST)
    ]
    assert long == []


@pytest.mark.parametrize(
    "path", ["processmanagers/x.py", "domain/x/aggregate.py", "infrastructure/x.py"]
)
def test_a_file_that_is_too_long_would_be_found(path: str) -> None:
    body = "def f() -> None:\n" + "    pass\n" * 360
    assert len(list(too_long_files((parse(path, body),)))) == 1
    assert len(list(too_long_functions((parse(path, body),)))) == 1

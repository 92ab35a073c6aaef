"""Nothing is found by scanning, so nothing may be left out of the lists."""

import importlib
from typing import Any, Final, get_args

import msgspec
import pytest

from domain.catalogue import AGGREGATES, ALL_COMMANDS, ALL_EVENTS, UPCASTS
from domain.kernel.aggregate import Aggregate
from domain.kernel.classification import class_of
from domain.kernel.commands import Command
from domain.kernel.facts import Event, missing_upcasts, name_of
from tests.architecture.source import modules
from tests.support.examples import COMMANDS, EVENTS

ROOMS: Final = sorted(
    {m.path.split("/")[1] for m in modules("domain") if m.path.endswith("/aggregate.py")}
    - {"kernel"}
)
ADD: Final = "add a canonical instance to tests/support/examples.py"


def leaves(cls: type[Any]) -> set[type[Any]]:
    """Return the classes below a base that nothing derives from."""
    subs = [sub for sub in cls.__subclasses__() if sub.__module__.startswith("domain.")]
    return {leaf for sub in subs for leaf in leaves(sub)} if subs else {cls}


def test_every_room_with_an_aggregate_is_in_the_catalogue() -> None:
    assert sorted({cls.__module__.split(".")[1] for cls in AGGREGATES.values()}) == ROOMS


@pytest.mark.parametrize("kind", AGGREGATES)
def test_an_aggregate_has_a_kind_a_docstring_and_its_two_methods(kind: str) -> None:
    cls = AGGREGATES[kind]
    assert cls.kind == kind == cls.__module__.split(".")[1]
    assert cls.__bases__ == (Aggregate,), "no base class deeper than one level"
    assert {"decide", "evolve"} <= set(vars(cls))
    public = {name for name in vars(cls) if not name.startswith("_")} - {"kind"}
    asked_by_others = {
        *("holds_on", "routes_on", "supports", "carries", "silences"),
        *("is_suppressed", "allows", "liked", "place_of"),
    }
    assert public <= {"decide", "evolve", *asked_by_others}


@pytest.mark.parametrize("room", ROOMS)
def test_the_unions_of_a_room_name_every_fact_and_every_command(room: str) -> None:
    for part, base, listed in (
        ("events", Event, ALL_EVENTS),
        ("commands", Command, ALL_COMMANDS),
    ):
        module = importlib.import_module(f"domain.{room}.{part}")
        mine: set[Any] = {cls for cls in leaves(base) if cls.__module__ == module.__name__}
        members = _union(module, mine)
        assert members == mine, f"{module.__name__}: {members ^ mine}"
        assert mine <= set(listed)


def _union(module: Any, mine: set[Any]) -> set[Any]:
    """Return the widest union that a module gives a name to."""
    unions = [set(get_args(v)) for v in vars(module).values() if _is_union_of(v, mine)]
    names = vars(module).items()
    named = [{v} for n, v in names if isinstance(v, type) and v in mine and n != v.__name__]
    return max((*unions, *named, set()), key=len)


def _is_union_of(value: Any, mine: set[Any]) -> bool:
    return bool(get_args(value)) and set(get_args(value)) <= mine


def test_the_catalogue_lists_each_class_once() -> None:
    assert len(set(ALL_EVENTS)) == len(ALL_EVENTS)
    assert len(set(ALL_COMMANDS)) == len(ALL_COMMANDS)
    assert set(ALL_COMMANDS) == leaves(Command)


@pytest.mark.parametrize("cls", ALL_EVENTS, ids=name_of)
def test_every_fact_has_an_example(cls: type[Event]) -> None:
    assert cls in EVENTS, f"{cls.__name__}: {ADD}"


@pytest.mark.parametrize("cls", ALL_COMMANDS, ids=lambda cls: cls.__name__)
def test_every_command_has_an_example_and_an_aggregate(cls: type[Command]) -> None:
    assert cls in COMMANDS, f"{cls.__name__}: {ADD}"
    assert cls.kind in AGGREGATES


def test_no_example_is_left_of_what_is_gone() -> None:
    assert set(EVENTS) == set(ALL_EVENTS)
    assert set(COMMANDS) == set(ALL_COMMANDS)


@pytest.mark.parametrize("cls", [*ALL_EVENTS, *ALL_COMMANDS])
def test_facts_and_commands_are_frozen(cls: type[Event | Command]) -> None:
    assert cls.__struct_config__.frozen


@pytest.mark.parametrize("cls", ALL_EVENTS, ids=name_of)
def test_every_field_of_every_fact_has_a_class(cls: type[Event]) -> None:
    for field in msgspec.structs.fields(cls):
        class_of(cls, field.name)


def test_every_older_version_has_a_way_up() -> None:
    assert missing_upcasts() == []
    files = {m.path for m in modules("domain") if m.path.endswith("/upcasts.py")}
    assert files == {f"{module.__name__.replace('.', '/')}.py" for module in UPCASTS}

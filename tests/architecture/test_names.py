"""Facts, commands, refusals and fields are named by one grammar."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final, get_args

import msgspec
import pytest

import domain.catalogue
import processmanagers.all
import projections.all
from domain.catalogue import AGGREGATES, ALL_COMMANDS, ALL_EVENTS
from domain.kernel.commands import Command
from domain.kernel.facts import Event, known_names, name_of
from domain.kernel.refusals import (
    Conflict,
    Gone,
    Invalid,
    NotAllowed,
    NotFound,
    NotNow,
    Refusal,
    TooMany,
)
from tests.architecture.source import modules

KINDS: Final = (NotFound, NotAllowed, NotNow, Conflict, Gone, TooMany, Invalid)
FIELDS_AT_MOST: Final = 10
# A message is asked for with everything that its sender and its callbacks need.
MORE_FIELDS: Final = {
    "message.requested": 12,
    "evaluation.completed": 12,
    "playbook_run.started": 13,  # the run is its only source
    "intervention.stage_proposed": 12,  # numbers, guards and who: all that an approval is about
    "intervention.stage_entered": 12,  # and whose it is, for those who read this fact alone
}
IRREGULAR: Final = {"sent", "held", "set"}
# The stored name begins with the word that schools use, not with the folder.
PREFIX: Final = {"register_batch": "register"}


def refusals(cls: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for sub in cls.__subclasses__():
        if sub.__module__.startswith("domain."):
            yield sub
            yield from refusals(sub)


REFUSALS: Final = tuple(dict.fromkeys(refusals()))


@pytest.mark.parametrize("cls", ALL_EVENTS, ids=name_of)
def test_a_fact_is_called_by_its_aggregate_and_what_happened(cls: type[Event]) -> None:
    kind, _, happened = name_of(cls).partition(".")
    folder = cls.__module__.split(".")[1]
    assert kind == PREFIX.get(folder, folder)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", happened)
    last = happened.rsplit("_", 1)[-1]
    regular = last.endswith(("ed", "drawn", "held", "known", "supported")) or last in IRREGULAR
    assert regular, f"{happened} is not in the past"


@pytest.mark.parametrize("cls", [*ALL_EVENTS, *ALL_COMMANDS, *REFUSALS, *AGGREGATES.values()])
def test_everything_said_or_asked_is_explained_in_a_sentence(cls: type) -> None:
    text = (cls.__doc__ or "").strip()
    assert text.endswith("."), f"{cls.__name__}: {text!r}"
    assert text[0].isupper() or text[0] == "`"


@pytest.mark.parametrize("cls", REFUSALS)
def test_a_refusal_has_a_public_code_in_kebab_case(cls: type[Refusal]) -> None:
    assert "code" in vars(cls), f"{cls.__name__} shares its parent's code"
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", cls.code)
    assert cls in KINDS or any(issubclass(cls, kind) for kind in KINDS)


def test_no_two_refusals_share_a_code() -> None:
    counted = Counter(cls.code for cls in REFUSALS)
    assert [code for code, times in counted.items() if times > 1] == []


def test_every_refusal_of_the_domain_is_raised_somewhere() -> None:
    """A refusal that nobody raises is a promise in the documentation that nobody keeps."""
    text = "\n".join(m.text for m in modules("domain", "infrastructure", "api"))
    own = [cls for cls in REFUSALS if cls not in KINDS]
    unused = [
        cls.__name__ for cls in own if not re.search(rf"raise (\w+\.)?{cls.__name__}\b", text)
    ]
    handed_over = {"CommandReused"}  # the ledger answers with it instead of raising
    assert set(unused) <= handed_over


@pytest.mark.parametrize("cls", ALL_EVENTS, ids=name_of)
def test_a_fact_has_at_most_ten_fields(cls: type[Event]) -> None:
    most = MORE_FIELDS.get(name_of(cls), FIELDS_AT_MOST)
    assert len(cls.__struct_fields__) <= most


@pytest.mark.parametrize("cls", ALL_EVENTS, ids=name_of)
def test_an_optional_field_of_a_fact_says_what_its_absence_means(cls: type[Event]) -> None:
    optional = [f.name for f in msgspec.structs.fields(cls) if type(None) in get_args(f.type)]
    assert not optional or "bsent" in (cls.__doc__ or ""), optional


@pytest.mark.parametrize("cls", [*ALL_EVENTS, *ALL_COMMANDS])
def test_instants_end_in_at_and_days_do_not(cls: type[Event | Command]) -> None:
    for field in msgspec.structs.fields(cls):
        types = get_args(field.type) or (field.type,)
        assert (datetime in types) == (field.name.endswith("_at") and int not in types), field.name
        assert date not in types or not field.name.endswith("_at")


@pytest.mark.parametrize("cls", ALL_EVENTS, ids=name_of)
def test_a_fact_is_not_called_event_or_updated(cls: type[Event]) -> None:
    assert not re.search(r"Event$|Updated|Changed|Data|Info", cls.__name__)


def test_modules_are_not_called_by_what_they_are_not() -> None:
    vague = {"utils", "helpers", "common", "misc", "base", "util", "manager"}
    paths = [m.path for m in modules("domain", "processmanagers", "projections", "infrastructure")]
    assert [path for path in paths if vague & set(re.split(r"[/.]", path))] == []


def test_names_of_followers_are_written_and_unique() -> None:
    found: Any = (*processmanagers.all.PROCESS_MANAGERS, *projections.all.READ_MODELS)
    names = [follower.name for follower in found]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)


def test_no_stored_name_is_registered_twice_or_left_out_of_the_catalogue() -> None:
    listed = {name_of(cls) for cls in domain.catalogue.ALL_EVENTS}
    known = {n for n, c in known_names().items() if c.__module__.startswith("domain.")}
    assert listed == known

"""Whether a rule set has the shape of one: every fault of it at once, each where it stands."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from domain.attendance.rule_model import FLAT, RuleSet, Stage
from domain.attendance.rule_problems import (
    SEVERAL,
    RuleProblem,
    as_written,
    nearest,
    path_of,
    quoted,
)
from domain.attendance.triggers import Trigger

_EXPECTED: Final = re.compile(r"'([^']*)'")
_NAMED: Final = ("condition", "percent", "days", "from", "to")
# Kinds of pydantic's errors, by the beginning of their names.
_KINDS: Final = (
    ("string_pattern_mismatch", "malformed-name"),
    ("uuid", "malformed-id"),
    ("date", "malformed-date"),
    ("greater", "out-of-range"),
    ("less", "out-of-range"),
    ("string_too", "out-of-range"),
)
_RIGHT: Final = {
    "malformed-name": "capital letters, digits and _, such as LETTER_1",
    "malformed-id": "a UUID",
    "malformed-date": "a day of the calendar, such as 2025-09-01",
}
_JSON: Final = {bool: "true or false", int: "a whole number", str: "a text", list: "a list"}
_BOUNDS: Final = {
    "ge": "at least",
    "le": "at most",
    "min_length": "in letters, at least",
    "max_length": "in letters, at most",
}
_WANTED: Final = (
    ("bool", "true or false"),
    ("int", "a whole number"),
    ("string", "a text"),
    ("tuple", "a list"),
    ("dict", "an object"),
    ("model", "an object"),
)


def shape_problems(data: Any) -> list[RuleProblem]:
    """Return what the model cannot read of a rule set."""
    try:
        read = RuleSet.model_validate(data)
    except ValidationError as error:
        return [one for said in error.errors() for one in _problems(data, said)]
    bent = _bent(_nested(data), read.model_dump(mode="json", by_alias=True), ())
    return [
        RuleProblem(path_of(as_written(data, at)), words, "wrong-type", right)
        for at, words, right in bent
    ]


def _nested(data: Any) -> Any:
    """Return what was read as a rule set, with its conditions where the model has them."""
    flat = [{name: one[name] for name in FLAT if name in one} for one in data["stages"]]
    pairs = zip(data["stages"], flat, strict=True)
    return {**data, "stages": [{"trigger": said, **stage} for stage, said in pairs]}


def _bent(
    written: Any, read: Any, at: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Say what was read as something that it is not: "yes" as true, a number as a day."""
    if isinstance(written, dict) and isinstance(read, dict):
        for name in set(written) & set(read):
            yield from _bent(written[name], read[name], (*at, name))
    elif isinstance(written, list) and isinstance(read, list):
        for place, parts in enumerate(zip(written, read, strict=False)):
            yield from _bent(*parts, (*at, place))
    elif type(written) is not type(read) and read is not None:
        wanted = _JSON.get(type(read), "")
        yield at, f"{quoted(written)} cannot stand here", wanted


def _problems(data: Any, error: Mapping[str, Any]) -> Iterator[RuleProblem]:
    written = as_written(data, error["loc"])
    path, kind = path_of(written), str(error["type"])
    if kind == SEVERAL:
        for code, message, right in error["ctx"]["said"]:
            yield RuleProblem(path, message, code, right)
    elif kind == "missing":
        name = str(error["loc"][-1])
        right = "write a trigger, or the condition itself" if name == "trigger" else f"write {name}"
        yield RuleProblem(path, f"{name} is missing", "field-missing", right)
    elif kind == "extra_forbidden":
        name = str(error["loc"][-1])
        right = nearest(name, _fields_at(error["loc"][:-1]))
        yield RuleProblem(path, f"no field is called {quoted(name)} here", "unknown-field", right)
    elif kind in {"enum", "literal_error"}:
        known = _EXPECTED.findall(str(error["ctx"]["expected"]))
        message = f"{quoted(error['input'])} is not known here"
        yield RuleProblem(path, message, "unknown-value", nearest(error["input"], known))
    else:
        yield _of_type(path, kind, error)


def _of_type(path: str, kind: str, error: Mapping[str, Any]) -> RuleProblem:
    code = next((code for begin, code in _KINDS if kind.startswith(begin)), "wrong-type")
    wanted = next((words for begin, words in _WANTED if kind.startswith(begin)), "")
    message = f"{quoted(error['input'])} cannot stand here"
    if code == "out-of-range":
        said = [f"{_BOUNDS[name]} {of}" for name, of in error["ctx"].items() if name in _BOUNDS]
        return RuleProblem(path, message, code, ", ".join(said))
    return RuleProblem(path, message, code, _RIGHT.get(code) or wanted)


def _fields_at(location: Sequence[str | int]) -> list[str]:
    """Return the fields that may stand at a location of the model."""
    model: type[BaseModel] = RuleSet
    for part in location:
        found = _below(model, part) if isinstance(part, str) else None
        model = found or model
    names = [str(field.alias or name) for name, field in model.model_fields.items()]
    if model is Stage:
        return [*names, *FLAT]
    return [*names, *_NAMED] if model is Trigger else names


def _below(model: type[BaseModel], part: str) -> type[BaseModel] | None:
    fields = {str(f.alias or name): f.annotation for name, f in model.model_fields.items()}
    return next(iter(_models(fields.get(part))), None)


def _models(annotation: Any) -> list[type[BaseModel]]:
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    inside = [one for part in get_args(annotation) for one in _models(part)]
    return [annotation, *inside] if is_model else inside

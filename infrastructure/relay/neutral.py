"""What a fact says outside in place of names that may tell of a child's health or faith.

Where a stage's own name stays inside, so does what would tell it again: its numbers, its days and
its place on the ladder.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final

import msgspec

from domain.evaluation.events import ReasonCount, StageCount
from domain.kernel.facts import Event
from domain.shared import said_outside as said
from domain.shared.playbooks import LetterStep, MessageStep, OnStage, Playbook, Step, TaskStep
from domain.shared.stages import Stage

_TELLING: Final = ("numbers", "baseline", "anchor", "qualified_on", "due_on")
"""Fields that would tell which stage it is. Counts of any absence, whole structs, are none."""


def neutral(event: Event) -> Event:
    """Return a fact as it may be said outside: itself, where it holds no name that might tell."""
    changed = {}
    for name in _fields(type(event)):
        value = getattr(event, name)
        instead = WORDS[name](value)
        if instead != value:
            changed[name] = instead
    if not changed:
        return event
    if _is_other(changed.get("stage")):
        changed |= _nothing_beside(event)
    return msgspec.structs.replace(event, **changed)


def _is_other(stage: str | Stage | None) -> bool:
    return (stage.type if isinstance(stage, Stage) else stage) == said.OTHER_STAGE


def _nothing_beside(event: Event) -> dict[str, Any]:
    told = {name: getattr(event, name, None) for name in _TELLING}
    lists = {name: () for name, value in told.items() if isinstance(value, tuple)}
    return {**lists, **{name: None for name, value in told.items() if isinstance(value, date)}}


def _stage(value: str | Stage) -> str | Stage:
    if isinstance(value, str):
        return value if value in said.STAGES else said.OTHER_STAGE
    prerequisites = tuple(_names(value.prerequisites))
    if value.type in said.STAGES:
        return msgspec.structs.replace(
            value, track=_track(value.track), prerequisites=prerequisites, attendees=()
        )
    return Stage(type=said.OTHER_STAGE, order=0, track=said.OTHER_TRACK, approval=value.approval)


def _names(stages: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(name if name in said.STAGES else said.OTHER_STAGE for name in stages)


def _track(value: str) -> str:
    return value if value in said.TRACKS else said.OTHER_TRACK


def _text(value: str) -> str:
    return value if value in said.TEXTS else said.OTHER_TEXT


def _optional_text(value: str | None) -> str | None:
    return None if value is None else _text(value)


def _playbook(value: Playbook) -> Playbook:
    """Keep the steps: what is sent when, by which way."""
    return msgspec.structs.replace(
        value,
        name=value.name if value.name in said.PLAYBOOKS else said.OTHER_PLAYBOOK,
        description="",
        trigger=_trigger(value),
        steps=tuple(map(_step, value.steps)),
    )


def _trigger(value: Playbook) -> Any:
    stage = value.trigger_stage
    return value.trigger if stage is None else OnStage(stage=str(_stage(stage)))


def _step(value: Step) -> Step:
    if isinstance(value, MessageStep | LetterStep):
        return msgspec.structs.replace(value, template_key=_text(value.template_key))
    if isinstance(value, TaskStep):
        return msgspec.structs.replace(value, task=said.OTHER_TASK)
    return value


def _counted(value: tuple[StageCount, ...] | tuple[ReasonCount, ...]) -> Any:
    """Add up the pupils of stages that go out under one word."""
    if all(one.stage in said.STAGES for one in value):
        return value
    sums: Counter[tuple[type, str, str]] = Counter()
    for one in value:
        stage = one.stage if one.stage in said.STAGES else said.OTHER_STAGE
        sums[type(one), stage, getattr(one, "reason", "")] += one.pupils
    return tuple(
        kind(stage, pupils) if kind is StageCount else kind(stage, reason, pupils)
        for (kind, stage, reason), pupils in sums.items()
    )


WORDS: Final[dict[str, Callable[[Any], Any]]] = {
    "stage": _stage,
    "track": _track,
    "kept": lambda value: tuple(_names(value)),
    "after": lambda value: tuple(_names(value)),
    "template_key": _optional_text,
    "task": lambda value: said.OTHER_TASK,  # noqa: ARG005  whatever it is called
    "playbook": _playbook,
    "qualifying": _counted,
    "done": _counted,
    "left": _counted,
}
"""By field: what a name becomes outside."""

_FIELDS: Final[dict[type[Event], tuple[str, ...]]] = {}


def _fields(cls: type[Event]) -> tuple[str, ...]:
    found = _FIELDS.get(cls)
    if found is None:
        found = _FIELDS[cls] = tuple(name for name in cls.__struct_fields__ if name in WORDS)
    return found

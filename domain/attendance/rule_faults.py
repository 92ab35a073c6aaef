"""Whether a rule set that somebody writes now means what it says, in whole and in each part.

Whatever would silently be passed over is a fault here: a name that nobody knows, a field that does
nothing where it stands, a stage that nobody can reach. Stored rule sets are not asked again.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic import ValidationError

from domain.attendance.codes import CodeTable, Completeness, MarkStatus, normalised
from domain.attendance.conditions import LATER_THAN
from domain.attendance.jurisdictions import jurisdictions
from domain.attendance.metric_catalogue import catalogue
from domain.attendance.part_faults import clocks, illness, owed, people, period, spans
from domain.attendance.rule_model import FLAT, RuleSet, Stage
from domain.attendance.rule_parts import Approval, TrackKind
from domain.attendance.rule_problems import RuleProblem, RuleSetUnreadable, as_written, path_of
from domain.attendance.rule_problems import nearest as _nearest
from domain.attendance.rule_problems import quoted as _quoted
from domain.attendance.rule_shape import shape_problems
from domain.attendance.telling import special_codes, tells
from domain.attendance.trigger_faults import Place, Setting, trigger_problems
from domain.attendance.triggers import NAME, Trigger
from domain.shared.said_outside import STAGES

__all__ = ["RuleProblem", "RuleSetUnreadable", "problems_of"]
_CALLED: Final = "is called that"


def problems_of(data: Any) -> list[RuleProblem]:
    """Return everything that is wrong with a rule set as it was read from JSON."""
    found = shape_problems(data)
    if isinstance(data, dict):
        shapes = {problem.path for problem in found}
        found += [one for one in _Meaning(data).problems() if one.path not in shapes]
    return found


class _Meaning:
    """What a rule set says, as far as it can be read."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        self._stages = list(_readable(data))
        self._names = {name for stage in _raw(data) for name in _names_of(stage)}
        tracks = _objects(data.get("tracks"))
        self._tracks = {t["id"]: t.get("kind") for t in tracks if isinstance(t.get("id"), str)}
        self._table = _table_of(data.get("jurisdiction"))
        self._special = _special_of(data.get("jurisdiction"))

    def problems(self) -> Iterator[RuleProblem]:
        """Say what fits neither the rest of the rule set nor what is known here."""
        yield from self._jurisdiction()
        yield from spans(self._data)
        yield from self._listed(("stop",), self._data.get("stop"), _names("stops"), "unknown-stop")
        yield from self._occasions()
        yield from _twice(self._stages)
        yield from _circles(self._stages)
        yield from _leading(self._data, self._stages)
        yield from _twice_named(self._data)
        for place, stage in self._stages:
            yield from self._stage(("stages", place), stage)
        for room in ("returns", "parallel"):
            for place, said in enumerate(_objects(self._data.get(room))):
                yield from self._beside((room, place), said)
        for place, said in enumerate(_objects(self._data.get("returns"))):
            yield from owed(("returns", place), said)

    def _jurisdiction(self) -> Iterator[RuleProblem]:
        place = self._data.get("jurisdiction")
        if isinstance(place, str) and place not in jurisdictions():
            own = [code for code in jurisdictions() if not code.startswith("US-")]
            right = _nearest(place, [*own, "US-CA", "US-TX"])
            words = f"no place {_CALLED}: {_quoted(place)}"
            yield RuleProblem("$.jurisdiction", words, "unknown-jurisdiction", right)

    def _occasions(self) -> Iterator[RuleProblem]:
        occasion = self._data.get("occasion")
        named = occasion.get("anyOf") if isinstance(occasion, dict) else None
        for place, name in enumerate(named if isinstance(named, list) else []):
            known = _names("occasions")
            if isinstance(name, str) and name not in known and not LATER_THAN.fullmatch(name):
                path = path_of(("occasion", "anyOf", place))
                words = f"no occasion {_CALLED}: {_quoted(name)}"
                yield RuleProblem(path, words, "unknown-occasion", _nearest(name, known))

    def _stage(self, at: Place, stage: Stage) -> Iterator[RuleProblem]:
        data = self._data
        yield from self._listed((*at, "guards"), stage.guards, _names("guards"), "unknown-guard")
        stops, known = stage.stop_conditions, _names("stops")
        yield from self._listed((*at, "stopConditions"), stops, known, "unknown-stop")
        wanted = stage.prerequisites
        yield from self._listed((*at, "prerequisites"), wanted, self._names, "unknown-stage")
        yield from self._listed(
            (*at, "sources"), stage.sources, _ids(data, "sources"), "unknown-source"
        )
        if self._tracks and stage.track not in self._tracks:
            path, right = path_of((*at, "track")), _nearest(stage.track, self._tracks)
            yield RuleProblem(path, f"no track {_CALLED}: {stage.track}", "unknown-track", right)
        yield from self._approval(at, stage)
        yield from self._name(at, stage)
        yield from period(at, stage)
        yield from people(at, stage)
        yield from clocks(at, stage)
        yield from illness(at, stage)
        yield from self._trigger((*at, "trigger"), stage)

    def _name(self, at: Place, stage: Stage) -> Iterator[RuleProblem]:
        """Say which name would go out to other systems and tell of a child's health or faith."""
        found = tells(stage.trigger, self._special) if stage.key in STAGES else []
        if found:
            words = f"{stage.key} is a name that other systems see, and {', '.join(found)} decides"
            right = "a name of its own: it stays inside"
            yield RuleProblem(path_of(at), words, "name-tells", right)

    def _approval(self, at: Place, stage: Stage) -> Iterator[RuleProblem]:
        legal = self._tracks.get(stage.track) == TrackKind.STATUTORY or stage.statute is not None
        if legal and stage.approval is Approval.AUTO:
            words = f"{stage.key} has legal effect and would be entered by software alone"
            yield RuleProblem(
                path_of((*at, "approval")), words, "approval-too-low", "STAFF or HEAD"
            )

    def _trigger(self, at: Place, stage: Stage) -> Iterator[RuleProblem]:
        setting = Setting(self._names, self._table, self._data.get("occasion") is not None)
        for place, said in trigger_problems(at, stage.trigger, setting):
            written = as_written(self._data, place)
            yield RuleProblem(path_of(written), said[1], said[0], said[2])

    def _beside(self, at: Place, said: dict[str, Any]) -> Iterator[RuleProblem]:
        if isinstance(said.get("trigger"), dict):
            try:
                beside = Stage(
                    order=0,
                    type=_as_name(said),
                    trigger=said["trigger"],
                    once_per_illness=said.get("oncePerIllness") is True,
                )
            except ValidationError:
                return
            yield from self._trigger((*at, "trigger"), beside)
            yield from self._name(at, beside)
            yield from illness(at, beside)
            if isinstance(said.get("id"), str) and not re.fullmatch(NAME, said["id"]):
                right = "capital letters, digits and _, such as ATTENDANCE_RETURN"
                words = "what has a trigger is a stage, and this is no name of one"
                yield RuleProblem(path_of((*at, "id")), words, "malformed-name", right)
        known = _ids(self._data, "sources")
        named = said.get("sources", ())
        yield from self._listed((*at, "sources"), named, known, "unknown-source")

    def _listed(
        self, at: Place, written: Any, known: Iterable[str], code: str
    ) -> Iterator[RuleProblem]:
        """Say which names of a list stand for nothing."""
        names = list(known)
        for place, name in enumerate(written if isinstance(written, list | tuple) else ()):
            if isinstance(name, str) and name not in names:
                what = code.removeprefix("unknown-")
                words = f"no {what} {_CALLED}: {_quoted(name)}"
                yield RuleProblem(path_of((*at, place)), words, code, _nearest(name, names))


def _as_name(said: dict[str, Any]) -> str:
    name = said.get("id")
    return name if isinstance(name, str) and re.fullmatch(NAME, name) else "BESIDE"


def _raw(data: dict[str, Any]) -> list[dict[str, Any]]:
    return _objects(RuleSet.prepared(data).get("stages"))


def _readable(data: dict[str, Any]) -> Iterator[tuple[int, Stage]]:
    for place, said in enumerate(_raw(data)):
        try:
            yield place, Stage.model_validate(said)
        except ValidationError:
            continue


def _names_of(stage: dict[str, Any]) -> Iterator[str]:
    return (name for name in (stage.get("id"), stage.get("type")) if isinstance(name, str))


def _objects(value: Any) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list | tuple) else ()
    return [one if isinstance(one, dict) else {} for one in listed]


def _ids(data: dict[str, Any], room: str) -> list[str]:
    return [one["id"] for one in _objects(data.get(room)) if isinstance(one.get("id"), str)]


def _names(part: str) -> list[str]:
    return [entry.name for entry in getattr(catalogue(), part)]


def _table_of(place: object) -> frozenset[str] | None:
    """Return what may be called a code in a place; None where any code may be."""
    known = jurisdictions().get(place) if isinstance(place, str) else None
    if known is None or known.table.completeness is Completeness.PARTIAL:
        return None
    return frozenset({*_codes(known.table), *MarkStatus})


def _special_of(place: object) -> frozenset[str]:
    """Return the codes that tell of a child's health or faith; anywhere's where nobody says."""
    known = jurisdictions().get(place) if isinstance(place, str) else None
    tables = [known] if known is not None else list(jurisdictions().values())
    return frozenset().union(*(special_codes(one.table) for one in tables))


def _codes(table: CodeTable) -> Iterator[str]:
    for row in table.codes:
        yield from (normalised(writing) for writing in row.writings)


def _twice(stages: list[tuple[int, Stage]]) -> Iterator[RuleProblem]:
    orders = Counter(stage.order for _, stage in stages)
    keys = Counter(stage.key for _, stage in stages)
    for place, stage in stages:
        if orders[stage.order] > 1:
            path = path_of(("stages", place, "order"))
            words = f"two stages have the same order: {stage.order}"
            yield RuleProblem(path, words, "order-twice", "a number of its own for each stage")
        if keys[stage.key] > 1 and orders[stage.order] == 1:
            path = path_of(("stages", place))
            words = f"two stages have the same id: {stage.key}"
            yield RuleProblem(path, words, "id-twice", "an id of its own for each stage")


def _circles(stages: list[tuple[int, Stage]]) -> Iterator[RuleProblem]:
    """Say which stages can never be entered, because each waits for the other."""
    waits = {stage.key: {*stage.needs, *_after(stage.trigger)} for _, stage in stages}
    for place, stage in stages:
        seen: set[str] = set()
        ahead = set(waits[stage.key])
        while ahead - seen:
            seen |= ahead
            ahead = {one for name in ahead for one in waits.get(name, ())}
        if stage.key in seen:
            words = f"{stage.key} waits for itself, straight or round about"
            right = "wait for stages that come before only"
            yield RuleProblem(path_of(("stages", place)), words, "stage-circle", right)


def _after(trigger: Trigger) -> Iterator[str]:
    if trigger.after is not None:
        yield trigger.after
    for part in trigger.all or ():
        yield from _after(part)


def _leading(data: dict[str, Any], stages: list[tuple[int, Stage]]) -> Iterator[RuleProblem]:
    """Say where escalation conditions lead to nothing, or to a stage with a trigger of its own."""
    written = _objects(data.get("stages"))
    for place, stage in stages:
        if stage.escalation_conditions is None:
            continue
        behind = [
            (o.order, n) for n, o in stages if o.track == stage.track and o.order > stage.order
        ]
        path = path_of(("stages", place, "escalationConditions"))
        if not behind:
            words = f"no stage of the track {stage.track} comes after {stage.key}"
            yield RuleProblem(path, words, "escalation-nowhere", "leave it out, or write one")
        elif set(written[min(behind)[1]]) & {"trigger", *FLAT}:
            words = "the next stage of the track has a trigger of its own"
            yield RuleProblem(path, words, "escalation-twice", "write it in one of both places")


def _twice_named(data: dict[str, Any]) -> Iterator[RuleProblem]:
    for room in ("sources", "tracks", "returns", "parallel"):
        ids = [one.get("id") for one in _objects(data.get(room))]
        for place, name in enumerate(ids):
            if isinstance(name, str) and name in ids[:place]:
                path = path_of((room, place, "id"))
                yield RuleProblem(path, f"{name} was said before", "id-twice", "another id")

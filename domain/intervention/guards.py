"""What must be seen to before a stage is entered, as far as an intervention can tell.

Software finds what the register and the record say; a person answers what nobody else can know. A
stage is entered only when all of it holds, and what was found and answered is frozen with it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Protocol

from domain.intervention import refusals as r
from domain.intervention.reasons import AttemptWay
from domain.kernel.world import World
from domain.shared.guards import Answer, Finding, Guard, GuardBy, Vouched

if TYPE_CHECKING:
    from domain.intervention.aggregate import InterventionInstance
    from domain.intervention.commands import ApproveStage
    from domain.intervention.events import StageProposed

NOTICES: Final = ("TRUANCY_NOTICE_1", "TRUANCY_NOTICE_2", "HABITUAL_TRUANT_NOTICE_3")
MEASURES: Final = "PREVENTION_MEASURES"
# California Education Code 48262, as the papers of the domain have it: by e-mail or phone.
CONSCIENTIOUS: Final = frozenset({AttemptWay.EMAIL, AttemptWay.PHONE})


class Attempt(Protocol):
    """What the law asks of an attempt at a meeting."""

    @property
    def way(self) -> AttemptWay:
        """How the family was asked."""
        ...

    @property
    def made_on(self) -> date:
        """On which day."""
        ...

    @property
    def everybody(self) -> bool:
        """Whether all were asked whom the stage names."""
        ...

    @property
    def after(self) -> Collection[str]:
        """The stages that had been entered when it was logged, and by its day."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A stage that was entered and has not lost its cause. `done`: a letter, or a person's word."""

    track: str
    entered_on: date
    done: bool
    fulfilled: bool


@dataclass(frozen=True, slots=True)
class Record:
    """What an intervention has on record: the aggregate and its row give the same."""

    entries: Mapping[str, Entry]
    attempts: tuple[Attempt, ...]


def record_of(state: "InterventionInstance") -> Record:
    """Return what guards look at."""
    entries = {
        name: Entry(
            track=one.track,
            entered_on=one.entered_on,
            done=name in state.lettered or name in state.fulfilled,
            fulfilled=name in state.fulfilled,
        )
        for name in state.entered
        if (one := state.firings.standing(name)) is not None
    }
    tried = (one for one in state.attempts if one.attempt_id not in state.failed)
    return Record(entries, tuple(tried))


def found_on_record(guards: Iterable[Guard], track: str, record: Record) -> list[Finding]:
    """Say which guards of a stage on a track the record meets."""
    return [
        _FACTS[guard.name](guard.name, track, record)
        for guard in guards
        if guard.by is GuardBy.FACTS and guard.name in _FACTS
    ]


def _conference(name: str, track: str, record: Record) -> Finding:
    """Count attempts after a report: a stage of the same track that still has its cause.

    On the day of the report an attempt counts if it was logged once the report stood.
    """
    reports = {n: e.entered_on for n, e in record.entries.items() if e.track == track}
    counted = sum(
        any(n in one.after and reports[n] <= one.made_on for n in reports)
        for one in record.attempts
        if one.everybody and one.way in CONSCIENTIOUS
    )
    return Finding(guard=name, met=counted > 0, counted=counted)


def _documented(name: str, track: str, record: Record) -> Finding:  # noqa: ARG001  every guard is asked alike
    counted = sum(n in record.entries and record.entries[n].done for n in NOTICES)
    return Finding(guard=name, met=counted == len(NOTICES), counted=counted)


def _measures(name: str, track: str, record: Record) -> Finding:  # noqa: ARG001  every guard is asked alike
    entry = record.entries.get(MEASURES)
    counted = int(entry is not None and entry.fulfilled)
    return Finding(guard=name, met=counted > 0, counted=counted)


_FACTS: Final[Mapping[str, Callable[[str, str, Record], Finding]]] = {
    "CONFERENCE_ATTEMPTED": _conference,
    "NOTICES_1_2_3_DOCUMENTED": _documented,
    "PREVENTION_MEASURES_DOCUMENTED": _measures,
}


def asked(guards: Iterable[Guard]) -> list[Guard]:
    """Return the guards that wait for a person's answer."""
    return [guard for guard in guards if guard.by is GuardBy.PERSON]


def checked(
    state: "InterventionInstance", track: str, guards: tuple[Guard, ...], told: Iterable[Finding]
) -> tuple[Finding, ...]:
    """Return what software finds about guards.

    Raises:
        GuardNotMet: naming each that does not hold, with its numbers.
    """
    found = {one.guard: one for one in (*told, *found_on_record(guards, track, record_of(state)))}
    missing = [
        {"guard": guard.name, **_numbers(found.get(guard.name))}
        for guard in guards
        if guard.by is not GuardBy.PERSON and (guard.name not in found or not found[guard.name].met)
    ]
    if missing:
        raise r.GuardNotMet(guards=missing)
    return tuple(found[guard.name] for guard in guards if guard.by is not GuardBy.PERSON)


def _numbers(one: Finding | None) -> dict[str, Any]:
    if one is None:
        return {}
    days = {"window_from": one.window_from, "window_to": one.window_to}
    return {"counted": one.counted, **{k: v.isoformat() for k, v in days.items() if v is not None}}


def vouched(
    state: "InterventionInstance",
    proposed: "StageProposed",
    command: "ApproveStage",
    world: World,
) -> tuple[Vouched, ...]:
    """Return who vouches for each guard; special answers are left to the vault.

    Raises:
        GuardNotMet: software finds otherwise.
        GuardUnknown: something was answered that the stage does not ask.
        GuardsUnanswered: naming each guard that waits, and its question.
        GuardDenied: somebody answered no.
    """
    found = checked(state, proposed.stage.track, proposed.guards, command.findings)
    said = {one.guard: one.yes for one in command.answers}
    questions = asked(proposed.guards)
    _answered(questions, command.answers, said)
    by_machine = {guard.name: guard.by for guard in proposed.guards}
    return (
        *(
            Vouched(guard=f.guard, by=by_machine[f.guard], at=world.now, counted=f.counted)
            for f in found
        ),
        *(
            Vouched(guard=guard.name, by=guard.by, at=world.now, who=world.actor)
            for guard in questions
            if not guard.special
        ),
    )


def _answered(questions: list[Guard], answers: Iterable[Answer], said: Mapping[str, bool]) -> None:
    unknown = sorted({one.guard for one in answers} - {guard.name for guard in questions})
    if unknown:
        raise r.GuardUnknown(guards=unknown)
    open_still = [guard for guard in questions if guard.name not in said]
    if open_still:
        raise r.GuardsUnanswered(guards=[{"guard": g.name, "asks": g.asks} for g in open_still])
    denied = [guard.name for guard in questions if not said[guard.name]]
    if denied:
        raise r.GuardDenied(guards=denied)

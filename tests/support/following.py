"""The words in which process managers and read models are tested: reacting, project."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Generic, Self, TypeVar
from uuid import UUID

from domain.intervention.events import InterventionOpened
from domain.kernel.commands import Command
from domain.kernel.facts import Event, name_of
from domain.kernel.recorded import SYSTEM, Recorded
from domain.message.events import MessageRequested
from domain.playbook_run.events import RunStarted
from domain.shared.contact import Purpose
from domain.shared.ids import (
    CaseId,
    GuardianId,
    HouseholdId,
    InterventionId,
    MessageId,
    RunId,
    SchoolId,
    StudentId,
    derived_id,
)
from domain.shared.playbooks import Playbook
from domain.shared.recipients import Contact, Recipients
from processmanagers.kit import Diary, OpenIntervention, OpenRun, ProcessManager
from projections.kit import ReadModel, Row
from tests.support.examples import STREAMS, TENANT, example
from tests.support.scenario import NOW, at

HOME: Final = HouseholdId(UUID("40000000-0000-4000-8000-0000000000aa"))
R = TypeVar("R", bound=Row)


def recorded(
    event: Event, *, stream: UUID | None = None, version: int = 1, on: str | datetime = NOW
) -> Recorded:
    """Put a fact into its envelope, in the stream of the examples, at a school's wall time."""
    moment = at(on) if isinstance(on, str) else on
    command = derived_id("command", version, name_of(type(event)))
    return Recorded(
        tenant=TENANT,
        stream=stream or STREAMS[name_of(type(event)).split(".")[0]],
        version=version,
        position=version,
        event=event,
        occurred_at=moment,
        recorded_at=moment,
        actor=SYSTEM,
        command_id=command,
        cause=None,
        correlation=command,
    )


@dataclass(frozen=True)
class LookUps:
    """A reaction's look-ups, answered from what the test says."""

    playbooks_in_use: Sequence[Playbook] = ()
    guardians_to_tell: Sequence[GuardianId] = ()
    decided: Recipients | None = None
    open_runs: Sequence[OpenRun] = ()
    asking: Sequence[str] = ()
    interventions: Sequence[OpenIntervention] = ()
    cases: dict[InterventionId, CaseId] = field(default_factory=dict)
    started: RunStarted = field(default_factory=lambda: example(RunStarted))
    follows: Playbook | None = None
    places: dict[int, tuple[str, date | None]] = field(default_factory=dict)
    requested: MessageRequested = field(default_factory=lambda: example(MessageRequested))
    opened: InterventionOpened = field(default_factory=lambda: example(InterventionOpened))

    def playbooks(self, stage: str, school: SchoolId) -> Sequence[Playbook]:
        """Return those that this stage starts."""
        del school
        return [p for p in self.playbooks_in_use if p.trigger_stage == stage]

    def run(self, run: RunId) -> RunStarted:
        """Return how any run began."""
        del run
        return self.started

    def diary(self, run: RunId) -> Diary:
        """Return where the messages of any run stand."""
        del run
        return Diary(self.started, self.follows or self.started.playbook, self.places)

    def message(self, message: MessageId) -> MessageRequested:
        """Return what was asked of any message."""
        del message
        return self.requested

    def intervention(self, intervention: InterventionId) -> InterventionOpened:
        """Return how any intervention began."""
        del intervention
        return self.opened

    def case_of(self, intervention: InterventionId) -> CaseId | None:
        """Return the case of an intervention."""
        return self.cases.get(intervention)

    def asks_for_attempts(self, intervention: InterventionId, stage: str) -> bool:
        """Say whether a stage of any intervention asks for attempts."""
        del intervention
        return stage in self.asking

    def guardians(self, student: StudentId) -> Sequence[GuardianId]:
        """Return whom to tell about any student."""
        del student
        return self.guardians_to_tell

    def recipients(self, student: StudentId, purpose: Purpose) -> Recipients:
        """Return whom to tell about any student, or what a test decided."""
        del student, purpose
        if self.decided is not None:
            return self.decided
        told = (Contact(one, household=HOME) for one in self.guardians_to_tell)
        return Recipients(tuple(told))

    def open_runs_of_student(self, student: StudentId) -> Sequence[OpenRun]:
        """Return the open runs of any student."""
        del student
        return self.open_runs

    def open_runs_of_intervention(self, intervention: InterventionId) -> Sequence[OpenRun]:
        """Return the open runs of any intervention."""
        del intervention
        return self.open_runs

    def open_interventions(self, student: StudentId) -> Sequence[OpenIntervention]:
        """Return the open interventions of any student."""
        del student
        return self.interventions


class Reacting:
    """A process manager in a world of look-ups."""

    def __init__(self, manager: ProcessManager, world: LookUps) -> None:
        self.manager, self.world = manager, world
        self.told: tuple[Command, ...] = ()

    def to(self, fact: Event | Recorded) -> Self:
        """Let it react; only what it listens to reaches it, as the machine does it."""
        envelope = fact if isinstance(fact, Recorded) else recorded(fact)
        heard = isinstance(envelope.event, self.manager.listens)
        self.told = tuple(self.manager.react(envelope, self.world)) if heard else ()
        return self

    def commands(self, *commands: Command) -> None:
        """Exactly these commands followed."""
        assert self.told == commands, _beside(commands, self.told)


def reacting(manager: ProcessManager, world: LookUps | None = None) -> Reacting:
    """Start a sentence about a reaction."""
    return Reacting(manager, world or LookUps())


class Projected(Generic[R]):
    """The rows of a read model after some facts."""

    def __init__(self, model: ReadModel[R], facts: Iterable[Recorded]) -> None:
        self.rows: dict[str, R] = {}
        for fact in facts:
            fold(model, self.rows, fact)

    def shows(self, *rows: R) -> None:
        """Exactly these rows, in the order of their keys."""
        shown = tuple(row for _, row in sorted(self.rows.items()))
        assert shown == rows, _beside(rows, shown)

    def shows_nothing(self) -> None:
        """No row at all."""
        self.shows()

    @property
    def row(self) -> R:
        """The one row there is."""
        assert len(self.rows) == 1, _beside(("one row",), self.rows.values())
        return next(iter(self.rows.values()))


def fold(model: ReadModel[Any], rows: dict[str, Any], fact: Recorded) -> None:
    """Fold one fact into rows, as the machine does it: no row is a removed row."""
    for key in model.keys(fact):
        after = model.evolve(rows.get(key), fact, key)
        if after is None:
            rows.pop(key, None)
        else:
            rows[key] = after


def project(model: ReadModel[R], *facts: Event | Recorded) -> Projected[R]:
    """Start a sentence about a read model; bare facts are numbered within their stream."""
    versions: dict[str, int] = {}
    envelopes = []
    for fact in facts:
        if isinstance(fact, Recorded):
            envelopes.append(fact)
            continue
        kind = name_of(type(fact)).split(".")[0]
        versions[kind] = versions.get(kind, 0) + 1
        envelopes.append(recorded(fact, version=versions[kind]))
    return Projected(model, envelopes)


def _beside(expected: Iterable[object], actual: Iterable[object]) -> str:
    sides = (("expected", expected), ("actual", actual))
    return "\n".join(
        "\n".join([name, *(f"  {thing!r}" for thing in things)]) for name, things in sides
    )

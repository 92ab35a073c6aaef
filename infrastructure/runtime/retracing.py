"""History played again: each evaluation as known then, with what people did as its only input.

The same functions that looked on each evening look again, and the same interventions decide, in
memory. What people and process managers did goes in as it is on record; what evaluations did has to
come out as it is on record. Where it does not, either the rules are not a pure function of what was
known, or somebody has changed what was known.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from domain.catalogue import AGGREGATES
from domain.evaluation.events import EvaluationCompleted, LookKind
from domain.intervention.events import InterventionOpened
from domain.kernel import facts
from domain.kernel.commands import Command
from domain.kernel.facts import Event, name_of
from domain.kernel.recorded import Told
from domain.kernel.refusals import Refusal
from domain.kernel.world import World
from domain.shared.calendar import SchoolCalendar
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.register import reads as register
from infrastructure.register.changes import learned, marked_on
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.accounts import ENGINE
from infrastructure.runtime.evaluating import ACTOR, planned
from infrastructure.runtime.judging import Known
from infrastructure.runtime.looking import look
from infrastructure.runtime.of_the_day import answered
from infrastructure.store.database import Connection
from projections.definitions import RULE_SETS, RuleSetRow
from projections.exemptions import EXEMPTIONS
from projections.interventions import INTERVENTIONS, InterventionRow
from projections.kit import ReadModel

_FACTS: Final[QueryNoTemplate] = (
    "select originator_id, originator_version, topic, event_version, state, notification_id, actor,"
    " occurred_at, recorded_at from ledger where tenant = %(tenant)s"
    " and (topic ~ '^(intervention|exemption|case|rule_set)[.]' or topic = 'evaluation.completed')"
    " order by notification_id"
)
_MODELS: Final[tuple[ReadModel[Any], ...]] = (INTERVENTIONS, EXEMPTIONS, RULE_SETS)


class Difference(NamedTuple):
    """One fact that is on record and did not come out again, or the other way round.

    `engine` is the number of the one that decided then (None: nothing of the stream is on record);
    where it is not the present one the rules meant something else, and nobody changed anything.
    """

    stream: UUID
    recorded: str | None
    retraced: str | None
    engine: int | None


@dataclass
class Retraced:
    """What came out. Without a difference, history is what the rules say of what was known."""

    looks: int = 0
    facts: int = 0
    differences: list[Difference] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the account as it is printed."""
        return {
            "looks": self.looks,
            "facts": self.facts,
            "engine": ENGINE,
            "differences": [
                {
                    "stream": str(one.stream),
                    "recorded": one.recorded,
                    "retraced": one.retraced,
                    "engine": one.engine,
                }
                for one in self.differences
            ],
        }


class Retracing:
    """Plays the evaluations of one tenant's schools again."""

    def __init__(self, conn: Connection, tenant: TenantId) -> None:
        self._conn, self._tenant = conn, tenant
        self._schools = {row.school: row for row in register.schools(conn, tenant)}
        self._streams: dict[UUID, Any] = {}
        self._rows: dict[str, dict[str, Any]] = {model.name: {} for model in _MODELS}
        self._looked: dict[SchoolId, dict[date, int]] = defaultdict(dict)
        self._same_day: dict[tuple[SchoolId, date], tuple[int, tuple[str, ...] | None]] = {}
        self._recorded: dict[UUID, list[str]] = defaultdict(list)
        self._engines: dict[UUID, list[int]] = defaultdict(list)
        self._unsigned: list[UUID] = []
        self._made: dict[UUID, list[str]] = defaultdict(list)
        self._versions: dict[UUID, int] = defaultdict(int)

    def run(self) -> Retraced:
        """Read the ledger once, fact by fact, and say what came out otherwise."""
        told = Retraced()
        for fact, actor in self._ledger():
            if isinstance(fact.event, EvaluationCompleted):
                self._evaluate(fact.event, fact)
                self._sign(fact.event.engine)
                told.looks += 1
            elif actor == ACTOR:
                self._recorded[fact.stream].append(_written(fact.event))
                self._unsigned.append(fact.stream)
            elif self._has_place(fact):
                self._hear(fact)
        told.facts = sum(map(len, self._made.values()))
        told.differences = list(self._differences())
        return told

    def _sign(self, engine: int) -> None:
        """Note by which engine the facts before the end of a look were decided."""
        for stream in self._unsigned:
            self._engines[stream].append(engine)
        self._unsigned.clear()

    def position(self, done: EvaluationCompleted) -> int:
        """Return the position at which the register is read for a look: what was known then."""
        return done.known_at

    def _ledger(self) -> Iterator[tuple[Told, str]]:
        rows = self._conn.execute(_FACTS, {"tenant": self._tenant}).fetchall()
        for stream, number, name, version, state, position, actor, at, recorded_at in rows:
            yield (
                Told(
                    tenant=self._tenant,
                    stream=stream,
                    version=number,
                    position=position,
                    event=facts.read(name, version, bytes(state)),
                    occurred_at=at,
                    recorded_at=recorded_at,
                ),
                actor,
            )

    def _has_place(self, fact: Told) -> bool:
        """Say whether what was done is about something that came out here, too."""
        about_ladder = name_of(type(fact.event)).startswith("intervention.")
        if isinstance(fact.event, InterventionOpened):
            return True  # by a person's proposal: those of the rules come out here
        return not about_ladder or str(fact.stream) in self._rows[INTERVENTIONS.name]

    def _hear(self, fact: Told) -> None:
        """Take what people and process managers did as it is on record."""
        kind = name_of(type(fact.event)).partition(".")[0]
        if kind in AGGREGATES:
            self._stream(kind, fact.stream).evolve(fact.event)
        self._versions[fact.stream] += 1
        for model in _MODELS:
            rows = self._rows[model.name]
            for key in model.keys(fact):
                after = model.evolve(rows.get(key), fact, key)
                if after is None:
                    rows.pop(key, None)
                else:
                    rows[key] = after

    def _stream(self, kind: str, stream: UUID) -> Any:
        if stream not in self._streams:
            self._streams[stream] = AGGREGATES[kind]()
        return self._streams[stream]

    def _evaluate(self, done: EvaluationCompleted, fact: Told) -> None:
        school = self._schools[done.school_id]
        position = self.position(done)
        known = self._known(done, school, position)
        answer = answered(known, done.look)
        plan = planned(self._tenant, known, answer, done.look)
        days = register.open_days(self._conn, self._tenant, school.school, position)
        calendars: dict[UUID, SchoolCalendar] = {school.school: SchoolCalendar(school.zone, days)}
        for step in plan.steps:
            self._execute(step.command, fact, calendars)
        if done.look is LookKind.SAME_DAY:
            self._same_day[done.school_id, done.on] = (done.known_at, done.over)
        else:
            self._looked[done.school_id][done.on] = done.known_at

    def _known(self, done: EvaluationCompleted, school: SchoolRow, position: int) -> Known:
        """Return what the look knew: the register as then, the ladders as they came out here."""
        row: RuleSetRow = self._rows[RULE_SETS.name][str(done.rule_set_id)]
        since = self._since(done)
        known = look(
            self._conn,
            self._tenant,
            school,
            done.on,
            row,
            position,
            since=since,
            students=self._students(done, since, position),
        )
        mine = [
            one
            for one in self._rows[INTERVENTIONS.name].values()
            if (one.rule_set_id, one.school_id) == (done.rule_set_id, school.school)
        ]
        known = replace(known, over=done.over)
        return replace(known, exempt=self._exempt(known), **_ladders(known, mine))

    def _since(self, done: EvaluationCompleted) -> int:
        if done.look is LookKind.SAME_DAY:
            since, over = self._same_day.get((done.school_id, done.on), (0, ()))
            return since if (over or ()) == (done.over or ()) else 0
        looked = self._looked[done.school_id]
        return looked[max(looked)] if looked else 0

    def _students(
        self, done: EvaluationCompleted, since: int, position: int
    ) -> frozenset[StudentId] | None:
        """Return about whom a look was: it is known by what became known before it."""
        if done.look is LookKind.IMPORT:
            pupils, shifted = learned(self._conn, self._tenant, done.school_id, since, position)
            if shifted is not None and shifted <= done.on:
                return None
            return frozenset(pupil for pupil, day in pupils.items() if day <= done.on)
        if done.look is LookKind.SAME_DAY:
            schools = [done.school_id]
            marked = marked_on(self._conn, self._tenant, schools, done.on, since, position)
            return marked.get(done.school_id, frozenset())
        return None

    def _exempt(self, known: Known) -> frozenset[StudentId]:
        rows = self._rows[EXEMPTIONS.name].values()
        return frozenset(
            row.student_id
            for row in rows
            if row.student_id in known.lines and any(x.holds_on(known.on) for x in row.exemptions)
        )

    def _execute(
        self, command: Command, fact: Told, calendars: Mapping[UUID, SchoolCalendar]
    ) -> None:
        """Let the intervention in memory decide, and remember what it says."""
        state = self._stream(command.kind, command.stream)
        consulted = {one.stream: self._stream(one.kind, one.stream) for one in command.consults}
        world = World(now=fact.occurred_at, actor=ACTOR, calendars=calendars, consulted=consulted)
        try:
            decided: list[Event] = list(state.decide(command, world))
        except Refusal:
            return
        for event in decided:
            self._made[command.stream].append(_written(event))
            version = self._versions[command.stream] + 1
            self._hear(
                Told(
                    tenant=self._tenant,
                    stream=command.stream,
                    version=version,
                    position=fact.position,
                    event=event,
                    occurred_at=fact.occurred_at,
                    recorded_at=fact.recorded_at,
                )
            )

    def _differences(self) -> Iterator[Difference]:
        for stream in sorted({*self._recorded, *self._made}):
            recorded, made = self._recorded.get(stream, []), self._made.get(stream, [])
            length = max(len(recorded), len(made))
            both = zip(_padded(recorded, length), _padded(made, length), strict=True)
            for number, (one, other) in enumerate(both):
                if one != other:
                    engines = self._engines.get(stream, [])[: number + 1]
                    yield Difference(stream, one, other, engines[-1] if engines else None)
                    break  # what follows a difference follows from it


def _ladders(known: Known, rows: list[InterventionRow]) -> dict[str, Any]:
    year, nominal = known.year_named, known.rules.school_year.begins
    before = known.calendar.year_named(_the_day_before(known.year_from), nominal)
    of_year = [row for row in rows if row.school_year_from == year]
    return {
        "rows": {row.student_id: row for row in of_year if not row.same_day},
        "contacts": {row.student_id: row for row in of_year if row.same_day},
        "earlier": {
            row.student_id: row
            for row in rows
            if row.school_year_from == before and not row.same_day
        },
    }


def _the_day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _written(event: Event) -> str:
    return f"{name_of(type(event))} {facts.write(event).decode()}"


def _padded(found: list[str], length: int) -> list[str | None]:
    return [*found, *[None] * (length - len(found))]


def retrace(conn: Connection, tenant: TenantId) -> Retraced:
    """Play all evaluations of a tenant again, each as known then. Nothing is stored of it."""
    return Retracing(conn, tenant).run()

"""What process managers may look up, answered for a whole batch at once.

A reaction is a pure function, so it may be begun again. What it asks and nobody has looked up yet
is written down, the reaction is broken off, and when the whole batch has asked, one query a kind of
question answers all of it. So a batch costs a handful of queries, not a handful a fact.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from domain.intervention.events import InterventionOpened
from domain.kernel import facts
from domain.kernel.commands import Command
from domain.kernel.facts import Event
from domain.kernel.recorded import Recorded
from domain.message.events import MessageRequested
from domain.playbook_run.events import RunMoved, RunStarted, StepScheduled
from domain.shared.contact import Purpose
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    MessageId,
    RunId,
    SchoolId,
    StudentId,
    TenantId,
)
from domain.shared.playbooks import Playbook
from domain.shared.recipients import Contact, Recipients, recipients
from infrastructure.clock import school_now
from infrastructure.register import reads as register
from infrastructure.register.rows import GuardianLinkRow
from infrastructure.store import reads
from infrastructure.store.database import Connection
from processmanagers.kit import Diary, OpenIntervention, OpenRun, ProcessManager
from projections import interventions, run_monitor
from projections.interventions import InterventionRow
from projections.kit import Query
from projections.playbooks import FOR_STAGES, PlaybookRow
from projections.run_rows import RunRow

E = TypeVar("E", bound=Event)
Found = Mapping[Any, Any]
Firsts = dict[UUID, dict[UUID, Any]]
"""First facts that are known, by tenant and stream: they never change, so all may share them."""
_FIRST_FACTS: Final = (
    "select originator_id, topic, event_version, state from ledger"
    " where tenant = %s and originator_id = any(%s) and originator_version = 1"
)


_IN_DIARIES: Final = [facts.name_of(cls) for cls in (RunMoved, StepScheduled)]
_OF_DIARIES: Final = (
    "select originator_id, originator_version, topic, event_version, state from ledger"
    " where tenant = %s and originator_id = any(%s) and topic = any(%s)"
    " order by originator_id, originator_version"
)


class Unanswered(Exception):
    """The reaction has to be begun again, once its question has been answered."""


class LookUps:
    """One tenant's look-ups in one transaction.

    Read models are as new as the batch, the ledger is always new. Between two answers nothing is
    looked up again: a whole batch sees the same. First facts that are `known` are not read again.
    """

    def __init__(self, conn: Connection, tenant: TenantId, known: Firsts | None = None) -> None:
        self._conn = conn
        self._tenant = tenant
        self._known: dict[str, dict[Any, Any]] = defaultdict(dict)
        if known is not None:
            self._known["first_fact"] = known.setdefault(tenant, {})
        self._asked: dict[str, set[Any]] = defaultdict(set)

    def answer(self) -> None:
        """Look up everything that was asked and not yet known."""
        asked, self._asked = self._asked, defaultdict(set)
        for question, keys in asked.items():
            found = _ANSWERS[question](self._conn, self._tenant, keys)
            self._known[question] |= {key: found.get(key, ()) for key in keys}

    def _ask(self, question: str, key: Hashable) -> Any:
        known = self._known[question]
        if key not in known:
            self._asked[question].add(key)
            raise Unanswered
        answer = known[key]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def run(self, run: RunId) -> RunStarted:
        """Return how a run began."""
        return _as(RunStarted, self._ask("first_fact", run), run)

    def diary(self, run: RunId) -> Diary:
        """Return where a run's messages stand in the diary."""
        with suppress(Unanswered):  # it is written down, and both are answered together
            self.run(run)
        followed, places = self._ask("diary", run)
        began = self.run(run)
        return Diary(began, followed or began.playbook, places)

    def message(self, message: MessageId) -> MessageRequested:
        """Return what was asked of a message."""
        return _as(MessageRequested, self._ask("first_fact", message), message)

    def intervention(self, intervention: InterventionId) -> InterventionOpened:
        """Return how an intervention began."""
        return _as(InterventionOpened, self._ask("first_fact", intervention), intervention)

    def case_of(self, intervention: InterventionId) -> CaseId | None:
        """Return the case of an intervention."""
        cases: Sequence[CaseId] = self._ask("case", intervention)
        return cases[0] if cases else None

    def asks_for_attempts(self, intervention: InterventionId, stage: str) -> bool:
        """Say whether a stage of an intervention asks for attempts at a meeting."""
        asking: Sequence[str] = self._ask("attempts", intervention)
        return stage in asking

    def playbooks(self, stage: str, school: SchoolId) -> Sequence[Playbook]:
        """Return the playbooks in use that this stage starts at this school."""
        rows: Sequence[PlaybookRow] = self._ask("playbooks", stage)
        return [row.playbook for row in rows if row.school_id in {None, school}]

    def guardians(self, student: StudentId) -> Sequence[GuardianId]:
        """Return who may be contacted, by priority. Unknown is not yes: nobody is assumed."""
        return self.recipients(student, Purpose.NUDGE).guardians

    def recipients(self, student: StudentId, purpose: Purpose) -> Recipients:
        """Return who is told about a student for a purpose, and who is not, and why."""
        for today, contacts in self._ask("contacts", student):
            return recipients(contacts, purpose, today)
        return Recipients()

    def open_runs_of_student(self, student: StudentId) -> Sequence[OpenRun]:
        """Return the student's runs that have not ended."""
        found: Sequence[OpenRun] = self._ask("runs_of_student", student)
        return found

    def open_runs_of_intervention(self, intervention: InterventionId) -> Sequence[OpenRun]:
        """Return the intervention's runs that have not ended."""
        found: Sequence[OpenRun] = self._ask("runs_of_intervention", intervention)
        return found

    def open_interventions(self, student: StudentId) -> Sequence[OpenIntervention]:
        """Return the student's interventions that have not ended."""
        found: Sequence[OpenIntervention] = self._ask("interventions", student)
        return found


def reactions(
    conn: Connection,
    manager: ProcessManager,
    heard: Iterable[Recorded],
    known: Firsts | None = None,
) -> dict[int, Sequence[Command] | Exception]:
    """Return by position what follows from each fact, or what its reaction failed of.

    First facts that are read on the way are added to those `known`.
    """
    found: dict[int, Sequence[Command] | Exception] = {}
    worlds: dict[UUID, LookUps] = {}
    left = list(heard)
    while left:
        again = []
        for fact in left:
            world = worlds.get(fact.tenant)
            if world is None:
                world = worlds[fact.tenant] = LookUps(conn, TenantId(fact.tenant), known)
            try:
                found[fact.position] = list(manager.react(fact, world))
            except Unanswered:
                again.append(fact)
            except Exception as error:  # noqa: BLE001  a fault in one must not stop the others
                found[fact.position] = error
        for world in worlds.values():
            world.answer()
        left = again
    return found


def _as(cls: type[E], first: object, stream: UUID) -> E:
    if not isinstance(first, cls):
        raise LookupError(f"{stream} did not begin with {facts.name_of(cls)}")  # noqa: TRY004  the stream is wrong, not the type
    return first


def _first_facts(conn: Connection, tenant: TenantId, streams: Collection[UUID]) -> Found:
    failed: dict[UUID, Exception] = {}
    stored = conn.execute(_FIRST_FACTS, (tenant, list(streams)))
    return {stream: _opened(failed, stream, first) for stream, *first in stored} | failed


def _diaries(conn: Connection, tenant: TenantId, runs: Collection[RunId]) -> Found:
    """Find the playbook that each run was moved to last, if it was, and its places."""
    followed: dict[UUID, Playbook] = {}
    places: dict[UUID, dict[int, tuple[str, date | None]]] = defaultdict(dict)
    failed: dict[UUID, Exception] = {}
    for run, version, *stored in conn.execute(_OF_DIARIES, (tenant, list(runs), _IN_DIARIES)):
        match _opened(failed, run, stored):
            case RunMoved(playbook=playbook):
                followed[run] = playbook
            case StepScheduled(step_id=step, contact_on=on):
                places[run][version] = (step, on)
            case _:
                pass
    return {**{run: (followed.get(run), places[run]) for run in runs}, **failed}


def _opened(failed: dict[UUID, Exception], stream: UUID, stored: Sequence[Any]) -> Event | None:
    """Open a fact; one that cannot be is told to whoever asks for its stream alone."""
    try:
        return facts.read(*stored)
    except (facts.UnknownFact, msgspec.MsgspecError) as error:
        failed[stream] = error
        return None


def _cases(conn: Connection, tenant: TenantId, ids: Collection[UUID]) -> Found:
    asked = {"tenant": tenant, "keys": [str(one) for one in ids]}
    rows = reads.documents(conn, interventions.SOME, InterventionRow, asked)
    return {row.intervention_id: [row.case_id] for row in rows}


def _attempts(conn: Connection, tenant: TenantId, ids: Collection[UUID]) -> Found:
    asked = {"tenant": tenant, "keys": [str(one) for one in ids]}
    rows = reads.documents(conn, interventions.SOME, InterventionRow, asked)
    return {row.intervention_id: [s.stage for s in row.stages if s.log_attempts] for row in rows}


def _playbooks(conn: Connection, tenant: TenantId, stages: Collection[str]) -> Found:
    asked = {"tenant": tenant, "stages": list(stages)}
    rows = reads.documents(conn, FOR_STAGES, PlaybookRow, asked)
    return _grouped((row.trigger_stage, row) for row in rows)


def contacts_of(
    conn: Connection, tenant: TenantId, students: Collection[StudentId]
) -> Mapping[StudentId, Sequence[tuple[date, Sequence[Contact]]]]:
    """Find each student's guardians, and the day at the school: flags end on a day there."""
    zones = {row.school: row.zone for row in register.schools(conn, tenant)}
    roll = register.students(conn, tenant, students=students)
    home = {row.student: zones.get(row.school, "UTC") for row in roll if row.school}
    now = school_now(conn)
    return {
        student: [
            (
                now.astimezone(ZoneInfo(home.get(student, "UTC"))).date(),
                [contact_of(link) for link in links],
            )
        ]
        for student, links in register.guardians_of(conn, tenant, students).items()
    }


def contact_of(link: GuardianLinkRow) -> Contact:
    """Return what a decision needs to know of a guardian of one child."""
    return Contact(
        guardian=link.guardian,
        priority=link.priority,
        may_receive_info=link.may_receive_info,
        has_parental_responsibility=link.has_parental_responsibility,
        no_contact=link.no_contact_reason is not None,
        no_contact_until=link.no_contact_until,
        household=link.household,
    )


def _open_runs(query: Query, of: Callable[[RunRow], UUID]) -> "_Answer":
    def answer(conn: Connection, tenant: TenantId, ids: Collection[UUID]) -> Found:
        rows = reads.documents(conn, query, RunRow, {"tenant": tenant, "ids": list(ids)})
        return _grouped(
            (of(row), OpenRun(row.run_id, row.school_id, row.guardian_id, row.stage, row.firing))
            for row in rows
        )

    return answer


def _interventions(conn: Connection, tenant: TenantId, students: Collection[StudentId]) -> Found:
    asked = {"tenant": tenant, "students": list(students)}
    rows = reads.documents(conn, interventions.OPEN_OF_STUDENTS, InterventionRow, asked)
    return _grouped(
        (row.student_id, OpenIntervention(row.intervention_id, row.school_id, row.case_id))
        for row in rows
    )


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> Found:
    found: dict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


_Answer = Callable[[Connection, TenantId, Collection[Any]], Found]
_ANSWERS: Final[Mapping[str, _Answer]] = {
    "first_fact": _first_facts,
    "diary": _diaries,
    "case": _cases,
    "attempts": _attempts,
    "playbooks": _playbooks,
    "contacts": contacts_of,
    "runs_of_student": _open_runs(run_monitor.OPEN_OF_STUDENTS, lambda row: row.student_id),
    "runs_of_intervention": _open_runs(
        run_monitor.OPEN_OF_INTERVENTIONS, lambda row: row.instance_id
    ),
    "interventions": _interventions,
}

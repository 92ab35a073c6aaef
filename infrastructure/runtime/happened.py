"""What really happened: stages that were proposed and entered, and what people said of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.abc import QueryNoTemplate

from domain.attendance.comparing import Happened
from domain.attendance.guards import DEEDS
from domain.attendance.ladder import Acts, Away
from domain.attendance.what_if import Step
from domain.case.events import CaseClosed
from domain.exemption.events import ExemptionEnded, ExemptionGranted
from domain.intervention import events as iv
from domain.intervention.guards import CONSCIENTIOUS
from domain.kernel import facts
from domain.kernel.facts import Event, name_of
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.store.database import Connection

_HEARD: Final = (
    iv.InterventionOpened,
    iv.StageProposed,
    iv.StageEntered,
    iv.StageDeclined,
    iv.StageFulfilled,
    iv.LetterSent,
    iv.AttemptLogged,
    iv.AttemptFailed,
    ExemptionGranted,
    ExemptionEnded,
    CaseClosed,
)
_FACTS: Final[QueryNoTemplate] = (
    "select originator_id, topic, event_version, state, actor, occurred_at from ledger"
    " where tenant = %(tenant)s and topic = any(%(names)s)"
    " and (%(streams)s::uuid[] is null or originator_id = any(%(streams)s))"
    " order by notification_id"
)
_CONFERENCE: Final = "CONFERENCE"
_SAME_YEAR: Final = timedelta(days=180)  # rule sets differ in the day on which a year begins
_DAY: Final = timedelta(days=1)


@dataclass
class Year:
    """One school year of one tenant: by pupil and stage, the first of each."""

    proposed: dict[StudentId, dict[str, date]] = field(default_factory=lambda: defaultdict(dict))
    entered: dict[StudentId, dict[str, date]] = field(default_factory=lambda: defaultdict(dict))
    approved: dict[StudentId, dict[str, date]] = field(default_factory=lambda: defaultdict(dict))
    declined: dict[StudentId, dict[str, date]] = field(default_factory=lambda: defaultdict(dict))
    done: dict[StudentId, dict[str, date]] = field(default_factory=lambda: defaultdict(dict))
    tried: dict[StudentId, dict[UUID, date]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def met(self) -> dict[StudentId, dict[str, date]]:
        """By pupil and guard, the day from which facts meet it."""
        return {
            student: {
                guard: max(done[stage] for stage in stages)
                for guard, stages in DEEDS.items()
                if done.keys() >= {*stages}
            }
            for student in {**self.done, **self.tried}
            for done in [self._deeds(student)]
        }

    def _deeds(self, student: StudentId) -> dict[str, date]:
        done = dict(self.done.get(student, {}))
        days = [*self.tried.get(student, {}).values(), *filter(None, [done.get(_CONFERENCE)])]
        return {**done, _CONFERENCE: min(days)} if days else done


class Past:
    """What the ledger says of a tenant's pupils, or of some streams; `zones` are the schools'."""

    def __init__(
        self,
        conn: Connection,
        tenant: TenantId,
        zones: Mapping[SchoolId, str],
        streams: Collection[UUID] | None = None,
    ) -> None:
        self._zones = {school: ZoneInfo(zone) for school, zone in zones.items()}
        self._any = next(iter(self._zones.values()), ZoneInfo("UTC"))
        self._opened: dict[UUID, iv.InterventionOpened] = {}
        self._years: dict[date, Year] = defaultdict(Year)
        self._exempt: dict[UUID, tuple[StudentId, Away]] = {}
        self._closed: dict[StudentId, list[Away]] = defaultdict(list)
        names = [name_of(event) for event in _HEARD]
        asked = {"tenant": tenant, "names": names, "streams": streams and list(streams)}
        with conn.cursor(binary=True) as cursor:
            for stream, name, version, state, actor, at in cursor.execute(_FACTS, asked):
                self._hear(stream, facts.read(name, version, state), actor, at)

    def _hear(self, stream: UUID, event: Event, actor: str, at: Any) -> None:
        match event:
            case iv.InterventionOpened():
                self._opened[stream] = event
            case ExemptionGranted(student_id=student, exemption=exemption):
                first = max(event.starts_on, event.granted_on or at.astimezone(self._any).date())
                away = Away(first, event.until or date.max)
                self._exempt[exemption] = student, away
            case ExemptionEnded(exemption=exemption) if exemption in self._exempt:
                student, away = self._exempt[exemption]
                until = min(away.last, at.astimezone(self._any).date() - _DAY)
                self._exempt[exemption] = student, away._replace(last=until)
            case CaseClosed(student_id=student):
                self._closed[student].append(Away(at.astimezone(self._any).date(), date.max))
            case _ if (opened := self._opened.get(stream)) is not None:
                self._stage(opened, event, actor, at)
            case _:
                pass

    def _stage(self, opened: iv.InterventionOpened, event: Event, actor: str, at: Any) -> None:
        year, student = self._years[opened.school_year_from], opened.student_id
        match event:
            case iv.StageProposed():
                year.proposed[student].setdefault(event.stage.type, event.evaluated_on)
            case iv.StageEntered():
                year.entered[student].setdefault(event.stage, event.entered_on)
                if actor.startswith("staff:"):
                    year.approved[student].setdefault(event.stage, event.entered_on)
            case iv.StageDeclined():
                year.declined[student].setdefault(event.stage, self._day(opened, at))
            case iv.StageFulfilled() | iv.LetterSent():
                year.done[student].setdefault(event.stage, self._day(opened, at))
            case iv.AttemptLogged(everybody=True, way=way) if way in CONSCIENTIOUS:
                year.tried[student][event.attempt_id] = event.made_on
            case iv.AttemptFailed(attempt_id=attempt):
                year.tried[student].pop(attempt, None)
            case _:
                pass

    def _day(self, opened: iv.InterventionOpened, at: datetime) -> date:
        return at.astimezone(self._zones.get(opened.school_id, self._any)).date()

    def year(self, begins: date) -> Year:
        """Return the school year that begins on a day, or was taken to begin near it."""
        near = [one for one in self._years if abs(one - begins) < _SAME_YEAR]
        return self._years[min(near, key=lambda one: abs(one - begins))] if near else Year()

    def acts(self, begins: date, ends: date) -> Acts:
        """Return what people did about pupils in a school year."""
        year = self.year(begins)
        exempt: dict[StudentId, list[Away]] = defaultdict(list)
        for student, one in self._exempt.values():
            exempt[student].append(one)
        closed = {
            student: [one._replace(last=ends) for one in several if begins <= one.first <= ends]
            for student, several in self._closed.items()
        }
        return Acts(year.approved, year.declined, exempt, closed, year.met, year.entered)

    def exempt_on(self, student: StudentId, day: date) -> bool:
        """Say whether an exemption covers a day."""
        return any(who == student and _covers(away, day) for who, away in self._exempt.values())

    def closed_on(self, student: StudentId, day: date) -> bool:
        """Say whether the pupil's case was closed by then."""
        return any(_covers(away, day) for away in self._closed.get(student, ()))

    def happened(self, begins: date, last: date) -> Happened:
        """Return which stages were proposed and entered in a school year, up to a day."""
        year = self.year(begins)
        return {
            student: {
                stage: Step(on, _until(year.entered.get(student, {}).get(stage), last))
                for stage, on in stages.items()
                if on <= last
            }
            for student, stages in year.proposed.items()
        }


def _covers(away: Away, day: date) -> bool:
    return away.first <= day <= away.last


def _until(day: date | None, last: date) -> date | None:
    return day if day is not None and day <= last else None

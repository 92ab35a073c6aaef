"""The demo's term: a made-up district, a moved clock, scripted staff and families.

Everything goes the real way: files through the importers, texts and mail through the stand-in
providers, replies back through the signed webhook. Only people are scripted.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.intervention.commands import ApproveStage, DeclineStage
from domain.kernel.commands import Command
from domain.kernel.refusals import Refusal
from domain.letter.aggregate import Letter
from domain.letter.commands import ConfirmPosted
from domain.meeting.commands import HoldMeeting, MissMeeting, RecordOutcome, ScheduleMeeting
from domain.meeting.events import Outcome
from domain.shared.ids import (
    InterventionId,
    LetterId,
    MeetingId,
    StudentId,
    TenantId,
    derived_id,
)
from infrastructure.embedded.district.behaviour import APPROVE, NO_SHOW
from infrastructure.embedded.district.district import Content, Delivery, District
from infrastructure.register import reads as register
from infrastructure.runtime.barrier import Barrier
from infrastructure.store import reads
from infrastructure.wiring.founding import found_tenant
from infrastructure.wiring.house import House
from infrastructure.wiring.imports import Importer
from projections import due_steps, interventions, meeting_diary, queue
from projections.interventions import InterventionRow
from projections.meeting_diary import MeetingRow
from projections.queue import Action, QueueRow

DUBLIN: Final = ZoneInfo("Europe/Dublin")
PRINCIPAL: Final = "staff:principal"
_MORNING, _EVENING = time(9, 5), time(17, 5)
_FRIDAY: Final = 4
_MEETING_LEAD: Final = timedelta(days=4)
_ANY: Final[dict[str, Any]] = dict.fromkeys(
    ("school", "student", "playbook", "status", "action", "stage", "after_at", "after_key")
)


class Providers:
    """What the demo asks of the stand-in providers: what they took, and replies to post."""

    def __init__(
        self, taken: Callable[[], list[dict[str, Any]]], reply: Callable[[str, str], None]
    ) -> None:
        self.taken = taken
        self.reply = reply


class Term:
    """Runs one term day by day; every step waits until nothing moves."""

    def __init__(
        self,
        house: House,
        tenant: TenantId,
        district: District,
        barrier: Barrier,
        providers: Providers,
        folder: Path,
    ) -> None:
        self._house = house
        self._tenant = tenant
        self._district = district
        self._barrier = barrier
        self._providers = providers
        self._folder = folder
        self._importer = Importer(house, tenant, "staff:office")
        self._numbers = {
            one.phone: source for source, one in district.guardians.items() if one.phone
        }
        self._texts: dict[str, int] = defaultdict(int)
        self._seen = 0
        self._answers: dict[int, list[tuple[str, str]]] = defaultdict(list)
        self._students: dict[StudentId, str] = {}
        self._meetings: dict[StudentId, int] = defaultdict(int)

    def found(self) -> None:
        """Import the district as it is on the first day."""
        days = self._district.term_days
        self._clock(days[0] - timedelta(days=3), time(8, 0))
        found_tenant(self._house.ledger, self._tenant, PRINCIPAL)
        for delivery in self._district.files():
            self._deliver(delivery, days[0])
        self._know_students()

    def days(self) -> Iterator[date]:
        """Run the term, one school day at a time."""
        for number, day in enumerate(self._district.term_days):
            self._day(number, day)
            yield day
        self._barrier.wait(60)
        self._post_letters()
        self._barrier.wait(60)

    def _day(self, number: int, day: date) -> None:
        if self._steps_due(day):
            self._clock(day, _MORNING)
        for delivery in self._district.deliveries(day):
            self._deliver(delivery, day)
        if any(d.content is Content.STUDENTS for d in self._district.deliveries(day)):
            self._know_students()
        self._clock(day, _EVENING)
        self._barrier.wait(60)
        self._families_answer(number)
        self._staff_work(day)

    def _clock(self, day: date, clock: time) -> None:
        self._barrier.move(datetime.combine(day, clock, DUBLIN).astimezone(UTC))

    def _steps_due(self, day: date) -> bool:
        morning = datetime.combine(day, _MORNING, DUBLIN).astimezone(UTC)
        with self._house.database.worker() as conn:
            return reads.count(conn, due_steps.WAITING, {"now": morning}) > 0

    def _deliver(self, delivery: Delivery, day: date) -> None:
        folder = self._folder / (delivery.school or "district")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / delivery.name
        path.write_bytes(delivery.data)
        if delivery.school is None:
            report = self._importer.schools(path)
        else:
            what = delivery.content.value
            report = self._importer.csv(what, path, delivery.school, today=day)
        if not (report.imported or report.already_imported):
            raise RuntimeError(f"{path} was not imported: {report.advice}")

    def _know_students(self) -> None:
        with self._house.database.tenant(self._tenant) as conn:
            self._students = {
                row.student: row.source_id for row in register.students(conn, self._tenant)
            }

    def _families_answer(self, number: int) -> None:
        """Let the families that will reply do so some school days after their text."""
        entries = self._providers.taken()
        for entry in entries[self._seen :]:
            guardian = self._numbers.get(str(entry["to"]))
            if entry["provider"] != "sms" or guardian is None:
                continue
            self._texts[guardian] += 1
            reply = self._district.reply_to(guardian, self._texts[guardian])
            if reply is not None:
                self._answers[number + reply.school_days].append((str(entry["to"]), reply.text))
        self._seen = len(entries)
        for to, text in self._answers.pop(number, []):
            self._providers.reply(to, text)

    def _staff_work(self, day: date) -> None:
        """Work through the queue as the principal would at the end of the day."""
        for row in self._queue():
            match row.action:
                case Action.APPROVE_STAGE:
                    self._decide(row)
                case Action.ARRANGE_MEETING:
                    self._arrange(row, day)
                case _:
                    pass
        self._post_letters()
        self._hold_meetings(day)

    def _queue(self) -> list[QueueRow]:
        with self._house.database.auditor(self._tenant) as conn:
            asked = {**queue.ANY, "tenant": self._tenant, "limit": 1000}
            return reads.documents(conn, queue.PAGE, QueueRow, asked)

    def _decide(self, row: QueueRow) -> None:
        intervention = self._intervention(row.subject)
        decision = self._district.staff_decision(self._students[row.student_id], row.stage)
        if decision == APPROVE:
            command: Command = ApproveStage(
                intervention_id=intervention.intervention_id,
                student_id=intervention.student_id,
                school_id=intervention.school_id,
                case_id=intervention.case_id,
                stage=row.stage,
            )
        else:
            command = DeclineStage(
                intervention_id=intervention.intervention_id,
                stage=row.stage,
                reason="KNOWN_TO_SCHOOL",
            )
        self._tell(command)

    def _intervention(self, stream: UUID) -> InterventionRow:
        with self._house.database.auditor(self._tenant) as conn:
            asked = {"tenant": self._tenant, "key": str(stream)}
            return reads.documents(conn, interventions.ONE, InterventionRow, asked)[0]

    def _arrange(self, row: QueueRow, day: date) -> None:
        on = day + _MEETING_LEAD
        on += timedelta(days=max(0, 7 - on.weekday()) if on.weekday() > _FRIDAY else 0)
        at = datetime.combine(on, time(14, 0), DUBLIN).astimezone(UTC)
        self._tell(
            ScheduleMeeting(
                meeting_id=MeetingId(derived_id("demo-meeting", row.subject, day)),
                intervention_id=InterventionId(row.subject),
                student_id=row.student_id,
                school_id=row.school_id,
                stage=row.stage,
                scheduled_at=at,
                duration_minutes=30,
            )
        )

    def _post_letters(self) -> None:
        for row in self._queue():
            if row.action is Action.POST_LETTER:
                letter = LetterId(row.subject)
                with self._house.database.worker() as conn:
                    asked = self._house.ledger.load(conn, Letter, letter).requested
                if asked is not None:
                    self._tell(
                        ConfirmPosted(
                            letter_id=letter,
                            case_id=asked.case_id,
                            student_id=asked.student_id,
                            school_id=asked.school_id,
                            intervention_id=asked.intervention_id,
                        )
                    )

    def _hold_meetings(self, day: date) -> None:
        evening = datetime.combine(day, _EVENING, DUBLIN).astimezone(UTC)
        with self._house.database.auditor(self._tenant) as conn:
            asked = {**_ANY, "tenant": self._tenant, "status": "SCHEDULED", "limit": 1000}
            rows = reads.documents(conn, meeting_diary.PAGE, MeetingRow, asked)
        for row in rows:
            if row.scheduled_at <= evening:
                self._hold(row)

    def _hold(self, row: MeetingRow) -> None:
        self._meetings[row.student_id] += 1
        times = self._meetings[row.student_id]
        outcome = self._district.meeting_outcome(self._students[row.student_id], times)
        if outcome == NO_SHOW:
            self._tell(MissMeeting(meeting_id=row.meeting_id))
            self._tell(RecordOutcome(meeting_id=row.meeting_id, outcome=Outcome.RESCHEDULE))
            return
        held = HoldMeeting(meeting_id=row.meeting_id, held_at=row.scheduled_at, attendees=())
        self._tell(held)
        self._tell(RecordOutcome(meeting_id=row.meeting_id, outcome=Outcome(outcome)))

    def _tell(self, command: Command) -> None:
        """Do what the principal does; what the rules refuse stays in the queue."""
        key = derived_id("demo", command)
        try:
            self._house.ledger.execute(command, tenant=self._tenant, by=PRINCIPAL, command_id=key)
        except Refusal:
            return

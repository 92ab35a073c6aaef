"""A district in trouble: many pupils away in the first week, approved a few each evening.

Only staff are scripted, from this process; everything else is done by the roles, as processes.
What families ought to hear is counted here from the district's own people, never from our tables.
So one child of each home is in trouble: whether two share a message is a matter of moments.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from domain.intervention.commands import ApproveStage
from domain.kernel.refusals import Refusal
from domain.letter.aggregate import Letter
from domain.letter.commands import ConfirmPosted
from domain.shared.ids import LetterId, TenantId, derived_id
from infrastructure.embedded.district import written
from infrastructure.embedded.district.district import Content, Delivery, District, make_district
from infrastructure.embedded.district.people import Guardian, Household, Kind
from infrastructure.register import reads as register
from infrastructure.runtime.barrier import Barrier, Stillness
from infrastructure.runtime.evaluating import Evaluator
from infrastructure.store import reads
from infrastructure.wiring.founding import found_tenant
from infrastructure.wiring.house import House
from infrastructure.wiring.imports import Importer
from processmanagers.all import PROCESS_MANAGERS
from projections import interventions, queue
from projections.interventions import InterventionRow
from projections.queue import Action, QueueRow
from tests.support.rig import patiently

TENANT: Final = TenantId(derived_id("tenant", "village"))
DUBLIN: Final = ZoneInfo("Europe/Dublin")
PRINCIPAL: Final = "staff:principal"
EVENING: Final = time(17, 5)
AWAY_DAYS: Final = 5
LAST_STEP: Final = 7  # school days after an approval


def village(seed: int, pupils: int) -> District:
    """Make two schools' families, in many of which both parents gave the same number."""
    made = make_district(seed, 2, pupils)
    homes = [_one_number(home) if n % 2 else home for n, home in enumerate(made.households)]
    return District(seed, tuple(made.schools.values()), homes, made.patterns)


def _one_number(home: Household) -> Household:
    if home.kind is not Kind.TWO_PARENTS or not home.guardians[0].phone:
        return home
    first, *others = home.guardians
    shared = [
        replace(one, phone=first.phone, consent_sms="yes", language=first.language)
        for one in others
    ]
    return replace(home, guardians=(replace(first, consent_sms="yes"), *shared))


@dataclass(frozen=True, slots=True)
class Owed:
    """What families are owed: how often each number and each address hears of it."""

    texts: Counter[str]
    mails: Counter[str]
    letters: int


class Village:
    """Lives through some school days; each day ends when nothing moves any more."""

    def __init__(
        self, house: House, folder: Path, seed: int, pupils: int, evenly: int, patience: float
    ) -> None:
        self.house = house
        self.district = village(seed, pupils)
        self.approved: list[str] = []
        homes = self.district.households
        self._homes = {pupil.source_id: home for home in homes for pupil in home.pupils}
        self._folder = folder
        self._evenly = evenly
        self.patience = patience
        self._importer = Importer(house, TENANT, "staff:office")
        evaluator = Evaluator(house.database, house.ledger, house.settings.evaluate_at)
        self.barrier = PatientBarrier(house.database, PROCESS_MANAGERS, evaluator, house.bell)
        self._students: dict[object, str] = {}
        self._last_approval = 0

    def days(self, before_work: Callable[[int], None]) -> Iterator[int]:
        """Live until every approved family has heard all that it is owed.

        `before_work` is called each day when the night is over and the day's work is about to
        begin: the moment to strike.
        """
        self.found()
        for number, day in enumerate(self.district.term_days):
            if number > AWAY_DAYS and number > self._last_approval + LAST_STEP + 1:
                return
            before_work(number)
            self._deliver_marks(number, day)
            self._move(day)
            self.barrier.wait(self.patience)
            patiently(lambda n=number: self._staff_work(n))  # type: ignore[misc]  # bound per day
            yield number
        raise AssertionError("the term is too short for this story")

    def settle(self) -> None:
        """Wait until nothing moves, and post what was printed last."""
        self.barrier.wait(self.patience)
        patiently(self._post_letters)
        self.barrier.wait(self.patience)

    def owed(self) -> Owed:
        """Count from the district's people what the approved families are owed."""
        homes = [self._homes[pupil] for pupil in self.approved]
        told = [[one for one in home.guardians if _may_hear(one)] for home in homes]
        # Two on one number, or one address, hear it there once.
        numbers = [{one.phone for one in some if one.consent_sms == "yes"} for some in told]
        addresses = [{one.email for one in some if one.consent_email == "yes"} for some in told]
        return Owed(
            texts=Counter(number for some in numbers for number in some if number),
            mails=Counter(address for some in addresses for address in some if address),
            letters=sum(map(len, told)),
        )

    def is_first_of_home(self, pupil: str) -> bool:
        """Say whether nobody else of a pupil's home has been approved."""
        siblings = {one.source_id for one in self._homes[pupil].pupils}
        return not siblings & set(self.approved) - {pupil}

    def found(self) -> None:
        """Import families and calendars, on the Friday before the first day."""
        first = self.district.term_days[0]
        patiently(lambda: self.move_clock(first - timedelta(days=3), time(8, 0)))
        patiently(lambda: found_tenant(self.house.ledger, TENANT, PRINCIPAL))
        for delivery in self.district.files():
            patiently(lambda d=delivery: self._deliver(d, first))  # type: ignore[misc]  # bound per file
        with self.house.database.tenant(TENANT) as conn:
            self._students = {row.student: row.source_id for row in register.students(conn, TENANT)}

    def move_clock(self, day: date, clock: time) -> None:
        """Move the clock once nothing moves."""
        self.barrier.move(datetime.combine(day, clock, DUBLIN).astimezone(UTC), self.patience)

    def _move(self, day: date) -> None:
        patiently(lambda: self.move_clock(day, EVENING))

    def _deliver_marks(self, number: int, day: date) -> None:
        for school in self.district.schools.values():
            if day not in school.open_days:
                continue
            pupils = [p for p in self.district.pupils.values() if p.school is school]
            first = school.open_days[0]
            here = [p.source_id for p in pupils if p.on_roll(day) and p.on_roll(first)]
            away = set(here[: len(here) * 2 // 3]) if number < AWAY_DAYS else set()
            roll = written.marks_file((p, day.isoformat(), "F" if p in away else "P") for p in here)
            name = f"marks-{day}.csv"
            delivery = Delivery(Content.MARKS, school.source_id, name, roll)
            patiently(lambda d=delivery: self._deliver(d, day))  # type: ignore[misc]  # bound per file

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
        assert report.imported or report.already_imported, report.advice

    def _staff_work(self, number: int) -> None:
        """Approve some of what waits, and post what is printed. Done again, it changes nothing."""
        waiting = [row for row in self._queue() if row.action is Action.APPROVE_STAGE]
        first_letters = [row for row in waiting if row.stage == "LETTER_1"]
        by_pupil = {self._students[row.student_id]: row for row in first_letters}
        approved = 0
        for pupil in sorted(by_pupil):
            if approved < self._evenly and self.is_first_of_home(pupil):
                self._approve(by_pupil[pupil])
                self._last_approval = number
                approved += 1
        self._post_letters()

    def _queue(self) -> list[QueueRow]:
        with self.house.database.auditor(TENANT) as conn:
            asked = {**queue.ANY, "tenant": TENANT, "limit": 1000}
            return reads.documents(conn, queue.PAGE, QueueRow, asked)

    def _approve(self, row: QueueRow) -> None:
        with self.house.database.auditor(TENANT) as conn:
            asked = {"tenant": TENANT, "key": str(row.subject)}
            (found,) = reads.documents(conn, interventions.ONE, InterventionRow, asked)
        command = ApproveStage(
            intervention_id=found.intervention_id,
            student_id=found.student_id,
            school_id=found.school_id,
            case_id=found.case_id,
            stage=row.stage,
        )
        key = derived_id("village", command)
        self.house.ledger.execute(command, tenant=TENANT, by=PRINCIPAL, command_id=key)
        pupil = self._students[row.student_id]
        if pupil not in self.approved:
            self.approved.append(pupil)

    def _post_letters(self) -> None:
        for row in self._queue():
            if row.action is not Action.POST_LETTER:
                continue
            letter = LetterId(row.subject)
            with self.house.database.worker() as conn:
                asked = self.house.ledger.load(conn, Letter, letter).requested
            assert asked is not None
            command = ConfirmPosted(
                letter_id=letter,
                case_id=asked.case_id,
                student_id=asked.student_id,
                school_id=asked.school_id,
                intervention_id=asked.intervention_id,
            )
            try:
                self.house.ledger.execute(
                    command,
                    tenant=TENANT,
                    by=PRINCIPAL,
                    command_id=derived_id("village", command),
                )
            except Refusal as refusal:
                raise AssertionError(f"a printed letter was refused: {refusal.code}") from refusal


def _may_hear(one: Guardian) -> bool:
    return one.may_receive_info == "yes" and not one.no_contact


class PatientBarrier(Barrier):
    """A store that is away is one more thing that moves."""

    def look(self) -> Stillness:
        found: list[Stillness] = []
        patiently(lambda: found.append(super(PatientBarrier, self).look()))
        return found[-1]

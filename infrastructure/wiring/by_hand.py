"""Changes by hand with everything they need: checks, vault, ledger, in one transaction."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.attendance.register_line import Session
from domain.kernel.refusals import Conflict, Invalid, NotFound, NotNow, Refusal
from domain.shared.ids import BatchId, SchoolId, StudentId, TenantId, derived_id
from infrastructure.clock import school_now
from infrastructure.register import by_hand, reads
from infrastructure.register.by_hand import DayChange, MarkChange, TermChange
from infrastructure.register.rows import SchoolRow, StudentRow
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Intent, Receipt
from infrastructure.vault.entry import Entry
from infrastructure.wiring.house import House

REASON: Final = "register_reason"
MOST_DAYS: Final = 400  # from the first to the last day of one word
_ANSWERED: Final = "select 1 from command_answer where tenant = %s and command_id = %s"


class CodeUnknown(Invalid):
    """The school has no such code on that day; `anseo codes list --school` shows those it has."""

    code = "mark-code-unknown"


class DayNotCome(Invalid):
    """A mark cannot be made for a day that has not come."""

    code = "day-not-come"


class SchoolClosed(Invalid):
    """The school was closed then for this student: open the day in the calendar first."""

    code = "school-closed"


class NotOnRoll(Invalid):
    """The student was not on the school's roll on that day."""

    code = "not-on-roll"


class MarkUnknown(NotFound):
    """There is no such mark to take back."""

    code = "mark-unknown"


class DaysBackwards(Invalid):
    """The last day lies before the first, or more than 400 days after it."""

    code = "days-backwards"


class TermsOverlap(Invalid):
    """The term shares days with another: change that one first, or take it back."""

    code = "terms-overlap"


class TermUnknown(NotFound):
    """The school has no term of this name; its calendar lists those that there are."""

    code = "term-unknown"


class MarkedByHalves(NotNow):
    """The morning and the afternoon have marks of their own: correct these."""

    code = "marked-by-halves"


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's wish about one mark. Without a code the mark is taken back."""

    student: StudentId
    on: date
    session: Session
    code: str | None
    minutes_late: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Hand:
    """One person's wish, with the id under which it may be sent again."""

    house: House
    tenant: TenantId
    actor: str
    command_id: UUID
    correlation: UUID | None = None

    @property
    def batch(self) -> BatchId:
        """The batch that the wish becomes."""
        return BatchId(derived_id("by hand", self.tenant, self.command_id))

    def correct(self, wish: Correction, student: StudentRow, school: SchoolRow) -> Receipt:
        """Correct a mark, or take it back; the reason goes to the vault.

        Raises:
            Refusal: when the mark cannot be what was asked for; nothing was stored.
            infrastructure.vault.errors.SubjectErased: when the student was erased.
        """
        with self.house.database.worker() as conn:
            change = self._mark(conn, wish, student, school)
            receipt = self._record(conn, change, wish.reason, wish.student)
        self.house.bell.ring("project")
        return receipt

    def change_calendar(self, change: DayChange | TermChange, reason: str, seen: int) -> Receipt:
        """Say something about days or a term of a calendar of which a version was seen.

        Raises:
            Conflict: when somebody else has said something since.
            Refusal: when it cannot be so; nothing was stored.
        """
        with self.house.database.worker() as conn:
            version = by_hand.calendar_version(conn, self.tenant, change.school, for_change=True)
            if not self._answered(conn):
                if version != seen:
                    raise Conflict(expected=seen, version=version)
                self._see(conn, change)
            receipt = self._record(conn, change, reason, change.school)
        self.house.bell.ring("project")
        return receipt

    def _see(self, conn: Connection, change: DayChange | TermChange) -> None:
        """Refuse days that go backwards, and a term that cannot be."""
        if isinstance(change, DayChange):
            _in_order(change.on, change.until or change.on)
            return
        known = by_hand.named_terms(conn, self.tenant, change.school, reads.NOW)
        others = [one for one in known if one.name != change.name]
        if change.days is None:
            if len(others) == len(known):
                raise TermUnknown
            return
        first, last = change.days
        _in_order(first, last)
        if any(first <= one.ends_on and one.begins_on <= last for one in others):
            raise TermsOverlap

    def _mark(
        self, conn: Connection, wish: Correction, student: StudentRow, school: SchoolRow
    ) -> MarkChange:
        here = SchoolId(school.school)
        if wish.on > school_now(conn).astimezone(ZoneInfo(school.zone)).date():
            raise DayNotCome
        begins, ends = student.enrolled_on or wish.on, student.left_on or wish.on
        if not begins <= wish.on <= ends:
            raise NotOnRoll
        known = by_hand.sessions_marked(conn, self.tenant, here, wish.student, wish.on)
        if wish.session is Session.DAY and known - {Session.DAY}:
            raise MarkedByHalves
        place = (here, wish.student, wish.on, wish.session)
        if wish.code is None:
            if wish.session not in known and not self._answered(conn):
                raise MarkUnknown
            return MarkChange(*place, code="", status="VOID")
        days = reads.calendars(conn, self.tenant, schools=[here])[here]
        if not self._answered(conn) and not days.for_group(student.year_group).is_open(wish.on):
            raise SchoolClosed
        found = reads.school_codes(conn, self.tenant, school).find(wish.code, wish.on)
        if found is None:
            raise CodeUnknown
        status = found.row.status.value
        return MarkChange(*place, found.row.code, status, wish.minutes_late, found.local)

    def _record(
        self, conn: Connection, change: by_hand.Change, reason: str, subject: UUID
    ) -> Receipt:
        """Stage, record and keep the reason: all of it commits, or nothing."""
        answered = self._answered(conn)
        digest = self.house.vault.blind_index(conn, self.tenant, f"{REASON} {reason}")
        reference = derived_id(REASON, self.command_id, digest.hex())
        command = by_hand.stage(conn, self.tenant, self.batch, change, reference)
        intent = Intent(
            self.tenant, command, self.actor, self.command_id, correlation=self.correlation
        )
        outcome = self.house.ledger.within(conn, [intent])[0]
        if isinstance(outcome, Refusal):
            raise outcome
        if outcome.facts and not answered:
            entry = Entry(self.batch, REASON, {subject: {"reason": reason}})
            self.house.vault.put_many(conn, self.tenant, [entry])
        return outcome

    def _answered(self, conn: Connection) -> bool:
        return conn.execute(_ANSWERED, (self.tenant, self.command_id)).fetchone() is not None


def _in_order(first: date, last: date) -> None:
    if not 0 <= (last - first).days <= MOST_DAYS:
        raise DaysBackwards

"""One write path: durable, idempotent, consulted, told apart from conflicts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from domain.case.commands import CloseCase, OpenCase, RaiseTier, case_id
from domain.case.refusals import CaseUnknown
from domain.kernel.refusals import CommandReused, Conflict, NotFound, Refusal
from domain.meeting.commands import MoveMeeting, ScheduleMeeting
from domain.shared.ids import InterventionId, MeetingId
from infrastructure.store.database import Connection, Database
from infrastructure.store.errors import Unavailable
from infrastructure.store.ledger import Intent, Ledger, Receipt
from infrastructure.store.recorder import open_row, read_after
from tests.support.ledgers import NOON, OTHER, SCHOOL, STUDENT, TENANT, ledger_on, weekdays

pytestmark = pytest.mark.postgres
CASE = case_id(TENANT, STUDENT, weekdays()[0])
OPEN = OpenCase(case_id=CASE, student_id=STUDENT, school_id=SCHOOL)


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    with ledger_on(database) as ledger:
        yield ledger


def stored(ledger: Ledger) -> list[Any]:
    with ledger.database.worker() as conn:
        return [open_row(row) for row in read_after(conn, 0, 10_000)]


def test_an_accepted_command_is_stored_in_its_envelope(ledger: Ledger) -> None:
    command_id = uuid4()
    receipt = ledger.execute(OPEN, tenant=TENANT, by="staff:anna", command_id=command_id)
    (fact,) = stored(ledger)
    assert (receipt.stream, receipt.version, receipt.facts) == (CASE, 1, 1)
    assert receipt.position == fact.position
    assert (fact.tenant, fact.actor, fact.command_id) == (TENANT, "staff:anna", command_id)
    assert (fact.occurred_at, fact.cause, fact.correlation) == (NOON, None, command_id)


def test_the_same_command_id_gives_the_same_answer_and_stores_nothing_new(ledger: Ledger) -> None:
    command_id = uuid4()
    first = ledger.execute(OPEN, tenant=TENANT, by="staff:anna", command_id=command_id)
    again = ledger.execute(OPEN, tenant=TENANT, by="staff:anna", command_id=command_id)
    assert again == first
    assert len(stored(ledger)) == 1


def test_a_command_id_with_another_body_is_refused(ledger: Ledger) -> None:
    command_id = uuid4()
    ledger.execute(OPEN, tenant=TENANT, by="staff:anna", command_id=command_id)
    other = CloseCase(case_id=CASE, reason="RESOLVED")
    with pytest.raises(CommandReused):
        ledger.execute(other, tenant=TENANT, by="staff:anna", command_id=command_id)


def test_saying_the_same_twice_under_two_ids_is_accepted_and_adds_nothing(ledger: Ledger) -> None:
    ledger.execute(OPEN, tenant=TENANT, by="staff:anna")
    again = ledger.execute(OPEN, tenant=TENANT, by="staff:anna")
    assert (again.facts, again.version, again.position) == (0, 1, 0)


def test_a_refusal_stores_nothing_and_its_id_may_be_used_again(ledger: Ledger) -> None:
    command_id = uuid4()
    close = CloseCase(case_id=CASE, reason="RESOLVED")
    with pytest.raises(CaseUnknown):
        ledger.execute(close, tenant=TENANT, by="staff:anna", command_id=command_id)
    assert stored(ledger) == []
    ledger.execute(OPEN, tenant=TENANT, by="staff:anna")
    assert ledger.execute(close, tenant=TENANT, by="staff:anna", command_id=command_id).facts == 1


def test_an_expected_version_that_has_passed_is_a_conflict(ledger: Ledger) -> None:
    meeting = MeetingId(uuid4())
    schedule = ScheduleMeeting(
        meeting_id=meeting,
        intervention_id=InterventionId(uuid4()),
        student_id=STUDENT,
        school_id=SCHOOL,
        stage="MEETING",
        scheduled_at=NOON + timedelta(days=3),
        duration_minutes=30,
    )
    ledger.execute(schedule, tenant=TENANT, by="staff:anna", expecting=0)
    move = MoveMeeting(meeting_id=meeting, scheduled_at=NOON + timedelta(days=4))
    with pytest.raises(Conflict):
        ledger.execute(move, tenant=TENANT, by="staff:anna", expecting=0)
    assert ledger.execute(move, tenant=TENANT, by="staff:anna", expecting=1).version == 2


def test_another_tenant_finds_no_such_stream(ledger: Ledger) -> None:
    ledger.execute(OPEN, tenant=TENANT, by="staff:anna")
    with pytest.raises(NotFound):
        ledger.execute(CloseCase(case_id=CASE, reason="RESOLVED"), tenant=OTHER, by="staff:eve")


def test_in_one_batch_each_command_succeeds_or_is_refused_alone(ledger: Ledger) -> None:
    intents = [
        Intent(TENANT, CloseCase(case_id=CASE, reason="RESOLVED"), "staff:anna", uuid4()),
        Intent(TENANT, OPEN, "staff:anna", uuid4()),
        Intent(TENANT, RaiseTier(case_id=CASE, tier=3), "staff:anna", uuid4()),
    ]
    refused, opened, raised = ledger.execute_many(intents)
    assert isinstance(refused, CaseUnknown)
    assert isinstance(opened, Receipt)
    assert isinstance(raised, Receipt)
    assert (opened.version, raised.version) == (1, 2)
    assert 0 < opened.position < raised.position


def test_many_writers_of_one_stream_lose_nothing_and_never_meet_at_the_key(
    ledger: Ledger,
) -> None:
    ledger.execute(OPEN, tenant=TENANT, by="staff:anna")

    def write(_: int) -> str:
        try:
            close = CloseCase(case_id=CASE, reason="RESOLVED")
            return str(ledger.execute(close, tenant=TENANT, by="staff:anna").facts)
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(write, range(40)))
    assert sorted(set(answers)) == ["0", "1"]
    assert answers.count("1") == 1
    assert len(stored(ledger)) == 2


class _CutAfterCommit(Database):
    """Commits, and then loses the connection before the answer, a number of times."""

    cuts = 1

    @contextmanager
    def worker(self) -> Iterator[Connection]:
        with super().worker() as conn:
            yield conn
        if self.cuts:
            self.cuts -= 1
            raise Unavailable("cut after COMMIT")


def test_a_commit_whose_answer_was_lost_is_recognised_and_is_no_conflict(
    database: Database,
) -> None:
    """The connection dies after COMMIT reached the server: the retry must find its own commit."""
    with ledger_on(database) as plain:
        cut = _CutAfterCommit(database.url)
        ledger = Ledger(cut, plain._aggregates, plain.calendars)
        try:
            receipt = ledger.execute(OPEN, tenant=TENANT, by="staff:anna")
        finally:
            ledger.close()
            cut.close()
        assert (receipt.facts, receipt.version) == (1, 1)
        assert len(stored(plain)) == 1


def test_the_control_a_retry_without_a_command_ledger_would_report_a_conflict(
    ledger: Ledger,
) -> None:
    """Negative control: inserting the same version again is what a naive retry runs into."""
    ledger.execute(OPEN, tenant=TENANT, by="staff:anna")
    (fact,) = stored(ledger)
    with pytest.raises(psycopg.errors.UniqueViolation), ledger.database.worker() as conn:
        conn.execute(
            "insert into ledger select originator_id, originator_version, topic, state,"
            " nextval('ledger_notification_id_seq'), tenant, event_version, occurred_at,"
            " recorded_at, actor, command_id, cause, correlation from ledger"
            " where notification_id = %s",
            (fact.position,),
        )

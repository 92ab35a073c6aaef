"""The sender: an attempt before each call, the last look inside it, and honest outcomes."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import uuid4

import pytest

from domain.case.commands import CloseCase
from domain.contact_choice.commands import RecordConsent, SuppressChannel
from domain.contact_choice.events import SuppressionCause
from domain.exemption.commands import GrantExemption
from domain.kernel.commands import Command, Link
from domain.playbook_run.commands import StopRun
from domain.playbook_run.events import RunStop
from domain.shared.contact import Channel
from domain.shared.recipients import Contact
from infrastructure.register import reads as register
from infrastructure.register.contacts import contacts_now
from infrastructure.runtime.claiming import Work
from infrastructure.runtime.evaluating import Evaluator
from infrastructure.runtime.last_look import About, LastLook
from infrastructure.runtime.leaving import Leaving
from infrastructure.runtime.role import Worker
from infrastructure.runtime.sending import Sender
from infrastructure.store import reads
from infrastructure.store.database import Database
from infrastructure.store.recorder import newest
from projections.kit import Query
from projections.messages import MessageRow
from projections.run_rows import RunRow
from tests.journeys.test_absence_to_letter import (
    approve,
    five_days_absent,
    queue_of,
    runs_of,
    taken,
)
from tests.support.town import DUBLIN, GUARDIANS, TENANT, Town, town_on

pytestmark = pytest.mark.postgres
ALL = Query("messages", "select doc from {messages} where tenant = %(tenant)s order by key")


def messages_of(town: Town) -> list[MessageRow]:
    with town.house.database.auditor(TENANT) as conn:
        return reads.documents(conn, ALL, MessageRow, {"tenant": TENANT})


@contextmanager
def two_texts_asked_for(database: Database, folder: Path, **settings: object) -> Iterator[Town]:
    """A town in which two texts are in the outbox and no sender has looked yet."""
    with town_on(database, folder, **settings) as town:
        days = five_days_absent(town)
        approve(town, queue_of(town)[0])
        senders = [w for w in town.crew if isinstance(w, Sender)]
        town.crew = [w for w in town.crew if not isinstance(w, Sender)]
        morning = datetime.combine(town.days(days[-1], 2)[1], time(9, 1), DUBLIN)
        town.barrier.move(morning.astimezone(UTC))
        step(town.crew)
        assert [m.status for m in messages_of(town)] == ["REQUESTED", "REQUESTED"]
        town.crew += senders
        yield town


def step(crew: list[Worker], rounds: int = 8) -> None:
    for _ in range(rounds):
        for worker in crew:
            worker.step()


def tell(town: Town, command: Command) -> None:
    town.house.ledger.execute(command, tenant=TENANT, by="staff:principal")


def run_of(town: Town) -> RunRow:
    return runs_of(town)[0]


def test_consent_taken_back_after_the_request_stops_the_message(
    database: Database, tmp_path: Path
) -> None:
    """000-083 The last look happens in the attempt's own transaction."""
    with two_texts_asked_for(database, tmp_path) as town:
        for message in messages_of(town):
            tell(
                town,
                RecordConsent(
                    guardian_id=message.guardian_id,
                    channel=Channel.SMS,
                    given=False,
                    source="GUARDIAN",
                ),
            )
        step(town.crew)
        assert {(m.status, m.reason) for m in messages_of(town)} == {("SKIPPED", "CONSENT_MISSING")}
        assert taken(town) == []


def test_a_suppressed_channel_stops_the_message(database: Database, tmp_path: Path) -> None:
    with two_texts_asked_for(database, tmp_path) as town:
        for message in messages_of(town):
            tell(
                town,
                SuppressChannel(
                    guardian_id=message.guardian_id,
                    channel=Channel.SMS,
                    cause=SuppressionCause.STOP,
                ),
            )
        step(town.crew)
        assert {m.reason for m in messages_of(town)} == {"CHANNEL_SUPPRESSED"}
        assert taken(town) == []


def take_back(town: Town, number: int) -> None:
    """Correct one of the pupil's days, of which the first five carry the letter."""
    day = town.days(date(2025, 9, 1), 6)[number]
    path = town.folder / f"marks-{day}-late.csv"
    path.write_text(f"student,date,session,code\nP1,{day},DAY,P\n", encoding="utf-8")
    report = town.importer.csv("marks", path, "S1", today=date(2025, 9, 20))
    assert report.imported, report


def facts_in(town: Town) -> int:
    with town.house.database.worker() as conn:
        return newest(conn)


class NoLook(LastLook):
    """The control: a last look that does not look at the register."""

    def before(self, leaving: Iterable[About]) -> None:
        del leaving


@pytest.mark.parametrize("looks", [True, False], ids=["as it is", "without the look"])
def test_a_correction_of_minutes_ago_stops_the_message_before_any_look_at_the_school(
    database: Database, tmp_path: Path, looks: bool
) -> None:
    """Trap 27, promise 6: no look came by since the import, and nothing has stopped the run."""
    with two_texts_asked_for(database, tmp_path) as town:
        senders = [w for w in town.crew if isinstance(w, Sender)]
        if not looks:
            house = town.house
            blind = NoLook(house.database, house.ledger, house.settings.evaluate_at)
            for sender in senders:
                sender._claims._last_look = blind
        take_back(town, 5)  # the cause stands without it
        leaving = [About(TENANT, one.school_id, one.student_id) for one in runs_of(town)]
        before = facts_in(town)
        town.house.last_look.before(leaving)
        assert facts_in(town) == before
        take_back(town, 0)
        step([*senders])
        step([w for w in town.crew if not isinstance(w, Evaluator)])
        told = {(m.status, m.reason) for m in messages_of(town)}
        if looks:
            assert told == {("SKIPPED", "NOT_SUPPORTED_BY_REGISTER")}
            assert taken(town) == []
            assert {run.status for run in runs_of(town)} == {"STOPPED"}
        else:
            assert "SKIPPED" not in {status for status, _ in told}
            assert len(taken(town)) == 2


@pytest.mark.parametrize("looks", [True, False], ids=["as it is", "without the look"])
def test_a_no_contact_flag_that_comes_between_words_and_call_stops_the_message(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks: bool
) -> None:
    """Traps 33, 34: the last possible moment; the other parent is told. The control tells both."""
    with two_texts_asked_for(database, tmp_path) as town:
        (sender,) = [w for w in town.crew if isinstance(w, Sender)]
        if not looks:
            monkeypatch.setattr(town.house.ledger, "contacts", lambda *_: {})
        take = sender._claims.take

        def late(holder: str, goes: Callable[[Leaving], bool]) -> list[Work]:
            work = take(holder, goes)
            if work:  # the words are written, and the call has yet to be made
                assert all(one.fresh for one in work)
                guardians_again(town, "en,yes,yes,yes,yes,yes,yes")
            return work

        monkeypatch.setattr(sender._claims, "take", late)
        step([sender])
        step(town.crew)
        told = {(m.status, m.reason) for m in messages_of(town)}
        held = {("SKIPPED", "NO_CONTACT")} if looks else set()
        assert (told, len(taken(town))) == ({("ACCEPTED", None), *held}, 1 if looks else 2)


def test_the_last_look_knows_the_register_as_it_is_at_that_moment(
    database: Database, tmp_path: Path
) -> None:
    """Trap 34: unknown stays unknown, and who is no guardian any more has lost the right."""
    with town_on(database, tmp_path) as town:
        with town.house.database.worker() as conn:
            student = next(one.student for one in register.students(conn, TENANT))
            links = register.guardians_of(conn, TENANT, [student])[student]
        first = Link(student, links[0].guardian)

        def known() -> Contact | None:
            with town.house.database.worker() as conn:
                return contacts_now(conn, TENANT, [first, Link(student, uuid4())]).get(first)

        told = Contact(links[0].guardian, may_receive_info=True, has_parental_responsibility=True)
        assert known() == told
        for line, expected in (
            ("en,no,yes,yes,,yes,yes", replace(told, may_receive_info=False)),
            ("en,,yes,yes,,yes,yes", replace(told, may_receive_info=None)),
            ("en,yes,,yes,,yes,yes", replace(told, has_parental_responsibility=None)),
            ("en,yes,yes,yes,yes,yes,yes", replace(told, no_contact=True)),
        ):
            guardians_again(town, line)
            assert known() == expected
        with town.house.database.owner() as conn:
            conn.execute("update guardian_link set withdrawn = true")
        assert known() == replace(told, may_receive_info=False, no_contact=True)


def guardians_again(town: Town, line: str) -> None:
    """Let the school say something else of the first guardian, from language to consent."""
    path = town.folder / "guardians-again.csv"
    path.write_text(GUARDIANS.replace("en,yes,yes,yes,,yes,yes", line, 1), encoding="utf-8")
    town.importer.csv("guardians", path, "S1", today=date(2025, 9, 1))


@pytest.mark.parametrize("cause", ["exemption", "case", "run"])
def test_an_exemption_a_closed_case_and_a_stopped_run_stop_the_message(
    database: Database, tmp_path: Path, cause: str
) -> None:
    with two_texts_asked_for(database, tmp_path) as town:
        run = run_of(town)
        with town.house.database.worker() as conn:
            row = conn.execute(
                "select (fact->>'case_id')::uuid from ledger_json"
                " where name = 'playbook_run.started'"
            ).fetchone()
        assert row is not None
        commands: dict[str, list[Command]] = {
            "exemption": [
                GrantExemption(
                    student_id=run.student_id, exemption=uuid4(), starts_on=date(2025, 9, 1)
                )
            ],
            "case": [CloseCase(case_id=row[0], reason="RESOLVED")],
            "run": [
                StopRun(run_id=one.run_id, school_id=one.school_id, reason=RunStop.MANUAL)
                for one in runs_of(town)
            ],
        }
        for command in commands[cause]:
            tell(town, command)
        senders = [w for w in town.crew if isinstance(w, Sender)]
        step([*senders])
        step(town.crew)
        assert {m.reason for m in messages_of(town)} == {"STOP_CONDITION_MET"}
        assert taken(town) == []


def test_two_senders_share_the_outbox_and_each_message_goes_once(
    database: Database, tmp_path: Path
) -> None:
    """000-018 The outbox and its dispatcher, idempotent; trap 32: two schedulers at once."""
    with two_texts_asked_for(database, tmp_path, ANSEO_SENDER_THREADS=3) as town:
        step(town.crew)
        assert len(taken(town)) == 2
        assert {m.status for m in messages_of(town)} == {"ACCEPTED"}


def test_an_unreachable_provider_defers_and_nothing_is_lost(
    database: Database, tmp_path: Path
) -> None:
    """000-018 Reliable: what waits is in the event store, and no restart of a sender loses it."""
    with two_texts_asked_for(database, tmp_path, ANSEO_RETRY_WAITS_SECONDS=(0.01,)) as town:
        town.providers.stop()
        for sender in [w for w in town.crew if isinstance(w, Sender)]:
            sender.step()
        step([w for w in town.crew if not isinstance(w, Sender)])
        assert {m.status for m in messages_of(town)} == {"DEFERRED"}
        with town.house.database.worker() as conn:
            facts = conn.execute(
                "select count(*) from ledger where topic = 'message.deferred'"
            ).fetchone()
        assert facts == (2,)


def test_a_message_taken_twice_from_a_stale_claim_is_attempted_once(
    database: Database, tmp_path: Path
) -> None:
    """A claim that does not show an open attempt must not be taken for leave to send again."""
    with two_texts_asked_for(database, tmp_path) as town:
        (sender,) = (w for w in town.crew if isinstance(w, Sender))
        assert sender.step() == 2
        with town.house.database.worker() as conn:  # the lease is lost, the table not yet folded
            conn.execute("delete from lease")
        assert sender.step() == 2
        assert len(taken(town)) == 2

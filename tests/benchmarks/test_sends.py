"""Twenty thousand texts to a gateway that takes 2 ms, beside a bare HTTP client at the same one."""

import http.client
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from domain.message.commands import RequestMessage
from domain.playbook_run.commands import StartRun
from domain.register_batch.commands import RecordBatch
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import BatchId, MessageId, RunId, derived_id, message_key
from infrastructure.runtime.projecting import Projector
from infrastructure.store import reads
from infrastructure.store.database import Database
from infrastructure.store.ledger import Intent, Receipt
from infrastructure.wiring.house import House
from projections.kit import Query
from projections.outbox import OUTBOX
from tests.support.examples import NUMBERS, PLAYBOOK_1, but
from tests.support.front import NOON, NUMBER, PUBLIC, SCHOOL, TENANT, Family, front_on
from tests.support.measuring import in_turn, report
from tests.support.sending import Processes, sending
from tests.support.slow_gateway import slow_gateway

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark]
SENDS = 20_000
ROUNDS = 3
THREADS = 32
PROCESSES = 2
FAMILIES = 500
EACH = SENDS // ROUNDS
WAITING = Query("outbox", "select exists (select from {outbox})")


def in_threads(work: Callable[[], int]) -> float:
    """Let all threads work until each is done, and return how many sends they made a second."""
    done: list[int] = []
    threads = [threading.Thread(target=lambda: done.append(work())) for _ in range(THREADS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) >= EACH, done
    return EACH / (time.perf_counter() - began)


class Story:
    """Families whose runs have begun, and messages that are asked for."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.families = [Family() for _ in range(FAMILIES)]
        self._numbers = count()
        self._projector = Projector(house.database, house.ledger.recorder, (OUTBOX,), house.bell)
        batch = BatchId(uuid4())
        with house.database.worker() as conn:
            conn.execute(
                "insert into staged_batch (tenant, batch, content, source, content_hash)"
                " values (%s, %s, 'schools', 'test', '')",
                (TENANT, batch),
            )
            conn.execute(
                "insert into school (tenant, school, batch, source, source_id, name, jurisdiction,"
                " zone, code_table, denominator) values (%s, %s, %s, 'test', 'S', 'Lakeside', 'IE',"
                " 'Europe/Dublin', 'ie-default-1', 'MARKS')",
                (TENANT, SCHOOL, batch),
            )
            for family in self.families:
                for kind, person in (("student", family.student), ("guardian", family.guardian)):
                    said = {"given": "Seán", "family": "Canary", "phone": NUMBER}
                    house.vault.put(conn, family.tenant, person, kind, {person: said})
        self.tell([but(RecordBatch, batch_id=batch, content="schools")])
        self.tell([self._start(family) for family in self.families])

    def tell(self, commands: list[RecordBatch] | list[StartRun] | list[RequestMessage]) -> None:
        """Execute commands, some hundreds at a time."""
        for first in range(0, len(commands), 500):
            some = commands[first : first + 500]
            wishes = [Intent(TENANT, one, "test", uuid4()) for one in some]
            assert all(isinstance(one, Receipt) for one in self.house.ledger.execute_many(wishes))

    def ask(self) -> None:
        """Ask for one round's messages, and let the outbox know them."""
        self.tell([self._request(next(self._numbers)) for _ in range(EACH)])
        self.fold()

    def fold(self) -> None:
        """Fold all there is into the outbox."""
        while self._projector.step():
            pass

    def waiting(self) -> bool:
        """Say whether the outbox still holds a message."""
        with self.house.database.worker() as conn:
            return bool(reads.fetch(conn, WAITING, {})[0][0])

    @staticmethod
    def _start(family: Family) -> StartRun:
        return StartRun(
            run_id=family.run,
            school_id=SCHOOL,
            playbook=PLAYBOOK_1,
            intervention_id=family.intervention,
            case_id=family.case,
            student_id=family.student,
            guardian_id=family.guardian,
            stage="LETTER_1",
            triggered_at=NOON,
            baseline=(NUMBERS,),
        )

    def _request(self, number: int) -> RequestMessage:
        family = self.families[number % FAMILIES]
        key = message_key(RunId(family.run), f"sms-{number}", family.guardian)
        return RequestMessage(
            message_id=MessageId(derived_id("message", key)),
            key=key,
            channel=Channel.SMS,
            purpose=Purpose.STATUTORY_NOTICE,
            template_key="ATTENDANCE_SMS",
            school_id=SCHOOL,
            student_id=family.student,
            guardian_id=family.guardian,
            run_id=family.run,
            step_id=f"sms-{number}",
            intervention_id=family.intervention,
            case_id=family.case,
        )


def ours(story: Story, processes: Processes) -> float:
    """Send one round's messages, the outbox being folded meanwhile in a process that sends none."""
    story.ask()
    began = time.perf_counter()
    processes.begin()
    while story.waiting():
        time.sleep(0.02)
        story.fold()
    rate = EACH / (time.perf_counter() - began)
    assert processes.end() >= EACH
    return rate


def bare(port: int) -> float:
    """Post the same form as often, with nothing around it."""
    body = f"To={NUMBER}&From=%2B353850000001&Body=" + "x" * 150
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    numbers = count()

    def work() -> int:
        conn = http.client.HTTPConnection("127.0.0.1", port)
        sent = 0
        while next(numbers) < EACH:
            conn.request("POST", "/2010-04-01/Accounts/AC/Messages.json", body, headers)
            answer = conn.getresponse()
            answer.read()
            assert answer.status == http.HTTPStatus.CREATED
            sent += 1
        conn.close()
        return sent

    return in_threads(work)


def sent_once(url: str) -> bool:
    """Say whether each message has one attempt, and after it one acceptance."""
    with psycopg.connect(url) as conn:
        row = conn.execute(
            "select count(*) filter (where topic = 'message.attempted'), count(distinct"
            " originator_id) filter (where topic = 'message.accepted'), count(*) filter (where"
            " topic = 'message.accepted') from ledger"
        ).fetchone()
    return row == (ROUNDS * EACH,) * 3


@pytest.mark.figure("sends")
@pytest.mark.timeout(900)
def test_twenty_thousand_sends(database: Database, tmp_path: Path) -> None:
    """Claim, compose, last look and attempt committed before each call, outcome committed after."""
    settings = {"ANSEO_HOME": tmp_path / "home", "ANSEO_PUBLIC_URL": PUBLIC}
    with (
        front_on(database, tmp_path) as front,
        slow_gateway() as port,
        sending(database.url, settings, port, PROCESSES, THREADS // PROCESSES) as processes,
    ):
        story = Story(front.house)
        pairs = in_turn(lambda: ours(story, processes), lambda: bare(port), ROUNDS)
        assert sent_once(database.url)
        assert report("sends", pairs, "sends/s", SENDS).value > 0

"""A client that goes away takes its question with it, and never half a command."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from uuid import uuid4

import pytest
import uvicorn

from api import hang_ups
from api.main import create_app
from infrastructure.store.database import Database
from projections.queue import QUEUE
from tests.support.front import Family, Front

pytestmark = pytest.mark.postgres
SOON = 20.0  # s; an upper bound of waiting, never a pause
SLOW = f"""
alter table {QUEUE.table} rename to fast;
create view {QUEUE.table} as select fast.* from fast, pg_sleep(50);
grant select on {QUEUE.table} to public
"""
WAITING = (
    "select count(*) from pg_stat_activity"
    " where datname = current_database() and wait_event = 'PgSleep'"
)


@contextmanager
def listening(front: Front) -> Iterator[int]:
    """Serve the same house on a real socket; yields its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        server = uvicorn.Server(
            uvicorn.Config(create_app(front.house), log_config=None, timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def asked(front: Front, port: int, line: str, *headers: str, body: str = "") -> socket.socket:
    """Put a request on the wire, and read no answer."""
    bearer = front.token()["Authorization"]
    said = [line, "Host: school", f"Authorization: {bearer}", *headers]
    wire = socket.create_connection(("127.0.0.1", port), timeout=SOON)
    wire.sendall(("\r\n".join(said) + "\r\n\r\n" + body).encode())
    return wire


def waiting(database: Database) -> int:
    with database.owner() as conn:
        row = conn.execute(WAITING).fetchone()
    return int(row[0]) if row else 0


def comes_to(database: Database, wanted: int) -> bool:
    end = time.monotonic() + SOON
    while (found := waiting(database)) != wanted and time.monotonic() < end:
        time.sleep(0.02)
    return found == wanted


def answered(front: Front, port: int) -> None:
    """See another client's question answered, by the loop that must have heard of the hang-up."""
    with closing(asked(front, port, "GET /livez HTTP/1.1", "Connection: close")) as wire:
        assert b"200 OK" in wire.recv(1000)


def hung_up(front: Front, port: int) -> None:
    wire = asked(front, port, "GET /api/interventions/queue HTTP/1.1")
    with closing(wire):
        assert comes_to(front.house.database, 1), "the question was never asked"
    answered(front, port)


@pytest.fixture
def slow(front: Front, family: Family) -> Front:
    """A queue whose page takes longer than anybody waits."""
    front.propose(family)
    front.settle()
    with front.house.database.owner() as conn:
        conn.execute(SLOW)
    return front


def test_a_question_ends_with_the_client_that_asked_it(slow: Front) -> None:
    """001-257: the statement itself ends, and the connection is free for the next one."""
    with listening(slow) as port:
        hung_up(slow, port)
        assert comes_to(slow.house.database, 0), "PostgreSQL still works for nobody"
        answered(slow, port)


def test_without_a_listener_the_question_would_go_on(
    slow: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    monkeypatch.setattr(hang_ups, "_QUESTIONS", frozenset())
    with listening(slow) as port:
        hung_up(slow, port)
        answered(slow, port)
        assert waiting(slow.house.database) == 1


def test_a_command_is_carried_out_though_nobody_waits_for_its_receipt(
    front: Front, family: Family
) -> None:
    """001-257: a wish is never cut off half-way; asked again it gives the same receipt."""
    front.open_case(family)
    front.propose(family)
    front.settle()
    path, key = f"/api/interventions/{family.intervention}/stages/LETTER_1/approve", str(uuid4())
    with listening(front) as port:
        asked(
            front, port, f"POST {path} HTTP/1.1", f"Idempotency-Key: {key}", "Content-Length: 0"
        ).close()
        end = time.monotonic() + SOON
        while "intervention.stage_entered" not in str(front.facts(family.intervention)):
            assert time.monotonic() < end, front.facts(family.intervention)
            time.sleep(0.02)
    before = front.facts(family.intervention)
    assert front.post(path, key=key).status_code == 200
    assert front.facts(family.intervention) == before

"""The launcher over a real server: at its first start, at its second use and after a crash."""

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo

from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.embedded.files import read_state, write_state
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.processes import alive, wait_until
from tests.infrastructure.embedded.conftest import Start

pytestmark = pytest.mark.postgres

ENSURE = """
import sys
from pathlib import Path
from infrastructure.embedded.postgres import EmbeddedPostgres
print(EmbeddedPostgres(Path(sys.argv[1])).ensure())
"""


def setting(url: str, name: str) -> str:
    with psycopg.connect(url) as conn:
        row = conn.execute(f"show {name}").fetchone()
    assert row is not None
    return str(row[0])


def data_of(postgres: EmbeddedPostgres) -> Path:
    assert postgres.folder is not None
    return postgres.folder / "data"


def postmaster_pid(postgres: EmbeddedPostgres) -> int:
    return int((data_of(postgres) / "postmaster.pid").read_text().splitlines()[0])


def kill_hard(postgres: EmbeddedPostgres) -> None:
    pid = postmaster_pid(postgres)
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not alive(pid), seconds=10)


@contextlib.contextmanager
def listening_on(port: int) -> Iterator[None]:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        yield


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data_checksums", "on"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("password_encryption", "scram-sha-256"),
        ("server_encoding", "UTF8"),
        ("idle_in_transaction_session_timeout", "5s"),
        ("statement_timeout", "1min"),
        ("max_connections", "200"),
        ("max_locks_per_transaction", "512"),
        ("jit", "off"),
    ],
)
def test_the_server_is_safe_first(shared_postgres: EmbeddedPostgres, name: str, value: str) -> None:
    assert setting(shared_postgres.url(), name) == value


def test_a_wrong_password_is_refused(shared_postgres: EmbeddedPostgres) -> None:
    wrong = conninfo.make_conninfo(shared_postgres.url(), password="guessed")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_the_password_is_stored_as_scram_and_readable_by_its_owner_only(
    shared_postgres: EmbeddedPostgres,
) -> None:
    with psycopg.connect(shared_postgres.url()) as conn:
        row = conn.execute("select rolpassword from pg_authid where rolname = 'anseo'").fetchone()
    assert row is not None
    assert str(row[0]).startswith("SCRAM-SHA-256$")
    file = shared_postgres.home / "postgres.password"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(data_of(shared_postgres).stat().st_mode) == 0o700


def test_the_log_holds_no_words_of_a_failed_statement(shared_postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(shared_postgres.url()) as conn:
        conn.execute("create temp table pupils (name text primary key)")
        conn.execute("insert into pupils values ('Aoife Example')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            conn.execute("insert into pupils values ('Aoife Example')")
    log = shared_postgres.log.read_text()
    assert "duplicate key" in log
    assert "Aoife" not in log


def test_a_second_process_uses_the_server_that_runs(
    shared_postgres: EmbeddedPostgres, start: Start
) -> None:
    pid = postmaster_pid(shared_postgres)
    said, _ = start(ENSURE, str(shared_postgres.home)).communicate()
    assert said.strip() == shared_postgres.url()
    assert postmaster_pid(shared_postgres) == pid


def test_two_processes_that_begin_at_once_make_one_server(
    postgres: EmbeddedPostgres, start: Start
) -> None:
    both = [start(ENSURE, str(postgres.home)) for _ in range(2)]
    first, second = (process.communicate()[0] for process in both)
    assert first == second
    assert first.strip() == postgres.url()


def test_what_was_committed_is_there_after_the_server_was_killed(
    postgres: EmbeddedPostgres,
) -> None:
    with psycopg.connect(postgres.ensure()) as conn:
        conn.execute("create table kept as select 42 as answer")
    kill_hard(postgres)
    assert not postgres.running()

    with psycopg.connect(postgres.ensure()) as conn:
        assert conn.execute("select answer from kept").fetchall() == [(42,)]


def test_a_process_id_given_out_again_does_not_keep_the_server_down(
    postgres: EmbeddedPostgres,
) -> None:
    """After a container was restarted, the old postmaster's number often names another process."""
    url = postgres.ensure()
    kill_hard(postgres)
    stale = data_of(postgres) / "postmaster.pid"
    lines = stale.read_text().splitlines()
    owner = stale.stat().st_uid if os.geteuid() == 0 else None  # PostgreSQL heeds its own user only
    with subprocess.Popen(["sleep", "300"], user=owner) as other, ExitStack() as ends:
        ends.callback(other.kill)
        stale.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        assert not postgres.running()
        assert postgres.ensure() == url


def test_a_port_that_the_server_may_not_have_is_abandoned(postgres: EmbeddedPostgres) -> None:
    """Root may look at port 1 and find it free; the server's account may not listen there."""
    postgres.ensure()
    postgres.stop()
    state = postgres.home / "postgres.json"
    write_state(state, read_state(state) | {"port": 1})
    assert conninfo.conninfo_to_dict(postgres.ensure())["port"] != "1"


def test_the_port_stays_the_same_and_gives_way_only_when_taken(
    postgres: EmbeddedPostgres,
) -> None:
    url = postgres.ensure()
    postgres.stop()
    assert postgres.ensure() == url

    postgres.stop()
    with listening_on(int(conninfo.conninfo_to_dict(url)["port"] or 0)):
        other = postgres.ensure()
        assert other != url
        assert setting(other, "data_checksums") == "on"


def test_a_first_start_that_was_killed_in_the_middle_is_begun_again(
    postgres: EmbeddedPostgres, start: Start
) -> None:
    process = start(ENSURE, str(postgres.home))

    def has_begun() -> bool:
        folder = postgres.folder
        return folder is not None and any(folder.glob("new-*"))

    assert wait_until(has_begun, seconds=30)
    process.kill()
    process.wait()

    assert setting(postgres.ensure(), "data_checksums") == "on"
    assert not list(data_of(postgres).parent.glob("new-*"))


def test_stopping_twice_and_asking_before_the_first_start_are_harmless(
    postgres: EmbeddedPostgres,
) -> None:
    assert not postgres.running()
    postgres.stop()
    with pytest.raises(EmbeddedServerError, match="has no address or password yet"):
        postgres.url()
    postgres.ensure()
    postgres.stop("immediate")
    postgres.stop("immediate")
    assert not postgres.running()


def test_removing_leaves_nothing_and_the_next_start_is_empty(postgres: EmbeddedPostgres) -> None:
    old = postgres.ensure()
    folder = data_of(postgres).parent
    postgres.remove()
    assert not folder.exists()
    assert [path.name for path in postgres.home.iterdir()] == ["postgres.lock"]
    new = conninfo.conninfo_to_dict(postgres.ensure())
    assert new["password"] != conninfo.conninfo_to_dict(old)["password"]


def test_lost_data_is_said_and_not_replaced_by_an_empty_database(
    postgres: EmbeddedPostgres,
) -> None:
    postgres.ensure()
    postgres.stop("immediate")
    shutil.rmtree(data_of(postgres))
    with pytest.raises(EmbeddedServerError, match="The data of this home is gone") as refused:
        postgres.ensure()
    assert "what to do: bring it back" in str(refused.value)


def test_data_of_another_version_is_not_touched(postgres: EmbeddedPostgres) -> None:
    postgres.ensure()
    postgres.stop("immediate")
    (data_of(postgres) / "PG_VERSION").write_text("12\n")
    with pytest.raises(EmbeddedServerError, match="The data was made by PostgreSQL 12") as refused:
        postgres.ensure()
    assert "set PGBIN" in refused.value.do


def test_a_server_that_cannot_start_says_why(postgres: EmbeddedPostgres) -> None:
    postgres.ensure()
    postgres.stop("immediate")
    (data_of(postgres) / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedServerError, match="PostgreSQL did not start") as refused:
        postgres.ensure()
    assert "pg_control" in refused.value.what
    assert refused.value.where == str(postgres.log)


def test_a_folder_without_postgres_is_named(
    postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PGBIN", str(tmp_path))
    with pytest.raises(EmbeddedServerError, match="cannot run PostgreSQL's programs") as refused:
        postgres.ensure()
    assert refused.value.where == str(tmp_path)

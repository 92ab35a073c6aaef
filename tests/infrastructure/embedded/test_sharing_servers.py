"""Several commands share the servers; the last one to leave stops them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from infrastructure.embedded.broker import EmbeddedBroker
from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.servers import EmbeddedServers
from tests.infrastructure.embedded.conftest import Start

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

USER = """
import sys
from pathlib import Path
from infrastructure.embedded.servers import EmbeddedServers
with EmbeddedServers(Path(sys.argv[1])) as servers:
    print(servers.database_url, servers.kafka_bootstrap, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("shared")
    yield home
    EmbeddedBroker(home).stop()
    EmbeddedPostgres(home).remove()


@pytest.fixture
def home(made_home: Path) -> Path:
    """Nothing runs in it yet."""
    assert EmbeddedServers(made_home).stop_unless_used()
    return made_home


def running(home: Path) -> tuple[bool, bool]:
    return EmbeddedPostgres(home).running(), EmbeddedBroker(home).running()


def leave(user: subprocess.Popen[str]) -> None:
    user.communicate("enough\n")
    assert user.returncode == 0


def test_the_last_user_stops_the_servers(home: Path, start: Start) -> None:
    with EmbeddedServers(home) as servers:
        other = start(USER, str(home))
        assert other.stdout is not None
        assert other.stdout.readline().split() == [servers.database_url, servers.kafka_bootstrap]
        psycopg.connect(servers.database_url).close()
        assert not servers.stop_unless_used()
    assert running(home) == (True, True)
    leave(other)
    assert running(home) == (False, False)


def test_a_killed_user_holds_nothing_back(home: Path, start: Start) -> None:
    killed = start(USER, str(home))
    assert killed.stdout is not None
    killed.stdout.readline()
    killed.kill()
    killed.wait()
    assert running(home) == (True, True)
    with EmbeddedServers(home):
        pass
    assert running(home) == (False, False)


def test_two_that_leave_at_once_leave_nothing_running(home: Path, start: Start) -> None:
    users = [start(USER, str(home)) for _ in range(2)]
    for user in users:
        assert user.stdout is not None
        user.stdout.readline()
    for user in users:
        assert user.stdin is not None
        user.stdin.write("enough\n")
        user.stdin.flush()
    for user in users:
        assert user.wait() == 0
    assert running(home) == (False, False)


def test_kept_servers_stay_until_they_are_stopped(home: Path) -> None:
    with EmbeddedServers(home, keep=True):
        pass
    assert running(home) == (True, True)
    assert EmbeddedServers(home).stop_unless_used()
    assert running(home) == (False, False)


def test_nothing_is_started_for_what_has_an_address(tmp_path: Path) -> None:
    home = tmp_path / "home"
    given = EmbeddedServers(home, database_url="postgresql://db/anseo", kafka_bootstrap="k:9092")
    with given as servers:
        assert servers.database_url == "postgresql://db/anseo"
        assert servers.kafka_bootstrap == "k:9092"
        assert not home.exists()
    assert EmbeddedServers(home).stop_unless_used()


def test_a_broker_that_nobody_wants_is_not_started(home: Path) -> None:
    with EmbeddedServers(home, database_url="postgresql://db/anseo", kafka=False) as servers:
        assert servers.kafka_bootstrap is None
        assert running(home) == (False, False)


def test_the_address_is_given_only_while_the_servers_are_in_use(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError, match="not in use"):
        _ = EmbeddedServers(tmp_path).database_url


def test_a_failed_start_lets_go_of_the_other_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGBIN", "/nowhere")
    with pytest.raises(EmbeddedServerError), EmbeddedServers(tmp_path / "home"):
        pass
    monkeypatch.delenv("PGBIN")
    assert EmbeddedServers(tmp_path / "home").stop_unless_used()
    EmbeddedPostgres(tmp_path / "home").remove()

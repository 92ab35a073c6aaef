"""`anseo sync …`: schools are planned, listed, made to wait, and removed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infrastructure.clock import move_school_clock
from infrastructure.settings import Settings
from infrastructure.store.database import Database
from infrastructure.wiring.house import House
from infrastructure.wiring.sync_role import Syncer
from tests.support.syncs import FRIDAY
from tests.support.typed import anseo, told
from tests.support.wonde import SCHOOL, TOKEN, WondeServer, Wrong, made_up_school, serving

pytestmark = pytest.mark.postgres
BY = ("--by", "staff:office")
SET = ("sync", "set", SCHOOL, "--jurisdiction", "GB-ENG", *BY)


@pytest.fixture
def server(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WondeServer]:
    with database.worker() as conn:
        move_school_clock(conn, FRIDAY)
    with serving(made_up_school(5)) as server:
        monkeypatch.setenv("DATABASE_URL", database.url)
        monkeypatch.setenv("ANSEO_HOME", str(tmp_path))
        monkeypatch.setenv("WONDE_URL", server.url)
        monkeypatch.setenv("WONDE_TOKEN", TOKEN)
        yield server


def let_it_sync(database: Database) -> int:
    with House(Settings(), database.url) as house:
        return Syncer(house, waits=(0.0,)).step()


def test_a_school_is_planned_read_and_listed(server: WondeServer, database: Database) -> None:
    one = told(*SET, "--at", "12:30", "--at", "08:00", "--compare-at", "03:15")
    assert (one["times"], one["compare_at"], one["version"]) == (["08:00", "12:30"], "03:15", 1)
    assert "not read yet" in anseo("sync", "list").stdout
    assert let_it_sync(database) == 1
    (listed,) = told("sync", "list")["syncs"]
    assert (listed["outcome"], listed["problems"], listed["zone"]) == ("WELL", [], "Europe/London")
    said = anseo("sync", "list").stdout
    assert f"wonde:{SCHOOL} (Europe/London): changes at 08:00, 12:30, everything at 03:15" in said
    assert "WELL" in said
    assert "next: 2025-09-06 02:15 UTC, everything" in said
    assert [one["outcome"] for one in told("import", "list")["imports"]] == ["IMPORTED"] * 2


def test_times_can_be_said_so_many_minutes_apart(server: WondeServer) -> None:
    hours = ("--every", "240", "--from", "08:00", "--until", "17:00")
    assert told(*SET, *hours)["times"] == ["08:00", "12:00", "16:00"]
    assert len(told(*SET)["times"]) == 21  # the usual: each half hour from 07:30 until 17:30
    assert told(*SET)["version"] == 3


def test_what_went_wrong_is_said_in_words(server: WondeServer, database: Database) -> None:
    anseo(*SET)
    server.goes_wrong("", Wrong.DENIED)
    assert let_it_sync(database) == 1
    said = anseo("sync", "list").stdout
    assert "REFUSED" in said
    assert "source-denied: The source does not let us in. Check the token" in said


def test_a_school_waits_goes_on_and_is_removed(server: WondeServer, database: Database) -> None:
    anseo(*SET)
    said = anseo("sync", "pause", SCHOOL, *BY, "--reason", "the office moves").stdout
    assert "paused by staff:office: the office moves" in said
    assert let_it_sync(database) == 0
    assert told("sync", "resume", SCHOOL, *BY, "--reason", "they moved")["paused"] is False
    gone = told("sync", "remove", SCHOOL, *BY, "--reason", "another system")
    assert gone["removed"] is True
    assert told("sync", "list") == {"syncs": []}
    assert "No school is planned" in anseo("sync", "list").stdout
    assert "synced no more" not in anseo(*SET).stdout  # and may begin anew
    last = anseo("sync", "remove", SCHOOL, *BY, "--reason", "once more").stdout
    assert "is synced no more" in last


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*SET, "--at", "half past nine"), "--at half past nine: write a time"),
        ((*SET, "--at", "09:30:30"), "write a time"),
        ((*SET, "--from", "17:00", "--until", "08:00"), "--from 17:00 comes after --until 08:00"),
        (("sync", "set", SCHOOL, "--jurisdiction", "UK", *BY), "--jurisdiction UK: no such place"),
        ((*SET[:-1], "process:x"), "a person says this, as staff:NAME"),
        (("sync", "pause", SCHOOL, "--by", "me", "--reason", "x"), "as staff:NAME"),
        (("sync", "pause", "A1", *BY, "--reason", "x"), "no sync of A1 is planned"),
        (("sync", "remove", "A1", *BY, "--reason", " "), "no sync of A1 is planned"),
    ],
)
def test_a_wish_that_cannot_be_used_says_why(
    server: WondeServer, words: tuple[str, ...], said: str
) -> None:
    assert said in anseo(*words, status=2).stderr


def test_a_sync_by_hand_waits_for_the_one_under_way(
    server: WondeServer, database: Database
) -> None:
    """Trap 32."""
    said: list[str] = []

    def meanwhile(_: str, number: int) -> None:
        if number == 1 and not said:
            said.append(anseo("import", "wonde", SCHOOL, status=1).stderr)

    anseo(*SET)
    server.between_pages = meanwhile
    assert let_it_sync(database) == 1
    assert "is being synced already" in said[0]


def test_a_reason_is_needed_and_short(server: WondeServer) -> None:
    anseo(*SET)
    for reason in (" ", "x" * 201):
        answer = anseo("sync", "pause", SCHOOL, *BY, "--reason", reason, status=2)
        assert "--reason: say why" in answer.stderr

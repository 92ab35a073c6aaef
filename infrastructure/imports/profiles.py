"""Saved column profiles: how one school's own export is written, said once, in versions."""

import re
from collections import Counter
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.abc import QueryNoTemplate
from psycopg.types.json import Jsonb

from domain.kernel.refusals import CommandReused, Conflict, Invalid, NotFound, NotNow
from domain.shared.ids import SchoolId, TenantId
from infrastructure.imports.csv_columns import COLUMNS
from infrastructure.imports.csv_text import ColumnProfile
from infrastructure.store.database import Connection

PROFILE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SAVE: Final[QueryNoTemplate] = (
    "insert into column_profile (tenant, school, name, version, profile, saved_by, withdrawn,"
    " command_id) values (%s, %s, %s, %s, %s, %s, %s, %s)"
)
_SAVED: Final[QueryNoTemplate] = (
    "select name, version, profile, saved_by, saved_at from (select distinct on (name) *"
    " from column_profile where tenant = %(tenant)s and school = %(school)s"
    " and (%(name)s::text is null or name = %(name)s) order by name, version desc) newest"
    " where not withdrawn order by name"
)
_LAST: Final[QueryNoTemplate] = (
    "select version, withdrawn, profile from column_profile where tenant = %s and school = %s"
    " and name = %s order by version desc limit 1"
)
_SAID: Final[QueryNoTemplate] = (
    "select school, name, profile, withdrawn, version from column_profile"
    " where tenant = %s and command_id = %s"
)
_LOCK: Final[QueryNoTemplate] = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"


class ProfileNotKnown(NotFound):
    """The school has no saved column profile of this name."""

    code = "profile-unknown"


class ProfileExists(NotNow):
    """The school has a profile of this name: change it at the version that you have seen."""

    code = "profile-exists"


class ProfileFaulty(Invalid):
    """A profile names a column that no import knows, or one of the file's for two of ours."""

    code = "profile-faulty"


class SavedProfile(NamedTuple):
    """One version of a profile."""

    name: str
    version: int
    profile: ColumnProfile
    saved_by: str
    saved_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Return it as commands and the API show it."""
        return {**self._asdict(), "profile": self.profile.model_dump()}


class Wish(NamedTuple):
    """What somebody wants of one profile; without a profile it is deleted.

    `seen` is the version that was looked at; None: whatever there is, or nothing where it is `new`.
    """

    school: SchoolId
    name: str
    profile: ColumnProfile | None
    by: str
    seen: int | None = None
    new: bool = False
    command: UUID | None = None


def save(conn: Connection, tenant: TenantId, wish: Wish) -> int:
    """Save what is wished as the next version of a profile, which is returned; never overwrite.

    Raises:
        ProfileFaulty: when it names columns that no import knows.
        ProfileExists: when it is to be new and is not.
        ProfileNotKnown: when it is to be changed or deleted and is not there.
        Conflict: when somebody else has saved a version since.
        CommandReused: when the same command once wished something else.
    """
    check(wish.profile)
    conn.execute(_LOCK, (f"profile {wish.name} of {wish.school}",))
    if (version := _answered(conn, tenant, wish)) is not None:
        return version
    row = conn.execute(_LAST, (tenant, wish.school, wish.name)).fetchone()
    last, withdrawn, standing = row or (0, True, None)
    _see(wish, 0 if withdrawn else last)
    said = standing if wish.profile is None else wish.profile.model_dump()
    gone = wish.profile is None
    key = (tenant, wish.school, wish.name, last + 1)
    conn.execute(_SAVE, (*key, Jsonb(said), wish.by, gone, wish.command))
    return int(last) + 1


def check(profile: ColumnProfile | None) -> None:
    """See that a profile names only columns that an import asks for, each by a name of its own.

    Raises:
        ProfileFaulty: otherwise.
    """
    columns = profile.columns if profile else {}
    if unknown := sorted(set(columns) - COLUMNS):
        raise ProfileFaulty(
            f"No import asks for a column {', '.join(unknown)}. `columns` says OURS: THEIRS, and"
            f" ours are {', '.join(sorted(COLUMNS))}."
        )
    theirs = Counter("_".join(name.casefold().split()) for name in columns.values())
    if twice := [name for name, times in theirs.items() if times > 1]:
        raise ProfileFaulty(f"The file's column {', '.join(twice)} stands for two of ours.")


def saved(conn: Connection, tenant: TenantId, school: SchoolId) -> list[SavedProfile]:
    """Return the newest version of each profile of a school."""
    return _read(conn, tenant, school, None)


def newest(conn: Connection, tenant: TenantId, school: SchoolId, name: str) -> SavedProfile | None:
    """Return the newest version of one profile; None where there is none, or not any more."""
    return next(iter(_read(conn, tenant, school, name)), None)


def _answered(conn: Connection, tenant: TenantId, wish: Wish) -> int | None:
    """Return what this very wish was answered, if it was."""
    row = None
    if wish.command is not None:
        row = conn.execute(_SAID, (tenant, wish.command)).fetchone()
    if row is None:
        return None
    *place, said, gone, version = row
    wanted = None if wish.profile is None else wish.profile.model_dump()
    if place != [wish.school, wish.name] or (None if gone else said) != wanted:
        raise CommandReused
    return int(version)


def _see(wish: Wish, standing: int) -> None:
    """Compare the version that stands, 0 for none, with the one that was seen."""
    if wish.new and standing:
        raise ProfileExists
    if not standing and (wish.seen is not None or wish.profile is None):
        raise ProfileNotKnown
    if wish.seen not in {None, standing}:
        raise Conflict(expected=wish.seen, version=standing)


def _read(
    conn: Connection, tenant: TenantId, school: SchoolId, wanted: str | None
) -> list[SavedProfile]:
    rows = conn.execute(_SAVED, {"tenant": tenant, "school": school, "name": wanted}).fetchall()
    return [
        SavedProfile(name, version, ColumnProfile.model_validate(said), by, at)
        for name, version, said, by, at in rows
    ]

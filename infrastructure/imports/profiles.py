"""Saved column profiles: how one school's own export is written, said once, in versions."""

import re
from typing import Any, Final, NamedTuple

from psycopg.abc import QueryNoTemplate
from psycopg.types.json import Jsonb

from domain.shared.ids import SchoolId, TenantId
from infrastructure.imports.csv_text import ColumnProfile
from infrastructure.store.database import Connection

PROFILE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SAVE: Final[QueryNoTemplate] = (
    "insert into column_profile (tenant, school, name, version, profile, saved_by)"
    " select %(tenant)s, %(school)s, %(name)s, coalesce(max(version), 0) + 1, %(profile)s, %(by)s"
    " from column_profile where tenant = %(tenant)s and school = %(school)s and name = %(name)s"
    " returning version"
)
_SAVED: Final[QueryNoTemplate] = (
    "select distinct on (name) name, version, profile, saved_by from column_profile"
    " where tenant = %(tenant)s and school = %(school)s"
    " and (%(name)s::text is null or name = %(name)s) order by name, version desc"
)


class SavedProfile(NamedTuple):
    """One version of a profile."""

    name: str
    version: int
    profile: ColumnProfile
    saved_by: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as commands and the API show it."""
        return {**self._asdict(), "profile": self.profile.model_dump()}


def save(
    conn: Connection,
    tenant: TenantId,
    school: SchoolId,
    name: str,
    profile: ColumnProfile,
    by: str,
) -> int:
    """Save a profile as the next version of its name, which is returned.

    Two who save at once: the second is refused by the key, and tries again.
    """
    asked = {"tenant": tenant, "school": school, "name": name, "by": by}
    row = conn.execute(_SAVE, {**asked, "profile": Jsonb(profile.model_dump())}).fetchone()
    assert row is not None  # noqa: S101  an insert of one row returns one
    return int(row[0])


def saved(conn: Connection, tenant: TenantId, school: SchoolId) -> list[SavedProfile]:
    """Return the newest version of each profile of a school."""
    return _read(conn, tenant, school, None)


def newest(conn: Connection, tenant: TenantId, school: SchoolId, name: str) -> SavedProfile | None:
    """Return the newest version of one profile."""
    return next(iter(_read(conn, tenant, school, name)), None)


def _read(
    conn: Connection, tenant: TenantId, school: SchoolId, wanted: str | None
) -> list[SavedProfile]:
    rows = conn.execute(_SAVED, {"tenant": tenant, "school": school, "name": wanted}).fetchall()
    return [
        SavedProfile(name, version, ColumnProfile.model_validate(said), by)
        for name, version, said, by in rows
    ]

"""Syncs: a school's own system asked what it has, or what has changed since it was last asked."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from infrastructure.clock import machine_now, school_now
from infrastructure.http.guarded import GuardedHttp
from infrastructure.imports.prepared import Insistence, Prepared
from infrastructure.imports.report import ImportReport
from infrastructure.imports.sync_state import SyncState, keep_state, since, state_of
from infrastructure.imports.wonde import (
    MARKS,
    ROSTER,
    Span,
    prepare_marks,
    prepare_roster,
    school_id,
    source_name,
)
from infrastructure.imports.wonde_source import WAITS, WondeSource
from infrastructure.register import reads
from infrastructure.store.locks import holding
from infrastructure.wiring.imports import Importer

_USUAL_ZONE: Final = "Europe/Dublin"
_FAMILY: Final = 7269


class TokenMissing(Exception):
    """WONDE_TOKEN is not set."""


class SyncBusy(Exception):
    """This school is being synced already, by somebody else or by the role."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants of a sync.

    Where everything is compared each night, `nightly`, what was set aside need not be read again
    before: else one row that nobody can ever use makes each sync of the day a whole one.
    """

    place: str | None = None
    full: bool = False
    first: date | None = None
    keep_good_rows: bool = True
    accept_fewer: Insistence | None = None
    nightly: bool = False


def sync_wonde(
    importer: Importer,
    school: str,
    asked: Asked,
    *,
    waits: tuple[float, ...] = WAITS,
    pause: Callable[[float], None] = time.sleep,
) -> list[ImportReport]:
    """Sync one school: who is there, then their marks; each part is imported by itself.

    A part that was refused is read again next time from where it was; what was set aside too.
    `pause` is called before each page, also for no time at all: what it raises ends the sync with
    nothing taken of the part that was being read.

    Raises:
        TokenMissing: when the settings have no token.
        SyncBusy: when the school is being synced already.
        infrastructure.imports.wonde.PlaceMissing: for a new school without a jurisdiction.
    """
    settings = importer.house.settings
    if settings.wonde_token is None:
        raise TokenMissing
    token = settings.wonde_token.get_secret_value()
    http = GuardedHttp(settings.wonde_url, user=token, password="", connections=1, read_for=60.0)
    try:
        with _alone(importer, school):
            source = WondeSource(http, settings.wonde_url, school, waits=waits, pause=pause)
            return _Sync(importer, source, asked).run()
    finally:
        http.close()


@contextmanager
def _alone(importer: Importer, school: str) -> Iterator[None]:
    """Hold the school's lock on a session of its own, which gives it back however it ends."""
    name = f"sync {importer.tenant} {source_name(school)}"
    with (
        importer.house.database.session("anseo_app") as session,
        holding(session, name, _FAMILY) as alone,
    ):
        if not alone:
            raise SyncBusy
        yield


class _Sync:
    def __init__(self, importer: Importer, source: WondeSource, asked: Asked) -> None:
        self._importer = importer
        self._source = source
        self._asked = asked
        self._began = machine_now()

    def run(self) -> list[ImportReport]:
        database, tenant = self._importer.house.database, self._importer.tenant
        state, span = self._span(ROSTER)
        read = prepare_roster(database, tenant, self._source, self._asked.place, span)
        people = self._import(read, ROSTER, state, span)
        if not people.well:
            return [people]
        ours = school_id(tenant, self._source.school)
        with database.tenant(tenant) as conn:
            roll = reads.school_roll(conn, tenant, ours)
        assert roll is not None  # noqa: S101  the roster that was just imported has the school
        state, span = self._span(MARKS)
        read = prepare_marks(database, tenant, self._source, roll, span)
        return [people, self._import(read, MARKS, state, span)]

    def _span(self, resource: str) -> tuple[SyncState | None, Span]:
        tenant, ours = self._importer.tenant, self._source.school
        with self._importer.house.database.tenant(tenant) as conn:
            state = state_of(conn, tenant, f"wonde:{ours}", resource)
            known = {row.school: row.zone for row in reads.schools(conn, tenant)}
            zone = ZoneInfo(known.get(school_id(tenant, ours), _USUAL_ZONE))
            today = school_now(conn).astimezone(zone).date()
        moment = None if self._asked.full else since(state, self._began)
        return state, Span(today, moment, self._asked.first)

    def _import(
        self, read: Prepared, resource: str, before: SyncState | None, span: Span
    ) -> ImportReport:
        report = self._importer.prepared(
            read,
            keep_good_rows=self._asked.keep_good_rows,
            accept_fewer=self._asked.accept_fewer,
        )
        if report.well and (self._asked.nightly or not report.rows_bad):
            compared = self._began if span.since is None or before is None else before.compared_at
            self._keep(read, resource, SyncState(self._began, compared))
        return report

    def _keep(self, read: Prepared, resource: str, state: SyncState) -> None:
        tenant = self._importer.tenant
        with self._importer.house.database.tenant(tenant) as conn:
            keep_state(conn, tenant, read.source, resource, state)

"""The school calendars that decisions see, from the register."""

import time
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from domain.shared.calendar import SchoolCalendar
from domain.shared.ids import SchoolId, TenantId
from infrastructure.register.school_calendars import school_calendars
from infrastructure.store.database import Connection

_KEPT_SECONDS: Final = 2.0


class CalendarBook:
    """Calendars by school, kept for two seconds: they change a few times a year.

    A decision that uses a calendar two seconds old plans a step for a day that was just closed;
    the last look before the attempt and the next plan see the new one.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[UUID, UUID], tuple[float, SchoolCalendar]] = {}

    def __call__(
        self, conn: Connection, tenant: UUID, schools: Sequence[UUID]
    ) -> Mapping[UUID, SchoolCalendar]:
        """Return the calendars of some schools."""
        now = time.monotonic()
        missing = [
            school
            for school in schools
            if (kept := self._kept.get((tenant, school))) is None or kept[0] < now
        ]
        if missing:
            ids = [SchoolId(school) for school in missing]
            for school, calendar in school_calendars(conn, TenantId(tenant), ids).items():
                self._kept[tenant, school] = (now + _KEPT_SECONDS, calendar)
        return {school: self._kept[tenant, school][1] for school in schools}

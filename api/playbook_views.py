"""A playbook as users see it: its versions, and a run through it with real dates."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from api.looks import PLAYBOOK_FACTS
from domain.kernel import facts
from domain.playbook.events import (
    PlaybookActivated,
    PlaybookDrafted,
    PlaybookEvent,
    PlaybookRetired,
)
from domain.playbook.refusals import PlaybookUnknown, VersionNotThere
from domain.playbook_run.previewing import escalation_day, timeline
from domain.shared.calendar import SchoolCalendar
from domain.shared.ids import SchoolId
from domain.shared.playbooks import Playbook
from infrastructure.store.database import Connection
from projections.playbooks import PlaybookRow

Row = tuple[Any, ...]
_OF_THE_STREAM: Final = ("playbook_id", "version")


class Version(msgspec.Struct):
    """One version of a playbook, and who wrote it, put it into use and took it out."""

    playbook: Playbook
    status: str
    drafted_at: datetime | None = None
    drafted_by: str | None = None
    activated_at: datetime | None = None
    activated_by: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None

    @property
    def version(self) -> int:
        """Its number."""
        return self.playbook.version

    def as_dict(self) -> dict[str, Any]:
        """Return it without the steps."""
        said: dict[str, Any] = msgspec.to_builtins(self)
        del said["playbook"]
        return {"version": self.version, **said}


class History(msgspec.Struct):
    """Everything that was ever said of one playbook, told version by version."""

    playbook_id: UUID
    school_id: SchoolId | None
    revision: int
    versions: dict[int, Version]
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def shown(self) -> Version:
        """The version in use, else the one that was last, else the draft."""
        used = [one for one in self.versions.values() if one.activated_at is not None]
        return max(used or self.versions.values(), key=lambda one: one.version)

    @property
    def draft(self) -> Version | None:
        """The version that is being written, if any."""
        return next((v for v in self.versions.values() if v.status == "DRAFT"), None)

    @property
    def newest(self) -> Playbook:
        """What the next change is made from: the draft, else the version shown."""
        return (self.draft or self.shown).playbook

    def version(self, number: int) -> Version:
        """Return one version.

        Raises:
            VersionNotThere: when there is none of this number.
        """
        if number not in self.versions:
            raise VersionNotThere
        return self.versions[number]


def history_of(
    conn: Connection, tenant: UUID, playbook: UUID, revision: int | None = None
) -> History:
    """Load the history of a playbook of a tenant, as of a revision if one is named.

    Raises:
        PlaybookUnknown: when the tenant has none of this id.
    """
    asked = {"tenant": tenant, "playbook": playbook, "revision": revision}
    return history(playbook, conn.execute(PLAYBOOK_FACTS, asked).fetchall())


def history(playbook: UUID, rows: Iterable[Row]) -> History:
    """Tell the history of a playbook from its facts, in order.

    Raises:
        PlaybookUnknown: when there are none, or they are about something else.
    """
    told = History(playbook, None, 0, {})
    for name, event_version, state, revision, at, actor in rows:
        event = facts.read(name, event_version, bytes(state))
        if not isinstance(event, PlaybookDrafted | PlaybookActivated | PlaybookRetired):
            raise PlaybookUnknown
        _tell(told, event, at, actor)
        told.revision, told.updated_at = revision, at
        told.created_at = told.created_at or at
    if not told.revision:
        raise PlaybookUnknown
    return told


def _tell(told: History, event: PlaybookEvent, at: datetime, actor: str) -> None:
    if isinstance(event, PlaybookRetired):
        _end(told, "RETIRED", at, actor)
        for dropped in [v for v in told.versions.values() if v.status == "DRAFT"]:
            dropped.status, dropped.ended_at, dropped.ended_by = "DROPPED", at, actor
        return
    told.school_id = event.school_id
    if isinstance(event, PlaybookActivated):
        _end(told, "SUPERSEDED", at, actor)
    before = told.versions.get(event.playbook.version)
    same = before is not None and before.playbook == event.playbook
    made = Version(event.playbook, "DRAFT", at, actor)
    if isinstance(event, PlaybookActivated):
        made = before if before is not None and same else made
        made.status, made.activated_at, made.activated_by = "ACTIVE", at, actor
    told.versions[event.playbook.version] = made


def _end(told: History, status: str, at: datetime, actor: str) -> None:
    for one in told.versions.values():
        if one.status == "ACTIVE":
            one.status, one.ended_at, one.ended_by = status, at, actor


def content(playbook: Playbook) -> dict[str, Any]:
    """Return a playbook as a person writes it: without what its stream counts."""
    said: dict[str, Any] = msgspec.to_builtins(playbook)
    return {name: value for name, value in said.items() if name not in _OF_THE_STREAM}


def listed(document: str) -> dict[str, Any]:
    """Return a row of the list."""
    row = msgspec.json.decode(document, type=PlaybookRow)
    return {
        "playbook_id": row.playbook.playbook_id,
        "school_id": row.school_id,
        "name": row.playbook.name,
        "trigger_stage": row.trigger_stage,
        "is_active": row.is_active,
        "status": row.status,
        "version": row.playbook.version,
        "draft_version": None if row.draft is None else row.draft.version,
        "revision": row.revision,
        "steps": len(row.playbook.steps),
        "created_at": row.created_at,
        "updated_at": row.changed_at,
    }


def whole(told: History, version: Version | None = None) -> dict[str, Any]:
    """Return a playbook with the steps of a version, and the draft that waits."""
    shown, draft = version or told.shown, told.draft
    rule = shown.playbook.escalation
    return {
        **shown.as_dict(),
        "playbook_id": told.playbook_id,
        "school_id": told.school_id,
        "is_active": shown.status == "ACTIVE",
        "revision": told.revision,
        "created_at": told.created_at,
        "updated_at": told.updated_at,
        "trigger_stage": shown.playbook.trigger_stage,
        "escalation_after_days": None if rule is None else rule.after,
        "definition": content(shown.playbook),
        "draft": None if draft is None else content(draft.playbook),
    }


def preview(
    playbook: Playbook, school: UUID, calendar: SchoolCalendar, triggered_at: datetime
) -> dict[str, Any]:
    """Return a run through a playbook that would begin at a moment."""
    moments = timeline(playbook, calendar, triggered_at)
    steps = {step.step_id: msgspec.to_builtins(step) for step in playbook.steps}
    return {
        "playbook_id": playbook.playbook_id,
        "version": playbook.version,
        "school_id": school,
        "zone": calendar.zone,
        "triggered_at": triggered_at,
        "steps": [
            {
                **msgspec.to_builtins(moment),
                **{name: steps[moment.step_id][name] for name in ("kind", "offset", "unit")},
                "channel": steps[moment.step_id].get("channel"),
            }
            for moment in moments
        ],
        "escalates_on": escalation_day(playbook, calendar, triggered_at),
    }

"""Playbooks: drafted, in use, retired."""

from datetime import datetime
from typing import assert_never

from domain.kernel.recorded import Told
from domain.playbook.events import (
    PlaybookActivated,
    PlaybookDrafted,
    PlaybookEvent,
    PlaybookRetired,
)
from domain.shared.ids import SchoolId
from domain.shared.playbooks import Playbook
from projections.kit import Query, ReadModel, Row, expect, row_a_stream

_PLAYBOOK_FACTS = (PlaybookDrafted, PlaybookActivated, PlaybookRetired)


class PlaybookRow(Row):
    """A playbook: the version that starts runs, or the draft of one that never did.

    `revision` counts its facts: what If-Match asks for.
    """

    playbook: Playbook
    trigger_stage: str | None
    created_at: datetime
    changed_at: datetime
    revision: int
    school_id: SchoolId | None = None
    is_active: bool = False
    draft: Playbook | None = None
    used: bool = False

    @property
    def status(self) -> str:
        """DRAFT until it was used, then ACTIVE, then RETIRED."""
        if self.is_active:
            return "ACTIVE"
        return "RETIRED" if self.used else "DRAFT"


def evolve_playbook(row: PlaybookRow | None, fact: Told, key: str) -> PlaybookRow | None:  # noqa: ARG001  one row a stream
    """Keep the latest version, and the draft of the next."""
    match fact.event:
        case PlaybookDrafted() | PlaybookActivated() | PlaybookRetired() as event:
            return _evolved_playbook(row, fact, event)
        case _:
            return row


def _evolved_playbook(row: PlaybookRow | None, fact: Told, event: PlaybookEvent) -> PlaybookRow:
    at, revision = fact.occurred_at, fact.version
    match event:
        case PlaybookRetired():
            known = expect(row)
            return known.but(is_active=False, draft=None, changed_at=at, revision=revision)
        case PlaybookDrafted(playbook=playbook) if row is not None and row.used:
            return row.but(draft=playbook, changed_at=at, revision=revision)
        case PlaybookDrafted(playbook=playbook) | PlaybookActivated(playbook=playbook):
            used = isinstance(event, PlaybookActivated)
            return PlaybookRow(
                playbook=playbook,
                trigger_stage=playbook.trigger_stage,
                created_at=at if row is None else row.created_at,
                changed_at=at,
                revision=revision,
                school_id=event.school_id,
                is_active=used,
                draft=None if used else playbook,
                used=used,
            )
        case _:
            assert_never(event)


PLAYBOOKS = ReadModel(
    "playbooks",
    version=2,
    row=PlaybookRow,
    listens=_PLAYBOOK_FACTS,
    keys=row_a_stream(_PLAYBOOK_FACTS),
    evolve=evolve_playbook,
    columns=("trigger_stage", "school_id", "is_active", "changed_at"),
    indexes=("trigger_stage",),
)
FOR_STAGES = Query(
    "playbooks",
    "select doc from {playbooks} where tenant = %(tenant)s and trigger_stage = any(%(stages)s)"
    " and is_active"
    " order by key limit 100000",
)
# Those of the whole tenant and of some schools, the one that was changed last first.
PAGE = Query(
    "playbooks",
    "select doc, changed_at, key from {playbooks} where tenant = %(tenant)s"
    " and (%(scope)s::uuid[] is null or school_id is null or school_id = any(%(scope)s))"
    " and (%(school)s::uuid is null or school_id = %(school)s)"
    " and (%(stage)s::text is null or trigger_stage = %(stage)s)"
    " and (%(active)s::boolean is null or is_active = %(active)s)"
    " and (%(after_at)s::timestamptz is null"
    " or (changed_at, key) < (%(after_at)s, %(after_key)s))"
    " order by changed_at desc, key desc limit %(limit)s",
)

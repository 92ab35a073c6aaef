"""Rule sets: drafted, in use, retired."""

from datetime import datetime
from typing import Any, assert_never

from domain.kernel.recorded import Told
from domain.rule_set.events import RuleSetActivated, RuleSetDrafted, RuleSetEvent, RuleSetRetired
from domain.shared.ids import RuleSetId, SchoolId
from projections.kit import Query, ReadModel, Row, expect, row_a_stream

_RULE_SET_FACTS = (RuleSetDrafted, RuleSetActivated, RuleSetRetired)


class RuleSetRow(Row):
    """A rule set: the version that decides, or the draft of one that never did.

    `revision` counts its facts: what If-Match asks for. `in_use_since` is a ledger position; of two
    rule sets in use for the same schools, the one that came later decides.
    """

    rule_set_id: RuleSetId
    version: int
    content_hash: str
    definition: dict[str, Any]
    changed_at: datetime
    revision: int
    school_id: SchoolId | None = None
    is_active: bool = False
    draft_version: int | None = None
    activated_at: datetime | None = None
    in_use_since: int | None = None

    @property
    def status(self) -> str:
        """DRAFT until it was used, then ACTIVE, then RETIRED."""
        if self.is_active:
            return "ACTIVE"
        return "RETIRED" if self.version else "DRAFT"


def evolve_rule_set(row: RuleSetRow | None, fact: Told, key: str) -> RuleSetRow | None:  # noqa: ARG001  one row a stream
    """Keep the latest version, and say whether another is being written."""
    match fact.event:
        case RuleSetDrafted() | RuleSetActivated() | RuleSetRetired() as event:
            return _evolved(row, fact, event)
        case _:
            return row


def _evolved(row: RuleSetRow | None, fact: Told, event: RuleSetEvent) -> RuleSetRow:
    at, revision = fact.occurred_at, fact.version
    match event:
        case RuleSetRetired():
            return expect(row).but(
                is_active=False, draft_version=None, changed_at=at, revision=revision
            )
        case RuleSetDrafted(version=version) if row is not None and row.version:
            return row.but(draft_version=version, changed_at=at, revision=revision)
        case RuleSetDrafted() | RuleSetActivated():
            used = isinstance(event, RuleSetActivated)
            return RuleSetRow(
                rule_set_id=RuleSetId(fact.stream),
                version=event.version if used else 0,
                content_hash=event.content_hash,
                definition=event.definition,
                changed_at=at,
                revision=revision,
                school_id=event.school_id,
                is_active=used,
                draft_version=None if used else event.version,
                activated_at=at if used else None,
                in_use_since=fact.position if used else None,
            )
        case _:
            assert_never(event)


RULE_SETS = ReadModel(
    "rule_sets",
    version=2,
    row=RuleSetRow,
    listens=_RULE_SET_FACTS,
    keys=row_a_stream(_RULE_SET_FACTS),
    evolve=evolve_rule_set,
    columns=("school_id", "is_active", "in_use_since", "changed_at"),
)
# First the school's own, then the tenant's; of those the one that was put into use last.
FOR_SCHOOLS = Query(
    "rule_sets",
    "select doc from {rule_sets} where tenant = %(tenant)s and is_active"
    " and (school_id is null or school_id = any(%(schools)s))"
    " order by school_id nulls last, in_use_since desc, key limit 1000",
)
NEWEST_IN_USE = Query(
    "rule_sets",
    "select coalesce(max(in_use_since), 0) from {rule_sets} where tenant = %(tenant)s"
    " and is_active limit 1",
)
# What a rule set for the same schools replaces.
IN_USE = Query(
    "rule_sets",
    "select doc from {rule_sets} where tenant = %(tenant)s and is_active"
    " and school_id is not distinct from %(school)s::uuid order by key limit 1000",
)
RULE_SET_PAGE = Query(
    "rule_sets",
    "select doc, changed_at, key from {rule_sets} where tenant = %(tenant)s"
    " and (%(scope)s::uuid[] is null or school_id is null or school_id = any(%(scope)s))"
    " and (%(school)s::uuid is null or school_id = %(school)s)"
    " and (%(active)s::boolean is null or is_active = %(active)s)"
    " and (%(after_at)s::timestamptz is null"
    " or (changed_at, key) < (%(after_at)s, %(after_key)s))"
    " order by changed_at desc, key desc limit %(limit)s",
)

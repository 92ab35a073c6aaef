"""Playbooks and rule sets in use."""

from typing import Any

from domain.kernel.recorded import Told
from domain.playbook.events import PlaybookActivated, PlaybookRetired
from domain.rule_set.events import RuleSetActivated
from domain.shared.ids import RuleSetId, SchoolId
from domain.shared.playbooks import Playbook
from projections.kit import Query, ReadModel, Row, row_a_stream

_PLAYBOOK_FACTS = (PlaybookActivated, PlaybookRetired)


class PlaybookRow(Row):
    """The version of a playbook that starts runs."""

    playbook: Playbook
    trigger_stage: str
    school_id: SchoolId | None = None


def evolve_playbook(row: PlaybookRow | None, fact: Told, key: str) -> PlaybookRow | None:  # noqa: ARG001  one row a stream
    """Keep the latest version; a retired playbook has no row."""
    match fact.event:
        case PlaybookActivated(playbook=playbook, school_id=school):
            return PlaybookRow(playbook, playbook.trigger_stage, school)
        case PlaybookRetired():
            return None
        case _:
            return row


class RuleSetRow(Row):
    """The version of a rule set that decides."""

    rule_set_id: RuleSetId
    version: int
    content_hash: str
    definition: dict[str, Any]
    school_id: SchoolId | None = None


def evolve_rule_set(row: RuleSetRow | None, fact: Told, key: str) -> RuleSetRow | None:  # noqa: ARG001  one row a stream
    """Keep the latest version."""
    match fact.event:
        case RuleSetActivated() as a:
            return RuleSetRow(
                rule_set_id=RuleSetId(fact.stream),
                version=a.version,
                content_hash=a.content_hash,
                definition=a.definition,
                school_id=a.school_id,
            )
        case _:
            return row


PLAYBOOKS = ReadModel(
    "playbooks",
    version=1,
    row=PlaybookRow,
    listens=_PLAYBOOK_FACTS,
    keys=row_a_stream(_PLAYBOOK_FACTS),
    evolve=evolve_playbook,
    columns=("trigger_stage", "school_id"),
    indexes=("trigger_stage",),
)
RULE_SETS = ReadModel(
    "rule_sets",
    version=1,
    row=RuleSetRow,
    listens=(RuleSetActivated,),
    keys=row_a_stream((RuleSetActivated,)),
    evolve=evolve_rule_set,
    columns=("school_id",),
)
FOR_STAGES = Query(
    "playbooks",
    "select doc from {playbooks} where tenant = %(tenant)s and trigger_stage = any(%(stages)s)"
    " order by key limit 100000",
)
# A school's own rule set wins over the tenant's.
FOR_SCHOOL = Query(
    "rule_sets",
    "select doc from {rule_sets} where tenant = %(tenant)s"
    " and (school_id is null or school_id = %(school)s)"
    " order by school_id nulls last, key limit 1",
)

"""Whether there are words for what a playbook wants to say, before a family is to hear it."""

from dataclasses import dataclass
from typing import Final

import msgspec

from api.receipts import Desk
from domain.attendance.rule_model import RuleSet
from domain.playbook.faults import Fault
from domain.playbook.never_started import never_started
from domain.playbook.refusals import TextMissing
from domain.playbook.wordless import only_when_asked, texts_of, wordless, wordless_fallbacks
from domain.shared.ids import SchoolId, TenantId
from domain.shared.playbooks import Playbook
from domain.shared.texts import TextKind
from infrastructure.documents.errors import TemplateNotFound
from infrastructure.runtime.words import Chosen
from infrastructure.store import reads
from infrastructure.store.database import Connection
from infrastructure.wiring.house import House
from projections.definitions import RULE_SET_PAGE, RuleSetRow

_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Wordless:
    """What stands against using a playbook, and what is only worth knowing."""

    errors: list[Fault]
    warnings: list[Fault]


def looked_up(
    house: House, tenant: TenantId, school: SchoolId | None, playbook: Playbook
) -> Wordless:
    """Look up each text of a playbook as the sender would, in the language that all fall back to.

    For the whole tenant a text of one school does not count: the others would have none.
    """
    with house.database.tenant(tenant) as conn:
        found = {
            asked: chosen
            for asked in texts_of(playbook)
            if (chosen := _chosen(house, conn, tenant, school, *asked)) is not None
        }
        stages = _stages(conn, tenant)
    approved = {
        key
        for (key, kind), chosen in found.items()
        if kind is TextKind.WHATSAPP and _is_approved(house, tenant, chosen)
    }
    warnings = [
        *wordless_fallbacks(playbook, found),
        *only_when_asked(playbook, approved),
        *never_started(playbook, stages),
    ]
    return Wordless(wordless(playbook, found), warnings)


def needs_words(desk: Desk, school: SchoolId | None, playbook: Playbook) -> None:
    """Refuse to use a playbook of which a step would have nothing to say.

    A request that was answered before is not looked at again: its answer stands.

    Raises:
        TextMissing: with each step and its place.
    """
    if not desk.was_answered():
        refuse_wordless(desk.house, TenantId(desk.caller.tenant), school, playbook)


def refuse_wordless(
    house: House, tenant: TenantId, school: SchoolId | None, playbook: Playbook
) -> None:
    """Refuse to use a playbook of which a step would have nothing to say.

    Raises:
        TextMissing: with each step and its place.
    """
    if faults := looked_up(house, tenant, school, playbook).errors:
        words = "; ".join(fault.words for fault in faults)
        raise TextMissing(words, errors=[msgspec.to_builtins(fault) for fault in faults])


def _chosen(
    house: House,
    conn: Connection,
    tenant: TenantId,
    school: SchoolId | None,
    key: str,
    kind: TextKind,
) -> Chosen | None:
    words = house.composer.words
    try:
        return words.choose(conn, tenant, school, key, kind, words.fallback)
    except TemplateNotFound:
        return None


def _stages(conn: Connection, tenant: TenantId) -> list[str]:
    """Return the stages of all rule sets in use, of the tenant and of its schools."""
    every = dict.fromkeys(("scope", "school", "after_at", "after_key"))
    asked = {**every, "tenant": tenant, "active": True, "limit": _MOST}
    rows = reads.documents(conn, RULE_SET_PAGE, RuleSetRow, asked)
    ladders = [RuleSet.model_validate(row.definition) for row in rows]
    return sorted({stage.type for one in ladders for stage in one.every_stage})


def _is_approved(house: House, tenant: TenantId, chosen: Chosen) -> bool:
    text = chosen.template
    if text.own:
        return text.wording.content_sid is not None
    ids = house.composer.contents
    return ids.content_sid(tenant, text.key, text.language) is not None

"""What a timeline is put together from: streams found by read models, facts from the ledger.

A fact that is new in a later release is in it without a line here: its name is its code, and the
sentence that explains it in the code is its words.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

import msgspec

from api.cursors import Place
from domain.kernel import facts
from projections.kit import Query

MODELS: Final = ("messages", "run_monitor", "interventions", "meeting_diary", "execution_log")
Row = tuple[Any, ...]
_SCOPED: Final = (
    " where tenant = %(tenant)s and (%(school)s::uuid[] is null or school_id = any(%(school)s))"
)
OF_STUDENT: Final = Query(
    "messages",
    " union all ".join(
        f"select key, student_id from {{{model}}}{_SCOPED} and student_id = %(student)s"
        for model in MODELS[:4]
    )
    # A message that speaks of siblings is asked for by one child's run: the others' log names it.
    + " union select message_id::text, student_id from {execution_log}"
    + _SCOPED
    + " and student_id = %(student)s and message_id is not null limit 10000",
)
OF_GUARDIAN: Final = Query(
    "messages",
    " union all ".join(
        f"select key, student_id from {{{model}}}{_SCOPED} and guardian_id = %(guardian)s"
        for model in MODELS[:2]
    )
    + " limit 10000",
)
FACTS_AFTER: Final = (
    "select notification_id, topic, occurred_at, originator_id::text, actor,"
    " convert_from(state, 'UTF8') from ledger where tenant = %(tenant)s"
    " and originator_id = any(%(streams)s::uuid[])"
    " and (%(after)s::bigint is null or notification_id > %(after)s)"
    " order by notification_id limit %(limit)s"
)
_TOLD: Final = (
    *("channel", "stage", "step_id", "reason", "cause", "student_id", "guardian_id", "message_id"),
    *("purpose", "template_key", "provider_status", "outcome", "status", "code"),
)


def place_of(place: Place | None) -> int | None:
    """Return the position behind which a page goes on."""
    return None if place is None else int(place.key)


def references(rows: Sequence[Row]) -> list[UUID]:
    """Return where the vault keeps the words of answers on this page."""
    found = (msgspec.json.decode(row[5]).get("reply_ref") for row in rows)
    return [UUID(reference) for reference in found if reference]


def entries(rows: Sequence[Row], texts: Mapping[UUID, Mapping[str, str]]) -> Iterator[str]:
    """Yield one entry for each fact: its code, its words, what it was about, and what was said."""
    for position, name, at, stream, actor, state in rows:
        fact = msgspec.json.decode(state)
        reference = fact.get("reply_ref")
        text = texts.get(UUID(reference), {}).get("text") if reference else None
        yield msgspec.json.encode(
            {
                "position": position,
                "at": at,
                "code": name,
                "words": words_of(name),
                "stream": stream,
                "actor": actor,
                "about": {key: fact[key] for key in _TOLD if isinstance(fact.get(key), str)},
                "text": text,
            }
        ).decode()


@cache
def words_of(name: str) -> str:
    """Return the sentence that explains a fact; its name where this release does not know it."""
    known = facts.known_names().get(name)
    return name if known is None else (known.__doc__ or name).strip().splitlines()[0]

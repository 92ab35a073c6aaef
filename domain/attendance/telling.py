"""Stages that tell, by having been reached, of a child's health, faith or the like.

Illness, medical appointments, religious observance and the like are data of special category
(GDPR, article 9; detention: article 10). A stage that such reasons decide has a name that stays
inside, see `domain.shared.said_outside`.
"""

from collections.abc import Collection, Iterator
from typing import Final

from domain.attendance.codes import CodeTable, MarkStatus, Reasons, normalised
from domain.attendance.trigger_faults import REASONED
from domain.attendance.triggers import Trigger

_EXCUSED: Final = frozenset({MarkStatus.ABSENT_AUTHORISED.value})


def special_codes(table: CodeTable) -> frozenset[str]:
    """Return every way to write a code that says something of special category."""
    rows = (row.writings for row in table.codes if row.special)
    return frozenset(writing for writings in rows for writing in writings)


def tells(trigger: Trigger, special: Collection[str]) -> list[str]:
    """Return the reasons of special category that decide a trigger, as they are written.

    Excused absence is mostly illness: a count of nothing else tells as much.
    """
    return list(dict.fromkeys(_telling(trigger, special)))


def _telling(trigger: Trigger, special: Collection[str]) -> Iterator[str]:
    counted = trigger.metric in REASONED or trigger.further_absent_days is not None
    if trigger.reasons is Reasons.EXCUSED and counted:
        yield Reasons.EXCUSED.value
    for code in trigger.codes:
        if normalised(code) in special or normalised(code) in _EXCUSED:
            yield code
    for part in (*(trigger.any or ()), *(trigger.all or ())):
        yield from _telling(part, special)

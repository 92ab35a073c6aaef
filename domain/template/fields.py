"""What a text may fill in: a closed list, each field with its kind and what it tells."""

from enum import StrEnum
from typing import Final

import msgspec

from domain.shared.texts import TextKind


class FieldKind(StrEnum):
    """What a merge field holds. A question mark behind it makes a field optional."""

    TEXT = "text"
    LINES = "lines"
    NUMBER = "number"
    DATE = "date"
    WEEKDAY = "weekday"
    DATES = "dates"


class Tells(StrEnum):
    """Whom a field is about."""

    SCHOOL = "SCHOOL"
    GUARDIAN = "GUARDIAN"
    PUPIL = "PUPIL"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field, with what it is in a preview. `ways` are the texts that may use it.

    `sometimes`: there may be nothing to fill in, so a text says what it prints without it.
    """

    name: str
    kind: FieldKind
    tells: Tells
    made_up: str | int
    ways: frozenset[TextKind] = frozenset(TextKind)
    sometimes: bool = False


_T, _N, _D = FieldKind.TEXT, FieldKind.NUMBER, FieldKind.DATE
_S, _G, _P = Tells.SCHOOL, Tells.GUARDIAN, Tells.PUPIL
_LETTER: Final = frozenset({TextKind.LETTER})
# A name in full on a locked screen is read by whoever passes: the first name is enough there.
_QUIET: Final = frozenset({TextKind.LETTER, TextKind.EMAIL})
LETTER_KEY_OF_MEETINGS: Final = "MEETING_INVITATION"


def _field(
    name: str,
    kind: FieldKind,
    tells: Tells,
    made_up: str | int,
    ways: frozenset[TextKind] = frozenset(TextKind),
    *,
    sometimes: bool = False,
) -> Field:
    return Field(name=name, kind=kind, tells=tells, made_up=made_up, ways=ways, sometimes=sometimes)


FIELDS: Final[dict[str, Field]] = {
    field.name: field
    for field in (
        _field("school_name", _T, _S, "Lakeside School"),
        _field("school_phone", _T, _S, "01 555 0100"),
        _field("school_address", FieldKind.LINES, _S, "1 Lake Road\nExampletown", sometimes=True),
        _field("principal_name", _T, _S, "Mary Example"),
        _field("contact_name", _T, _S, "Tom Example"),
        _field("contact_phone", _T, _S, "01 555 0101"),
        _field("guardian_name", _T, _G, "Emer Example"),
        _field("guardian_address", FieldKind.LINES, _G, "2 Hill Road", _LETTER, sometimes=True),
        _field("student_first_name", _T, _P, "Ella"),
        _field("student_name", _T, _P, "Ella Example", _QUIET),
        _field("days_missed", _N, _P, 7),
        _field("counted_from", _D, _P, "2025-09-01"),
        _field("counted_to", _D, _P, "2025-11-14"),
        _field("absence_dates", FieldKind.DATES, _P, "2025-10-02", _LETTER, sometimes=True),
        _field("letter_on", _D, _S, "2025-11-17", _LETTER),
        _field("letter_reference", _T, _S, "0a1b2c3d4e5f", _LETTER),
        _field("first_letter_on", _D, _P, "2025-10-13", _LETTER),
        _field("meeting_on", FieldKind.WEEKDAY, _P, "2025-11-24", _LETTER),
        _field("meeting_time", _T, _P, "10:30", _LETTER),
        _field("meeting_place", _T, _P, "Room 3", _LETTER),
        _field("meeting_with", _T, _P, "Tom Example", _LETTER),
    )
}
"""Every field there is."""

OF_MEETINGS: Final = frozenset(name for name in FIELDS if name.startswith("meeting_"))
"""Fields that are known only where a meeting is being arranged."""


def needed(kind: str) -> FieldKind | None:
    """Return the kind that `text?` and its like name; None for words that name none."""
    try:
        return FieldKind(kind.removesuffix("?"))
    except ValueError:
        return None

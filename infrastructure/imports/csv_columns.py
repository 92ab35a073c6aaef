"""The columns that imports of CSV ask for, under our own names."""

from typing import Final

_MARKS: Final = {"student", "date", "session", "code", "minutes_late", "comment"}
_TOTALS: Final = {"first_day", "last_day", "possible", "attended", "authorised", "unauthorised"}
_STUDENTS: Final = {
    "given",
    "family",
    "birth_on",
    "year_group",
    "household",
    "enrolled_on",
    "left_on",
}
_GUARDIANS: Final = {"guardian", "relation", "priority", "phone", "email", "address", "language"}
_RIGHTS: Final = {"may_receive_info", "has_parental_responsibility", "lives_with", "no_contact"}
_CONSENTS: Final = {"consent_sms", "consent_email"}
_CALENDAR: Final = {"kind", "until", "name", "declared_days", "year_groups"}
_HOURS: Final = {"am_start", "am_close", "pm_start", "pm_close", "day_end"}
_CODES: Final = {"stands_for", "from", "meaning"}
COLUMNS: Final = frozenset[str]().union(
    *(_MARKS, _TOTALS, _STUDENTS, _GUARDIANS, _RIGHTS, _CONSENTS, _CALENDAR, _HOURS, _CODES)
)

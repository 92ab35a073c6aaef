"""The district as the CSV files that the importers read."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Final

from infrastructure.embedded.district.people import Household, Pupil
from infrastructure.embedded.district.schools import School

LINE_END: Final = b"\r\n"
Rows = Iterable[Sequence[str]]


def schools_file(schools: Iterable[School]) -> bytes:
    """Write the file of schools."""
    rows = ((one.source_id, one.name, "IE", "Europe/Dublin", "MARKS") for one in schools)
    return _csv(("school", "name", "jurisdiction", "zone", "denominator"), rows)


def calendar_file(school: School) -> bytes:
    """Write a school's year as it was planned."""
    terms = [(t.begins_on.isoformat(), "TERM", t.ends_on.isoformat(), t.name) for t in school.terms]
    closed = [
        (one.first.isoformat(), one.kind, one.last.isoformat() if one.last > one.first else "", "")
        for one in school.closures
    ]
    return _csv(("date", "kind", "until", "name"), [*terms, *closed])


def storm_file(school: School) -> bytes:
    """Write the change of plan that a storm brings."""
    return _csv(("date", "kind"), [(school.storm.isoformat(), "EMERGENCY_CLOSURE")])


def students_file(pupils: Iterable[Pupil], *, left: bool = False) -> bytes:
    """Write a file of pupils. Nobody knows beforehand who will leave."""
    columns = "student,given,family,birth_on,year_group,household,enrolled_on,left_on"
    rows = (
        (
            one.source_id,
            one.given,
            one.family,
            one.birth_on.isoformat(),
            one.year_group,
            one.household,
            one.enrolled_on.isoformat(),
            one.left_on.isoformat() if left and one.left_on else "",
        )
        for one in pupils
    )
    return _csv(columns.split(","), rows)


def guardians_file(homes: Iterable[tuple[Household, Iterable[Pupil]]]) -> bytes:
    """Write a row for each guardian of each pupil."""
    columns = (
        "student,guardian,given,family,relation,priority,phone,email,language,address,"
        "may_receive_info,has_parental_responsibility,lives_with,no_contact,consent_sms,consent_email"
    )
    rows = (
        (
            pupil.source_id,
            one.source_id,
            one.given,
            one.family,
            one.relation,
            str(priority),
            _phone(one.phone),
            one.email,
            one.language,
            one.address,
            one.may_receive_info,
            one.has_parental_responsibility,
            one.lives_with,
            one.no_contact,
            one.consent_sms,
            one.consent_email,
        )
        for home, pupils in homes
        for pupil in pupils
        for priority, one in enumerate(home.guardians, 1)
    )
    return _csv(columns.split(","), rows)


def marks_file(marks: Iterable[tuple[str, str, str]]) -> bytes:
    """Write marks: pupil, date and code."""
    return _csv(("student", "date", "session", "code"), ((p, on, "DAY", c) for p, on, c in marks))


def _phone(number: str) -> str:
    """Write most numbers as people at home do, and the others as machines do."""
    if number[-1:] in {"", "3", "6", "9"}:
        return number
    return f"0{number[4:6]} {number[6:9]} {number[9:]}"


def _csv(header: Sequence[str], rows: Rows) -> bytes:
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator=LINE_END.decode())
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()

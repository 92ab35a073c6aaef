"""Shapes of Wonde's records. Every field but the id may be null, and null is not false."""

from datetime import UTC, datetime, tzinfo
from datetime import date as Day  # noqa: N812  a field of Wonde's is called date
from typing import Final, Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec

T = TypeVar("T")
_FORMS: Final = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")


class Stamp(msgspec.Struct, frozen=True):
    """A moment as Wonde writes it: wall clock and zone, which both have to be read."""

    date: str
    timezone: str = "UTC"

    def moment(self) -> datetime | None:
        """Return the moment, or None where it cannot be read."""
        for form in _FORMS:
            try:
                return datetime.strptime(self.date, form).replace(tzinfo=_zone(self.timezone))
            except (ValueError, LookupError, OSError):
                continue
        return None

    def day(self, at: tzinfo) -> Day | None:
        """Return the day at the school: midnight in summer is eleven at night in UTC."""
        moment = self.moment()
        return None if moment is None else moment.astimezone(at).date()

    def written_day(self) -> Day | None:
        """Return the day as it is written: a birthday has no zone."""
        moment = self.moment()
        return None if moment is None else moment.date()


def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


class Wrapped(msgspec.Struct, Generic[T], frozen=True):
    """An include: its record or records under `data` again, or null."""

    data: T | None = None


class HasId(msgspec.Struct, frozen=True):
    """Another record, by its id."""

    id: str


Reference = str | Wrapped[HasId] | None
"""Another record: its id, or the record where it was included."""


def id_of(reference: Reference) -> str | None:
    """Return the id that a record points to."""
    if isinstance(reference, Wrapped):
        return reference.data.id if reference.data else None
    return reference


class Region(msgspec.Struct, frozen=True):
    """Where the school is, and which host has its data."""

    code: str | None = None
    domain: str | None = None


class WondeSchool(msgspec.Struct, frozen=True):
    """The school itself."""

    id: str
    name: str | None = None
    timezone: str | None = None
    region: Region | None = None


class EducationDetails(msgspec.Struct, frozen=True):
    """Since when and until when a pupil is on the roll."""

    admission_date: Stamp | None = None
    leaving_date: Stamp | None = None
    current_nc_year: str | int | None = None


class Year(msgspec.Struct, frozen=True):
    """A year group."""

    code: str | int | None = None
    name: str | None = None


class Phones(msgspec.Struct, frozen=True):
    """Numbers of one person."""

    phone: str | None = None
    primary: str | None = None
    mobile: str | None = None


class Emails(msgspec.Struct, frozen=True):
    """Addresses of one person."""

    email: str | None = None
    primary: str | None = None
    home: str | None = None
    work: str | None = None


class ContactDetails(msgspec.Struct, frozen=True):
    """How to reach one person."""

    phones: Phones | None = None
    emails: Emails | None = None


class Relationship(msgspec.Struct, frozen=True):
    """What a contact is to one pupil: it sits on the link, not on the person."""

    relationship: str | None = None
    parental_responsibility: bool | None = None
    priority: int | None = None
    lives_with_pupil: bool | None = None
    court_order: bool | None = None
    data: "Relationship | None" = None


class Contact(msgspec.Struct, frozen=True):
    """One contact of one pupil."""

    id: str
    forename: str | None = None
    surname: str | None = None
    contact_details: Wrapped[ContactDetails] | None = None
    relationship: Relationship | None = None

    @property
    def link(self) -> Relationship:
        """What the contact is to the pupil; nothing where nobody has said."""
        said = self.relationship or Relationship()
        return said.data or said

    @property
    def details(self) -> ContactDetails:
        """How to reach the contact."""
        said = self.contact_details
        return (said.data if said else None) or ContactDetails()


class WondeStudent(msgspec.Struct, frozen=True):
    """One pupil. Absent `contacts`: this answer did not have them, which says nothing."""

    id: str
    forename: str | None = None
    surname: str | None = None
    legal_forename: str | None = None
    legal_surname: str | None = None
    date_of_birth: Stamp | None = None
    updated_at: Stamp | None = None
    education_details: Wrapped[EducationDetails] | None = None
    year: Wrapped[Year] | None = None
    contacts: Wrapped[list[Contact]] | None = None

    @property
    def schooling(self) -> EducationDetails:
        """Admission and leaving."""
        said = self.education_details
        return (said.data if said else None) or EducationDetails()

    @property
    def year_group(self) -> str | None:
        """The year group as the school's own system names it."""
        named = self.year.data if self.year else None
        code = (named.code if named else None) or self.schooling.current_nc_year
        return None if code in (None, "") else str(code)


class AttendanceCode(msgspec.Struct, frozen=True):
    """A code of the school's own list: marks name it by an id that means nothing elsewhere."""

    id: str
    code: str | None = None


class SessionMark(msgspec.Struct, frozen=True):
    """One mark of a morning or an afternoon."""

    id: str
    date: Stamp
    session: str | None = None
    attendance_code: Reference = None
    minutes_late: int | None = None
    comment: str | None = None
    student: Reference = None
    updated_at: Stamp | None = None


class Deletion(msgspec.Struct, frozen=True):
    """A record that the school's system does not have any more."""

    id: str
    type: str | None = None


class Count(msgspec.Struct, frozen=True):
    """How many records of a kind there are."""

    count: int


class Counts(msgspec.Struct, frozen=True):
    """What Wonde says that a full reading must come to."""

    students: Wrapped[Count] | None = None

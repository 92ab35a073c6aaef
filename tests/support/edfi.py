"""Writes a made-up district in the shape of Ed-Fi files, with the dirt that real ones have."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

SCHOOLS = {
    "255001": "Riverside High School",
    "255044": "Harbour Middle School",
    "255107": "Oak Elementary",
}
FALL = ("Fall Semester", date(2021, 8, 23), date(2021, 12, 17), 81)
SPRING = ("Spring Semester", date(2022, 1, 4), date(2022, 5, 27), 88)
SUNDAY = date(2022, 5, 15)
TWICE = date(2021, 12, 15)
_GIVEN = ("Aoife", "Bríd", "Cathal", "Dónal", "Éabha", "Fionn", "Gráinne", "Hugh", "Íde", "Joan")
_FAMILY = ("Ó Néill", "Byrne", "Nic Gabhann", "O'Brien", "Walsh", "de Búrca", "Ryan & Sons", "Daly")
_PHONES = ("Mobile", "Home", "Work", "Fax", "Unlisted", "Other")


@dataclass(frozen=True, slots=True)
class Made:
    """What stands in the folder, for tests that change one thing."""

    folder: Path
    pupils: tuple[str, ...]
    twice: str


def write_district(
    folder: Path, *, pupils: int = 90, seed: int = 7, dirty: bool = True, version: str = "5.2.0"
) -> Made:
    """Write the six files of a district."""
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(seed)
    ids = tuple(str(604_000 + n) for n in range(pupils))
    ns = f"http://ed-fi.org/{version}"
    _write(folder, "EducationOrganization", "EducationOrganization", ns, map(_school, SCHOOLS))
    _write(folder, "EducationOrgCalendar", "EducationOrgCalendar", ns, _calendar())
    _write(folder, "Student", "Student", ns, (_student(random, one) for one in ids))
    _write(folder, "Contact", "Contact", ns, _contacts(random, ids))
    daily, periods = _events(random, ids, dirty=dirty)
    _write(folder, "StudentSchoolAttendance", "StudentAttendance", ns, daily)
    _write(folder, "StudentSectionAttendance-Tardy", "StudentAttendance", ns, periods)
    return Made(folder, ids, ids[1])


def _write(folder: Path, name: str, interchange: str, ns: str, records: Iterable[str]) -> None:
    body = "\n".join(records)
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Interchange{interchange} xmlns="{ns}">\n'
        f"{body}\n</Interchange{interchange}>\n"
    )
    (folder / f"{name}.xml").write_text(text, encoding="utf-8")


def _tag(name: str, inner: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{inner}</{name}>"


def _value(name: str, kind: str, value: str) -> str:
    return _tag(name, f"uri://ed-fi.org/{kind}Descriptor#{escape(value)}")


def _school_reference(school: str) -> str:
    return _tag("SchoolReference", _tag("SchoolIdentity", _tag("SchoolId", school)))


def _student_reference(student: str) -> str:
    identity = _tag("StudentIdentity", _tag("StudentUniqueId", student))
    return _tag("StudentReference", identity)


def _school(school: str) -> str:
    state = _value("StateAbbreviation", "StateAbbreviation", "TX")
    inner = _tag("NameOfInstitution", SCHOOLS[school]) + _tag("Address", state)
    return _tag("School", inner + _tag("SchoolId", school), f' id="SCOL_{school}"')


def _calendar() -> Iterable[str]:
    for school in SCHOOLS:
        for name, begins, ends, days in (FALL, SPRING):
            yield _tag(
                "Session",
                _tag("SessionName", f"2021-2022 {name}")
                + _tag("BeginDate", begins.isoformat())
                + _tag("EndDate", ends.isoformat())
                + _tag("TotalInstructionalDays", str(days))
                + _school_reference(school),
            )
            yield _tag("GradingPeriod", _school_reference(school))
    for on in (FALL[1], FALL[2]):
        yield _calendar_date(on, "Instructional day", "255107")


def _calendar_date(on: date, event: str, school: str) -> str:
    identity = _tag("CalendarIdentity", _tag("CalendarCode", "1") + _school_reference(school))
    return _tag(
        "CalendarDate",
        _tag("Date", on.isoformat())
        + _value("CalendarEvent", "CalendarEvent", event)
        + _tag("CalendarReference", identity),
    )


def _name(random: Random) -> str:
    given, family = escape(random.choice(_GIVEN)), escape(random.choice(_FAMILY))
    return _tag("Name", _tag("FirstName", given) + _tag("LastSurname", family))


def _student(random: Random, student: str) -> str:
    born = date(2006, 1, 1) + timedelta(days=random.randrange(3000))
    inner = _tag("StudentUniqueId", student) + _name(random)
    return _tag("Student", inner + _tag("BirthData", _tag("BirthDate", born.isoformat())))


def _contacts(random: Random, pupils: tuple[str, ...]) -> Iterable[str]:
    """Links stand before their contacts; every third mother is the mother of two."""
    for n, pupil in enumerate(pupils):
        mother = f"{778_000 + n - (1 if n % 3 == 2 else 0)}"
        father = f"{779_000 + n}"
        yield _link(pupil, mother, "Mother", primary=n % 9 != 0, lives="true")
        yield _link(pupil, father, "Father", primary=False, lives="false" if n % 5 else "")
        if mother == f"{778_000 + n}":
            yield _contact(random, mother)
        yield _contact(random, father)
    yield _contact(random, "790000")


def _link(pupil: str, contact: str, relation: str, *, primary: bool, lives: str) -> str:
    return _tag(
        "StudentContactAssociation",
        _student_reference(pupil)
        + f'<ContactReference ref="PRNT_{contact}"/>'
        + _value("Relation", "Relation", relation)
        + _tag("PrimaryContactStatus", str(primary).lower())
        + (_tag("LivesWith", lives) if lives else "")
        + (_tag("LegalGuardian", "true") if pupil.endswith("7") and primary else ""),
    )


def _contact(random: Random, contact: str) -> str:
    address = _tag("StreetNumberName", f"{random.randrange(1, 900)} New Street")
    address += _tag("City", "Harbour") + _value("StateAbbreviation", "StateAbbreviation", "TX")
    phones = "".join(
        _phone(random, kind, order)
        for order, kind in enumerate(random.sample(_PHONES, random.randrange(3)), 1)
    )
    mail = ""
    if random.random() < 0.1:
        mail = _tag("ElectronicMailAddress", f"c{contact}@example.org")
        mail += _value("ElectronicMailType", "ElectronicMailType", "Work")
        mail = _tag("ElectronicMail", mail)
    inner = _tag("ContactUniqueId", contact) + _name(random) + _tag("Address", address)
    return _tag("Contact", inner + phones + mail, f' id="PRNT_{contact}"')


def _phone(random: Random, kind: str, order: int) -> str:
    number = f"(512) {random.randrange(200, 999)} {random.randrange(10_000):04}"
    return _tag(
        "Telephone",
        _tag("TelephoneNumber", number)
        + _value("TelephoneNumberType", "TelephoneNumberType", kind)
        + _tag("OrderOfPriority", str(order)),
    )


def _events(random: Random, pupils: tuple[str, ...], *, dirty: bool) -> tuple[list[str], list[str]]:
    open_days = [
        begins + timedelta(days=n)
        for _, begins, ends, _ in (FALL, SPRING)
        for n in range((ends - begins).days + 1)
        if (begins + timedelta(days=n)).weekday() < 5
    ]
    daily, periods = [], []
    for n, pupil in enumerate(pupils[: len(pupils) // 2]):
        school = list(SCHOOLS)[n % 3]
        missed = set(random.sample(open_days, 1 + n % 24))
        if pupil == pupils[1]:
            missed.add(TWICE)
        for on in sorted(missed):
            category = "Excused Absence" if random.random() < 0.6 else "Unexcused Absence"
            daily.append(event(pupil, school, on, category, duration="1"))
        if dirty and n % 7 == 3:
            on = next(day for day in open_days if day not in missed)
            daily.append(event(pupil, school, on, "Tardy", minutes=5))
            periods.append(event(pupil, school, on, "Tardy", minutes=5, period=True))
    if dirty:
        daily.append(event(pupils[1], list(SCHOOLS)[1], TWICE, "Partial"))
        for n in (0, 3, 6):
            daily.append(event(pupils[n], next(iter(SCHOOLS)), SUNDAY, "Tardy", minutes=5))
            periods.append(
                event(pupils[n], next(iter(SCHOOLS)), SUNDAY, "Tardy", minutes=5, period=True)
            )
    return daily, periods


def event(
    student: str,
    school: str,
    on: date | str,
    category: str,
    *,
    duration: str | None = None,
    minutes: int | None = None,
    period: bool = False,
) -> str:
    """Return one attendance event, of the day or of a period."""
    kind = "Section" if period else "School"
    inner = _tag("EventDate", str(on))
    inner += _value("AttendanceEventCategory", "AttendanceEventCategory", category)
    if duration is not None:
        inner += _tag("EventDuration", duration)
    where = _school_reference(school)
    if period:
        offering = _tag("CourseOfferingIdentity", _tag("LocalCourseCode", "MATH") + where)
        identity = _tag("SectionIdentity", _tag("CourseOfferingReference", offering))
        where = _tag("SectionReference", identity)
    return _tag(
        f"Student{kind}AttendanceEvent",
        _tag("AttendanceEvent", inner)
        + _student_reference(student)
        + where
        + (_tag(f"{kind}AttendanceDuration", str(minutes)) if minutes is not None else ""),
    )


def enrolment(
    student: str,
    school: str,
    entered: str,
    left: str = "",
    kind: str = "",
    primary: str = "",
    grade: str = "",
) -> str:
    """Return one association of a student with a school; what is empty is left out."""
    return _tag(
        "StudentSchoolAssociation",
        (_value("EnrollmentType", "EnrollmentType", kind) if kind else "")
        + (_tag("EntryDate", entered) if entered else "")
        + (_value("EntryGradeLevel", "GradeLevel", grade) if grade else "")
        + (_tag("ExitWithdrawDate", left) if left else "")
        + (_tag("PrimarySchool", primary) if primary else "")
        + _school_reference(school)
        + _student_reference(student),
    )


def write_enrolments(folder: Path, *rows: str) -> None:
    """Write the file that says who is at which school since when."""
    ns = "http://ed-fi.org/5.2.0"
    _write(folder, "StudentEnrollment", "StudentEnrollment", ns, rows)


def add_events(folder: Path, *events: str, file: str = "StudentSchoolAttendance.xml") -> None:
    """Write more events at the end of a file."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    end = "</InterchangeStudentAttendance>"
    path.write_text(text.replace(end, "\n".join(events) + "\n" + end), encoding="utf-8")

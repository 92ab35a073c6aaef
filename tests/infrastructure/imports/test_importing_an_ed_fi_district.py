"""A district in Ed-Fi files, dirty rows and all: the made-up one always, a given one too.

Every expected number is counted here again from the raw files, by other code.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import parse

from domain.attendance.rules import RuleSet, shipped_rule_set
from domain.attendance.tally import SchoolFacts
from domain.attendance.unanswered import unanswered
from infrastructure.imports.edfi import import_edfi
from infrastructure.imports.importing import Commit, ImportResult
from infrastructure.imports.report import ImportReport
from infrastructure.register import reads
from infrastructure.register.evaluation import as_json, evaluate_school
from infrastructure.store.database import Database
from tests.support.edfi import write_district
from tests.support.postgres import throw_away
from tests.support.register import OTHER_TENANT, TENANT, People, recording

SAMPLE = os.environ.get("ANSEO_EDFI_SAMPLE")
TABLES = ("school", "student", "guardian", "guardian_link", "calendar_day", "school_term", "mark")
LAST_DAY = date(2022, 5, 27)
pytestmark = pytest.mark.postgres


class Raw:
    """The folder, read once more by plain means."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.students = self._all("Student", "Student")
        self.contacts = self._all("Contact", "Contact")
        self.links = self._all("Contact", "StudentContactAssociation")
        self.events = self._all("StudentSchoolAttendance", "StudentSchoolAttendanceEvent")
        self.periods = self._all("StudentSectionAttendance-Tardy", "StudentSectionAttendanceEvent")
        self.terms = self._all("EducationOrgCalendar", "Session")
        self.dates = self._all("EducationOrgCalendar", "CalendarDate")
        self.schools = self._all("EducationOrganization", "School")

    def _all(self, name: str, tag: str) -> list[Element]:
        return list(parse(self.folder / f"{name}.xml").getroot().findall(f"{{*}}{tag}"))

    @property
    def rows(self) -> int:
        lists = (self.students, self.contacts, self.links, self.events, self.periods)
        return sum(map(len, (*lists, self.terms, self.dates, self.schools)))

    def absent(self, category: str = "Absence") -> Counter[str]:
        """Days absent of each student: distinct weekdays with a full-day event."""
        days = defaultdict(set)
        for event in self.events:
            on = date.fromisoformat(said(event, "EventDate"))
            if said(event, "AttendanceEventCategory").endswith(category) and on.weekday() < 5:
                days[said(event, "StudentUniqueId")].add(on)
        return Counter({student: len(on) for student, on in days.items()})

    def sundays(self) -> int:
        both = self.events + self.periods
        return sum(date.fromisoformat(said(one, "EventDate")).weekday() == 6 for one in both)

    def declared(self) -> int:
        schools = len({said(term, "SchoolId") for term in self.terms})
        return sum(int(said(term, "TotalInstructionalDays")) for term in self.terms) // schools


def said(element: Element, tag: str) -> str:
    found = element.find(f".//{{*}}{tag}")
    assert found is not None
    return found.text or ""


@pytest.fixture(scope="module", params=["made-up", *(["given"] if SAMPLE else [])])
def raw(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Raw:
    if request.param == "given":
        return Raw(Path(SAMPLE or ""))
    return Raw(write_district(tmp_path_factory.mktemp("edfi") / "district").folder)


class District(NamedTuple):
    """A district imported once, for tests that only look."""

    database: Database
    raw: Raw
    people: People
    report: ImportReport


@pytest.fixture(scope="module")
def district(raw: Raw, postgres_url: str, template: str) -> Iterator[District]:
    people = People()
    with throw_away(postgres_url, template) as database, recording(database) as commit:
        report = kept(database, raw, commit, people).report
        yield District(database, raw, people, report)


@pytest.fixture
def commit(database: Database) -> Iterator[Commit]:
    with recording(database) as commit:
        yield commit


def kept(
    database: Database, raw: Raw, commit: Commit, people: People | None = None
) -> ImportResult:
    return import_edfi(
        database, TENANT, raw.folder, people or People(), commit, keep_good_rows=True
    )


def rules(*triggers: dict[str, Any]) -> RuleSet:
    stages = [
        {"order": n, "type": f"STAGE_{n}", "trigger": trigger} for n, trigger in enumerate(triggers)
    ]
    return RuleSet.model_validate({"id": "t", "stages": stages})


def evaluated(database: Database, on: date, *triggers: dict[str, Any]) -> list[dict[str, Any]]:
    with database.tenant(TENANT) as conn:
        answer = as_json(evaluate_school(conn, TENANT, None, on, rules(*triggers)))
    stages: list[dict[str, Any]] = answer["stages"]
    return stages


def test_nothing_of_a_dirty_folder_is_imported_unless_asked(
    database: Database, raw: Raw, commit: Commit
) -> None:
    people = People()
    report = import_edfi(database, TENANT, raw.folder, people, commit).report
    assert not report.imported
    assert report.rows_read == raw.rows
    assert report.rows_bad == raw.sundays() + 1
    assert f": {report.rows_good} would be kept" in report.advice
    assert people.kept == {}
    with database.tenant(TENANT) as conn:
        for table in (*TABLES, "staged_batch", "quarantined_row"):
            assert conn.execute(f"select count(*) from {table}").fetchone() == (0,)


def test_the_good_rows_are_kept_when_asked(district: District) -> None:
    assert district.report.imported
    assert district.report.counts["student"] == len(district.raw.students)
    assert district.report.counts["guardian"] == len(district.raw.contacts)
    assert district.report.counts["guardian_link"] == len(district.raw.links)
    assert district.report.counts["school"] == len(district.raw.schools)
    daily_sundays = sum(
        date.fromisoformat(said(one, "EventDate")).weekday() == 6 for one in district.raw.events
    )
    assert district.report.counts["mark"] == len(district.raw.events) - daily_sundays - 1
    assert {kind: len(kept) for kind, kept in district.people.kept.items()} == {
        "student": len(district.raw.students),
        "guardian": len(district.raw.contacts),
    }


def test_every_dirty_row_has_its_line(district: District) -> None:
    counted = Counter(problem.code for problem in district.report.problems)
    late = sum(
        said(one, "AttendanceEventCategory").endswith("#Tardy") for one in district.raw.events
    )
    daily_sundays = district.raw.sundays() // 2
    assert counted["closed-day"] == district.raw.sundays()
    assert counted["two-marks-one-day"] == 1
    assert counted["late-without-duration"] == late - daily_sundays
    assert counted["no-school"] == 1
    for line in district.report.as_dict()["problems"]:
        assert line["file"]
        assert line["reason"]
        assert line["what_to_do"]
    with district.database.tenant(TENANT) as conn:
        rows = conn.execute("select reason_code, length(row_hash) from quarantined_row").fetchall()
    assert Counter(code for code, _ in rows) == {
        "closed-day": district.raw.sundays(),
        "two-marks-one-day": 1,
    }
    assert {length for _, length in rows} == {32}


def test_of_two_marks_on_one_day_the_full_absence_counts(district: District) -> None:
    aside = next(one for one in district.report.problems if one.code == "two-marks-one-day")
    with district.database.auditor(TENANT) as conn:
        found = conn.execute(
            "select code, status from mark where student = %s and on_date = %s",
            (aside.student, aside.on),
        ).fetchall()
    assert [status for _, status in found] != []
    assert found[0][0] in ("Excused Absence", "Unexcused Absence")
    assert len(found) == 1


def test_the_same_folder_twice_changes_nothing(
    database: Database, raw: Raw, commit: Commit
) -> None:
    first = kept(database, raw, commit).report
    again = import_edfi(database, TENANT, raw.folder, People(), commit).report
    assert (again.imported, again.already_imported) == (False, True)
    assert (again.batch, again.position) == (first.batch, first.position)
    with database.tenant(TENANT) as conn:
        assert conn.execute("select count(*) from known_batch").fetchone() == (1,)
        assert conn.execute("select count(*) from mark").fetchone() == (first.counts["mark"],)


def test_days_absent_follow_from_the_file(district: District) -> None:
    any_, excused, unexcused = evaluated(
        district.database,
        LAST_DAY,
        {"metric": "ABSENT_DAYS", "value": 1},
        {"metric": "ABSENT_DAYS", "value": 1, "reasons": "EXCUSED"},
        {"metric": "ABSENT_DAYS", "value": 1, "reasons": "UNEXCUSED"},
    )
    expected = (
        (any_, " Absence"),
        (excused, "#Excused Absence"),
        (unexcused, "#Unexcused Absence"),
    )
    for stage, category in expected:
        counted = {one["source_id"]: one["numbers"]["absent_days"] for one in stage["pupils"]}
        assert counted == dict(district.raw.absent(category))


def test_the_rate_is_over_the_declared_days(district: District) -> None:
    days, rate = evaluated(
        district.database,
        LAST_DAY,
        {"metric": "ABSENT_DAYS", "value": 10},
        {"metric": "ABSENCE_RATE", "value": "10/100"},
    )
    absent, declared = district.raw.absent(), district.raw.declared()
    assert declared == 169
    assert days["count"] == sum(count >= 10 for count in absent.values()) > 0
    assert rate["count"] == sum(count * 100 >= 10 * declared for count in absent.values()) > 0
    for pupil in rate["pupils"]:
        numbers = pupil["numbers"]
        assert numbers["rate"] == f"{absent[pupil['source_id']]}/{declared}"
        assert (numbers["denominator"], numbers["estimated"]) == ("DECLARED_DAYS", False)


def test_a_rolling_window_counts_its_own_days_only(district: District) -> None:
    window = {"type": "ROLLING_CALENDAR_DAYS", "n": 30}
    on = date(2022, 3, 31)
    (stage,) = evaluated(
        district.database, on, {"metric": "ABSENT_DAYS", "value": 2, "window": window}
    )
    recent = defaultdict(set)
    for event in district.raw.events:
        day = date.fromisoformat(said(event, "EventDate"))
        if 0 <= (on - day).days < 30 and said(event, "AttendanceEventCategory").endswith("Absence"):
            recent[said(event, "StudentUniqueId")].add(day)
    expected = {student for student, days in recent.items() if len(days) >= 2}
    assert {pupil["source_id"] for pupil in stage["pupils"]} == expected


def test_a_running_term_gives_an_estimate_that_says_so(district: District) -> None:
    with district.database.tenant(TENANT) as conn:
        answer = evaluate_school(
            conn,
            TENANT,
            None,
            date(2021, 9, 3),
            rules({"metric": "ABSENCE_RATE", "value": "1/100"}),
        )
    assert any("estimated" in warning for warning in answer.warnings)
    assert {one.decided[0].numbers.possible for one in answer.stages[0].pupils} <= {2 * 10}


def test_no_name_and_no_number_stands_in_the_register(district: District) -> None:
    with district.database.tenant(TENANT) as conn:
        stored = "\n".join(
            str(row)
            for table in (*TABLES, "quarantined_row", "staged_batch")
            for row in conn.execute(f"select * from {table}").fetchall()
            if table != "school"
        )
    for guardian in district.people.kept["guardian"].values():
        for field in ("family", "phone", "email"):
            assert not guardian[field] or guardian[field] not in stored


def test_a_text_number_never_comes_from_a_fax_an_unlisted_or_a_home_line(
    district: District,
) -> None:
    mobiles = {
        "+1" + re.sub(r"\D", "", said(phone, "TelephoneNumber"))
        for contact in district.raw.contacts
        for phone in contact.findall("{*}Telephone")
        if said(phone, "TelephoneNumberType").endswith("#Mobile")
    }
    numbers = [one["phone"] for one in district.people.kept["guardian"].values() if one["phone"]]
    assert numbers
    assert set(numbers) <= mobiles


def test_what_nobody_said_about_a_guardian_stays_unsaid(district: District) -> None:
    with district.database.auditor(TENANT) as conn:
        pupils = [row.student for row in reads.students(conn, TENANT)]
        links = [one for many in reads.guardians_of(conn, TENANT, pupils).values() for one in many]
    assert len(links) == len(district.raw.links)
    assert {link.may_receive_info for link in links} == {None}
    legal = sum(one.find("{*}LegalGuardian") is not None for one in district.raw.links)
    assert sum(link.has_parental_responsibility is True for link in links) == legal
    assert sum(link.has_parental_responsibility is None for link in links) == len(links) - legal
    lives = Counter(
        {"true": True, "false": False}.get(one.findtext("{*}LivesWith") or "")
        for one in district.raw.links
    )
    assert Counter(link.lives_with for link in links) == lives


def test_students_without_events_have_no_school(district: District) -> None:
    at: dict[str, set[str]] = defaultdict(set)
    for event in district.raw.events:
        at[said(event, "StudentUniqueId")].add(said(event, "SchoolId"))
    with district.database.auditor(TENANT) as conn:
        names = {row.school: row.source_id for row in reads.schools(conn, TENANT)}
        found = {row.source_id: row.school for row in reads.students(conn, TENANT)}
    assert len(found) == len(district.raw.students)
    for student, school in found.items():
        assert (names[school] in at[student]) if school else not at[student]


def test_another_tenant_sees_none_of_it(district: District) -> None:
    with district.database.auditor(OTHER_TENANT) as conn:
        assert reads.schools(conn, OTHER_TENANT) == []
        assert reads.students(conn, TENANT) == []
        assert conn.execute("select count(*) from mark").fetchone() == (0,)


def test_ids_are_the_same_on_every_machine(database: Database, raw: Raw, commit: Commit) -> None:
    first = kept(database, raw, commit).report
    assert isinstance(first.batch, UUID)
    refused = import_edfi(database, OTHER_TENANT, raw.folder, People(), commit).report
    assert refused.batch != first.batch


def test_what_ed_fi_cannot_say_for_californian_rules_is_told(district: District) -> None:
    """Tardies carry no minutes; which weekdays were closed no file says; nor all ages."""
    with district.database.auditor(TENANT) as conn:
        schools = reads.schools(conn, TENANT)
        days = reads.calendars(conn, TENANT, schools=[one.school for one in schools])
        lines = reads.lines(conn, TENANT, schools, calendar_of=days)
    facts = [SchoolFacts(days[one.school], one.denominator) for one in schools]
    told = unanswered(shipped_rule_set("us-ca-default-1"), lines, facts)
    stages = {one["stage"]: " ".join(one["cannot_say"]) for one in told["stages"]}
    assert (told["late_marks_without_minutes"] > 0) is (
        "without minutes" in stages["TRUANCY_NOTICE_1"]
    )
    assert told["weekdays_not_known_open_or_closed"] > 0
    assert "nobody has said" in stages["CHRONIC_TRUANT_FLAG"]
    assert stages["SARB_REFERRAL"] == "a person decides this stage"
    assert told["in_general"]

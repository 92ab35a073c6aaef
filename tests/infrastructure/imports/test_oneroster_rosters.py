"""OneRoster bundles: whole and changes, 1.1 and 1.2, and what cannot be believed of them."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest

from infrastructure.imports.importing import Commit, run
from infrastructure.imports.oneroster import Place, read_oneroster
from infrastructure.imports.prepared import Insistence
from infrastructure.imports.report import ImportReport
from infrastructure.register import reads
from infrastructure.store.database import Database
from tests.support.oneroster import DISTRICT, Rows, bundle
from tests.support.register import TENANT, People, recording

pytestmark = pytest.mark.postgres
PLACE = Place("US-CA", "America/Los_Angeles", "US")
TODAY = date(2025, 10, 1)


class Roster:
    """One district's register, and rosters for it."""

    def __init__(self, database: Database, folder: Path, commit: Commit) -> None:
        self.database, self.folder, self.commit = database, folder, commit
        self.people = People()
        self.files: dict[str, Rows] = deepcopy(DISTRICT)

    def take(self, mode: str = "bulk", *, zipped: bool = True, **asked: Insistence) -> ImportReport:
        path = bundle(self.folder, self.files, mode, zipped=zipped)
        read = read_oneroster(self.database, TENANT, path, PLACE, TODAY)
        return run(
            self.database, read, self.people, self.commit, keep_good_rows=True, **asked
        ).report

    def pupils(self) -> dict[str, tuple[str | None, str, str]]:
        """Year group, first and last day of each pupil."""
        with self.database.auditor(TENANT) as conn:
            rows = reads.students(conn, TENANT)
        return {r.source_id: (r.year_group, str(r.enrolled_on), str(r.left_on)) for r in rows}

    def links(self) -> dict[str, list[str]]:
        with self.database.auditor(TENANT) as conn:
            pupils = {row.student: row.source_id for row in reads.students(conn, TENANT)}
            links = reads.guardians_of(conn, TENANT, list(pupils))
        return {
            pupils[student]: sorted(str(one.relation) for one in found)
            for student, found in links.items()
        }


@pytest.fixture
def roster(database: Database, tmp_path: Path) -> Iterator[Roster]:
    with recording(database) as commit:
        yield Roster(database, tmp_path, commit)


def codes(report: ImportReport) -> list[str]:
    return sorted({one.code for one in report.problems})


@pytest.mark.parametrize("zipped", [True, False])
def test_a_whole_roster(roster: Roster, zipped: bool) -> None:
    report = roster.take(zipped=zipped)
    assert report.imported
    assert codes(report) == ["rights-unknown"]
    assert roster.pupils() == {
        "P1": ("04", "2025-08-18", "None"),
        "P2": ("05", "2025-09-02", "None"),
    }
    with roster.database.auditor(TENANT) as conn:
        (school,) = reads.schools(conn, TENANT)
        (days,) = reads.calendars(conn, TENANT).values()
    assert (school.name, school.jurisdiction, school.zone) == (
        "Hill School",
        "US-CA",
        "America/Los_Angeles",
    )
    assert [str(term.begins_on) for term in days.terms] == ["2025-08-18", "2026-01-05"]


def test_links_stand_on_the_pupil_on_the_parent_or_on_both(roster: Roster) -> None:
    roster.take()
    assert roster.links() == {"P1": ["guardian", "parent"], "P2": ["relative"]}
    known = [person["phone"] for person in roster.people.kept["guardian"].values()]
    assert known == ["+14155552671", None, None]


def test_the_same_roster_twice_is_no_change(roster: Roster) -> None:
    roster.take()
    assert roster.take().unchanged
    assert roster.take(zipped=False).unchanged


def test_whom_a_whole_roster_does_not_name_has_left(roster: Roster) -> None:
    roster.take()
    roster.files["users"] = [one for one in roster.files["users"] if one["sourcedId"] != "P2"]
    assert codes(roster.take()) == ["gone-from-source", "rights-unknown", "too-few-pupils"]
    report = roster.take(accept_fewer=Insistence("staff:7", "MOVED_AWAY"))
    assert "gone-from-source" in codes(report)
    assert roster.pupils()["P2"][2] == "2025-10-01"


def test_whom_a_change_does_not_name_stays_as_he_was(roster: Roster) -> None:
    roster.take()
    before = roster.links()
    changed = roster.files["users"][0] | {"grades": "05", "agentSourcedIds": "G1"}
    roster.files = {"orgs": [], "users": [changed], "enrollments": []}
    report = roster.take("delta")
    assert report.changes["student"] == {
        "added": 0,
        "changed": 1,
        "taken_back": 0,
        "unchanged": 0,
    }
    assert roster.pupils() == {
        "P1": ("05", "2025-08-18", "None"),
        "P2": ("05", "2025-09-02", "None"),
    }
    assert roster.links() == before


def test_whom_a_change_deletes_has_left_and_is_not_deleted(roster: Roster) -> None:
    roster.take()
    gone = roster.files["users"][1] | {"status": "tobedeleted"}
    roster.files = {"orgs": [], "users": [gone], "enrollments": []}
    assert "gone-from-source" in codes(roster.take("delta"))
    assert roster.pupils()["P2"] == ("05", "2025-09-02", "2025-10-01")


def test_an_enrolment_that_ended_is_a_leaving_date(roster: Roster) -> None:
    roster.files["enrollments"][1]["endDate"] = "2025-09-12"
    roster.take()
    assert roster.pupils()["P2"][2] == "2025-09-12"


def test_version_1_2_has_a_file_of_roles(roster: Roster) -> None:
    roles = [
        {"sourcedId": f"R{n}", "userSourcedId": user["sourcedId"], "role": user.pop("role")}
        for n, user in enumerate(roster.files["users"])
    ]
    roster.files["roles"] = roles
    roster.take()
    assert set(roster.pupils()) == {"P1", "P2"}
    assert roster.links() == {"P1": ["guardian", "parent"], "P2": ["relative"]}


def test_bad_rows_are_named_and_the_others_come_in(roster: Roster) -> None:
    roster.files["users"] += [
        {"sourcedId": "P3", "givenName": "", "familyName": "X", "role": "student"},
        {"sourcedId": "P4", "givenName": "No", "familyName": "School", "role": "student"},
        dict(roster.files["users"][0]),
    ]
    report = roster.take()
    found = [(one.file, one.row, one.code) for one in report.set_aside]
    assert found == [
        ("users.csv", 8, "missing-field"),
        ("users.csv", 9, "unknown-school"),
        ("users.csv", 10, "two-versions"),
    ]
    assert set(roster.pupils()) == {"P1", "P2"}


@pytest.mark.parametrize("missing", ["orgs", "users", "enrollments"])
def test_a_bundle_without_what_is_needed_imports_nothing(roster: Roster, missing: str) -> None:
    del roster.files[missing]
    report = roster.take()
    assert (report.outcome, codes(report)) == ("REFUSED", ["file-missing"])


def test_a_file_that_the_manifest_promises_and_the_zip_lacks(roster: Roster) -> None:
    folder = bundle(roster.folder, roster.files, zipped=False)
    (folder / "demographics.csv").unlink()
    read = read_oneroster(roster.database, TENANT, folder, PLACE, TODAY)
    assert [(one.file, one.code) for one in read.problems] == [("demographics.csv", "file-missing")]


@pytest.mark.parametrize("content", [b"PK\x03\x04 broken", b"no zip at all"])
def test_what_is_no_zip_is_no_roster(roster: Roster, content: bytes) -> None:
    path = roster.folder / "roster.zip"
    path.write_bytes(content)
    read = read_oneroster(roster.database, TENANT, path, PLACE, TODAY)
    assert [one.code for one in read.problems] == ["file-unreadable"]
    missing = read_oneroster(roster.database, TENANT, roster.folder / "none", PLACE, TODAY)
    assert [one.code for one in missing.problems] == ["file-missing"]

"""The made-up district through the real importers, and what a ladder makes of its autumn."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from domain.attendance.rules import shipped_rule_set
from domain.shared.ids import SchoolId, derived_id
from infrastructure.embedded.district import DEMO_SEED, Content, Delivery, District, make_district
from infrastructure.imports import csv_files
from infrastructure.imports.importing import Commit, ImportResult
from infrastructure.register import reads
from infrastructure.register.evaluation import evaluate_school
from infrastructure.store.database import Database
from tests.support.register import TENANT, People, recording

ORDER = list(Content)
pytestmark = pytest.mark.postgres


@dataclass
class Office:
    """Takes the files of a day in the order in which they come, and is strict about them."""

    database: Database
    commit: Commit
    folder: Path
    people: People = field(default_factory=People)

    def take(self, file: Delivery, today: date) -> ImportResult:
        path = self.folder / file.name
        path.write_bytes(file.data)
        if file.content is Content.SCHOOLS:
            return csv_files.import_schools(self.database, TENANT, path, self.people, self.commit)
        school = SchoolId(derived_id(TENANT, "school", "csv", file.school))
        with self.database.tenant(TENANT) as conn:
            roll = reads.school_roll(conn, TENANT, school)
        assert roll is not None
        to = (self.database, TENANT, path, roll, self.people, self.commit)
        match file.content:
            case Content.CALENDAR:
                return csv_files.import_calendar(*to)
            case Content.STUDENTS:
                return csv_files.import_students(*to)
            case Content.GUARDIANS:
                return csv_files.import_guardians(*to)
            case _:
                return csv_files.import_marks(*to, today=today)

    def reached(self, on: date) -> dict[str, set[str]]:
        with self.database.tenant(TENANT) as conn:
            said = evaluate_school(conn, TENANT, None, on, shipped_rule_set("ie-ladder-1"))
        return {
            answer.stage.type: {pupil.source_id for pupil in answer.pupils}
            for answer in said.stages
        }


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    with recording(database) as commit:
        yield Office(database, commit, tmp_path)


def in_pairs(district: District) -> Iterator[tuple[date, list[Delivery]]]:
    """Give the files of two days in one for each school, the first week's day by day.

    Twice as many small files would cost a test twice the wait for the disk; a note about a day
    comes two days later, so that no file says two things of one day.
    """
    waiting: dict[tuple[str | None, str], Delivery] = {}
    for place, on in enumerate(district.term_days):
        for file in district.deliveries(on):
            before = waiting.get((file.school, file.content))
            rows = file.data.partition(b"\r\n")[2]
            joined = before._replace(data=before.data + rows) if before else file
            waiting[file.school, file.content] = joined
        if place < 5 or place % 2 or on == district.term_days[-1]:
            yield on, sorted(waiting.values(), key=lambda file: ORDER.index(file.content))
            waiting.clear()


def test_every_file_of_the_autumn_is_taken_and_the_ladder_finds_its_families(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    district = make_district(DEMO_SEED)
    ever: dict[str, set[str]] = {}
    term = [(district.term_days[0], list(district.files())), *in_pairs(district)]
    for place, (on, files) in enumerate(term):
        for file in files:
            report = office.take(file, on).report
            assert report.problems == (), (file.name, report.problems)
            assert report.imported, file.name
        if place % 3 and place < len(term) - 1:
            continue
        at_last = office.reached(on)
        for stage, pupils in at_last.items():
            ever.setdefault(stage, set()).update(pupils)
    with capsys.disabled():
        print(f"\n{DEMO_SEED=}: last day {counts(at_last)}, at any time {counts(ever)}")  # noqa: T201

    assert 45 <= len(ever["LETTER_1"]) <= 90
    assert 25 <= len(ever["LETTER_2"]) <= 50
    assert 10 <= len(ever["MEETING"]) <= 25
    assert 2 <= len(ever["ESCALATION"]) <= 8
    assert len(office.people.kept["student"]) == 600


def counts(stages: dict[str, set[str]]) -> dict[str, int]:
    return {stage: len(pupils) for stage, pupils in stages.items()}

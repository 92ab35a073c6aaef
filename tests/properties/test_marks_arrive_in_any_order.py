"""Whatever order, files, shapes and repetitions marks come in, the register says the same."""

import itertools
import random
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from domain.attendance.school_roll import SchoolRoll
from domain.shared.ids import SchoolId, derived_id
from infrastructure.imports import csv_files
from infrastructure.imports.csv_text import ColumnProfile, Upload
from infrastructure.imports.importing import Commit
from infrastructure.imports.report import ImportReport
from infrastructure.register import reads
from infrastructure.store.database import Database
from tests.support import postgres
from tests.support.register import TENANT, People, recording

pytestmark = pytest.mark.postgres
PUPILS, DAYS = ("001", "002", "003"), tuple(date(2025, 9, day) for day in (1, 2, 3, 4))
TODAY = date(2025, 10, 1)
Said = tuple[str, date, str, str]
Arrangement = tuple[tuple[Said, ...], ...]
cells = st.sampled_from(sorted(itertools.product(PUPILS, DAYS, ("AM", "PM"))))
marks = st.dictionaries(cells, st.sampled_from(("/", "I", "O", "L", "C")), min_size=1, max_size=16)
_SCHOOLS = itertools.count()


class Schools:
    """Makes schools that are the same but for their name."""

    def __init__(self, database: Database, commit: Commit) -> None:
        self.database = database
        self.commit = commit

    def new(self) -> SchoolRoll:
        name = f"S{next(_SCHOOLS)}"
        place = (self.database, TENANT)
        text = f"school,name,jurisdiction,zone\n{name},School,GB-ENG,Europe/London\n"
        csv_files.import_schools(*place, file(text), People(), self.commit)
        text = "student,given,family\n" + "".join(f"{one},G,F\n" for one in PUPILS)
        roll = self.roll(name)
        csv_files.import_students(*place, file(text), roll, People(), self.commit)
        return self.roll(name)

    def roll(self, name: str) -> SchoolRoll:
        with self.database.tenant(TENANT) as conn:
            school = SchoolId(derived_id(TENANT, "school", "csv", name))
            roll = reads.school_roll(conn, TENANT, school)
        assert roll is not None
        return roll

    def take(self, roll: SchoolRoll, text: str, shape: str, *, keep: bool = False) -> ImportReport:
        profile = ColumnProfile.model_validate({"shape": shape})
        return csv_files.import_marks(
            self.database,
            TENANT,
            file(text),
            roll,
            People(),
            self.commit,
            today=TODAY,
            profile=profile,
            keep_good_rows=keep,
        ).report

    def lines(self, roll: SchoolRoll) -> dict[str, tuple[object, ...]]:
        with self.database.auditor(TENANT) as conn:
            rows = [row for row in reads.schools(conn, TENANT) if row.school == roll.school]
            lines = reads.lines(conn, TENANT, rows)
        return {line.source_id: (line.days, line.marks, line.codes) for line in lines}

    def stored(self, roll: SchoolRoll) -> int:
        with self.database.auditor(TENANT) as conn:
            asked = "select count(*) from mark where school = %s"
            row = conn.execute(asked, (roll.school,)).fetchone()
        return int(row[0]) if row else 0


@pytest.fixture(scope="module")
def schools(postgres_url: str, template: str) -> Iterator[Schools]:
    with postgres.throw_away(postgres_url, template) as database, recording(database) as commit:
        yield Schools(database, commit)


def file(text: str) -> Upload:
    return Upload("file.csv", text.encode())


def long(said: tuple[Said, ...]) -> str:
    rows = "".join(f"{who},{on},{half},{code}\n" for who, on, half, code in said)
    return "student,date,session,code\n" + rows


def wide(said: tuple[Said, ...]) -> list[str]:
    """Write one register a pupil: a column is a mark, so no cell is empty."""
    files = []
    for who in sorted({one[0] for one in said}):
        of_one = [one for one in said if one[0] == who]
        head = ",".join(f"{on} {half}" for _, on, half, _ in of_one)
        files.append(f"student,{head}\n{who}," + ",".join(one[3] for one in of_one) + "\n")
    return files


def arranged(said: dict[tuple[str, date, str], str], seed: int) -> Arrangement:
    """Shuffle marks into files, some of which come twice."""
    dice = random.Random(seed)
    rows: list[Said] = [(*place, code) for place, code in said.items()]
    dice.shuffle(rows)
    files = []
    while rows:
        cut = dice.randint(1, len(rows))
        files.append(tuple(rows[:cut]))
        rows = rows[cut:]
    files += dice.sample(files, dice.randint(0, len(files)))
    dice.shuffle(files)
    return tuple(files)


SLOW = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SLOW
@given(said=marks, seed=st.integers(0, 2**16))
def test_order_files_and_shapes_change_nothing(
    schools: Schools, said: dict[tuple[str, date, str], str], seed: int
) -> None:
    one, other = schools.new(), schools.new()
    for part in arranged(said, seed):
        assert schools.take(one, long(part), "long").well
    for part in arranged(said, seed + 1):
        for text in wide(part):
            assert schools.take(other, text, "wide").well
    assert schools.lines(one) == schools.lines(other)
    assert schools.stored(one) == schools.stored(other) == len(said)


def test_a_register_that_writes_marks_down_as_they_come_would_be_found() -> None:
    """The control: a line in order of arrival differs for some arrangement."""

    def naive(files: Arrangement) -> dict[str, str]:
        lines = dict.fromkeys(PUPILS, "")
        for who, _, _, code in itertools.chain(*files):
            lines[who] += code
        return lines

    found = find(
        st.tuples(marks, st.integers(0, 50)),
        lambda case: naive(arranged(*case)) != naive(arranged(case[0], case[1] + 1)),
    )
    assert len(found[0]) >= 1


bad_rows = st.lists(
    st.sampled_from(
        (
            "009,2025-09-01,AM,/",
            "001,2025-09-06,AM,/",
            "001,01/09/2025,AM,/",
            "001,2025-09-01,AM,Q7",
            "001,2025-09-01,NOON,/",
            "001,2025-09-01",
        )
    ),
    min_size=1,
    max_size=4,
)


@SLOW
@given(said=marks, bad=bad_rows, seed=st.integers(0, 2**16))
def test_a_half_good_file_imports_nothing_or_sets_aside_as_was_chosen(
    schools: Schools, said: dict[tuple[str, date, str], str], bad: list[str], seed: int
) -> None:
    """The choice is its own control: with it the very same file changes the register."""
    roll = schools.new()
    good = [f"{who},{on},{half},{code}" for (who, on, half), code in said.items()]
    rows = [*good, *bad]
    random.Random(seed).shuffle(rows)
    text = "student,date,session,code\n" + "\n".join(rows) + "\n"
    refused = schools.take(roll, text, "long")
    assert (refused.outcome, schools.stored(roll)) == ("REFUSED", 0)
    kept = schools.take(roll, text, "long", keep=True)
    assert (kept.outcome, kept.rows_bad, kept.rows_read) == ("IMPORTED", len(bad), len(rows))
    assert schools.stored(roll) == len(said)
    at = {number for number, row in enumerate(rows, 2) if row in bad}
    assert {one.row for one in kept.set_aside} == at
    again = schools.take(roll, text, "long", keep=True)
    assert (again.outcome, schools.stored(roll)) == ("ALREADY_IMPORTED", len(said))


def test_a_later_word_wins_and_the_earlier_is_known_as_it_was(schools: Schools) -> None:
    """Where marks contradict each other the later counts; an old file again changes nothing."""
    roll = schools.new()
    outcomes = [
        schools.take(roll, long((("001", DAYS[0], "AM", code),)), "long").outcome
        for code in ("/", "O", "/")
    ]
    assert outcomes == ["IMPORTED", "IMPORTED", "ALREADY_IMPORTED"]
    assert schools.lines(roll)["001"][1] == "O-"
    assert schools.stored(roll) == 2

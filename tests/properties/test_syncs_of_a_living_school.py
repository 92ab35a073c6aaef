"""A school lives on while it is synced, its server fails at random, and the register follows.

What the register says after each whole sync is worked out apart, from the world alone.
"""

import itertools
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from infrastructure.store.database import Database
from tests.support import postgres
from tests.support.syncs import WondeSchoolHere, wonde_school
from tests.support.wonde import DAYS, WondeWorld, Wrong, made_up_school, mark, pupil, stamp

pytestmark = pytest.mark.postgres
MARKS = "attendance/session"
LETTERS = {"K1": "/", "K2": "/", "K3": "A", "K4": "O", "K5": "L", None: "-"}
PASSING = (Wrong.BROKEN, Wrong.HALF, Wrong.WEB_PAGE, Wrong.CUT)
Change = Callable[[WondeWorld, random.Random], None]


def corrected(world: WondeWorld, dice: random.Random) -> None:
    if world.records[MARKS]:
        which = dice.choice(sorted(world.records[MARKS]))
        world.change(MARKS, which, attendance_code=dice.choice(["K1", "K3", "K4", "K5", None]))


def deleted(world: WondeWorld, dice: random.Random) -> None:
    if len(world.records[MARKS]) > 30:
        world.delete(MARKS, dice.choice(sorted(world.records[MARKS])))


def joined(world: WondeWorld, dice: random.Random) -> None:
    number = len(world.records["students"]) + len(world.records.get("students-leaver", {}))
    world.put("students", pupil(number))
    world.put(MARKS, mark(number, dice.choice(DAYS), "AM", "K1"))


def left(world: WondeWorld, dice: random.Random) -> None:
    if len(world.records["students"]) > 4:
        gone = world.records["students"].pop(dice.choice(sorted(world.records["students"])))
        details = {"data": {"leaving_date": stamp(date(2025, 9, 5))}}
        world.put("students-leaver", {**gone, "education_details": details})


CHANGES: tuple[Change, ...] = (corrected, corrected, corrected, deleted, joined, left)


def expected(world: WondeWorld) -> dict[str, str]:
    """Return each pupil's line, worked out from what the school's own system holds."""
    said: dict[str, dict[tuple[str, str], str]] = {}
    for record in world.records[MARKS].values():
        place = (record["date"]["date"][:10], record["session"])
        said.setdefault(record["student"], {})[place] = LETTERS[record["attendance_code"]]
    return {
        who: "".join(
            marks.get((day, half), "-")
            for day in sorted({day for day, _ in marks})
            for half in ("AM", "PM")
        )
        for who, marks in said.items()
    }


def told(school: WondeSchoolHere) -> dict[str, str]:
    """Return the register's lines without days on which every mark was taken back."""
    found = {who: line for who, line in school.lines().items() if line.strip("-")}
    return {who: _without_empty_days(line) for who, line in found.items()}


def _without_empty_days(line: str) -> str:
    return "".join(line[n : n + 2] for n in range(0, len(line), 2) if line[n : n + 2] != "--")


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_register_follows_whatever_happens_meanwhile(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    note(f"seed {seed}")
    dice = random.Random(seed)
    with postgres.throw_away(postgres_url, template) as database:
        _live(database, tmp_path_factory, dice)


def _live(database: Database, paths: pytest.TempPathFactory, dice: random.Random) -> None:
    world = made_up_school(6, DAYS[:3])
    with wonde_school(database, paths.mktemp("home"), world) as school:
        world.now = datetime.now(UTC)
        meanwhile = itertools.count()

        def lives_on(_resource: str, _page: int) -> None:
            if next(meanwhile) % 4 == 0:
                dice.choice(CHANGES)(world, dice)

        for round_ in range(4):
            school.server.between_pages = lives_on
            for resource in ("students", MARKS, "deletions", "attendance-codes"):
                school.server.faults[resource] = []
                wrong = [dice.choice((None, None, *PASSING)) for _ in range(3)]
                school.server.goes_wrong(resource, *wrong)
            school.sync(full=round_ == 2, accept_fewer="TEST")
            world.now += timedelta(seconds=1)
        school.server.between_pages = None
        school.server.faults.clear()
        assert all(report.well for report in school.sync())
        assert told(school) == {
            who: _without_empty_days(line)
            for who, line in expected(world).items()
            if line.strip("-")
        }


def test_what_a_source_does_not_tell_would_be_found(database: Database, tmp_path: Path) -> None:
    """The control: a mark deleted in silence is missed by a sync of changes, and this look sees it.

    Comparing everything then finds it.
    """
    with wonde_school(database, tmp_path, made_up_school(6, DAYS[:3])) as school:
        school.sync()
        del school.world.records[MARKS]["S00010902AM"]
        school.sync()
        assert told(school) != expected(school.world)
        school.sync(full=True)
        assert told(school) == expected(school.world)

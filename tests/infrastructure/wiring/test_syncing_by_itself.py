"""A role reads schools at their times: by day what has changed, by night everything."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infrastructure.imports.sync_plans import failing, plan_of, planned, shown
from infrastructure.imports.wonde import school_id, source_name
from infrastructure.store.database import Database
from infrastructure.wiring.syncing import SyncBusy
from tests.support.register import TENANT
from tests.support.syncs import FRIDAY, OURS, WondeSchoolHere, wonde_school
from tests.support.wonde import SCHOOL, Wrong, pupil

pytestmark = pytest.mark.postgres


@pytest.fixture
def school(database: Database, tmp_path: Path) -> Iterator[WondeSchoolHere]:
    with wonde_school(database, tmp_path) as school:
        school.plan()
        yield school


def kept(school: WondeSchoolHere) -> int:
    return int(school.rows("select count(*) from import_report")[0][0])


def whole(school: WondeSchoolHere) -> bool:
    """Say whether the last sync asked for everything, and begin to listen anew."""
    lists = [one for one in school.server.asked if "attendance/session" in one]
    school.server.asked.clear()
    assert lists
    return not any("updated_after" in one for one in lists)


def test_by_day_changes_are_read_and_by_night_everything(school: WondeSchoolHere) -> None:
    assert (school.role().step(), school.role().step()) == (1, 0)
    assert whole(school)
    assert school.lines() == {f"A000{n}": "/" * 10 for n in range(5)}
    school.clock(FRIDAY + timedelta(hours=16))  # Saturday, nine o'clock
    assert school.role().step() == 1  # the night was missed: everything, once
    assert whole(school)
    school.clock(FRIDAY + timedelta(hours=20))
    assert (school.role().step(), school.role().step()) == (1, 0)
    assert not whole(school)


def test_what_a_sync_finds_known_leaves_no_report_and_no_fact(school: WondeSchoolHere) -> None:
    school.role().step()
    before = kept(school), school.rows("select count(*) from ledger")
    school.clock(FRIDAY + timedelta(hours=20))
    assert school.role().step() == 1
    assert (kept(school), school.rows("select count(*) from ledger")) == before


def test_a_source_that_is_away_is_asked_again_later_each_time_later(
    school: WondeSchoolHere,
) -> None:
    for number, minutes in ((1, 1), (2, 2), (3, 4)):
        school.server.goes_wrong("students", Wrong.BROKEN, Wrong.BROKEN)
        assert (school.role().step(), school.role().step()) == (1, 0)
        found = school.run()
        assert (found.outcome, found.failures) == ("REFUSED", number)
        assert found.problems == ["source-away"]
        assert found.retry_at is not None
        assert found.retry_at - found.tried_at == timedelta(minutes=minutes)
        school.wait_no_more()
    assert kept(school) == 1  # the same trouble is told once
    assert school.role().step() == 1
    assert (school.run().outcome, school.run().failures, school.run().retry_at) == ("WELL", 0, None)
    assert len(school.lines()) == 5


def test_a_sync_that_collapses_is_refused_told_and_tried_again_the_next_night(
    school: WondeSchoolHere,
) -> None:
    """Trap 30: half of a school taken for the whole."""
    school.role().step()
    for number in range(3):
        del school.world.records["students"][f"A000{number}"]
    school.clock(FRIDAY + timedelta(hours=16))
    assert (school.role().step(), school.role().step()) == (1, 0)
    assert whole(school)
    assert school.run().problems == ["too-few-pupils"]
    assert school.run().retry_at is None
    refused = school.rows("select report->'problem_counts' from import_report order by at desc")
    assert refused[0][0]["too-few-pupils"] == 1
    school.clock(FRIDAY + timedelta(hours=20))
    assert school.role().step() == 1  # by day changes are read, and the refusal is not forgotten
    assert not whole(school)
    assert len(school.lines()) == 5
    with school.house.database.worker() as conn:
        assert failing(conn) == 1
        told = shown(conn, plan_of(conn, TENANT, OURS))
    assert (told["outcome"], told["problems"]) == ("REFUSED", ["too-few-pupils"])
    assert told["next_reads"] == "EVERYTHING"
    school.world.put("students", pupil(0))
    school.world.put("students", pupil(1))
    school.world.put("students", pupil(2))
    school.clock(FRIDAY + timedelta(hours=36))
    assert school.role().step() == 1
    with school.house.database.worker() as conn:
        assert failing(conn) == 0


def test_nothing_is_read_while_a_school_waits(school: WondeSchoolHere) -> None:
    school.plan(paused=True, reason="the office moves")
    assert school.role().step() == 0
    assert school.server.asked == []
    with school.house.database.worker() as conn:
        assert plan_of(conn, TENANT, OURS).following(FRIDAY) is None
    school.plan()
    assert school.role().step() == 1


def test_a_school_is_never_synced_twice_at_once(school: WondeSchoolHere) -> None:
    """Trap 32: the role finds a person's sync under way, and the other way round."""
    seen: list[object] = []

    def meanwhile(_: str, number: int) -> None:
        if number == 1 and not seen:
            seen.append(school.role().step())
            with pytest.raises(SyncBusy):
                school.sync()

    school.server.between_pages = meanwhile
    school.sync()
    assert seen == [0]
    assert school.run().failures == 0


def test_a_role_that_ends_gives_up_the_sync_in_hand_and_takes_nothing(
    school: WondeSchoolHere,
) -> None:
    syncer = school.role()
    school.server.between_pages = lambda *_: syncer.interrupt()
    assert syncer.step() == 1
    assert len(school.server.asked) < 4
    assert school.rows("select count(*) from ledger") == [(0,)]
    assert (school.run().failures, school.run().retry_at) == (0, None)
    school.server.between_pages = None
    assert school.role().step() == 1
    assert len(school.lines()) == 5


def test_a_try_that_took_its_process_with_it_is_not_made_again_at_once(
    school: WondeSchoolHere, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """As if by kill -9: nobody writes anything down."""

    def struck(_: float) -> None:
        raise Killed

    syncer = school.role()
    monkeypatch.setattr(syncer, "_pause", struck)  # between two pages
    with pytest.raises(Killed):
        syncer.step()
    assert (school.run().outcome, school.run().failures) == ("RUNNING", 1)
    assert school.role().step() == 0
    school.wait_no_more()
    assert school.role().step() == 1
    assert (school.run().outcome, school.run().failures) == ("WELL", 0)


def test_a_school_that_fails_does_not_keep_others_waiting(school: WondeSchoolHere) -> None:
    other = "A0000000001"  # the server knows no such school
    school.plan(school=school_id(TENANT, other), source=source_name(other))
    syncer = school.role()
    assert [syncer.step() for _ in range(3)] == [1, 1, 0]
    with school.house.database.worker() as conn:
        said = {one.plan.at_source: one.run.problems for one in planned(conn) if one.run}
    assert said == {SCHOOL: [], other: ["source-unknown"]}


def test_a_row_that_nobody_can_use_does_not_make_each_sync_of_the_day_a_whole_one(
    school: WondeSchoolHere,
) -> None:
    school.world.change("attendance/session", "S00020902AM", attendance_code="K99")
    school.role().step()
    assert whole(school)
    school.clock(datetime(2025, 9, 6, 8, 0, tzinfo=UTC))
    school.role().step()
    assert whole(school)
    school.clock(datetime(2025, 9, 6, 12, 0, tzinfo=UTC))
    school.role().step()
    assert not whole(school)


def test_without_a_token_the_role_says_so(database: Database, tmp_path: Path) -> None:
    with wonde_school(database, tmp_path, WONDE_TOKEN=None) as school:
        school.plan()
        assert school.role().step() == 1
        assert school.run().problems == ["token-missing"]
        assert school.server.asked == []


def test_a_new_pupil_is_on_the_roll_after_the_next_time_of_the_day(
    school: WondeSchoolHere,
) -> None:
    school.role().step()
    school.world.now = datetime.now(UTC)
    school.world.put("students", pupil(9))
    school.clock(FRIDAY + timedelta(hours=20))
    school.role().step()
    assert "A0009" in school.lines()

"""What no sync may believe: pages cut off, web pages, lies about the end, schools that shrink."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infrastructure.http.guarded import Answer, GuardedHttp
from infrastructure.imports.wonde_source import SourceRefused, WondeSource, as_object
from infrastructure.store.database import Database
from tests.support.syncs import WondeSchoolHere, wonde_school
from tests.support.wonde import SCHOOL, TOKEN, WondeServer, Wrong, made_up_school, serving

MARKS = "attendance/session"
PASSING = (Wrong.BUSY, Wrong.BROKEN, Wrong.CUT, Wrong.HALF, Wrong.WEB_PAGE, Wrong.NOTHING)


@pytest.fixture
def server() -> Iterator[WondeServer]:
    with serving(made_up_school(7)) as server:
        yield server


@pytest.fixture
def school(database: Database, tmp_path: Path) -> Iterator[WondeSchoolHere]:
    with wonde_school(database, tmp_path, made_up_school(10)) as school:
        yield school


def pupils(server: WondeServer, *, waits: int = 3, slept: list[float] | None = None) -> list[str]:
    """Read the pupils as the product does."""
    http = GuardedHttp(server.url, user=TOKEN, password="", connections=1)
    pause = (slept if slept is not None else []).append
    source = WondeSource(http, server.url, SCHOOL, waits=(0.5,) * waits, pause=pause)
    try:
        return [str(as_object(raw)["id"]) for raw in source.records("students")]
    finally:
        http.close()


ALL = [f"A{n:04}" for n in range(7)]


@pytest.mark.parametrize("how", PASSING)
def test_what_passes_is_tried_again(server: WondeServer, how: Wrong) -> None:
    server.goes_wrong("students", None, how, how)
    assert pupils(server) == ALL


@pytest.mark.parametrize("how", PASSING)
def test_what_does_not_pass_ends_the_reading(server: WondeServer, how: Wrong) -> None:
    """Trap 30: an error page with status 200 is no school without pupils."""
    server.goes_wrong("students", None, *[how] * 4)
    with pytest.raises(SourceRefused) as refused:
        pupils(server)
    away = how in {Wrong.BUSY, Wrong.BROKEN, Wrong.CUT}
    assert refused.value.code == ("source-away" if away else "page-unreadable")


def test_a_server_that_asks_for_time_gets_it(server: WondeServer) -> None:
    slept: list[float] = []
    server.goes_wrong("students", Wrong.BUSY)
    assert pupils(server, slept=slept) == ALL
    assert [seconds for seconds in slept if seconds] == [7.0]


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (Wrong.NO_NEXT, "paging-broken"),
        (Wrong.LOOPS, "paging-broken"),
        (Wrong.ELSEWHERE, "paging-elsewhere"),
        (Wrong.DENIED, "source-denied"),
    ],
)
def test_what_no_second_attempt_mends(server: WondeServer, how: Wrong, code: str) -> None:
    server.goes_wrong("students", how, *[how] * 4)
    with pytest.raises(SourceRefused) as refused:
        pupils(server)
    assert refused.value.code == code


def test_the_token_goes_to_one_host_only(server: WondeServer) -> None:
    """Trap: a page that names another host would have our token sent there."""
    with serving(made_up_school(3)) as other:
        server.goes_wrong("students", Wrong.ELSEWHERE)
        with pytest.raises(SourceRefused):
            pupils(server)
        assert other.asked == []


def by_offset(server: WondeServer) -> list[str]:
    """Read as a client would that counts pages, to see that the stand-in punishes it."""
    http, found, page, more = GuardedHttp(server.url, user=TOKEN, password=""), [], 1, True
    try:
        while more:
            path = f"/v1.0/schools/{SCHOOL}/students/?per_page=3&page={page}"
            answer = http.get(path)
            assert isinstance(answer, Answer)
            body = as_object(answer.body)
            found += [str(row["id"]) for row in body["data"]]
            more, page = body["meta"]["pagination"]["more"], page + 1
        return found
    finally:
        http.close()


def test_a_change_between_pages_loses_nobody_by_cursor_and_somebody_by_offset(
    server: WondeServer,
) -> None:
    """Trap 31, with its control: the same school, the same change, the other way of paging."""

    def first_pupil_leaves(resource: str, page: int) -> None:
        if resource == "students" and page in {1, 10}:
            server.world.records["students"].pop(f"A000{page // 10}")

    server.between_pages = first_pupil_leaves
    assert set(pupils(server)) >= set(ALL[1:])
    server._pages["students"] = 9
    assert set(ALL[2:]) - set(by_offset(server)) == {"A0004"}


@pytest.mark.postgres
def test_pages_sent_twice_do_no_harm(school: WondeSchoolHere) -> None:
    school.server.goes_wrong(MARKS, Wrong.REPEATS, Wrong.REPEATS)
    _, marks = school.sync()
    assert marks.imported
    assert school.lines() == {f"A000{n}": "/" * 10 for n in range(10)}
    assert {one.code for one in marks.problems if one.code == "repeated-row"} == {"repeated-row"}


@pytest.mark.postgres
def test_a_sync_that_dies_half_way_changes_nothing_and_the_next_one_goes_on(
    school: WondeSchoolHere,
) -> None:
    """A full sync that dies must not deactivate the half that it has not read."""
    school.server.goes_wrong(MARKS, None, None, *[Wrong.BROKEN] * 4)
    people, marks = school.sync()
    assert (people.outcome, marks.outcome) == ("IMPORTED", "REFUSED")
    assert set(school.lines().values()) == {""}
    school.server.asked.clear()
    people, marks = school.sync()
    assert (people.outcome, marks.outcome) == ("UNCHANGED", "IMPORTED")
    assert "updated_after" in next(one for one in school.server.asked if "/students/" in one)


@pytest.mark.postgres
@pytest.mark.parametrize("reads", ["students", "counts"])
def test_a_list_that_ends_too_early_is_told_by_the_source_s_own_count(
    school: WondeSchoolHere, reads: str
) -> None:
    """Trap 30: a truncated page looks like a school with fewer pupils."""
    if reads == "students":
        school.server.goes_wrong("students", None, Wrong.ENDS)
    else:
        school.world.counts["students"] = 11
    (people,) = school.sync()
    assert people.outcome == "REFUSED"
    assert [one.code for one in people.problems if one.severity == "stops"] == ["counts-disagree"]
    assert school.rows("select count(*) from student") == [(0,)]


@pytest.mark.postgres
def test_a_school_that_collapses_is_refused_until_a_person_insists(
    school: WondeSchoolHere,
) -> None:
    """Trap 30: nothing is imported, with a stable code; insisting needs who and why."""
    school.sync()
    for number in range(3, 10):
        del school.world.records["students"][f"A000{number}"]
    (people,) = school.sync(full=True)
    stops = [(one.code, one.detail) for one in people.problems if one.severity == "stops"]
    assert stops == [("too-few-pupils", "3 against 10.")]
    assert school.rows("select count(*) from student where left_on is not null") == [(0,)]
    people, _ = school.sync(full=True, accept_fewer="SITE_CLOSED")
    assert people.imported
    (said,) = [one.detail for one in people.problems if one.code == "fewer-accepted"]
    assert said == "3 against 10. staff:7: SITE_CLOSED."
    assert school.rows("select count(*) from student where left_on is not null") == [(7,)]


@pytest.mark.postgres
def test_marks_that_collapse_are_refused_until_a_person_insists(school: WondeSchoolHere) -> None:
    school.sync()
    kept = dict(list(school.world.records[MARKS].items())[:40])
    school.world.records[MARKS] = kept
    people, marks = school.sync(full=True)
    assert (people.outcome, marks.outcome) == ("UNCHANGED", "REFUSED")
    assert [one.code for one in marks.problems if one.severity == "stops"] == ["too-few-rows"]
    assert set(school.lines().values()) == {"/" * 10}
    _, marks = school.sync(full=True, accept_fewer="TEST_DATA_REMOVED")
    assert marks.changes["mark"]["taken_back"] == 60


@pytest.mark.postgres
def test_a_record_without_shape_is_set_aside_and_the_others_come_in(
    school: WondeSchoolHere,
) -> None:
    school.world.put(MARKS, {"id": "S1", "date": 7})
    school.world.put("students", {"id": "A1", "forename": None})
    people, marks = school.sync()
    assert [(one.code, one.file) for one in people.set_aside] == [("missing-field", "students")]
    assert [(one.code, one.file) for one in marks.set_aside] == [("bad-record", MARKS)]
    assert len(school.lines()) == 10
    assert school.rows("select reason_code from quarantined_row order by 1") == [
        ("bad-record",),
        ("missing-field",),
    ]


@pytest.mark.postgres
def test_all_or_nothing_is_a_choice(school: WondeSchoolHere) -> None:
    school.world.put(MARKS, {"id": "S1", "date": 7})
    _, marks = school.sync(keep_good_rows=False)
    assert marks.outcome == "REFUSED"
    assert set(school.lines().values()) == {""}

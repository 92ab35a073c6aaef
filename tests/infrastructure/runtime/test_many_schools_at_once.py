"""Looks at many schools at a time: the facts of one school after the other, and nothing else.

001-251 the scheduler, 001-254 background jobs idempotent, trap 32: a lock of each school.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from domain.attendance.metrics import Denominator
from domain.attendance.rules import shipped_text
from domain.evaluation.events import LookKind
from domain.shared.ids import SchoolId
from infrastructure.clock import move_school_clock
from infrastructure.register import reads as register
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.agenda import Due
from infrastructure.runtime.evaluating import Evaluator
from infrastructure.runtime.lots import lots
from infrastructure.store.database import Database
from infrastructure.wiring import rule_sets
from tests.support import postgres
from tests.support.town import TENANT, Town, town_on

pytestmark = pytest.mark.postgres
SCHOOLS = "school,name,jurisdiction,zone,denominator\n" + "".join(
    f"S{n},School {n},IE,Europe/Dublin,MARKS\n" for n in (1, 2, 3)
)
STUDENT = "student,given,family,birth_on,year_group,household,enrolled_on,left_on\n"
DAYS = [date(2025, 9, day) for day in (1, 2, 3, 4, 5, 8, 9)]
LAST = DAYS[-2]
EVENING = time(17, 30)
Facts = dict[str, list[tuple[str, str]]]


@contextmanager
def district(database: Database, folder: Path, at_once: int) -> Iterator[Town]:
    """Open three schools of three pupils, of whom one is away and one is ill now and then."""
    with town_on(database, folder) as town:
        (folder / "three.csv").write_text(SCHOOLS, encoding="utf-8")
        town.importer.schools(folder / "three.csv")
        for n in (1, 2, 3):
            path = folder / f"pupils-{n}.csv"
            rows = "".join(f"Q{n}{p},A,B,2013-04-02,5,H{n}{p},,\n" for p in (1, 2, 3))
            path.write_text(STUDENT + rows, encoding="utf-8")
            for what, file in (("calendar", folder / "calendar.csv"), ("students", path)):
                report = town.importer.csv(what, file, f"S{n}", today=DAYS[0])
                assert not report.problems, report
        own = school_of(town, "S2")
        text = shipped_text("ie-default-1")
        rule_sets.activate(town.house.ledger, TENANT, text, "staff:office", own)
        place = next(n for n, one in enumerate(town.crew) if isinstance(one, Evaluator))
        town.crew[place] = evaluator(town, at_once)
        town.settle()
        yield town


def school_of(town: Town, name: str) -> SchoolId:
    with town.house.database.worker() as conn:
        rows = register.schools(conn, TENANT)
    return next(row.school for row in rows if row.source_id == name)


def evaluator(town: Town, at_once: int = 20) -> Evaluator:
    return Evaluator(town.house.database, town.house.ledger, time(17, 0), at_once)


def marks(town: Town, days: Sequence[date], away: Sequence[str], name: str = "") -> None:
    """Import days of every school: a batch each, known one position after the other."""
    for n in (1, 2, 3):
        path = town.folder / f"marks-{n}-{days[-1]}{name}.csv"
        rows = "".join(
            f"Q{n}{p},{day},DAY,{'F' if f'Q{n}{p}' in away else 'P'}\n"
            for day in days
            for p in (1, 2, 3)
        )
        path.write_text("student,date,session,code\n" + rows, encoding="utf-8")
        report = town.importer.csv("marks", path, f"S{n}", today=DAYS[-1])
        assert not report.problems, report


def week(town: Town, away: Sequence[str] = ("Q11", "Q21", "Q22", "Q31")) -> None:
    """Let six days pass until the evening of the last, and correct the first one of all."""
    marks(town, DAYS[:-1], away)
    town.at(LAST, EVENING)
    marks(town, DAYS[:1], ("Q21",), "-corrected")
    town.settle()


def facts(town: Town) -> Facts:
    """Return what is on record of each school, in its order, as its own looks have it."""
    found: Facts = defaultdict(list)
    with town.house.database.worker() as conn:
        names = dict(conn.execute("select school::text, source_id from school").fetchall())
        rows = conn.execute(
            "select name, fact::text, fact ->> 'school_id', stream::text from ledger_json"
            " where name ~ '^(intervention|evaluation|case)[.]' order by position"
        ).fetchall()
    streams: dict[str, str] = {}
    for name, fact, of_school, stream in rows:
        if of_school is not None:
            streams[stream] = names[of_school]
        found[streams[stream]].append((name, fact))
    return dict(found)


@pytest.fixture
def other(postgres_url: str, template: str) -> Iterator[Database]:
    with postgres.throw_away(postgres_url, template) as made:
        yield made


def test_many_schools_at_once_give_the_facts_of_one_after_the_other(
    database: Database, other: Database, tmp_path: Path
) -> None:
    """The same facts in the same order at each school; a pupil who was there instead is seen."""
    said = []
    for store, at_once in ((database, 1), (other, 20)):
        folder = tmp_path / str(at_once)
        folder.mkdir()
        with district(store, folder, at_once) as town:
            week(town)
            said.append(facts(town))
    assert said[0] == said[1]
    assert {name for one in said[0].values() for name, _ in one} >= {
        "evaluation.completed",
        "intervention.stage_proposed",
        "intervention.stage_withdrawn",
    }


def test_another_absence_at_one_school_would_be_seen_there_and_only_there(
    database: Database, other: Database, tmp_path: Path
) -> None:
    """The control: the comparison finds one pupil who was away, and leaves the others alone."""
    said = []
    for store, away in ((database, ("Q11", "Q31")), (other, ("Q11", "Q22", "Q31"))):
        folder = tmp_path / away[1]
        folder.mkdir()
        with district(store, folder, 20) as town:
            week(town, away)
            said.append({school: [n for n, _ in one] for school, one in facts(town).items()})
    assert [school for school in said[0] if said[0][school] != said[1][school]] == ["S2"]


def looked(town: Town, on: date) -> list[str]:
    """Return the schools of which an account of a day's ladder is on record."""
    with town.house.database.worker() as conn:
        rows = conn.execute(
            "select s.source_id from ledger_json l join (select distinct school, source_id"
            " from school) s on s.school::text = l.fact ->> 'school_id'"
            " where l.name = 'evaluation.completed'"
            " and l.fact ->> 'on' = %s and l.fact ->> 'look' = 'NIGHTLY' order by 1",
            (str(on),),
        ).fetchall()
    return [name for (name,) in rows]


def an_evening(town: Town) -> None:
    """Let the marks of six days arrive, and the last evening come; nobody has looked yet."""
    marks(town, DAYS[:-1], ("Q11", "Q21", "Q31"))
    town.settle()
    with town.house.database.worker() as conn:
        move_school_clock(conn, datetime.combine(LAST, EVENING, UTC))


def test_a_school_at_which_a_look_fails_stops_no_other(database: Database, tmp_path: Path) -> None:
    """What is broken there is told, and looked at again when it is whole."""
    with district(database, tmp_path, 20) as town:
        an_evening(town)
        broken = school_of(town, "S2")
        with database.owner() as conn:
            conn.execute("set row_security = off")
            conn.execute("update register_line set marks = '' where school = %s", (broken,))
            conn.execute("update register_page set known_at = known_at + 1000000")
        mine = evaluator(town)
        with pytest.raises(ValueError, match="reshape"):
            mine.step()
        assert looked(town, LAST) == ["S1", "S3"]
        with database.owner() as conn:
            conn.execute("set row_security = off")
            conn.execute("delete from register_line")
            conn.execute("delete from register_page")
        town.settle()
        assert looked(town, LAST) == ["S1", "S2", "S3"]


def test_a_school_that_somebody_looks_at_is_left_to_them(
    database: Database, tmp_path: Path
) -> None:
    """Trap 32: the other schools of the lot are looked at; it is due again."""
    with district(database, tmp_path, 20) as town:
        an_evening(town)
        name = f"evaluate {TENANT} {school_of(town, 'S3')}"
        other = database.session()
        other.execute("select pg_advisory_lock(hashtextextended(%s, 7268))", (name,))
        mine = evaluator(town)
        mine.step()
        assert looked(town, LAST) == ["S1", "S2"]
        other.close()
        town.settle()
        assert looked(town, LAST) == ["S1", "S2", "S3"]


def test_what_was_stored_before_the_accounts_is_not_stored_again(
    database: Database, other: Database, tmp_path: Path
) -> None:
    """Ended between the two transactions of a lot: nothing twice, and each account once."""
    said = []
    for store in (database, other):
        folder = tmp_path / store.url.rpartition("/")[2]
        folder.mkdir()
        with district(store, folder, 20) as town:
            an_evening(town)
            if store is other:
                without_accounts(town)
            town.settle()
            assert looked(town, LAST) == ["S1", "S2", "S3"]
            on_record = facts(town).items()
            said.append(
                {s: sorted(f for f in one if "evaluation" not in f[0]) for s, one in on_record}
            )
    assert said[0] == said[1]


def without_accounts(town: Town) -> None:
    """Make the looks of an evening while the store takes no account of any."""
    with town.house.database.owner() as conn:
        conn.execute(
            "create function no_account() returns trigger language plpgsql as"
            " $$ begin raise exception 'no account'; end $$"
        )
        conn.execute(
            "create trigger no_account before insert on ledger for each row"
            " when (new.topic = 'evaluation.completed') execute function no_account()"
        )
    before = facts(town)
    with pytest.raises(psycopg.errors.RaiseException):
        evaluator(town).step()
    assert looked(town, LAST) == []
    assert facts(town) != before
    with town.house.database.owner() as conn:
        conn.execute("drop trigger no_account on ledger")


def test_looks_keep_their_order_at_each_school() -> None:
    """An evening comes before the day itself, and nobody's looks are made twice in one lot."""
    schools = [
        SchoolRow(SchoolId(UUID(int=n)), "s", f"{n}", "", "IE", "UTC", "ie", Denominator.MARKS)
        for n in range(5)
    ]
    due = [
        Due(TENANT, school, DAYS[n % 2], kind, 1)
        for n, school in enumerate(schools)
        for kind in ((LookKind.NIGHTLY, LookKind.SAME_DAY) if n else (LookKind.SAME_DAY,))
    ]
    made = list(lots(due, 2))
    assert sorted(map(id, due)) == sorted(id(one) for lot in made for one in lot)
    for lot in made:
        assert len(lot) == len({one.school.school for one in lot}) <= 2
        assert len({(one.on, one.kind) for one in lot}) == 1
    for school in schools:
        mine = [one for lot in made for one in lot if one.school is school]
        assert mine == [one for one in due if one.school is school]

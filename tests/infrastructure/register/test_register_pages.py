"""Stored lines give back the sheet that was written, for one tenant only."""

from datetime import date

import pytest

from domain.attendance.metrics import Denominator
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet
from domain.attendance.sheet import Sheet, sheet_of
from domain.attendance.standing import over_days
from domain.attendance.tally import SchoolFacts
from infrastructure.register import pages
from infrastructure.store.database import Database
from tests.support.naive_register import SCHOOL, Register, made_up
from tests.support.register import OTHER_TENANT, TENANT

pytestmark = pytest.mark.postgres
YEAR = date(2025, 9, 1)
ON = [date(2025, 12, 1), date(2026, 5, 5)]
OCCASION = {"anyOf": ["TARDY_OR_PART_ABSENCE_UNEXCUSED_MINUTES_GT_30"], "maxPerDay": 2}
TRIGGERS = [
    {"metric": "ABSENT_DAYS", "value": 10},
    {"metric": "COUNT", "codes": ["N", "G"], "value": 12},
    {"metric": "OCCASIONS", "value": 3},
    {"metric": "ABSENCE_RATE", "value": "20/100"},
]
RULES = RuleSet.model_validate(
    {
        "id": "t",
        "occasion": OCCASION,
        "stages": [
            {"order": n, "type": f"S{n}", "trigger": trigger} for n, trigger in enumerate(TRIGGERS)
        ],
    }
)


def counted(sheet: Sheet, registers: list[Register]) -> list[object]:
    facts = SchoolFacts(registers[0].calendar, Denominator.MARKS)
    found: list[object] = []
    for stage in over_days(RULES, ON, sheet, facts):
        assert stage.finding.tally is not None
        found.append((stage.holds.tolist(), stage.finding.tally.counted.tolist()))
    return found


def lines(registers: list[Register]) -> list[RegisterLine]:
    return [one.line() for one in registers]


@pytest.mark.parametrize("seed", range(3))
def test_what_was_written_is_read_and_counts_the_same(database: Database, seed: int) -> None:
    registers = made_up(seed, pupils=8)
    sheet = sheet_of(lines(registers))
    with database.tenant(TENANT) as conn:
        pages.write(conn, TENANT, SCHOOL, YEAR, sheet, 7)
        (page,) = pages.pages(conn, TENANT, YEAR)
        again = pages.read(conn, TENANT, [page], YEAR)[page.school]
    assert page.known_at == 7
    assert [one.student for one in again.pupils] == [one.student for one in sheet.pupils]
    assert again.pupils[1:3] == [again.pupils[1], again.pupils[2]]
    assert counted(again, registers) == counted(sheet, registers)


def test_a_year_that_is_written_again_takes_the_place_of_the_old_one(database: Database) -> None:
    with database.tenant(TENANT) as conn:
        for seed, known_at in ((1, 3), (2, 9)):
            pages.write(conn, TENANT, SCHOOL, YEAR, sheet_of(lines(made_up(seed))), known_at)
        (page,) = pages.pages(conn, TENANT, YEAR)
        again = pages.read(conn, TENANT, [page], YEAR)[page.school]
    assert page.known_at == 9
    assert counted(again, made_up(2)) == counted(sheet_of(lines(made_up(2))), made_up(2))


def test_another_tenant_sees_no_line(database: Database) -> None:
    with database.tenant(TENANT) as conn:
        pages.write(conn, TENANT, SCHOOL, YEAR, sheet_of(lines(made_up(1))), 3)
        (page,) = pages.pages(conn, TENANT, YEAR)
    with database.tenant(OTHER_TENANT) as conn:
        assert pages.pages(conn, TENANT, YEAR) == []
        assert len(pages.read(conn, TENANT, [page], YEAR)[page.school].pupils) == 0

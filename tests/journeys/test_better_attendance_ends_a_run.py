"""Attendance that got better in the register ends what still runs for the family."""

from collections.abc import Sequence
from datetime import date, time
from pathlib import Path

import pytest

from domain.playbook_run.commands import PauseRun
from domain.playbook_run.events import PauseReason
from infrastructure.store.database import Database
from tests.journeys.test_absence_to_letter import approve, queue_of, runs_of
from tests.support.town import TENANT, Town, town_on

pytestmark = [pytest.mark.postgres, pytest.mark.journey]
BEFORE = "PPFPP" * 4  # forty sessions, and eight of them missed
SPELL = "FF"
FORTY_SESSIONS = 20  # school days, after which the register is asked whether it got better


def told(town: Town, days: Sequence[date], codes: str) -> None:
    """Import some days of the register at once, and let the evening of the last one come."""
    marked = zip(days, codes, strict=True)
    rows = "".join(f"P1,{day},DAY,{code}\nP2,{day},DAY,P\n" for day, code in marked)
    path = town.folder / f"until-{days[-1]}.csv"
    path.write_text("student,date,session,code\n" + rows, encoding="utf-8")
    town.at(days[-1], time(16, 0))
    assert town.importer.csv("marks", path, "S1", today=days[-1]).imported
    town.at(days[-1], time(17, 30))


@pytest.mark.parametrize(("codes", "end"), [("P", "STOPPED"), ("FP", "PAUSED")])
def test_forty_sessions_in_the_register_say_whether_it_got_better(
    database: Database, tmp_path: Path, codes: str, end: str
) -> None:
    """000-100 ATTENDANCE_IMPROVED is read from the days of the register; with every other day
    missed nothing ends. 000-184: against what the register said before.
    """
    with town_on(database, tmp_path) as town:
        days = town.days(date(2025, 9, 1), 22 + FORTY_SESSIONS + 7)
        told(town, days[:22], BEFORE + SPELL)
        approve(town, queue_of(town)[0])
        for run in runs_of(town):  # held, so that it is still open in a month
            hold = PauseRun(run.run_id, run.school_id, PauseReason.MANUAL)
            town.house.ledger.execute(hold, tenant=TENANT, by="staff:head")
        told(town, days[22:], (codes * len(days))[: len(days) - 22])
        ends = {(run.status, run.stop_reason) for run in runs_of(town)}
        assert ends == {(end, "ATTENDANCE_IMPROVED" if end == "STOPPED" else None)}

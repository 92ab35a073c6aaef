"""Two hundred school years of timers: nothing early, twice, at night, too late or too often."""

from datetime import datetime, timedelta
from typing import Final

import pytest

from domain.contact_day import aggregate
from domain.playbook_run.timing import Hours
from tests.properties.year import Year

SEEDS: Final = 200
BLOCKS: Final = 4


def lived(seed: int) -> Year:
    year = Year(seed)
    year.live()
    return year


@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_year_leaves_nobody_out_and_disturbs_nobody(block: int) -> None:
    """RELIABILITY R11; 000-044, 000-090, 000-094. Trap 19, trap 35.

    Over zones of the tz database, both clock changes, closures that change, outages of a day and
    more, and a clock that jumps.
    """
    for seed in range(block, SEEDS, BLOCKS):
        year = lived(seed)
        assert not year.faults, f"seed {seed}: {year.faults[:3]}"
        assert max(year.named.values(), default=1) == 1, f"seed {seed}: said twice"
        assert not year.over_budget(), f"seed {seed}"
        assert not year.left_open(), f"seed {seed}: {year.left_open()[:3]}"


def test_the_years_show_what_they_are_about() -> None:
    """Without this they could be quiet years."""
    years = [lived(seed) for seed in range(40)]
    shown = {why for year in years for why in year.shown()}
    assert {
        *("DAY_FULL", "LATER_DAY", "PLACE_NOT_SETTLED", "OUTSIDE_HOURS", "SAID_WITH_A_SIBLING"),
        *("EXPIRED", "joined", "sent"),
    } <= shown


def test_a_house_without_hours_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def always(self: Hours, at: datetime) -> bool:
        del self, at
        return True

    def at_once(self: Hours, on: object, not_before: datetime) -> datetime:
        del self, on
        return not_before + timedelta(hours=7)

    monkeypatch.setattr(Hours, "lawful", always)

    monkeypatch.setattr(Hours, "first_moment", at_once)
    assert any(lived(seed).faults for seed in range(5))


def test_a_house_without_budgets_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregate, "MOST_A_DAY", 99)
    assert any(lived(seed).over_budget() for seed in range(40))

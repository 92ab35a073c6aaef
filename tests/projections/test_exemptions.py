"""On which days rules leave a student alone, as people and the evening's rules read it."""

from datetime import date

from domain.exemption.events import ExemptionEnded, ExemptionGranted
from domain.register_batch.events import BatchRecorded
from projections.exemptions import EXEMPTIONS
from tests.support.examples import STUDENT, TODAY, but, example
from tests.support.following import project, recorded

GRANTED, ENDED = example(ExemptionGranted), example(ExemptionEnded)


def test_an_exemption_shows_its_days_and_what_it_changes_and_not_why() -> None:
    row = project(EXEMPTIONS, GRANTED).row
    (line,) = row.exemptions
    assert (row.student_id, line.starts_on, line.until) == (STUDENT, TODAY, GRANTED.until)
    assert line.reason_ref == GRANTED.reason_ref


def test_an_exemption_is_over_with_its_last_day_without_anybody_doing_anything() -> None:
    (line,) = project(EXEMPTIONS, GRANTED).row.exemptions
    days = (date(2025, 9, 22), TODAY, date(2025, 10, 3), date(2025, 10, 4))
    assert [line.holds_on(day) for day in days] == [False, True, True, False]
    (endless,) = project(EXEMPTIONS, but(ExemptionGranted, until=None)).row.exemptions
    assert endless.holds_on(date(2026, 6, 26))


def test_an_ended_exemption_stays_on_record_and_holds_no_more() -> None:
    other = but(ExemptionGranted, exemption=STUDENT)
    first, second = project(EXEMPTIONS, GRANTED, other, ENDED).row.exemptions
    assert first.ended_at is not None
    assert not first.holds_on(TODAY)
    assert second.holds_on(TODAY)


def test_what_is_about_something_else_changes_no_exemption() -> None:
    assert EXEMPTIONS.keys(recorded(example(BatchRecorded))) == ()
    assert EXEMPTIONS.evolve(None, recorded(example(BatchRecorded)), "x") is None

"""Corrections: an old day is asked by what was entered then, and what stood on it goes along."""

from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import pytest

from domain.attendance.lines import Lines
from domain.attendance.metrics import Denominator
from domain.attendance.rules import RuleSet, shipped_rule_set
from domain.evaluation.events import LookKind
from domain.intervention.commands import ExplainAbsence, ReinstateStage, WithdrawStage
from domain.shared.ids import TenantId
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.accounts import intent_of
from infrastructure.runtime.correcting import corrections
from infrastructure.runtime.evaluating import planned
from infrastructure.runtime.judging import Known, judge
from projections.definitions import RuleSetRow
from projections.ladders import InterventionRow
from projections.stage_lines import FiringLine, StageLine
from tests.support.examples import CASE, INTERVENTION, RULE_SET
from tests.support.roll_book import CALENDAR, OPEN, SCHOOL, line, whole

TX, IE = shipped_rule_set("us-tx-default-1"), shipped_rule_set("ie-default-1")
NOW: Final = datetime(2025, 9, 1, tzinfo=UTC)
PLACE: Final = SchoolRow(SCHOOL, "test", "S1", "T", "IE", "Europe/Dublin", "ie", Denominator.MARKS)
WHO: Final = line({}).student


def stage(name: str, fired: date, entered: date | None = None, **more: Any) -> StageLine:
    """A stage that fired on a day, and was entered."""
    status = "PROPOSED" if entered is None else "ENTERED"
    said: dict[str, Any] = {
        "track": name,
        "evaluated_on": fired,
        "entered_on": entered,
        "known_at": 1,
    }
    line = StageLine(name, status, NOW, **(said | more))
    if entered is None:
        return line
    return line.but(firings=(*line.firings, fired_before(line.firing, fired, entered, **more)))


def fired_before(number: int, fired: date, entered: date, **more: Any) -> FiringLine:
    """One firing that was entered."""
    void = bool(more.get("unsupported"))
    return FiringLine(number, fired, 1, entered, void)


def row(*stages: StageLine, **more: Any) -> InterventionRow:
    ids = (INTERVENTION, WHO, SCHOOL, CASE, RULE_SET, date(2025, 9, 1), "ACTIVE", NOW)
    return InterventionRow(*ids, stages=stages, **more)


def known(rules: RuleSet, on: date, marks: dict[date, str], *rows: InterventionRow) -> Known:
    """What an evening knows of one pupil about whose first day something was learned."""
    return Known(
        school=PLACE,
        on=on,
        rules=rules,
        row=RuleSetRow(RULE_SET, 1, "x", {}, NOW, 1),
        position=9,
        calendar=CALENDAR,
        lines=Lines.of([line(marks)]),
        rows={one.student_id: one for one in rows if not one.same_day},
        contacts={one.student_id: one for one in rows if one.same_day},
        learned={WHO: OPEN[0]},
    )


def words(found: Known) -> list[tuple[str, str]]:
    return [(step.stage, step.word) for step in corrections(found).steps]


def test_an_old_day_is_asked_by_the_entries_of_that_day() -> None:
    """A warning of October that came again in March still carries the measures of October."""
    marks = whole("U", [1, 2, 3, 100, 101, 102])
    october = fired_before(1, OPEN[6], OPEN[8])
    warning = stage("WARNING_NOTICE", OPEN[105], OPEN[106], firing=2, firings=(october,))
    measures = stage("PREVENTION_MEASURES", OPEN[10], OPEN[11])
    assert words(known(TX, OPEN[110], marks, row(warning, measures))) == []
    never_before = warning.but(firings=warning.firings[1:])
    assert words(known(TX, OPEN[110], marks, row(never_before, measures))) == [
        ("PREVENTION_MEASURES", "UNSUPPORTED")
    ]


def test_what_stood_on_a_stage_that_lost_its_cause_goes_along_the_same_evening() -> None:
    """ARCHITECTURE 1.6: later stages are recounted, and come back together with the first."""
    warning, measures = (
        stage("WARNING_NOTICE", OPEN[6], OPEN[8]),
        stage("PREVENTION_MEASURES", OPEN[10], OPEN[11]),
    )
    lost = known(TX, OPEN[20], whole("U", [1, 2]), row(warning, measures))
    assert words(lost) == [
        ("WARNING_NOTICE", "UNSUPPORTED"),
        ("PREVENTION_MEASURES", "UNSUPPORTED"),
    ]
    void = row(*(one.told(1, unsupported=True) for one in (warning, measures)))
    again = known(TX, OPEN[20], whole("U", [1, 2, 3]), void)
    assert words(again) == [("WARNING_NOTICE", "REINSTATED"), ("PREVENTION_MEASURES", "REINSTATED")]
    assert all(isinstance(s.command, ReinstateStage) for s in corrections(again).steps)


def test_what_lost_its_cause_tonight_carries_nothing_tonight() -> None:
    """The rest of the evening goes by what the correction left; before, it went by the rows."""
    warning = stage("WARNING_NOTICE", OPEN[6], OPEN[8])
    still = known(TX, OPEN[20], whole("U", [1, 2, 3]), row(warning))
    lost = known(TX, OPEN[20], whole("U", [1, 2]), row(warning))
    for found, expected in ((still, ["PREVENTION_MEASURES"]), (lost, ["WARNING_NOTICE"])):
        plan = planned(TenantId(UUID(int=1)), found, judge(found), LookKind.NIGHTLY)
        assert [step.stage for step in plan.steps if step.word != "CHECKED"] == expected


def test_what_is_taken_back_tonight_is_asked_anew_tonight() -> None:
    """A letter proposed on five days, of which one was none, is withdrawn; six others carry it."""
    letter = stage("LETTER_1", OPEN[5], track="SUPPORT")
    found = known(IE, OPEN[40], whole("I", range(20, 36)), row(letter))
    plan = planned(TenantId(UUID(int=1)), found, judge(found), LookKind.NIGHTLY)
    mine = [
        (step.word, type(step.command).__name__)
        for step in plan.steps
        if step.stage == letter.stage
    ]
    assert mine == [("WITHDRAWN", "WithdrawStage"), ("PROPOSED", "ProposeStage")]


@pytest.mark.parametrize("status", ["WITHDRAWN", "EXPLAINED", "DECLINED", "DROPPED"])
def test_an_entry_is_asked_by_its_own_day_and_not_by_that_of_a_later_proposal(status: str) -> None:
    """The line tells of the second firing; the first was entered on a day of its own."""
    entry = fired_before(1, OPEN[20], OPEN[21])
    since = stage("LETTER_1", OPEN[30], track="SUPPORT", firing=2, firings=(entry,))
    since = since.but(status=status, entered_on=OPEN[21])
    for absent, expected in ((range(15), []), (range(3, 21), []), (range(12, 31), ["UNSUPPORTED"])):
        found = known(IE, OPEN[40], whole("I", absent), row(since))
        assert [word for _, word in words(found)] == expected


def test_each_firing_is_asked_by_its_own_day() -> None:
    """An old spell of which something is learned after a newer one fired is told of, too."""
    twice = stage(
        *("WARNING_NOTICE", OPEN[105], OPEN[106]),
        firing=2,
        firings=(fired_before(1, OPEN[6], OPEN[8]),),
    )
    both = [*range(1, 4), *range(100, 103)]
    for absent, lost in ((both, []), (both[3:], [1]), (both[:3], [2]), ([], [1, 2])):
        steps = corrections(known(TX, OPEN[110], whole("U", absent), row(twice))).steps
        assert [step.command.firing for step in steps] == lost  # type: ignore[attr-defined]  # each
        assert {step.word for step in steps} <= {"UNSUPPORTED"}
    void = twice.told(1, unsupported=True)
    (back,) = corrections(known(TX, OPEN[110], whole("U", both), row(void))).steps
    assert isinstance(back.command, ReinstateStage)
    assert back.command.firing == 1


def test_commands_about_two_firings_of_a_stage_are_two_commands() -> None:
    """The id of a command names what it asks; the answer to one must not stand for the other."""
    twice = stage(
        *("WARNING_NOTICE", OPEN[105], OPEN[106]),
        firing=2,
        firings=(fired_before(1, OPEN[6], OPEN[8]),),
    )
    found = known(TX, OPEN[110], {}, row(twice))
    intents = [intent_of(TenantId(UUID(int=1)), s.command, found) for s in corrections(found).steps]
    assert len({one.command_id for one in intents}) == len(intents) == 2


def test_a_day_after_the_one_that_is_looked_at_is_none_of_its_business() -> None:
    """A look at an older day sees no mark of what fired since."""
    letter = stage("LETTER_1", OPEN[20], OPEN[21], track="SUPPORT")
    assert words(known(IE, OPEN[10], {}, row(letter))) == []
    assert words(known(IE, OPEN[20], {}, row(letter))) == [("LETTER_1", "UNSUPPORTED")]


def test_older_contacts_are_explained_beside_the_newest() -> None:
    """Trap 26: a note that covers last week answers last week's texts, and not today's."""
    twice = stage(
        *("SAME_DAY_TEXT", OPEN[5], OPEN[5]),
        firing=2,
        firings=(fired_before(1, OPEN[0], OPEN[0]),),
    )
    marks = whole("I", [0]) | whole("N", [5])
    (step,) = corrections(known(IE, OPEN[5], marks, row(twice, same_day=True))).steps
    assert isinstance(step.command, ExplainAbsence)
    assert step.command.firing == 1
    told = twice.told(1, explained=True)
    assert words(known(IE, OPEN[5], marks, row(told, same_day=True))) == []


def test_a_correction_names_the_firing_that_it_is_about() -> None:
    letter = stage("LETTER_1", OPEN[5], OPEN[6], track="SUPPORT", firing=2)
    (step,) = corrections(known(IE, OPEN[40], {}, row(letter))).steps
    assert isinstance(step.command, WithdrawStage)
    assert step.command.firing == 2


def contact(**more: Any) -> InterventionRow:
    return row(stage("SAME_DAY_TEXT", OPEN[0], OPEN[0], **more), same_day=True)


def test_an_absence_that_is_explained_later_has_done_its_contact() -> None:
    """Trap 26: N at 09:45 that becomes I. It was right to ask, so nothing lost its cause."""
    found = known(IE, OPEN[0], whole("I", [0]), contact())
    (step,) = corrections(found).steps
    assert step.word == "EXPLAINED"
    assert isinstance(step.command, ExplainAbsence)
    assert words(known(IE, OPEN[0], whole("I", [0]), contact(fulfilled_on=OPEN[0]))) == []
    assert words(known(IE, OPEN[0], whole("N", [0]), contact())) == []


def test_a_child_who_was_there_after_all_is_a_correction() -> None:
    (step,) = corrections(known(IE, OPEN[0], {}, contact())).steps
    assert (step.word, type(step.command)) == ("UNSUPPORTED", WithdrawStage)
    waits = row(stage("SAME_DAY_TEXT", OPEN[0]), same_day=True)
    assert words(known(IE, OPEN[0], whole("L", [0]), waits)) == [("SAME_DAY_TEXT", "WITHDRAWN")]


def test_a_stage_that_a_person_decided_is_not_taken_back_by_marks() -> None:
    referral = stage("COURT_REFERRAL", OPEN[30], OPEN[31])
    assert words(known(TX, OPEN[40], {}, row(referral))) == []
    unknown = stage("OF_ANOTHER_VERSION", OPEN[30], OPEN[31])
    assert words(known(TX, OPEN[40], {}, row(unknown))) == [("OF_ANOTHER_VERSION", "UNSUPPORTED")]

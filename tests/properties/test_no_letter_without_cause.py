"""Nothing leaves whose cause is void at the moment of dispatch, whatever is corrected when.

One pupil, a made-up term, a person who posts letters, and a sender of texts: marks come, are
corrected and corrected back, closures are entered afterwards, and looks happen or do not. What is
right is counted by hand from the marks, not by the rules' own arithmetic.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as some

from domain.attendance.codes import DayCounting, MarkStatus
from domain.attendance.lines import Lines
from domain.attendance.metrics import Denominator
from domain.attendance.register_line import Mark, Pupil, Session, register_line
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import SchoolDays, Term
from domain.evaluation.events import LookKind
from domain.intervention.commands import ApproveStage, intervention_id
from domain.intervention.events import StageEntered
from domain.kernel.commands import Command
from domain.kernel.recorded import Told
from domain.letter.commands import ConfirmPosted, RecordRendered, RequestLetter, letter_id
from domain.letter.events import LetterPosted
from domain.message.commands import AttemptMessage, RequestMessage
from domain.message.events import MessageAttempted
from domain.playbook_run.commands import StartRun
from domain.rule_set.events import RuleSetActivated
from domain.shared.ids import MessageId, RunId, derived_id
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.correcting import corrections
from infrastructure.runtime.evaluating import planned
from infrastructure.runtime.judging import Known, judge
from projections.definitions import RULE_SETS, RuleSetRow
from projections.interventions import INTERVENTIONS, InterventionRow
from tests.properties.town import START, Town
from tests.support.examples import (
    GUARDIAN,
    RULE_SET,
    SCHOOL,
    STUDENT,
    TENANT,
    but,
)
from tests.support.following import project

LEAST = 5
RULES = RuleSet.model_validate(
    {
        "id": "letters",
        "schoolYear": {"start": "09-01"},
        "stages": [
            {
                "order": 1,
                "type": "LETTER_1",
                "approval": "STAFF",
                "trigger": {
                    "metric": "ABSENT_DAYS",
                    "value": LEAST,
                    "window": {"type": "SCHOOL_YEAR"},
                },
            }
        ],
    }
)
FIRST = date(2025, 9, 1)
TERM = Term(FIRST, date(2025, 12, 19))
DAYS = [FIRST + timedelta(days=n) for n in range(45) if (FIRST + timedelta(days=n)).weekday() < 5]
INTERVENTION = intervention_id(TENANT, STUDENT, RULE_SET, FIRST)
ROW = SchoolRow(SCHOOL, "test", "S1", "Test", "IE", "Europe/Dublin", "ie", Denominator.MARKS)
Act = tuple[str, int]
ACTS = some.lists(
    some.tuples(
        some.sampled_from(
            ["absent", "present", "absent", "close", "look", "approve", "post", "send"]
        ),
        some.integers(0, len(DAYS) - 1),
    ),
    min_size=10,
    max_size=60,
)


def by_day() -> Town:
    """Return a town at an hour at which families may be reached."""
    town = Town(1)
    town.now = START + timedelta(hours=2)
    return town


@dataclass
class School:
    """A register, one pupil's ladder, and a person at the letter box."""

    careful: bool = True
    rules: RuleSet = RULES
    town: Town = field(default_factory=by_day)
    absent: set[date] = field(default_factory=set)
    closed: set[date] = field(default_factory=set)
    learned: date | None = None
    reached: int = 0
    letters: dict[UUID, int] = field(default_factory=dict)

    def act(self, what: str, number: int) -> None:
        day = DAYS[number]
        if what in {"absent", "present", "close"}:
            self._learn(what, day)
        elif what == "look":
            self.reached = min(self.reached + 5, len(DAYS) - 1)
            self._look(every=True)
        elif what == "approve":
            self._approve()
        elif what == "send":
            self._send()
        else:
            self._post()

    def _learn(self, what: str, day: date) -> None:
        if what == "close":
            self.closed.symmetric_difference_update({day})
        elif what == "absent":
            self.absent.add(day)
        else:
            self.absent.discard(day)
        self.learned = min(self.learned or day, day)

    def known(self) -> Known:
        marks = [
            Mark(day, Session.DAY, "A", MarkStatus.ABSENT_AUTHORISED)
            if day in self.absent
            else Mark(day, Session.DAY, "P", MarkStatus.PRESENT)
            for day in DAYS
        ]
        calendar = SchoolDays((TERM,), closed=frozenset(self.closed))
        pupil = Pupil(STUDENT, SCHOOL, "P1")
        line = register_line(pupil, marks, DayCounting.WHOLE_DAYS, calendar)
        row = self.row()
        return Known(
            school=ROW,
            on=DAYS[self.reached],
            rules=self.rules,
            row=rule_set_row(),
            position=1,
            calendar=calendar,
            lines=Lines.of([line]),
            rows={} if row is None else {STUDENT: row},
            learned={} if self.learned is None else {STUDENT: self.learned},
        )

    def row(self) -> InterventionRow | None:
        row: InterventionRow | None = None
        for stream, version, event, at in self.town.log:
            if stream == INTERVENTION:
                told = Told(
                    tenant=TENANT,
                    stream=stream,
                    version=version,
                    position=version,
                    event=event,
                    occurred_at=at,
                    recorded_at=at,
                )
                row = INTERVENTIONS.evolve(row, told, str(stream))
        return row

    def _look(self, *, every: bool) -> None:
        known = self.known()
        if every:
            plan = planned(TENANT, known, judge(known), LookKind.NIGHTLY)
            steps = plan.steps
            self.learned = None
        else:
            steps = corrections(known).steps
        for step in steps:
            self._tell(step.command)

    def _approve(self) -> None:
        state: Any = self.town.stream("intervention", INTERVENTION).state
        if state.opened is None or "LETTER_1" not in state.proposed:
            return
        opened = state.opened
        about = (STUDENT, SCHOOL, opened.case_id)
        done = self._tell(ApproveStage(INTERVENTION, *about, "LETTER_1"))
        for entered in [fact for fact in done if type(fact).__name__ == "StageEntered"]:
            letter = letter_id(INTERVENTION, "LETTER_1", GUARDIAN, firing=entered.firing)
            asked = but(
                RequestLetter,
                letter_id=letter,
                intervention_id=INTERVENTION,
                case_id=opened.case_id,
                requested_on=entered.entered_on,
            )
            self._tell(asked)
            self._tell(but(RecordRendered, letter_id=letter))
            self.letters[letter] = entered.firing
            self._start(entered)

    def _start(self, entered: StageEntered) -> None:
        """Ask for the text that the stage's run begins with."""
        run = RunId(derived_id("run", entered.stage, entered.firing))
        about = {"run_id": run, "intervention_id": INTERVENTION}
        self._tell(but(StartRun, **about, firing=entered.firing))
        message = MessageId(derived_id("message", run))
        self._tell(but(RequestMessage, message_id=message, **about))

    def _send(self) -> None:
        if self.careful:
            self._look(every=False)  # as the sender does just before
        for stream, message in self.town.all_of("message"):
            about = {"run_id": message.past.requested.run_id, "intervention_id": INTERVENTION}
            wish = but(AttemptMessage, message_id=stream, **about)
            if any(isinstance(fact, MessageAttempted) for fact in self._tell(wish)):
                run: Any = self.town.stream("playbook_run", message.past.requested.run_id).state
                self._holds(run.past.started.stage, run.past.started.firing)

    def _post(self) -> None:
        if self.careful:
            self._look(every=False)  # as the door does just before
        for stream, letter in self.town.all_of("letter"):
            wish = but(
                ConfirmPosted,
                letter_id=stream,
                case_id=letter.requested.case_id,
                intervention_id=INTERVENTION,
            )
            if any(isinstance(fact, LetterPosted) for fact in self._tell(wish)):
                self._holds(letter.requested.stage, self.letters[stream])

    def _holds(self, stage: str, firing: int) -> None:
        """Count by hand: the stage's own day must still have its days of absence."""
        state: Any = self.town.stream("intervention", INTERVENTION).state
        day = state.firings.decided[stage, firing].evaluated_on
        counted = [on for on in self.absent - self.closed if FIRST <= on <= day]
        assert len(counted) >= LEAST, f"left with {len(counted)} days until {day}"

    def _tell(self, command: Command) -> Sequence[Any]:
        return self.town.execute(command, "staff:7").facts


def rule_set_row() -> RuleSetRow:
    """Return the rule set as a read model has it."""
    row = project(RULE_SETS, but(RuleSetActivated, definition={})).row
    return row.but(rule_set_id=RULE_SET)


def live(acts: Sequence[Act], *, careful: bool = True) -> School:
    school = School(careful=careful)
    for what, number in acts:
        school.act(what, number)
    return school


@settings(max_examples=150, deadline=None)
@examples(ACTS)
def test_nothing_leaves_whose_cause_is_void_at_dispatch(acts: list[Act]) -> None:
    """DOMAIN trap 27 and promise 6: before dispatch a correction holds what lost its cause."""
    live(acts)


STORY: list[Act] = [
    *(("absent", n) for n in range(LEAST)),
    ("look", 0),
    ("look", 0),
    ("approve", 0),
]


def test_a_letter_whose_cause_stands_is_posted() -> None:
    posted = live([*STORY, ("post", 0)]).town.log
    assert sum(isinstance(event, LetterPosted) for _, _, event, _ in posted) == 1


def test_a_text_whose_cause_stands_is_sent() -> None:
    sent = live([*STORY, ("send", 0)]).town.log
    assert sum(isinstance(event, MessageAttempted) for _, _, event, _ in sent) == 1


@pytest.mark.parametrize("leaves", ["post", "send"])
@pytest.mark.parametrize("correction", ["present", "close"])
def test_without_the_last_look_what_is_void_leaves(correction: str, leaves: str) -> None:
    """The control: the same story, without the look before dispatch, must break the promise."""
    story = [*STORY, (correction, 0), (leaves, 0)]
    with pytest.raises(AssertionError, match="left with 4 days"):
        live(story, careful=False)
    left = live(story).town.log
    assert not any(isinstance(event, LetterPosted | MessageAttempted) for _, _, event, _ in left)


def test_a_cause_that_came_back_lets_the_letter_leave() -> None:
    """A further correction gives the cause back before anybody posted."""
    story = [*STORY, ("present", 0), ("look", 0), ("absent", 0), ("look", 0), ("post", 0)]
    posted = live(story).town.log
    assert sum(isinstance(event, LetterPosted) for _, _, event, _ in posted) == 1

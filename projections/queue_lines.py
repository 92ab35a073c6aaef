"""Lines of the queue: what one intervention, letter, meeting or message asks of people.

An intervention may ask several things at once, one for each stage: a second track's proposal never
hides the first. So a row holds the lines of its stream, and the page takes them apart.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.shared.guards import Finding, Guard
from domain.shared.ids import SchoolId, StudentId
from domain.shared.numbers import DecidingNumbers
from projections.kit import Row


class Action(StrEnum):
    """What a person is asked to do."""

    APPROVE_STAGE = "APPROVE_STAGE"
    ARRANGE_MEETING = "ARRANGE_MEETING"
    REVIEW_CORRECTION = "REVIEW_CORRECTION"
    ESCALATE = "ESCALATE"
    FULFIL_DUTY = "FULFIL_DUTY"
    TELL_WORKER = "TELL_WORKER"
    POST_LETTER = "POST_LETTER"
    MEND_LETTER = "MEND_LETTER"
    HOLD_MEETING = "HOLD_MEETING"
    RECORD_OUTCOME = "RECORD_OUTCOME"
    SETTLE_MESSAGE = "SETTLE_MESSAGE"
    FIX_CONTACT = "FIX_CONTACT"
    SEE_TO_MESSAGE = "SEE_TO_MESSAGE"
    SETTLE_MARK = "SETTLE_MARK"
    ASK_WHO_MAY_KNOW = "ASK_WHO_MAY_KNOW"
    FIND_GUARDIAN = "FIND_GUARDIAN"
    SEE_TO_PAST_DUE = "SEE_TO_PAST_DUE"
    DO_TASK = "DO_TASK"
    DECIDE_RUNS = "DECIDE_RUNS"
    NONE = "NONE"


class QueueLine(Row):
    """One thing to do. `subject` is the intervention, letter, meeting or message it is about.

    `due_on` is the last day of a clock of the law, which ran from `qualified_on`; that it passed is
    on record since `told_past_due_at`. `asked` is who is asked first, absent: anybody. `reasons`
    say the numbers in words.
    `guards` have to hold before a stage is approved, with the questions to a person; `findings` are
    what software found when it was proposed, by `proposed_by`, who is empty for the rules.
    `firing` says the how-manieth time of the stage it is about.
    """

    line: str
    subject: UUID
    subject_kind: str
    school_id: SchoolId
    student_id: StudentId
    action: Action
    stage: str
    waiting_since: datetime
    track: str = ""
    numbers: tuple[DecidingNumbers, ...] = ()
    reasons: tuple[str, ...] = ()
    evaluated_on: date | None = None
    approval: str = ""
    due_on: date | None = None
    qualified_on: date | None = None
    told_past_due_at: datetime | None = None
    asked: str | None = None
    proposed_by: str = ""
    guards: tuple[Guard, ...] = ()
    findings: tuple[Finding, ...] = ()
    firing: int = 1


class QueueRow(QueueLine):
    """A line as a page shows it: with who has taken it, and whether its clock has run out."""

    owner: str | None = None
    past_due: bool = False


class QueueStream(Row):
    """What one intervention, letter, meeting or message asks of people. `lines` may be none."""

    subject: UUID
    subject_kind: str
    school_id: SchoolId
    student_id: StudentId
    stage: str = ""
    same_day: bool = False
    due_on: date | None = None
    action: Action = Action.NONE
    needs_person: bool = False
    lines: tuple[QueueLine, ...] = ()

    def line(self, stage: str) -> QueueLine | None:
        """Return what is asked about a stage, corrections apart."""
        review = Action.REVIEW_CORRECTION
        mine = (one for one in self.lines if one.stage == stage and one.action is not review)
        return next(mine, None)

    def asking(self, action: Action, stage: str, at: datetime, **more: Any) -> "QueueStream":
        """Return the row with one thing asked about a stage, instead of what was asked before.

        A correction of one firing stands beside what is asked about another.
        """
        review, firing = Action.REVIEW_CORRECTION, more.get("firing", 1)
        line = QueueLine(
            line=f"{self.subject}:{stage}" + (f":{firing}" if action is review else ""),
            subject=self.subject,
            subject_kind=self.subject_kind,
            school_id=self.school_id,
            student_id=self.student_id,
            action=action,
            stage=stage,
            waiting_since=at,
            **more,
        )
        rest = (
            one
            for one in self.lines
            if one.stage != stage or (one.firing != firing and review in {action, one.action})
        )
        return self.with_lines(*rest, line)

    def done(self, stage: str, *actions: Action, firing: int | None = None) -> "QueueStream":
        """Return the row without what was asked about a stage: these things, or anything.

        With a firing, what was asked about another one stays.
        """
        left = tuple(
            one
            for one in self.lines
            if one.stage != stage
            or (actions and one.action not in actions)
            or firing not in {None, one.firing}
        )
        return self.with_lines(*left)

    def with_line(self, line: QueueLine) -> "QueueStream":
        """Return the row with a line in place of the one of the same name."""
        return self.with_lines(*(line if one.line == line.line else one for one in self.lines))

    def with_lines(self, *lines: QueueLine) -> "QueueStream":
        """Return the row asking exactly these things. `action` is the newest of them."""
        action = lines[-1].action if lines else Action.NONE
        return self.but(lines=lines, action=action, needs_person=bool(lines))

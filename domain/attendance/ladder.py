"""A rule set as a ladder, and what people did about it: the inputs of every what-if."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from domain.attendance.rules import Approval, Rearm, RuleSet, Stage
from domain.shared.ids import StudentId


class Rung(NamedTuple):
    """A stage, and the school days that must lie between it and the last one of its track."""

    stage: Stage
    gap: int

    @property
    def name(self) -> str:
        """What facts call the stage."""
        return self.stage.key

    @property
    def needs(self) -> tuple[str, ...]:
        """Stages that must have been entered before."""
        return self.stage.needs

    @property
    def again(self) -> Rearm:
        """How often the stage may be reached."""
        return self.stage.armed_for

    @property
    def asks_nobody(self) -> bool:
        """Whether the stage is entered on the evening that proposes it."""
        return self.stage.approval is Approval.AUTO


def rungs(rule_set: RuleSet) -> list[Rung]:
    """Return the stages in order; the one before it in its track asks for the gap."""
    gaps: dict[str, int] = {}
    found = []
    for stage in rule_set.every_stage:
        found.append(Rung(stage, gaps.get(stage.track, 0)))
        gaps[stage.track] = stage.days_before_next_stage or 0
    return found


class Assumed(NamedTuple):
    """What is taken for granted where nobody's answer is on record.

    A person says yes on the so-manieth school day after the proposal; None: nobody ever does.
    """

    school_days: int | None = 1

    @property
    def words(self) -> str:
        """The assumption, as it is printed beside the answer."""
        recorded = "approvals and refusals on record count on their own day"
        if self.school_days is None:
            return f"{recorded}; where none is on record, nobody approves"
        n = self.school_days
        days = "one school day" if n == 1 else f"{n} school days"
        return f"{recorded}; where none is on record, a person approves {days} later"


class Away(NamedTuple):
    """Days on which nothing may be proposed about a pupil, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class Acts:
    """What people did about pupils. Recorded acts go into a what-if; they never come out of one.

    `approved` and `declined` hold the day of each answer, by stage. `away` are exemptions, and the
    days after a case was closed.
    """

    approved: Mapping[StudentId, Mapping[str, date]] = field(default_factory=dict)
    declined: Mapping[StudentId, Mapping[str, date]] = field(default_factory=dict)
    away: Mapping[StudentId, Sequence[Away]] = field(default_factory=dict)

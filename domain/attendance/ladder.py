"""A rule set as a ladder, and what people did about it: the inputs of every what-if."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from domain.attendance.rules import Approval, Rearm, RuleSet, Stage
from domain.attendance.triggers import OF_TODAY
from domain.shared.ids import StudentId

CASE_CLOSED: Final = "CASE_CLOSED"
EXEMPTION: Final = "EXEMPTION"
SAME_DAY: Final = "SAME_DAY"
_DUTY_STOPS: Final = ("LEFT_ROLL",)


class Rung(NamedTuple):
    """A stage, and the school days that must lie between it and the last one of its track.

    `stops` names what holds it back beside order, gaps and guards (None: whatever there is);
    `approval` who is asked.
    """

    stage: Stage
    gap: int
    stops: tuple[str, ...] | None
    approval: Approval

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
        return self.approval is Approval.AUTO

    @property
    def same_day(self) -> bool:
        """Whether the stage looks at the day itself, while school is open."""
        return self.stage.trigger.metric in OF_TODAY

    @property
    def track(self) -> str:
        """The stages that this one waits for: what happens on the day itself waits for none."""
        return f"{SAME_DAY} {self.name}" if self.same_day else self.stage.track

    def stopped_by(self, reason: str) -> bool:
        """Say whether a reason holds this stage back. A duty of the law knows fewer of them."""
        return self.stops is None or reason in self.stops


def rungs(rule_set: RuleSet, answered: Collection[str] | None = None) -> list[Rung]:
    """Return the stages in order; the one before it in its track asks for the gap.

    `answered` are the stages of the day itself for which a playbook is in use: where none says how
    to contact anybody, a person is asked to. None takes the rule set at its word.
    """
    gaps: dict[str, int] = {}
    found = []
    for stage in rule_set.every_stage:
        by_whom = _approval(stage)
        rung = Rung(stage, gaps.get(stage.track, 0), _stops(rule_set, stage), by_whom)
        if rung.same_day:
            by = Approval.AUTO if rung.name in (answered or ()) else Approval.STAFF
            rung = rung._replace(gap=0, approval=stage.approval if answered is None else by)
        else:
            gaps[stage.track] = stage.days_before_next_stage or 0
        found.append(rung)
    return found


def _approval(stage: Stage) -> Approval:
    """Return who says yes: what a person proposes is never let in by software."""
    by_software = stage.trigger.manual and stage.approval is Approval.AUTO
    return Approval.STAFF if by_software else stage.approval


def _stops(rule_set: RuleSet, stage: Stage) -> tuple[str, ...] | None:
    """Return what holds a stage back: what it says itself, else what its track is for."""
    if stage.stop_conditions:
        said = (CASE_CLOSED if name == "CASE_RESOLVED" else name for name in stage.stop_conditions)
        return tuple(dict.fromkeys(said))
    duty = any(one.id == stage.track and one.kind == "STATUTORY" for one in rule_set.tracks)
    return _DUTY_STOPS if duty else None


class Assumed(NamedTuple):
    """What is taken for granted where nobody's answer is on record.

    A person says yes on the so-manieth school day after the proposal; None: nobody ever does.
    """

    school_days: int | None = 1

    @property
    def words(self) -> str:
        """The assumption, as it is printed beside the answer."""
        recorded = "approvals and refusals on record count on their own day"
        guards = "work that would meet a guard is done when its stage is entered"
        if self.school_days is None:
            return f"{recorded}; where none is on record, nobody approves; {guards}"
        n = self.school_days
        days = "one school day" if n == 1 else f"{n} school days"
        return f"{recorded}; where none is on record, a person approves {days} later; {guards}"


class Away(NamedTuple):
    """Days on which something keeps rules away from a pupil, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class Acts:
    """What people did about pupils. Recorded acts go into a what-if; they never come out of one.

    `approved` and `declined` hold the day of each answer, by stage. `exempt` are exemptions,
    `closed` the days after a case was closed. `met` holds the first day of each guard that facts
    meet; `entered` are the stages that each pupil really entered.
    """

    approved: Mapping[StudentId, Mapping[str, date]] = field(default_factory=dict)
    declined: Mapping[StudentId, Mapping[str, date]] = field(default_factory=dict)
    exempt: Mapping[StudentId, Sequence[Away]] = field(default_factory=dict)
    closed: Mapping[StudentId, Sequence[Away]] = field(default_factory=dict)
    met: Mapping[StudentId, Mapping[str, date]] = field(default_factory=dict)
    entered: Mapping[StudentId, Collection[str]] = field(default_factory=dict)

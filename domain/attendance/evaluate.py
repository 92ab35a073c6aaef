"""Who has reached which stage, with the numbers that decided. A pure function.

The same pass serves one day and every day of a period, one pupil and a whole school.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np

from domain.attendance.conditions import Condition, reasons_not_computed
from domain.attendance.findings import Decided
from domain.attendance.metrics import Denominator
from domain.attendance.not_done import not_done
from domain.attendance.populations import Members
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet, Stage
from domain.attendance.sheet import Sheet, sheet_of
from domain.attendance.sheet_joining import only
from domain.attendance.standing import Entered, Prepared, entered_days, over_days, prepare
from domain.attendance.tally import SchoolFacts
from domain.shared.ids import SchoolId, StudentId

_ESTIMATED: Final = "possible days are estimated: a term was still running or cut by a window"
_NOT_KNOWN: Final = "of some pupils the age or year group is not known: nobody is left out for it"
EXCUSE: Final = "EXCUSE_UNKNOWN"
_NO_RATE: Final = "some pupils have no possible day in a window: no rate, so they do not qualify"


@dataclass(frozen=True, slots=True)
class Qualifier:
    """A pupil who has reached a stage, and every condition that said so."""

    student: StudentId
    school: SchoolId
    source_id: str
    decided: tuple[Decided, ...]
    not_known: tuple[str, ...] = ()

    def numbers(self) -> dict[str, Any]:
        """Return the numbers that decided: the first condition's, and all when several held."""
        said = self.decided[0].as_dict()
        if len(self.decided) > 1:
            said = {**said, "conditions": [one.as_dict() for one in self.decided]}
        return {**said, "not_known": list(self.not_known)} if self.not_known else said


@dataclass(frozen=True, slots=True)
class StageAnswer:
    """Who has reached one stage. `not_computed` says why others may have, too.

    `outside` are pupils at whom the condition holds and whom the rule set is not about. `open`
    counts pupils by what nobody has said of them: of those who have reached the stage the age or
    the year group, so that they may be outside; of others the excuse, so that they may have.
    """

    stage: Stage
    pupils: tuple[Qualifier, ...]
    not_computed: str | None = None
    outside: int = 0
    open: Mapping[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int | None:
        """How many pupils qualify; None where the trigger is not computed in full."""
        return len(self.pupils) if self.not_computed is None else None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The answer of a rule set about a day."""

    rule_set: str
    on: date
    stages: tuple[StageAnswer, ...]
    denominators: tuple[Denominator, ...]
    pupils_looked_at: int
    warnings: tuple[str, ...]


def evaluate(
    rule_set: RuleSet,
    on: date,
    lines: Iterable[RegisterLine],
    schools: Mapping[SchoolId, SchoolFacts],
    entered: Entered | None = None,
) -> Evaluation:
    """Return, for each stage in order, the pupils who have reached it on a day."""
    of_school = defaultdict(list)
    for line in lines:
        of_school[line.school].append(line)
    sheets = {school: sheet_of(found) for school, found in of_school.items()}
    return evaluate_sheets(rule_set, on, sheets, schools, entered)


def evaluate_sheets(
    rule_set: RuleSet,
    on: date,
    sheets: Mapping[SchoolId, Sheet],
    schools: Mapping[SchoolId, SchoolFacts],
    entered: Entered | None = None,
) -> Evaluation:
    """Do the same for schools whose pupils stand on one sheet each."""
    if rule_set.population.on_roll and rule_set.population.enrolled:
        sheets = {school: _there(sheet, on) for school, sheet in sheets.items()}
    sheets = {school: sheet for school, sheet in sheets.items() if len(sheet.pupils)}
    prepared = prepare(rule_set, following=entered is not None)
    looks = [
        _Look((rule_set, prepared), on, sheet, schools[school], entered)
        for school, sheet in sorted(sheets.items())
    ]
    notes = set[str]().union(*(look.notes() for look in looks))
    return Evaluation(
        rule_set=rule_set.id,
        on=on,
        stages=tuple(_answer(looks, place, *one) for place, one in enumerate(prepared.stages)),
        denominators=tuple(sorted({schools[school].denominator for school in sheets})),
        pupils_looked_at=sum(len(sheet.pupils) for sheet in sheets.values()),
        warnings=(*_remarks(rule_set, on), *_only_absences(looks), *sorted(notes)),
    )


def _there(sheet: Sheet, on: date) -> Sheet:
    """Return the lines of those who were on the roll on a day."""
    places = sheet.on_roll_of(on)
    return sheet if len(places) == len(sheet.pupils) else only(sheet, places)


def _answer(
    looks: Sequence["_Look"], place: int, stage: Stage, condition: Condition
) -> StageAnswer:
    found = [one for look in looks for one in look.found(place)]
    found.sort(key=lambda one: (one.source_id, one.school, one.student))
    why = "; ".join(reasons_not_computed(condition)) or None
    unsaid = Counter(name for one in found for name in one.not_known)
    unsaid[EXCUSE] = 0 if why else sum(look.may_have(place) for look in looks)
    outside = sum(look.outside(place) for look in looks)
    return StageAnswer(stage, tuple(found), why, outside, dict(+unsaid))


class _Look:
    """One school on one day."""

    def __init__(
        self,
        rules: tuple[RuleSet, Prepared],
        on: date,
        sheet: Sheet,
        facts: SchoolFacts,
        entered: Entered | None,
    ) -> None:
        self.sheet = sheet
        self.facts = facts
        known = None if entered is None else entered_days(entered, sheet.pupils)
        self._stages = over_days(rules[0], [on], sheet, facts, known, prepared=rules[1])

    def found(self, place: int) -> list[Qualifier]:
        """Return who has reached a stage."""
        stage = self._stages[place]
        found = []
        for number in np.flatnonzero(stage.holds[0]).tolist():
            pupil = self.sheet.pupils[number]
            known = stage.members
            found.append(
                Qualifier(
                    pupil.student,
                    pupil.school,
                    pupil.source_id,
                    stage.decided(0, number),
                    () if known is None else known.not_known(0, number),
                )
            )
        return found

    def outside(self, place: int) -> int:
        """Count those at whom a condition holds and whom the rule set is not about."""
        stage = self._stages[place]
        return (
            0 if stage.members is None else int((stage.finding.holds & stage.members.outside).sum())
        )

    def may_have(self, place: int) -> int:
        """Count those who may have reached a stage, were somebody to say what is open."""
        stage = self._stages[place]
        may_hold = stage.finding.open & ~stage.finding.holds
        return int((may_hold if stage.members is None else may_hold & ~stage.members.outside).sum())

    def notes(self) -> set[str]:
        """Say what somebody who reads a rate has to know."""
        said = set()
        if any(
            stage.members is not None and self._unknown(stage.members) for stage in self._stages
        ):
            said.add(_NOT_KNOWN)
        for leaf in (leaf for stage in self._stages for leaf in stage.finding.leaves()):
            if leaf.threshold is None or leaf.tally is None or not leaf.threshold.is_rate:
                continue
            if leaf.tally.estimated is not None and leaf.tally.estimated.any():
                said.add(_ESTIMATED)
            if (leaf.tally.possible == 0).any():
                said.add(_NO_RATE)
        return said

    @staticmethod
    def _unknown(known: Members) -> bool:
        return any(truth.any() for truth in known.open.values())


def _only_absences(looks: Sequence[_Look]) -> list[str]:
    """Warn where every counted mark is an absence: the rates there would all be 100 %."""
    alone = sum(
        look.facts.denominator is Denominator.MARKS and look.sheet.only_absences for look in looks
    )
    return [f"{alone} schools mark only absences: no rate means anything there"] if alone else []


def _remarks(rule_set: RuleSet, on: date) -> list[str]:
    """Say what the rule set asks for that an evaluation of the register does not look at."""
    remarks = []
    if rule_set.effective_from is not None and on < rule_set.effective_from:
        remarks.append(f"{rule_set.id} is in force from {rule_set.effective_from.isoformat()} only")
    if rule_set.effective_to is not None and on > rule_set.effective_to:
        remarks.append(f"{rule_set.id} was in force until {rule_set.effective_to.isoformat()} only")
    return [*remarks, *not_done(rule_set)]

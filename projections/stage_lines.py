"""Where one stage of one student stands, and each time that it fired."""

from datetime import date, datetime

from domain.intervention.reasons import ReviewOutcome
from domain.shared.guards import Finding, Guard
from domain.shared.numbers import DecidingNumbers
from projections.kit import Row


class FiringLine(Row):
    """One firing of a stage that was decided about: entered on a day, or declined (no day)."""

    firing: int
    evaluated_on: date | None
    known_at: int
    entered_on: date | None = None
    unsupported: bool = False
    reviewed: str = ""
    explained: bool = False

    @property
    def carries(self) -> bool:
        """Whether later stages may stand on it, as the aggregate says it."""
        void = self.unsupported and self.reviewed != ReviewOutcome.STANDS
        return self.entered_on is not None and not void


class StageLine(Row):
    """One stage and by which numbers.

    PROPOSED, ENTERED, DECLINED, WITHHELD (something forbids it), WITHDRAWN (a correction took its
    cause away), EXPLAINED (the family said why before anybody decided) or DROPPED (the intervention
    stopped first). `firings` are all that were decided about, each with a day of its own;
    `unsupported` and `reviewed` are those of the latest entry. `done` says that nothing more is
    asked of people, `late` that it was done after the clock had run out; `past_due_on` is the last
    day that passed before. `due_school_days` is what the clock counts where it counts school days,
    `stops` what lets the stage rest.
    """

    stage: str
    status: str
    at: datetime
    entered_on: date | None = None
    track: str = ""
    numbers: tuple[DecidingNumbers, ...] = ()
    evaluated_on: date | None = None
    known_at: int = 0
    unsupported: bool = False
    reviewed: str = ""
    firing: int = 1
    due_on: date | None = None
    past_due_on: date | None = None
    due_school_days: int | None = None
    qualified_on: date | None = None
    fulfilled_on: date | None = None
    done: bool = False
    late: bool = False
    stops: tuple[str, ...] | None = None
    log_attempts: bool = False
    reason: str = ""
    letters: int = 0
    firings: tuple[FiringLine, ...] = ()
    guards: tuple[Guard, ...] = ()
    findings: tuple[Finding, ...] = ()
    proposed_by: str = ""

    @property
    def entered(self) -> tuple[FiringLine, ...]:
        """The firings that were entered, in their order."""
        return tuple(one for one in self.firings if one.entered_on is not None)

    @property
    def carries(self) -> bool:
        """Whether the latest entry has its cause, or was found to stand without."""
        return bool(self.entered) and self.entered[-1].carries

    @property
    def stood_on(self) -> date | None:
        """The day of the latest entry that carries others."""
        return self.entered_by(date.max)

    @property
    def fired_on(self) -> date | None:
        """The day of the latest firing that was decided about and keeps its cause."""
        kept = [one.evaluated_on for one in self.firings if not one.unsupported]
        return kept[-1] if kept else None

    def entered_by(self, day: date) -> date | None:
        """Return the latest entry up to a day that carries others: what a look then went by."""
        days = (one.entered_on for one in self.firings if one.carries)
        return max((one for one in days if one is not None and one <= day), default=None)

    def as_of(self, day: date) -> "StageLine | None":
        """Return the line without what fired after a day; None where nothing had fired."""
        if self.evaluated_on is None or self.evaluated_on <= day:
            return self
        then = [one for one in self.firings if one.evaluated_on and one.evaluated_on <= day]
        if not then:
            return None
        entered = [one for one in then if one.entered_on is not None]
        latest = entered[-1] if entered else None
        return self.but(
            status="ENTERED" if then[-1].entered_on is not None else "DECLINED",
            firings=tuple(then),
            firing=then[-1].firing,
            evaluated_on=then[-1].evaluated_on,
            known_at=then[-1].known_at,
            entered_on=latest and latest.entered_on,
            unsupported=latest is not None and latest.unsupported,
            reviewed=latest.reviewed if latest else "",
        )

    def told(self, firing: int | None, **fields: object) -> "StageLine":
        """Return the line with something said of a firing: as a fact names it, else the latest."""
        entered = self.entered
        latest = entered[-1].firing if entered else 0
        which = firing if any(one.firing == firing for one in entered) else latest
        firings = (one.but(**fields) if one.firing == which else one for one in self.firings)
        mine = {name: said for name, said in fields.items() if name != "explained"}
        return self.but(firings=tuple(firings), **(mine if which == latest else {}))

    def decided(self, **fields: object) -> "StageLine":
        """Return the line with its proposal decided about: one more firing."""
        one = FiringLine(self.firing, self.evaluated_on, self.known_at)
        rest = (other for other in self.firings if other.firing != self.firing)
        return self.but(firings=(*rest, one.but(**fields)))

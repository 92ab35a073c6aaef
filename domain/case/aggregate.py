"""The school's file on one student."""

from collections.abc import Sequence
from typing import ClassVar, assert_never

from domain.case.commands import CaseCommand, CloseCase, OpenCase, RaiseTier
from domain.case.events import CaseClosed, CaseEvent, CaseOpened, CaseTierRaised
from domain.case.refusals import CaseUnknown
from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.shared.ids import StudentId


class Case(Aggregate[CaseCommand, CaseEvent]):
    """Open, rises in tiers, closes once."""

    kind: ClassVar[str] = "case"

    def __init__(self) -> None:
        self.student: StudentId | None = None
        self.tier = 0
        self.closed = False

    def decide(self, command: CaseCommand, world: World) -> Sequence[CaseEvent]:  # noqa: ARG002  nothing of the world is asked
        """Return what follows."""
        match command:
            case OpenCase(student_id=student, school_id=school):
                known = self.student is not None
                return [] if known else [CaseOpened(student_id=student, school_id=school)]
            case RaiseTier(tier=tier):
                self._known()
                higher = tier > self.tier and not self.closed
                return [CaseTierRaised(tier=tier)] if higher else []
            case CloseCase(reason=reason):
                student = self._known()
                return [] if self.closed else [CaseClosed(student_id=student, reason=reason)]
            case _:
                assert_never(command)

    def _known(self) -> StudentId:
        if self.student is None:
            raise CaseUnknown
        return self.student

    def evolve(self, event: CaseEvent) -> None:
        """Remember what others look at."""
        match event:
            case CaseOpened(student_id=student):
                self.student, self.tier = student, 1
            case CaseTierRaised(tier=tier):
                self.tier = tier
            case CaseClosed():
                self.closed = True
            case _:
                assert_never(event)

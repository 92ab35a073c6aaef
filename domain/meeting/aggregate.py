"""One meeting with a family."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, assert_never

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.meeting import commands as c
from domain.meeting import events as e
from domain.meeting import refusals as r

SHORTEST_MINUTES: Final = 5
LONGEST_MINUTES: Final = 240


class MeetingStatus(StrEnum):
    """Where a meeting stands."""

    SCHEDULED = "SCHEDULED"
    HELD = "HELD"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"


class Meeting(Aggregate[c.MeetingCommand, e.MeetingEvent]):
    """Scheduled, perhaps moved, then held, missed or cancelled; then an outcome."""

    kind: ClassVar[str] = "meeting"

    def __init__(self) -> None:
        self.scheduled: e.MeetingScheduled | None = None
        self.at: datetime | None = None
        self.status = MeetingStatus.SCHEDULED
        self.outcome: e.Outcome | None = None

    def decide(self, command: c.MeetingCommand, world: World) -> Sequence[e.MeetingEvent]:
        """Return what follows."""
        if isinstance(command, c.ScheduleMeeting):
            return self._schedule(command, world)
        if self.scheduled is None:
            raise r.MeetingUnknown
        match command:
            case c.MoveMeeting(scheduled_at=at):
                return self._move(at, world)
            case c.HoldMeeting():
                return self._hold(command, world)
            case c.MissMeeting():
                return self._miss(world)
            case c.CancelMeeting(reason=reason):
                if self.status is MeetingStatus.CANCELLED:
                    return []
                self._needs_open()
                return [e.MeetingCancelled(reason=reason)]
            case c.RecordOutcome():
                return self._record(command, self.scheduled)
            case _:
                assert_never(command)

    def _schedule(self, command: c.ScheduleMeeting, world: World) -> list[e.MeetingEvent]:
        wanted = e.MeetingScheduled(
            intervention_id=command.intervention_id,
            student_id=command.student_id,
            school_id=command.school_id,
            stage=command.stage,
            scheduled_at=command.scheduled_at,
            duration_minutes=command.duration_minutes,
        )
        if self.scheduled is not None:
            if wanted == self.scheduled:
                return []
            raise r.MeetingExists
        if command.scheduled_at <= world.now:
            raise r.MeetingInThePast
        if not SHORTEST_MINUTES <= command.duration_minutes <= LONGEST_MINUTES:
            raise r.MeetingLengthUnusual
        return [wanted]

    def _move(self, at: datetime, world: World) -> list[e.MeetingEvent]:
        self._needs_open()
        if at == self.at:
            return []
        if at <= world.now:
            raise r.MeetingInThePast
        return [e.MeetingMoved(scheduled_at=at)]

    def _hold(self, command: c.HoldMeeting, world: World) -> list[e.MeetingEvent]:
        if self.status is MeetingStatus.HELD:
            return []
        self._needs_open()
        if command.held_at > world.now:
            raise r.MeetingNotYet
        return [e.MeetingHeld(held_at=command.held_at, attendees=command.attendees)]

    def _miss(self, world: World) -> list[e.MeetingEvent]:
        if self.status is MeetingStatus.NO_SHOW:
            return []
        self._needs_open()
        if self.at is not None and self.at > world.now:
            raise r.MeetingNotYet
        return [e.MeetingMissed()]

    def _needs_open(self) -> None:
        if self.status is not MeetingStatus.SCHEDULED:
            raise r.MeetingOver

    def _record(
        self, command: c.RecordOutcome, scheduled: e.MeetingScheduled
    ) -> list[e.MeetingEvent]:
        if self.outcome == command.outcome:
            return []
        missed = self.status is MeetingStatus.NO_SHOW and command.outcome is e.Outcome.RESCHEDULE
        if self.status is not MeetingStatus.HELD and not missed:
            raise r.MeetingNotHeld
        if self.outcome is not None:
            raise r.MeetingOver
        return [
            e.MeetingOutcomeRecorded(
                outcome=command.outcome,
                intervention_id=scheduled.intervention_id,
                student_id=scheduled.student_id,
                notes_ref=command.notes_ref,
            )
        ]

    def evolve(self, event: e.MeetingEvent) -> None:
        """Remember where it stands."""
        match event:
            case e.MeetingScheduled(scheduled_at=at):
                self.scheduled, self.at = event, at
            case e.MeetingMoved(scheduled_at=at):
                self.at = at
            case e.MeetingHeld():
                self.status = MeetingStatus.HELD
            case e.MeetingMissed():
                self.status = MeetingStatus.NO_SHOW
            case e.MeetingCancelled():
                self.status = MeetingStatus.CANCELLED
            case e.MeetingOutcomeRecorded(outcome=outcome):
                self.outcome = outcome
            case _:
                assert_never(event)

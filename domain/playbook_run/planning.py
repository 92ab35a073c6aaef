"""What a run puts into the diary next. Pure: a plan is made from the run and the moment."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from domain.kernel.world import World
from domain.playbook_run import events as e
from domain.playbook_run.timing import Hours, day_of, hours_of, step_day
from domain.shared.calendar import SchoolCalendar
from domain.shared.playbooks import (
    BranchStep,
    LetterStep,
    MeetingStep,
    MessageStep,
    OffsetUnit,
    Playbook,
    Step,
    TaskStep,
    WaitStep,
)

_ACTION: Final[dict[type, e.Action]] = {
    WaitStep: e.Action.WAIT_FOR_REPLY,
    BranchStep: e.Action.BRANCH,
    TaskStep: e.Action.CREATE_TASK,
    MeetingStep: e.Action.SCHEDULE_MEETING,
    LetterStep: e.Action.GENERATE_LETTER,
}
Entry = e.StepScheduled | e.ActionScheduled


@dataclass(frozen=True, slots=True)
class Plan:
    """One run, the playbook that it walks through, and the moment."""

    started: e.RunStarted
    playbook: Playbook
    world: World
    quiet: tuple[time, time] | None = None

    @property
    def calendar(self) -> SchoolCalendar:
        """The school's days and hours."""
        return self.world.calendar(self.started.school_id)

    @property
    def on_day(self) -> date:
        """The day at the school."""
        world = self.world
        return world.today(self.started.school_id)

    @property
    def hours(self) -> Hours:
        """When the family may be reached."""
        return hours_of(self.playbook, self.calendar, self.started.zone, self.quiet)

    def entry(
        self, step: Step, again: e.Again | None = None, not_before: datetime | None = None
    ) -> Entry:
        """Return a step's place in the diary: the first lawful moment of its day or a later one."""
        day = step_day(step, self.started.triggered_at, self.calendar)
        due_at = self.hours.first_moment(day, max(self.world.now, not_before or self.world.now))
        school, today = self.started.school_id, self.on_day
        if isinstance(step, MessageStep):
            return e.StepScheduled(
                step_id=step.step_id,
                order=step.order,
                channel=step.channel,
                due_at=due_at,
                school_id=school,
                scheduled_on=today,
                contact_on=self._contact_on(step, due_at),
                again=again,
            )
        return e.ActionScheduled(
            step_id=step.step_id,
            order=step.order,
            action=_ACTION[type(step)],
            due_at=due_at,
            school_id=school,
            scheduled_on=today,
        )

    def _contact_on(self, step: MessageStep, due_at: datetime) -> date | None:
        """Return the date where the family lives; none for words that will be too late by then."""
        late = self.is_late(step, self.calendar.local(due_at).date())
        return None if late else self.hours.day_there(due_at)

    def again(self, step: Step, why: e.Again, wait: timedelta) -> Entry:
        """Return a step's place in the diary a little later."""
        return self.entry(step, why, self.world.now + wait)

    def on_another_day(self, step: Step, why: e.Again, than: date) -> Entry:
        """Return a step's place in the diary on a later day than one that has none for it."""
        return self.entry(step, why, self.hours.end_of(than))

    def is_late(self, step: MessageStep, on: date | None = None) -> bool:
        """Say whether on a day (today) a step's words come so late that nobody says them."""
        if step.expires_after is None:
            return False
        day = step_day(step, self.started.triggered_at, self.calendar)
        return self.calendar.school_days_between(day, on or self.on_day) > step.expires_after

    def within(self, days: int) -> date:
        """Return the school day by which something is to be done."""
        return day_of(days, OffsetUnit.SCHOOL_DAYS, self.world.now, self.calendar)

    def escalation(self, *, later: bool = False) -> list[e.RunEvent]:
        """Put into the diary when a person takes over; `later` moves it on by a school day."""
        rule = self.playbook.escalation
        if rule is None:
            return []
        begun = self.started.triggered_at
        day = self.within(1) if later else day_of(rule.after, rule.unit, begun, self.calendar)
        due_at = self.hours.first_moment(day, self.world.now)
        return [e.EscalationScheduled(due_at=due_at, school_id=self.started.school_id)]

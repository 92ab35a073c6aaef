"""One return that a school owes for a school year: open, past due, made."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, assert_never

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.owed_return import refusals as r
from domain.owed_return.commands import ReturnCommand, SubmitReturn, WatchReturn
from domain.owed_return.events import (
    ReturnDueMoved,
    ReturnDuePassed,
    ReturnEvent,
    ReturnOpened,
    ReturnSubmitted,
)


class OwedReturn(Aggregate[ReturnCommand, ReturnEvent]):
    """Opens once, is past due once, and is made once, by a person's word."""

    kind: ClassVar[str] = "owed_return"

    def __init__(self) -> None:
        self.due_on: date | None = None
        self.past_due = False
        self.submitted = False

    def decide(self, command: ReturnCommand, world: World) -> Sequence[ReturnEvent]:
        """Return what follows."""
        today = world.today(command.school_id)
        match command:
            case WatchReturn():
                return [] if self.submitted else self._watch(command, today)
            case SubmitReturn():
                return self._submit(command, today, world.actor)
            case _:
                assert_never(command)

    def _watch(self, command: WatchReturn, today: date) -> list[ReturnEvent]:
        facts: list[ReturnEvent] = []
        due, passed = command.due_on, today > command.due_on
        if self.due_on is None:
            if today < command.opens_on:
                return []
            names = (name for name in ReturnOpened.__struct_fields__)
            facts.append(ReturnOpened(**{name: getattr(command, name) for name in names}))
        elif due != self.due_on:
            facts.append(ReturnDueMoved(due_on=due, runs_again=self.past_due and not passed))
        if passed and not self.past_due:
            facts.append(ReturnDuePassed(due_on=due))
        return facts

    def _submit(self, command: SubmitReturn, today: date, actor: str) -> list[ReturnEvent]:
        if self.due_on is None:
            raise r.ReturnUnknown
        if not actor.startswith("staff:"):
            raise r.ReturnByPersonOnly
        if self.submitted:
            return []
        on = command.submitted_on or today
        if on > today:
            raise r.ReturnInFuture(submitted_on=on)
        return [
            ReturnSubmitted(
                submitted_on=on,
                submitted_by=actor,
                reference=command.reference,
                late=on > self.due_on,
            )
        ]

    def evolve(self, event: ReturnEvent) -> None:
        """Remember how far it is."""
        match event:
            case ReturnOpened(due_on=due):
                self.due_on = due
            case ReturnDueMoved(due_on=due, runs_again=again):
                self.due_on = due
                self.past_due = self.past_due and not again
            case ReturnDuePassed():
                self.past_due = True
            case ReturnSubmitted():
                self.submitted = True
            case _:
                assert_never(event)

"""One family member's day."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar, Final, assert_never

from msgspec.structs import replace

from domain.contact_day import commands as c
from domain.contact_day import events as e
from domain.contact_day.events import Declined
from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.shared.contact import Channel, Purpose, RunStep
from domain.shared.ids import StudentId

MOST_A_DAY: Final = 2
"""Messages that one person hears on one day, from all playbooks together, unless a house says."""
MOST_CHILDREN: Final = 3
"""Children of whom one message speaks: three whole texts still fit one SMS (1,600 characters)."""
NEVER_HELD_BACK: Final = frozenset({Purpose.STATUTORY_NOTICE, Purpose.SAFETY})
"""Purposes that no budget holds back: a full day never delays a duty, nor a child's safety."""


class ContactDay(Aggregate[c.ContactDayCommand, e.ContactDayEvent]):
    """First come, first served, but for priority; siblings share a message.

    Whoever is turned away is told so by a fact, never dropped: the run looks for another day.
    """

    kind: ClassVar[str] = "contact_day"

    def __init__(self) -> None:
        self.leads: dict[RunStep, e.ContactReserved] = {}
        self.joins: dict[RunStep, e.ContactJoined] = {}
        self.used: dict[RunStep, tuple[RunStep, ...]] = {}

    def place_of(self, step: RunStep) -> tuple[RunStep, tuple[RunStep, ...]] | None:
        """Return whose message a step is said in and who joins that one; None without a place."""
        if step in self.leads:
            return step, self._joined(step)
        joined = self.joins.get(step)
        return None if joined is None else (joined.leader, self._joined(joined.leader))

    def _joined(self, leader: RunStep) -> tuple[RunStep, ...]:
        return tuple(step for step, joined in self.joins.items() if joined.leader == leader)

    def decide(
        self,
        command: c.ContactDayCommand,
        world: World,
    ) -> Sequence[e.ContactDayEvent]:
        """Return what follows."""
        match command:
            case c.ReserveContact():
                return self._reserve(command, world.now)
            case c.ReleaseContact(step=step, on=on):
                return self._release(step, on)
            case c.UseContact():
                return self._use(command)
            case _:
                assert_never(command)

    def _reserve(self, asked: c.ReserveContact, now: datetime) -> list[e.ContactDayEvent]:
        if asked.step in self.leads or self._waits(asked.step):
            return []
        leader = self._sibling(asked)
        if leader is not None:
            return [e.ContactJoined(step=asked.step, student_id=asked.student_id, leader=leader)]
        own = e.ContactReserved(
            step=asked.step,
            student_id=asked.student_id,
            school_id=asked.school_id,
            on=asked.on,
            channel=asked.channel,
            purpose=asked.purpose,
            priority=asked.priority,
            playbook_id=asked.playbook_id,
            template_key=asked.template_key,
            due_at=asked.due_at,
        )
        most = MOST_A_DAY if asked.most_a_day is None else asked.most_a_day
        if asked.purpose in NEVER_HELD_BACK or len(self.leads) < most:
            return [own]
        weaker = self._weakest(asked.priority, now)
        if weaker is None:
            school = asked.school_id
            return [e.ContactDeclined(asked.step, school, asked.on, Declined.DAY_FULL)]
        gone = [weaker, *self._joined(weaker)]
        school = self.leads[weaker].school_id
        return [*(e.ContactDeclined(one, school, asked.on, Declined.GAVE_WAY) for one in gone), own]

    def _waits(self, step: RunStep) -> bool:
        """Say whether a step has joined a message that is not asked for yet."""
        joined = self.joins.get(step)
        return joined is not None and joined.leader not in self.used

    def _sibling(self, asked: c.ReserveContact) -> RunStep | None:
        """Return the step of a sibling in whose message this one can be said too."""
        if asked.channel is Channel.WHATSAPP:
            return None  # a template with fixed places has no room for a second child
        for step, lead in self.leads.items():
            if step not in self.used and _alike(lead, asked) and asked.due_at <= lead.due_at:
                named = self._named(step)
                if asked.student_id not in named and len(named) < MOST_CHILDREN:
                    return step
        return None

    def _named(self, leader: RunStep) -> set[StudentId]:
        joined = {self.joins[step].student_id for step in self._joined(leader)}
        return {self.leads[leader].student_id, *joined}

    def _weakest(self, below: int, now: datetime) -> RunStep | None:
        """Return the step of the lowest priority that can still give way to a higher one.

        What is due by now may have been asked for a moment ago, and nobody has told this day yet.
        """
        weak = [
            (lead.priority, step)
            for step, lead in self.leads.items()
            if lead.priority < below
            and step not in self.used
            and lead.due_at > now
            and lead.purpose not in NEVER_HELD_BACK
        ]
        return min(weak)[1] if weak else None

    def _release(self, step: RunStep, on: date) -> list[e.ContactDayEvent]:
        if step in self.used or (step not in self.leads and not self._waits(step)):
            return []  # what was said was said; its message looks once more before it leaves
        heirs = self._joined(step)
        if not heirs:
            return [e.ContactReleased(step)]
        return [e.ContactLed(heirs[0], step, self.leads[step].school_id, on)]

    def _use(self, command: c.UseContact) -> list[e.ContactDayEvent]:
        if command.step in self.used or command.step not in self.leads:
            return []
        late = [step for step in self._joined(command.step) if step not in command.also]
        school, on = command.school_id, command.on
        return [
            e.ContactUsed(
                step=command.step,
                school_id=school,
                channel=command.channel,
                message_id=command.message_id,
                also=command.also,
            ),
            *(e.ContactDeclined(step, school, on, Declined.TOO_LATE_TO_JOIN) for step in late),
        ]

    def evolve(self, event: e.ContactDayEvent) -> None:
        """Remember who has which place."""
        match event:
            case e.ContactReserved(step=step):
                self.joins.pop(step, None)
                self.leads[step] = event
            case e.ContactJoined(step=step):
                self.joins[step] = event
            case e.ContactDeclined(step=step) | e.ContactReleased(step=step):
                self.leads.pop(step, None)
                self.joins.pop(step, None)
            case e.ContactLed(step=step, instead_of=gone):
                self._lead(step, gone)
            case e.ContactUsed(step=step, also=also):
                self.used[step] = also
            case _:
                assert_never(event)

    def _lead(self, step: RunStep, gone: RunStep) -> None:
        student = self.joins.pop(step).student_id
        self.leads[step] = replace(self.leads.pop(gone), step=step, student_id=student)
        for other in self._joined(gone):
            self.joins[other] = replace(self.joins[other], leader=step)


def _alike(lead: e.ContactReserved, asked: c.ReserveContact) -> bool:
    """Say whether one message can say both: the same hours, words, way and school."""
    return (lead.playbook_id, lead.channel, lead.purpose, lead.template_key, lead.school_id) == (
        asked.playbook_id,
        asked.channel,
        asked.purpose,
        asked.template_key,
        asked.school_id,
    )

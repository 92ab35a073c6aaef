"""What a made-up school may ask next of its runs, of its playbooks, and of a family's day."""

from datetime import timedelta
from typing import Any, Final

import msgspec

from domain.contact_day import commands as day
from domain.kernel.commands import Command
from domain.playbook import commands as playbook
from domain.playbook_run import commands as run
from domain.playbook_run import events as e
from domain.shared import ids
from domain.shared.contact import RunStep
from domain.shared.ids import derived_id
from domain.shared.playbooks import (
    Asks,
    BranchStep,
    Condition,
    EscalateWhen,
    Escalation,
    LetterStep,
    MeetingStep,
    MessageStep,
    OffsetUnit,
    Playbook,
    TaskStep,
    WaitStep,
)
from tests.properties.town import Town
from tests.support.examples import PLAYBOOK_1, SCHOOL, STEPS, but

_DAYS: Final = OffsetUnit.SCHOOL_DAYS
_SENT: Final = Condition(asks=Asks.STEP_DELIVERED, step_id=STEPS[0].step_id)
EVERY_KIND: Final = msgspec.structs.replace(
    PLAYBOOK_1,
    playbook_id=ids.PlaybookId(derived_id("playbook", "every kind")),
    steps=(
        STEPS[0],
        WaitStep(step_id="wait-2", order=2, offset=1, unit=_DAYS, wait=1),
        BranchStep(step_id="branch-3", order=3, offset=1, unit=_DAYS, condition=_SENT),
        TaskStep(step_id="task-4", order=4, offset=1, unit=_DAYS, task="RING", within=2),
        LetterStep(step_id="letter-5", order=5, offset=1, unit=_DAYS, template_key="LETTER"),
        MeetingStep(step_id="meeting-6", order=6, offset=1, unit=_DAYS, within=2),
    ),
    stop_conditions=(),
    escalation=Escalation(after=1, when=(EscalateWhen.NO_REPLY, EscalateWhen.NOTHING_DELIVERED)),
)


def holding(town: Town) -> Command | None:
    """A person holds a run, lets it go on or moves it; days pass without an answer."""
    runs = town.all_of("playbook_run")
    if not runs:
        return None
    stream, state = town.random.choice(runs)
    past: Any = state.past
    this, began = ids.RunId(stream), past.started
    step = town.random.choice(began.playbook.steps).step_id
    later = msgspec.structs.replace(
        past.playbook, version=past.playbook.version + 1, steps=past.playbook.steps[-2:]
    )
    place = (this, SCHOOL, began.case_id, began.student_id, began.guardian_id)
    return town.random.choice(
        (
            run.PauseRun(this, SCHOOL, town.random.choice(list(e.PauseReason))),
            run.ResumeRun(this, SCHOOL),
            run.ResumeRun(this, SCHOOL),
            but(run.MoveRun, run_id=this, playbook=later),
            run.EscalateRun(*place),
            run.EscalateRun(*place),
            run.RecordDelivery(this, SCHOOL, step, town.random.random() < 0.5),
        )
    )


def company(town: Town) -> Command | None:
    """A step asks a family's day for a place, gives it back, uses it, or hears of it."""
    runs = town.all_of("playbook_run")
    if not runs:
        return None
    stream, state = town.random.choice(runs)
    past: Any = state.past
    this = ids.RunId(stream)
    flying = [step for step, fact in past.flying.items() if isinstance(fact, e.StepJoined)]
    if flying:
        said = past.flying[flying[0]].message_id
        return run.PartStep(this, SCHOOL, flying[0], said)
    entry = past.waiting
    if not isinstance(entry, e.StepScheduled) or entry.contact_on is None:
        return None
    if town.random.random() < 0.4:
        return _heard(town, this, entry)
    return _asked(town, this, entry, past)


def _heard(town: Town, this: ids.RunId, entry: e.StepScheduled) -> Command:
    said = ids.MessageId(derived_id("message of a sibling", this))
    leader = ids.RunId(derived_id("run of a sibling", this))
    assert entry.contact_on is not None
    why = town.random.choice((e.Again.DAY_FULL, e.Again.GAVE_WAY, e.Again.LEADS))
    return town.random.choice(
        (
            run.DelayStep(this, SCHOOL, entry.step_id, entry.contact_on, why),
            run.JoinStep(this, SCHOOL, entry.step_id, entry.channel, said, leader),
        )
    )


def _asked(town: Town, this: ids.RunId, entry: e.StepScheduled, past: Any) -> Command:
    draw = town.random
    began, book = past.started, past.playbook
    place: dict[str, Any] = {
        "whose": began.guardian_id or began.student_id,
        "on": entry.contact_on,
        "step": RunStep(this, entry.step_id),
    }
    if draw.random() < 0.5:  # siblings share the day, under runs of their own
        sibling = draw.randint(1, 4)
        place["step"] = RunStep(ids.RunId(derived_id("run", sibling)), entry.step_id)
        place["student"] = ids.StudentId(derived_id("child", sibling))
    student = place.pop("student", began.student_id)
    words: Any = book.step(entry.step_id)
    reserve = day.ReserveContact(
        **place,
        student_id=student,
        school_id=SCHOOL,
        channel=entry.channel,
        purpose=book.purpose,
        priority=draw.randint(0, 2),
        playbook_id=draw.choice((book.playbook_id, ids.PlaybookId(derived_id("another")))),
        template_key=words.template_key if isinstance(words, MessageStep) else "",
        due_at=entry.due_at + draw.choice((timedelta(0), timedelta(days=1))),
    )
    used = day.UseContact(
        **place,
        school_id=SCHOOL,
        channel=entry.channel,
        message_id=ids.MessageId(derived_id("message", this)),
        also=(),
    )
    release = day.ReleaseContact(**place)
    return draw.choice((reserve, reserve, reserve, release, release, used))


def drafts(town: Town) -> Command | None:
    """A school drafts a playbook, writes it anew and puts it into use."""
    name = town.random.choice(("Soft", "Firm"))
    drafted: Playbook = msgspec.structs.replace(EVERY_KIND, name=name)
    return town.random.choice(
        (
            playbook.DraftPlaybook(drafted, town.random.choice((None, SCHOOL))),
            playbook.RevisePlaybook(drafted),
            playbook.ActivateDraft(drafted.playbook_id),
        )
    )

"""Why nothing was sent: from the register to the provider, what was found at each level.

Pure: what is known goes in, findings come out; the last one that was reached is the answer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.shared.ids import GuardianId
from projections.interventions import InterventionRow
from projections.log_rows import LogRow, LogStatus
from projections.messages import MessageRow
from projections.playbooks import PlaybookRow
from projections.run_rows import RunRow
from projections.why_words import Level, Why, said

_ORDER: Final = {level: place for place, level in enumerate(Level)}
WENT: Final = frozenset({Why.TAKEN, Why.DELIVERED, Why.NOT_DELIVERED})
_OF_STATUS: Final[Mapping[str, tuple[Level, Why]]] = {
    "SKIPPED": (Level.MESSAGE, Why.MESSAGE_SKIPPED),
    "FAILED": (Level.PROVIDER, Why.PROVIDER_REFUSED),
    "OUTCOME_UNKNOWN": (Level.PROVIDER, Why.PROVIDER_SILENT),
    "NOT_SENT": (Level.PROVIDER, Why.GIVEN_UP),
    "ABANDONED": (Level.PROVIDER, Why.GIVEN_UP),
    "ACCEPTED": (Level.PROVIDER, Why.TAKEN),
    "DELIVERED": (Level.PROVIDER, Why.DELIVERED),
    "READ": (Level.PROVIDER, Why.DELIVERED),
    "UNDELIVERED": (Level.PROVIDER, Why.NOT_DELIVERED),
}


class Finding(msgspec.Struct, frozen=True):
    """What was found at one level. `reason` is a code of the run, the message or the provider."""

    level: Level
    code: Why
    words: str
    reason: str | None = None
    at: datetime | None = None
    stage: str | None = None
    guardian_id: UUID | None = None
    run_id: UUID | None = None
    step_id: str | None = None
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about one pupil. Absent day or stage: any; absent `told_at`: as known now."""

    day_of: Callable[[datetime], date]
    on: date | None = None
    stage: str | None = None
    guardian: GuardianId | None = None
    enrolled: bool = True
    school_open: bool = True
    looked_at: bool = True
    interventions: Sequence[InterventionRow] = ()
    playbooks: Sequence[PlaybookRow] = ()
    told: Sequence[GuardianId] = ()
    told_at: datetime | None = None
    left_out: Mapping[GuardianId, str] = field(default_factory=dict)
    runs: Sequence[RunRow] = ()
    log: Sequence[LogRow] = ()
    messages: Mapping[UUID, MessageRow] = field(default_factory=dict)


def explain(known: Known) -> list[Finding]:
    """Return what was found, level by level, until it went no further."""
    runs = [run for run in known.runs if _asked(known, run)]
    found = list(_register(known))
    if runs or known.enrolled:
        found += _stages(known)
    if not runs:
        return found + list(_no_run(known, found))
    for run in runs:
        found += _run(known, run)
    return found


def answer(found: Sequence[Finding]) -> Finding:
    """Return what decides: what went, else the finding that is furthest on the way."""
    went = [one for one in found if one.code in WENT]
    return (went or sorted(found, key=lambda one: _ORDER[one.level]))[-1]


def _asked(known: Known, run: RunRow) -> bool:
    if known.stage not in {None, run.stage}:
        return False
    whose = known.guardian is None or run.guardian_id in {None, known.guardian}
    return whose and (known.on is None or known.day_of(run.triggered_at) <= known.on)


def _finding(level: Level, code: Why, reason: str | None = None, **about: Any) -> Finding:
    return Finding(level, code, said(code, reason), reason or None, **about)


def _register(known: Known) -> Iterator[Finding]:
    if not known.enrolled:
        yield _finding(Level.REGISTER, Why.NOT_ON_ROLL)
    elif known.on is not None and not known.school_open:
        yield _finding(Level.REGISTER, Why.NOT_A_SCHOOL_DAY)
    elif known.on is not None:
        yield _finding(Level.REGISTER, Why.LOOKED_AT if known.looked_at else Why.NOT_LOOKED_AT)


def _stages(known: Known) -> Iterator[Finding]:
    lines = [
        line
        for row in known.interventions
        for line in row.stages
        if known.stage in {None, line.stage}
        and (known.on is None or known.day_of(line.at) <= known.on)
    ]
    if not lines:
        yield _finding(Level.STAGE, Why.NO_STAGE, stage=known.stage)
    for line in lines:
        about = {"at": line.at, "stage": line.stage}
        yield _finding(Level.STAGE, Why(f"STAGE_{line.status}"), line.reason, **about)


def _no_run(known: Known, found: Sequence[Finding]) -> Iterator[Finding]:
    """Say why no run was started for what was entered."""
    entered = {one.stage for one in found if one.code is Why.STAGE_ENTERED}
    for stage in sorted(filter(None, entered)):
        if not any(row.trigger_stage == stage for row in known.playbooks):
            yield _finding(Level.PLAYBOOK, Why.NO_PLAYBOOK, stage=stage)
            continue
        yield _finding(Level.PLAYBOOK, Why.PLAYBOOK_IN_USE, stage=stage)
        who = known.guardian
        if who is not None and who in known.left_out:
            about = {"guardian_id": who, "stage": stage, "at": known.told_at}
            yield _finding(Level.RUN, Why.GUARDIAN_LEFT_OUT, known.left_out[who], **about)
        elif not known.told:
            yield _finding(Level.RUN, Why.NO_GUARDIAN, at=known.told_at, stage=stage)
        else:
            yield _finding(Level.RUN, Why.NO_RUN, stage=stage)


def _run(known: Known, run: RunRow) -> Iterator[Finding]:
    about: dict[str, Any] = {
        "run_id": run.run_id,
        "guardian_id": run.guardian_id,
        "stage": run.stage,
    }
    reason = run.stop_reason if run.stop_reason is not None else run.pause_reason
    at = run.stopped_at or run.paused_at or run.completed_at or run.triggered_at
    yield _finding(Level.RUN, Why(f"RUN_{run.status}"), reason, at=at, **about)
    lines = [line for line in known.log if line.run_id == run.run_id and _due(known, line)]
    if not lines:
        yield _finding(Level.STEP, Why.NO_STEP_DUE, **about)
    for line in lines:
        yield from _step(known, line, about)


def _due(known: Known, line: LogRow) -> bool:
    """Say whether a step stood in the diary, on that day where one is asked for."""
    moments = (line.scheduled_for, line.requested_at, line.executed_at, line.dropped_at)
    days = {known.day_of(at) for at in moments if at is not None}
    return line.status is not LogStatus.PLANNED and (known.on is None or known.on in days)


def _step(known: Known, line: LogRow, about: Mapping[str, Any]) -> Iterator[Finding]:
    about = {**about, "step_id": line.step_id, "message_id": line.message_id}
    why = line.skip_reason or line.failure
    at = line.executed_at or line.dropped_at or line.scheduled_for
    yield _finding(Level.STEP, Why(f"STEP_{line.status}"), why, at=at, **about)
    if line.message_id is None:
        return
    message = known.messages.get(line.message_id)
    if message is None:
        yield _finding(Level.MESSAGE, Why.MESSAGE_MISSING, at=line.requested_at, **about)
        return
    level, code = _OF_STATUS.get(message.status, (Level.MESSAGE, Why.MESSAGE_WAITS))
    yield _finding(level, code, message.reason, at=message.accepted_at, **about)

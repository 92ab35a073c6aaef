"""Many runs at once: what a wish would do is counted first, and done only if it still would."""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from api.once import once, together
from api.receipts import Desk
from api.tokens import Caller
from domain.kernel.commands import Command
from domain.kernel.refusals import Invalid, NotNow
from domain.playbook_run.commands import StopRun
from domain.playbook_run.events import RunStop
from infrastructure.store import reads
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Receipt
from projections.run_monitor import OPEN_CHOSEN
from projections.run_rows import RunRow, RunStatus

Told = dict[str, Any]
MOST: Final = 1000
"""Runs of one wish: it holds the lock of each until all of it is committed."""


class TooManyRuns(Invalid):
    """More than 1,000 runs fit: ask for fewer at once, by school, stage or playbook."""

    code = "too-many-runs"


class EstimateMoved(NotNow):
    """What this would do is not what you were told: look at the new numbers, then decide again."""

    code = "estimate-moved"


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Which open runs are meant; nothing named means all that the caller may see."""

    playbook: UUID | None = None
    version: int | None = None
    school: UUID | None = None
    student: UUID | None = None
    stage: str | None = None


def chosen_runs(conn: Connection, caller: Caller, asked: Chosen) -> list[RunRow]:
    """Return the open runs that are meant.

    Raises:
        TooManyRuns: more than one wish may take.
    """
    filters = {**msgspec.structs.asdict(asked), "schools": caller.scope(asked.school)}
    found = reads.documents(
        conn, OPEN_CHOSEN, RunRow, {**filters, "tenant": caller.tenant, "limit": MOST + 1}
    )
    if len(found) > MOST:
        raise TooManyRuns(most=MOST)
    return found


def stop_estimate(runs: Sequence[RunRow]) -> Told:
    """Return what stopping these runs would do."""
    status = Counter(run.status for run in runs)
    return {
        "runs": len(runs),
        "students": len({run.student_id for run in runs}),
        "guardians": len({run.guardian_id for run in runs if run.guardian_id is not None}),
        "active": status[RunStatus.ACTIVE],
        "paused": status[RunStatus.PAUSED],
        "token": token_of("stop", (run.run_id for run in runs)),
    }


def stop_many(desk: Desk, asked: Chosen, token: str) -> bytes:
    """Stop exactly the runs that were estimated, in one transaction.

    Raises:
        EstimateMoved: others would be stopped by now; nothing was.
    """

    def do(conn: Connection) -> Told:
        runs = chosen_runs(conn, desk.caller, asked)
        told = stop_estimate(runs)
        same(token, told)
        wishes = [StopRun(run.run_id, run.school_id, RunStop.MANUAL) for run in runs]
        return {"runs": carried_out(desk, conn, wishes, told)}

    return once(desk, [asked, token], do)


def carried_out(desk: Desk, conn: Connection, wishes: Sequence[Command], told: Told) -> int:
    """Put the wishes down and return how many runs they changed.

    Raises:
        EstimateMoved: some had ended or moved meanwhile; nothing is kept of the others either.
    """
    outcomes = together(desk, conn, wishes)
    done = sum(isinstance(one, Receipt) and one.facts > 0 for one in outcomes)
    if done != len(wishes):
        raise EstimateMoved(**told)
    return done


def same(token: str, told: Told) -> None:
    """See that what would be done is what was told.

    Raises:
        EstimateMoved: with the new numbers.
    """
    if token != told["token"]:
        raise EstimateMoved(**told)


def token_of(what: str, parts: Iterable[object]) -> str:
    """Return by what an estimate is known: the same for the same runs in the same state."""
    return sha256("\x1f".join((what, *map(str, parts))).encode()).hexdigest()[:32]

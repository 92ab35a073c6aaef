"""Runs that move to another version of their playbook: previewed run by run, then done."""

from collections.abc import Sequence
from typing import Any

from api.many_runs import Chosen, Told, carried_out, chosen_runs, same, token_of
from api.once import once
from api.receipts import Desk
from api.tokens import Caller
from domain.kernel.facts import Event
from domain.kernel.refusals import Refusal
from domain.kernel.world import World
from domain.playbook_run.aggregate import PlaybookRun
from domain.playbook_run.commands import MoveRun
from domain.playbook_run.events import ActionScheduled, RunCompleted, RunMoved, StepScheduled
from domain.shared.playbooks import Playbook
from infrastructure.clock import school_now
from infrastructure.store.database import Connection
from infrastructure.wiring.house import House
from projections.run_rows import RunRow

Move = dict[str, Any]


def preview_of(
    house: House, conn: Connection, caller: Caller, asked: Chosen, to: Playbook
) -> tuple[Told, list[MoveRun]]:
    """Return what a move would do, run by run, and the wishes that would do it.

    Each run decides from the ledger, by the decision that the move itself is: what is shown here
    is what is recorded then, unless something happened in between.

    Raises:
        TooManyRuns: more than one wish may take.
    """
    runs = [run for run in chosen_runs(conn, caller, asked) if run.playbook_version != to.version]
    schools = sorted({run.school_id for run in runs})
    calendars = house.ledger.calendars(conn, caller.tenant, schools) if schools else {}
    world = World(now=school_now(conn), actor=caller.actor, calendars=calendars)
    moves, wishes = [], []
    for run in runs:
        wish = MoveRun(run_id=run.run_id, school_id=run.school_id, playbook=to)
        move = _move(house, conn, run, wish, world)
        moves.append(move)
        if move["refused"] is None:
            wishes.append(wish)
    return _told(moves, runs, to), wishes


def _move(house: House, conn: Connection, run: RunRow, wish: MoveRun, world: World) -> Move:
    facts: Sequence[Event] = ()
    refused = None
    try:
        facts = house.ledger.load(conn, PlaybookRun, run.run_id).decide(wish, world)
    except Refusal as refusal:
        refused = refusal.code
    moved = next((one for one in facts if isinstance(one, RunMoved)), None)
    next_step = next((o for o in facts if isinstance(o, StepScheduled | ActionScheduled)), None)
    return {
        "run_id": run.run_id,
        "from_version": run.playbook_version,
        "refused": refused,
        "dropped_step": None if moved is None else moved.dropped_step,
        "next_step": None if next_step is None else next_step.step_id,
        "next_at": None if next_step is None else next_step.due_at,
        "completes": any(isinstance(one, RunCompleted) for one in facts),
    }


def _told(moves: Sequence[Move], runs: Sequence[RunRow], to: Playbook) -> Told:
    state = [f"{run.run_id}:{run.version}" for run in runs]
    return {
        "playbook_id": to.playbook_id,
        "version": to.version,
        "runs": sum(one["refused"] is None for one in moves),
        "refused": sum(one["refused"] is not None for one in moves),
        "dropping": sum(one["dropped_step"] is not None for one in moves),
        "completing": sum(one["completes"] for one in moves),
        "token": token_of("move", [to.playbook_id, to.version, *state]),
        "items": list(moves),
    }


def move_many(desk: Desk, asked: Chosen, to: Playbook, token: str) -> bytes:
    """Move exactly the runs that were previewed, in one transaction.

    Raises:
        EstimateMoved: it would do something else by now; nothing was moved.
    """

    def do(conn: Connection) -> Told:
        told, wishes = preview_of(desk.house, conn, desk.caller, asked, to)
        told.pop("items")
        same(token, told)
        return {"runs": carried_out(desk, conn, wishes, told)}

    return once(desk, [asked, to.version, token], do)

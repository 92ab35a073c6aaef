"""Late corrections: what lost its cause is taken back or put on record, and may get it back."""

from typing import TYPE_CHECKING

from domain.intervention import commands as c
from domain.intervention import events as e
from domain.intervention import refusals as r
from domain.intervention.ladder import Facts, by_person
from domain.kernel.world import World

if TYPE_CHECKING:
    from domain.intervention.aggregate import InterventionInstance


def recount(state: "InterventionInstance", command: c.WithdrawStage | c.ReinstateStage) -> Facts:
    """Follow the register: withdraw, put on record, or give the support back."""
    if isinstance(command, c.ReinstateStage):
        return _support(state, command)
    name, stands = command.stage, _standing(state, command)
    if isinstance(stands, e.StageProposed):
        return [_withdrawn(command)]
    if stands is None or name in state.unsupported:
        return []
    return [
        e.StageUnsupported(
            stage=name,
            numbers=command.numbers,
            evaluated_on=command.evaluated_on,
            known_at=command.known_at,
            owner=stands.approved_by,
            student_id=stands.student_id,
            firing=stands.firing,
            again=state.again.get(name, 0),
        )
    ]


def explain(state: "InterventionInstance", command: c.ExplainAbsence) -> Facts:
    """Let a contact rest whose question was answered: it was right to ask."""
    name, asked = command.stage, _standing(state, command)
    done = name not in state.proposed and (name in state.fulfilled or name in state.unsupported)
    if asked is None or done:
        return []
    return [
        e.AbsenceExplained(
            stage=name,
            evaluated_on=command.evaluated_on,
            known_at=command.known_at,
            firing=asked.firing,
        )
    ]


def _standing(
    state: "InterventionInstance", command: c.WithdrawStage | c.ExplainAbsence
) -> e.StageProposed | e.StageEntered | None:
    """Return what waits, else what was entered, if it is the firing that the command names.

    Said twice, or late, a command would else reach the entry behind a proposal that it took back.
    """
    last = state.proposed.get(command.stage) or state.entered.get(command.stage)
    return last if last is not None and last.firing == command.firing else None


def _support(state: "InterventionInstance", command: c.ReinstateStage) -> Facts:
    entered = state.entered.get(command.stage)
    if entered is None or command.stage not in state.unsupported:
        return []
    # What was proposed instead has become the same thing twice.
    instead: Facts = [_withdrawn(command)] if command.stage in state.proposed else []
    return [
        *instead,
        e.StageReinstated(
            stage=command.stage,
            numbers=command.numbers,
            evaluated_on=command.evaluated_on,
            known_at=command.known_at,
            entered_on=entered.entered_on,
            student_id=entered.student_id,
            school_id=entered.school_id,
            case_id=entered.case_id,
            firing=entered.firing,
            again=state.again.get(command.stage, 0) + 1,
        ),
    ]


def _withdrawn(command: c.WithdrawStage | c.ReinstateStage) -> e.StageWithdrawn:
    return e.StageWithdrawn(
        stage=command.stage,
        numbers=command.numbers,
        evaluated_on=command.evaluated_on,
        known_at=command.known_at,
    )


def review(state: "InterventionInstance", command: c.ReviewCorrection, world: World) -> Facts:
    """Record what a person found; the stage stays on record as it is."""
    by_person(state, world)
    unsupported = state.unsupported.get(command.stage)
    if unsupported is None:
        raise r.NothingToReview(stage=command.stage)
    if command.stage in state.reviewed:
        return []
    return [e.CorrectionReviewed(stage=command.stage, outcome=command.outcome)]

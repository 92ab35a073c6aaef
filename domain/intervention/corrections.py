"""Late corrections: what lost its cause is taken back or put on record, and may get it back."""

from typing import TYPE_CHECKING

from domain.intervention import commands as c
from domain.intervention import events as e
from domain.intervention import refusals as r
from domain.intervention.firings import Key
from domain.intervention.ladder import Facts, by_person
from domain.kernel.world import World

if TYPE_CHECKING:
    from domain.intervention.aggregate import InterventionInstance


def recount(state: "InterventionInstance", command: c.WithdrawStage | c.ReinstateStage) -> Facts:
    """Follow the register: withdraw, put on record, or give the support back."""
    if isinstance(command, c.ReinstateStage):
        return _support(state, command)
    stands, key = _standing(state, command), (command.stage, command.firing)
    if isinstance(stands, e.StageProposed):
        return [_withdrawn(command)]
    if stands is None or key in state.firings.lost:
        return []
    return [
        e.StageUnsupported(
            stage=command.stage,
            numbers=command.numbers,
            evaluated_on=command.evaluated_on,
            known_at=command.known_at,
            owner=stands.approved_by,
            student_id=stands.student_id,
            firing=stands.firing,
            again=state.firings.again.get(key, 0),
        )
    ]


def explain(state: "InterventionInstance", command: c.ExplainAbsence) -> Facts:
    """Let a contact rest whose question was answered: it was right to ask."""
    asked = _standing(state, command)
    if asked is None or (isinstance(asked, e.StageEntered) and _rests(state, asked)):
        return []
    return [
        e.AbsenceExplained(
            stage=command.stage,
            evaluated_on=command.evaluated_on,
            known_at=command.known_at,
            firing=asked.firing,
        )
    ]


def _standing(
    state: "InterventionInstance", command: c.WithdrawStage | c.ExplainAbsence
) -> e.StageProposed | e.StageEntered | None:
    """Return the firing that the command names, where it waits or was entered.

    Said twice, or late, a command would else reach the entry behind a proposal that it took back.
    """
    waits = state.proposed.get(command.stage)
    if waits is not None and waits.firing == command.firing:
        return waits
    return state.firings.entered.get((command.stage, command.firing))


def _rests(state: "InterventionInstance", asked: e.StageEntered) -> bool:
    """Say whether an entry was explained, done by a person, or lost its cause before."""
    key = asked.stage, asked.firing
    done = asked.stage in state.fulfilled and state.entered[asked.stage].firing == asked.firing
    return done or key in state.firings.explained or key in state.firings.lost


def _support(state: "InterventionInstance", command: c.ReinstateStage) -> Facts:
    key = command.stage, command.firing
    entered = state.firings.entered.get(key)
    if entered is None or key not in state.firings.lost:
        return []
    instead: Facts = [_withdrawn(command)] if _is_instead(state, key) else []
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
            again=state.firings.again.get(key, 0) + 1,
        ),
    ]


def _is_instead(state: "InterventionInstance", key: Key) -> bool:
    """Say whether what waits came in place of a firing, and would now be the same thing twice.

    What is armed for a later window waits for a reason of its own.
    """
    waits = state.proposed.get(key[0])
    if waits is None:
        return False
    return waits.anchor is None or waits.anchor <= state.firings.decided[key].evaluated_on


def _withdrawn(command: c.WithdrawStage | c.ReinstateStage) -> e.StageWithdrawn:
    return e.StageWithdrawn(
        stage=command.stage,
        numbers=command.numbers,
        evaluated_on=command.evaluated_on,
        known_at=command.known_at,
    )


def review(state: "InterventionInstance", command: c.ReviewCorrection, world: World) -> Facts:
    """Record what a person found of each entry that lost its cause; it stays on record as it is."""
    by_person(state, world)
    lost = [key for key in state.firings.lost if key[0] == command.stage]
    if not lost:
        raise r.NothingToReview(stage=command.stage)
    return [
        e.CorrectionReviewed(stage=name, outcome=command.outcome, firing=firing)
        for name, firing in lost
        if (name, firing) not in state.firings.reviewed
    ]

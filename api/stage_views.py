"""Guards of a stage as people are shown them: asked, found, or vouched for."""

from typing import Any
from uuid import UUID

from domain.intervention.aggregate import InterventionInstance
from domain.intervention.events import InterventionOpened, StageEntered, StageProposed
from domain.intervention.guards import found_on_record, record_of
from domain.intervention.refusals import StageNotProposed
from domain.shared.guards import Finding, Guard, GuardBy
from infrastructure.wiring.stages_by_hand import Word

_NOBODY = {"met": None, "counted": None, "window_from": None, "window_to": None} | {
    "who": None,
    "at": None,
}


def guards_view(
    word: Word, opened: InterventionOpened, state: InterventionInstance, stage: str
) -> dict[str, Any]:
    """Return the guards of a stage that waits, else of how it was entered last.

    Raises:
        StageNotProposed: it does neither.
    """
    proposed, entered = state.proposed.get(stage), state.entered.get(stage)
    if proposed is not None:
        guards = _waiting(word, opened, state, proposed)
    elif entered is not None and stage in state.fired:
        guards = _vouched(word, entered, state.fired[stage])
    else:
        raise StageNotProposed(stage=stage)
    return {
        "stage": stage,
        "status": "PROPOSED" if proposed is not None else "ENTERED",
        "student_id": opened.student_id,
        "waits_for": [one["guard"] for one in guards if one["met"] is None],
        "guards": guards,
    }


def _waiting(
    word: Word, opened: InterventionOpened, state: InterventionInstance, proposed: StageProposed
) -> list[dict[str, Any]]:
    with word.house.database.worker() as conn:
        register = word.findings(conn, opened, proposed)
    record = found_on_record(proposed.guards, proposed.stage.track, record_of(state))
    found = {one.guard: one for one in (*register, *record)}
    return [_said(guard) | _found(guard, found.get(guard.name)) for guard in proposed.guards]


def _found(guard: Guard, one: Finding | None) -> dict[str, Any]:
    if one is None:
        return {} if guard.by is GuardBy.PERSON else {"met": False}
    return {
        "met": one.met,
        "counted": one.counted,
        "window_from": one.window_from,
        "window_to": one.window_to,
    }


def _vouched(word: Word, entered: StageEntered, proposed: StageProposed) -> list[dict[str, Any]]:
    said = {one.guard: one for one in entered.guards}
    secret = _answers(word, entered.answers_ref)
    shown = []
    for guard in proposed.guards:
        one = said.get(guard.name)
        if one is not None:
            more = {"met": True, "counted": one.counted, "who": one.who or None, "at": one.at}
        else:
            yes = {"yes": True, "no": False}.get(secret.get(guard.name, ""))
            more = {"met": yes, "who": entered.approved_by or None}
        shown.append(_said(guard) | more)
    return shown


def _answers(word: Word, reference: UUID | None) -> dict[str, str]:
    if reference is None:
        return {}
    with word.house.database.worker() as conn:
        return dict(word.house.vault.get_many(conn, word.tenant, [reference]).get(reference, {}))


def _said(guard: Guard) -> dict[str, Any]:
    return {
        "guard": guard.name,
        "by": guard.by,
        "asks": guard.asks,
        "special": guard.special,
        **_NOBODY,
    }

"""What the doors of playbooks ask before a wish is put down: what is meant, and whose is it."""

from uuid import UUID

import msgspec
from pydantic import BaseModel

from api.bodies.run_desk import StartBody
from api.once import once, together
from api.playbook_views import History, history_of
from api.receipts import Desk
from api.tokens import Caller
from api.whose import is_seen_by, needs_all_of, school_meant
from domain.intervention.events import InterventionOpened
from domain.intervention.refusals import InterventionUnknown
from domain.kernel.refusals import Refusal
from domain.playbook.commands import DraftPlaybook
from domain.playbook.refusals import NeverInUse, NotInUse, PlaybookUnknown
from domain.playbook_run.commands import StartRun
from domain.playbook_run.refusals import NobodyToTell
from domain.shared.ids import InterventionId, PlaybookId, derived_id
from domain.shared.playbooks import Playbook, Step
from infrastructure.store.database import Connection
from infrastructure.wiring.house import House
from infrastructure.wiring.runs_by_hand import started

NOBODYS = PlaybookId(UUID(int=0))
"""The id of a playbook that is only looked at."""


def playbook_of(body: BaseModel, playbook: PlaybookId = NOBODYS) -> Playbook:
    """Return what somebody wrote as the domain has it; its faults are the domain's to find."""
    said = body.model_dump(mode="json", exclude={"school_id"})
    return msgspec.convert({**said, "playbook_id": str(playbook), "version": 0}, type=Playbook)


def step_of(body: BaseModel) -> Step:
    """Return a step that somebody wrote as the domain has it."""
    found: Step = msgspec.convert(body.model_dump(mode="json"), type=Step)
    return found


def begun(desk: Desk, body: BaseModel, school_id: UUID | None) -> DraftPlaybook:
    """Return the wish to begin a playbook.

    Raises:
        SchoolNotKnown: when the school is not in the caller's scope, or there is none.
        OperationDenied: when it would be the whole tenant's, and the caller has some schools only.
    """
    school = school_meant(desk, school_id)
    wanted = PlaybookId(derived_id("playbook", desk.command_id))
    return DraftPlaybook(playbook=playbook_of(body, wanted), school_id=school)


def told_to(house: House, caller: Caller, playbook: UUID, revision: int | None = None) -> History:
    """Return what is known of a playbook that a caller may see, as of a revision if one is named.

    Raises:
        PlaybookUnknown: the same for one that is not there and one of another school.
    """
    with house.database.tenant(caller.tenant) as conn:
        told = history_of(conn, caller.tenant, playbook, revision)
    if not is_seen_by(caller, told.school_id):
        raise PlaybookUnknown
    return told


def changeable(desk: Desk, playbook: UUID) -> History:
    """Return what the caller has seen of a playbook that the caller may change.

    A change is made from what was seen: sent again, it is the same wish, whatever came since.

    Raises:
        PlaybookUnknown: when the caller may not see it either.
        OperationDenied: when it is the whole tenant's, and the caller has some schools only.
    """
    told = told_to(desk.house, desk.caller, playbook, desk.expecting or None)
    needs_all_of(desk.caller, told.school_id)
    return told


def used_version(house: House, caller: Caller, playbook: UUID, version: int) -> Playbook:
    """Return a version that runs may move to.

    Raises:
        PlaybookUnknown: when the caller may not see the playbook.
        VersionNotThere: when it has no such version.
        NeverInUse: when that version was never put into use.
    """
    found = told_to(house, caller, playbook).version(version)
    if found.activated_at is None:
        raise NeverInUse
    return found.playbook


def started_by_hand(desk: Desk, body: StartBody) -> bytes:
    """Begin a playbook's runs for a pupil, all in one transaction; return their ids.

    Raises:
        PlaybookUnknown: when the caller may not see the playbook.
        NotInUse: when no version is in use at the pupil's school.
        InterventionUnknown: when the caller may not see the intervention.
        StageNotEntered: when the stage was not entered.
        NobodyToTell: when nobody may be told.
    """
    told = told_to(desk.house, desk.caller, body.playbook_id)
    intervention = InterventionId(body.intervention_id)
    opened = desk.founding(intervention, InterventionOpened, InterventionUnknown)
    if told.shown.status != "ACTIVE" or told.school_id not in {None, opened.school_id}:
        raise NotInUse

    def do(conn: Connection) -> dict[str, object]:
        book = told.shown.playbook
        wishes = started(desk.house.ledger, conn, intervention, book, body.stage)
        runs = [wish.run_id for wish in wishes if isinstance(wish, StartRun)]
        if not runs:
            raise NobodyToTell
        refused = [one for one in together(desk, conn, wishes) if isinstance(one, Refusal)]
        if refused:
            raise refused[0]
        return {"runs": runs}

    return once(desk, body.model_dump(mode="json"), do)

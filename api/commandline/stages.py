"""`anseo stage`: what a named person begins and puts on record about a stage.

Who approves has a role to show, which a command line cannot see: approval is for the HTTP door.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

import typer

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.commandline.registers import (
    REFUSED,
    By,
    Json,
    School,
    Student,
    Tenant,
    day_of,
    pupil_of,
    staff,
)
from api.reading import note_by
from api.receipts import founding
from api.stage_views import guards_view
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.events import InterventionOpened
from domain.intervention.reasons import AttemptOutcome, AttemptWay
from domain.intervention.refusals import InterventionUnknown
from domain.kernel.refusals import Refusal
from infrastructure.register.rows import SchoolRow, StudentRow
from infrastructure.runtime.proposing_by_hand import Ladder, ladder_of
from infrastructure.store.ledger import Receipt
from infrastructure.wiring.stages_by_hand import Tried, Word

app = typer.Typer(no_args_is_help=True, help="Stages that people propose, and attempts to meet.")
Stage = Annotated[str, typer.Option(help="The stage, as PENALTY_NOTICE_PACK.")]


@dataclass(frozen=True, slots=True)
class Asked:
    """One pupil, found, and somebody's word about a stage."""

    word: Word
    school: SchoolRow
    pupil: StudentRow
    stage: str

    def ladder(self) -> tuple[Ladder, InterventionOpened]:
        """Return the pupil's ladder, and how it began. It looks at no mark.

        Raises:
            InterventionUnknown: there is none.
        """
        house, tenant = self.word.house, self.word.tenant
        with house.database.worker() as conn:
            at = ladder_of(conn, tenant, self.school, self.pupil.student, self.stage)
            began = founding(conn, at.intervention, InterventionOpened)
        if began is None:
            raise InterventionUnknown
        return at, began


@app.callback()
def stage() -> None:
    """Propose what only a person decides, see what has to hold, log attempts at a meeting."""


@app.command()
def propose(
    school: School,
    student: Student,
    stage: Stage,
    by: By,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the vault.")] = "",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Propose a stage in a person's name, with the register's numbers of this moment.

    It then waits in the queue for whoever approves it. The look is recorded.
    """
    with _asked(school, student, stage, by, tenant, "proposal") as asked:
        told = asked.word.propose(asked.school, asked.pupil.student, stage, reason.strip() or None)
    _receipt(told, f"{stage} waits for approval", as_json=as_json)


@app.command()
def guards(
    school: School,
    student: Student,
    stage: Stage,
    by: By,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Show what has to hold before a stage is entered: asked, counted, or vouched for."""
    with _asked(school, student, stage, by, tenant, "guards") as asked:
        at, began = asked.ladder()
        house = asked.word.house
        with house.database.worker() as conn:
            state = house.ledger.load(conn, InterventionInstance, at.intervention)
        view = guards_view(asked.word, began, state, stage)
    if as_json:
        printing.as_json(view)
        return
    printing.line(f"{stage} is {view['status']}")
    for one in view["guards"]:
        stands = {True: "holds", False: "does not hold", None: "waits for an answer"}[one["met"]]
        counted = "" if one["counted"] is None else f" ({one['counted']} counted)"
        printing.line(f"{one['guard']}: {stands}{counted}. {one['asks']}".rstrip())


@app.command()
def attempt(
    school: School,
    student: Student,
    stage: Stage,
    by: By,
    way: Annotated[AttemptWay, typer.Option(help="How the family was asked.")],
    outcome: Annotated[AttemptOutcome, typer.Option(help="What came of it.")],
    on: Annotated[str, typer.Option("--date", help="The day; today.")] = "",
    invited: Annotated[
        list[str] | None, typer.Option(help="Who was to come; all that the stage names.")
    ] = None,
    notes: Annotated[str, typer.Option(help="What was said; it is kept in the vault.")] = "",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Log that the school tried to hold a meeting about an entered stage."""
    day = day_of("--date", on)
    with _asked(school, student, stage, by, tenant, "attempt") as asked:
        at, began = asked.ladder()
        made_on = day or at.today
        tried = Tried(way, outcome, made_on, invited or (), notes.strip() or None)
        told = asked.word.log_attempt(at.intervention, began, stage, tried)
    _receipt(told, f"attempt of {made_on} on record", as_json=as_json)


@contextmanager
def _asked(
    school: str, student: str, stage: str, by: str, tenant: str, what: str
) -> Iterator[Asked]:
    """Find the pupil, record the look, and turn what stands against a wish into one line."""
    owner = tenant_id(tenant)
    staff(by)
    with opened() as house:
        with house.database.tenant(owner) as conn:
            pupil, place = pupil_of(conn, owner, school, student)
            note_by(conn, owner, by, f"anseo stage {what}", what, pupil.student)
        try:
            yield Asked(Word(house, owner, by, uuid4()), place, pupil, stage)
        except Refusal as refusal:
            fail(printing.refused(refusal), REFUSED)


def _receipt(told: Receipt, text: str, *, as_json: bool) -> None:
    if as_json:
        printing.as_json({"stream": str(told.stream), "position": told.position})
    else:
        printing.line(f"{text}, at position {told.position}")

"""`anseo why` and `anseo balance`: what became of what was to be said, and why of nothing."""

from datetime import date
from typing import Annotated, Any

import msgspec
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
from api.looks import ZONE_OF_SCHOOL
from api.reading import note_by
from infrastructure.register.evaluation import SchoolUnknown, find_school
from infrastructure.runtime.explaining import why as why_of
from infrastructure.store import reads
from projections import balance as sheets
from projections.why import answer


def why(
    school: School,
    student: Student,
    by: By,
    on: Annotated[str, typer.Option("--on", help="The day, as 2025-11-20; else all days.")] = "",
    stage: Annotated[str | None, typer.Option(help="One stage, as LETTER_1; else all.")] = None,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Say why nothing was sent about a pupil: register, stage, playbook, run, step, provider.

    The look is recorded in a person's name.
    """
    owner, day = tenant_id(tenant), day_of("--on", on)
    staff(by)
    with opened() as house, house.database.tenant(owner) as conn:
        row, place = pupil_of(conn, owner, school, student)
        found = why_of(conn, owner, row, place, on=day, stage=stage)
        note_by(conn, owner, by, "anseo why", "why", row.student)
    decides = answer(found)
    if as_json:
        told: dict[str, Any] = {"answer": decides, "findings": found}
        printing.as_json(msgspec.to_builtins(told))
        return
    for one in found:
        about = " ".join(filter(None, (one.stage, one.step_id)))
        printing.line(f"{one.level:<9} {one.code:<18} {one.words}  {about}".rstrip())
    printing.line(f"{decides.code}: {decides.words}")


def balance(
    first: Annotated[str, typer.Option("--from", help="The first day, as 2025-09-01.")],
    last: Annotated[str, typer.Option("--to", help="The last day.")],
    school: Annotated[str, typer.Option(help="A school's id, or all.")] = "all",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Add up what became of every message asked for; end with 1 where it does not add up."""
    owner, begins, ends = tenant_id(tenant), day_of("--from", first), day_of("--to", last)
    if begins is None or ends is None or ends < begins:
        fail("say --from and --to, the earlier day first", REFUSED)
    with opened() as house, house.database.tenant(owner) as conn:
        asked: dict[str, Any] = {"tenant": owner, "from": begins, "to": ends}
        asked |= {"school": None, "zone": "UTC"}
        if school != "all":
            try:
                found = find_school(conn, owner, school)
            except SchoolUnknown:
                fail(f"no school {school} is known here: import it, or use --school all")
            zone = conn.execute(
                ZONE_OF_SCHOOL.encode(), {"tenant": owner, "school": found}
            ).fetchone()
            asked |= {"school": [found], "zone": zone[0] if zone else "UTC"}
        told = sheets.sheet(reads.fetch(conn, sheets.ROWS, asked))
    if as_json:
        printing.as_json(told)
    else:
        _print(told, begins, ends)
    if not told["agrees"]:
        raise SystemExit(1)


def _print(told: dict[str, Any], first: date, last: date) -> None:
    printing.line(f"{first} to {last}: {told['asked']} messages asked for")
    for side in sheets.Side:
        printing.line(f"  {side:<10} {told[str(side)]:>8}")
        if side is sheets.Side.SKIPPED:
            for reason, count in told["skipped_by_reason"].items():
                printing.line(f"    {reason:<30} {count:>8}")
    for one in told["loose_messages"]:
        printing.line(f"  on no side: {one['message_id']} {one['code']}")
    printing.line("it adds up" if told["agrees"] else f"{told['loose']} on no side")

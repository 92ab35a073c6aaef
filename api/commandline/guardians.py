"""`anseo guardians`: what a guardian chose, and what a person records of it by hand."""

from datetime import time
from typing import Annotated, Any
from uuid import UUID

import msgspec
import typer

from api import guardian_looks as looks
from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.commandline.registers import REFUSED, By, Json, Tenant, staff
from api.reading import note_by
from domain.contact_choice import commands as c
from domain.contact_choice.events import LegalBasis, LiftReason, SuppressionCause
from domain.kernel.refusals import Refusal
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import GuardianId
from infrastructure.register import reads

app = typer.Typer(no_args_is_help=True, help="What guardians chose: consent, channels, hours.")
Guardian = Annotated[UUID, typer.Argument(help="The guardian's id here.")]
Source = Annotated[str, typer.Option(help="Where the answer came from: GUARDIAN, STAFF or FORM.")]
Given = Annotated[bool, typer.Option("--yes/--no", help="The answer.")]
_SOURCES = ("GUARDIAN", "STAFF", "FORM")


@app.command()
def show(
    guardian: Guardian, by: By, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False
) -> None:
    """Show what a guardian chose. The look is recorded in a person's name."""
    found = _told(guardian, by, tenant, "preferences")
    if as_json:
        printing.as_json(found)
        return
    for one in found["consents"]:
        said = "yes" if one["given"] else "no"
        basis, source = one["basis"], one["source"]
        printing.line(f"{one['channel']} {one['purpose']}: {said} ({basis}, {source})")
    answers = {None: "nobody has asked", True: "yes", False: "no"}
    printing.line(f"legal notices by e-mail: {answers[found['legal_notice_email_consent']]}")
    for one in found["suppressions"]:
        printing.line(f"{one['channel']} is stopped: {', '.join(one['causes'])}")
    wishes = {name: value for name, value in found["preferences"].items() if value}
    printing.line(f"preferences: {wishes or 'none'}; version {found['version']}")


@app.command()
def history(
    guardian: Guardian, by: By, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False
) -> None:
    """Show every change of a guardian's choices, the latest first. The look is recorded."""
    found = _told(guardian, by, tenant, "choice history")
    if as_json:
        printing.as_json(found)
        return
    for one in found["items"]:
        printing.line(f"{one['at']}  {one['what']}  by {one['by']}  {one['said']}")


@app.command()
def consent(
    guardian: Guardian,
    channel: Annotated[Channel, typer.Option(help="The channel.")],
    by: By,
    given: Given = True,
    purpose: Annotated[Purpose, typer.Option(help="What for.")] = Purpose.NUDGE,
    basis: Annotated[LegalBasis, typer.Option(help="On which basis in law.")] = LegalBasis.CONSENT,
    source: Source = "STAFF",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Record an answer about a channel and a purpose: a yes, or a withdrawal."""
    wish = c.RecordConsent(
        guardian_id=GuardianId(guardian),
        channel=channel,
        given=given,
        source=_source(source),
        purpose=purpose,
        basis=basis,
    )
    _record(wish, by, tenant, as_json=as_json)


@app.command("notice-email")
def notice_email(
    guardian: Guardian,
    by: By,
    given: Given = True,
    source: Source = "STAFF",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Record whether legal notices may come by e-mail; no other answer says so."""
    wish = c.RecordNoticeEmail(
        guardian_id=GuardianId(guardian), given=given, source=_source(source)
    )
    _record(wish, by, tenant, as_json=as_json)


@app.command()
def prefer(
    guardian: Guardian,
    by: By,
    language: Annotated[str, typer.Option(help="A language: en, ga, pt-BR.")] = "",
    channel: Annotated[
        list[Channel] | None, typer.Option(help="Channels in order, the best one first.")
    ] = None,
    quiet: Annotated[str, typer.Option(help="Their own quiet hours: 20:00-10:30.")] = "",
    off: Annotated[list[Purpose] | None, typer.Option(help="Purposes without messages.")] = None,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Set how a guardian would like to be reached: all of it at once, in place of before."""
    first, _, last = quiet.partition("-")
    try:
        hours = (time.fromisoformat(first), time.fromisoformat(last)) if quiet else (None, None)
    except ValueError:
        fail(f"--quiet {quiet!r}: write it as 20:00-10:30", REFUSED)
    wish = c.SetPreferences(
        guardian_id=GuardianId(guardian),
        language=language or None,
        channels=tuple(channel or ()),
        quiet_from=hours[0],
        quiet_until=hours[1],
        off=tuple(off or ()),
    )
    _record(wish, by, tenant, as_json=as_json)


@app.command()
def suppress(
    guardian: Guardian,
    channel: Annotated[Channel, typer.Option(help="The channel.")],
    cause: Annotated[SuppressionCause, typer.Option(help="Why.")],
    by: By,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Stop a channel at once; others, letters and calls are left alone."""
    wish = c.SuppressChannel(guardian_id=GuardianId(guardian), channel=channel, cause=cause)
    _record(wish, by, tenant, as_json=as_json)


@app.command()
def lift(
    guardian: Guardian,
    channel: Annotated[Channel, typer.Option(help="The channel.")],
    reason: Annotated[LiftReason, typer.Option(help="Why it may be used again.")],
    by: By,
    cause: Annotated[SuppressionCause | None, typer.Option(help="Which cause; all.")] = None,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Let a stopped channel be used again, for a reason."""
    if reason is LiftReason.START_WORD:
        fail("START_WORD is said by the guardian's own number: say what you know", REFUSED)
    wish = c.LiftSuppression(
        guardian_id=GuardianId(guardian), channel=channel, reason=reason, cause=cause
    )
    _record(wish, by, tenant, as_json=as_json)


def _source(written: str) -> str:
    if written not in _SOURCES:
        fail(f"--source {written!r}: write one of {', '.join(_SOURCES)}", REFUSED)
    return written


def _told(guardian: UUID, by: str, tenant: str, what: str) -> dict[str, Any]:
    staff(by)
    owner, whose = tenant_id(tenant), GuardianId(guardian)
    shown = looks.choices if what == "preferences" else looks.history
    with opened() as house, house.database.tenant(owner) as conn:
        if not reads.students_of(conn, owner, [whose])[whose]:
            fail(f"no guardian {guardian} is known here: import guardians first", REFUSED)
        told = looks.facts_of(conn, house.ledger, whose)
        note_by(conn, owner, by, "anseo guardians", what, guardian)
    found: dict[str, Any] = msgspec.to_builtins(shown(whose, told))
    return found


def _record(wish: c.ContactChoiceCommand, by: str, tenant: str, *, as_json: bool) -> None:
    staff(by)
    owner, whose = tenant_id(tenant), wish.guardian_id
    with opened() as house:
        with house.database.tenant(owner) as conn:
            if not reads.students_of(conn, owner, [whose])[whose]:
                fail(f"no guardian {whose} is known here: import guardians first", REFUSED)
        try:
            receipt = house.ledger.execute(wish, tenant=owner, by=by)
        except Refusal as refusal:
            fail(printing.refused(refusal), REFUSED)
    if as_json:
        printing.as_json({"version": receipt.version, "position": receipt.position})
    elif receipt.facts:
        printing.line(f"recorded; version {receipt.version}")
    else:
        printing.line(f"known already; version {receipt.version}")

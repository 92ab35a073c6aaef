"""`anseo templates`: texts that schools write, check, approve and try out."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
import typer

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.reading import note_by
from api.template_desk import approving, drafting, revising, translating
from api.template_views import History, history_of, listed, text_catalogue, whole
from domain.kernel.commands import Command
from domain.kernel.refusals import Refusal
from domain.shared.ids import SchoolId, StudentId, TemplateId, TenantId
from domain.shared.texts import Wording
from domain.template.commands import RetireTemplate, ReviewTranslation
from domain.template.refusals import TemplateFaulty
from infrastructure.documents.texts import Texts
from infrastructure.register.evaluation import SchoolUnknown, find_school
from infrastructure.register.told import guardians_told
from infrastructure.runtime.trying_words import (
    NobodyToShow,
    Shown,
    verdict,
    with_made_up_data,
    with_real_data,
)
from infrastructure.settings import Settings
from infrastructure.store import reads
from infrastructure.wiring.house import House
from projections import templates as rows

app = typer.Typer(no_args_is_help=True, help="Texts of letters and messages.")
REFUSED: Final = 2
_MOST: Final = 200
Tenant = Annotated[str, typer.Option(help="Short name of the tenant.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]
By = Annotated[str, typer.Option(help="Your id, not your name: it stands in the history.")]
School = Annotated[str, typer.Option(help="For one school only, by its id.")]
File = Annotated[Path, typer.Argument(help="A JSON file, as `catalogue` shows the shipped ones.")]
Known = Annotated[UUID, typer.Argument(help="Its id, as `list` prints it.")]


@app.callback()
def templates() -> None:
    """Look at texts, write them, check them, have them approved."""


@app.command()
def catalogue(as_json: AsJson = False) -> None:
    """Say what texts may fill in, and print what is shipped."""
    known = text_catalogue(Texts.load())
    if as_json:
        printing.as_json(known)
        return
    for field in known["fields"]:
        printing.line(f"{field['name']:<20} {field['kind']:<8} {', '.join(field['for'])}")
    printing.line(f"languages: {', '.join(known['languages'])}")
    for text in known["shipped"]:
        printing.line(f"shipped: {text['key']} {text['kind']} {text['language']}")


@app.command("list")
def list_templates(tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """List texts: drafted, approved and retired."""
    owner = tenant_id(tenant)
    named = dict.fromkeys(("text_key", "kind", "language", "approved", "school", "scope"))
    place = {"after_at": None, "after_key": None, "limit": _MOST}
    with opened() as house, house.database.auditor(owner) as conn:
        found = reads.fetch(conn, rows.TEMPLATE_PAGE, {"tenant": owner, **named, **place})
    items = [listed(row[0]) for row in found]
    if as_json:
        printing.as_json({"items": items})
        return
    for item in items:
        whose = item["school_id"] or "every school"
        version = f"version {item['version'] or item['draft_version']}"
        what = f"{item['key']} {item['kind']} {item['language']}"
        printing.line(f"{item['template_id']}  {item['status']:<8} {version}  {what}  {whose}")


@app.command()
def show(
    known: Known,
    version: Annotated[int | None, typer.Option(help="A version; else the approved one.")] = None,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Print a text as it was written; with --json its versions, too."""
    owner = tenant_id(tenant)
    with opened() as house, refusing(str(known)):
        told = _told(house, owner, known)
        shown = told.shown if version is None else told.version(version)
    if as_json:
        versions = [one.as_dict() for one in told.versions.values()]
        printing.as_json({**whole(told, shown), "versions": versions})
        return
    printing.line(f"version {shown.version}, {shown.status}; approved by {shown.approved_by}")
    said = msgspec.to_builtins(shown.wording)
    printing.line(json.dumps(said, indent=2, ensure_ascii=False))


@app.command()
def validate(
    file: File,
    recipients: Annotated[int, typer.Option(help="How many families: the cost.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Say everything that is wrong with a text, with place and line. Exit code 2 if anything."""
    said = verdict(_wording(file), recipients, Settings())
    if as_json:
        printing.as_json(said)
    else:
        for fault in (*said["errors"], *said["warnings"]):
            line = f" line {fault['line']}" if fault["line"] else ""
            printing.line(f"{fault['path']}{line}: {fault['message']} [{fault['code']}]")
        _tell_cost(said["sms"])
    if not said["valid"]:
        raise SystemExit(REFUSED)


@app.command()
def draft(
    file: File,
    school: School = "",
    by: By = "command-line",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Begin a text with a first draft; it is sent to nobody until somebody else approves it."""
    owner, wording = tenant_id(tenant), _wording(file)
    with opened() as house, refusing(str(file)):
        wish = drafting(house, owner, wording, _school(house, owner, school))
        _put_down(house, owner, wish, by, as_json)


@app.command()
def revise(
    known: Known,
    file: File,
    by: By = "command-line",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Write the draft of the next version; the approved words stay as they are."""
    owner, wording = tenant_id(tenant), _wording(file)
    with opened() as house, refusing(str(known)):
        wish = revising(house, owner, _told(house, owner, known), wording)
        _put_down(house, owner, wish, by, as_json)


@app.command()
def translate(
    known: Known,
    to: Annotated[str, typer.Option(help="The language, as pl.")],
    by: By = "command-line",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Draft an approved text in another language by software, for people to review."""
    owner = tenant_id(tenant)
    with opened() as house, refusing(str(known)):
        wish = translating(house, owner, _told(house, owner, known), to)
        _put_down(house, owner, wish, by, as_json)


@app.command()
def review(known: Known, by: By, tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """Vouch in your name that the drafted translation says what its source says."""
    owner = tenant_id(tenant)
    with opened() as house, refusing(str(known)):
        _told(house, owner, known)
        wish = ReviewTranslation(template_id=TemplateId(known))
        _put_down(house, owner, wish, by, as_json)


@app.command()
def approve(known: Known, by: By, tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """Let the draft be sent. Another person than its author approves it."""
    owner = tenant_id(tenant)
    with opened() as house, refusing(str(known)):
        wish = approving(house, owner, _told(house, owner, known))
        _put_down(house, owner, wish, by, as_json)


@app.command()
def retire(
    known: Known,
    by: By = "command-line",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Send these words no more, and drop the draft; what was sent keeps them."""
    owner = tenant_id(tenant)
    with opened() as house, refusing(str(known)):
        _told(house, owner, known)
        wish = RetireTemplate(template_id=TemplateId(known))
        _put_down(house, owner, wish, by, as_json)


@app.command()
def preview(
    known: Known,
    student: Annotated[UUID | None, typer.Option(help="A pupil; the look is recorded.")] = None,
    by: By = "command-line",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Print how the draft (else the approved text) reads, about nobody or about one pupil."""
    owner = tenant_id(tenant)
    with opened() as house, refusing(str(known)):
        told = _told(house, owner, known)
        shown = _shown(house, owner, told, student, by)
    if as_json:
        printing.as_json(msgspec.to_builtins(shown))
        return
    if shown.subject:
        printing.line(f"Subject: {shown.subject}")
    printing.line(shown.text or shown.html or "")
    _tell_cost(None if shown.sms is None else msgspec.to_builtins(shown.sms))


def _shown(house: House, owner: TenantId, told: History, student: UUID | None, by: str) -> Shown:
    words = told.latest.wording
    with house.database.worker() as conn:
        recipients = guardians_told(conn, owner, told.school_id)
        if student is None:
            return with_made_up_data(words, recipients, house.settings)
        about = StudentId(student), None
        try:
            shown = with_real_data(house.composer, conn, owner, words, about, recipients)
        except NobodyToShow:
            fail(f"no pupil {student}, or nobody of the family may be told", REFUSED)
        note_by(conn, owner, by, "anseo templates preview", "template preview", student)
        return shown


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """End with what the rules say, where they say no."""
    try:
        yield
    except TemplateFaulty as faulty:
        said = "; ".join(one["message"] for one in faulty.details["errors"])
        fail(f"{what}: {faulty.code}: {said}", REFUSED)
    except Refusal as refusal:
        fail(f"{what}: {printing.refused(refusal)}", REFUSED)


def _put_down(house: House, owner: TenantId, wish: Command, by: str, as_json: bool) -> None:
    receipt = house.ledger.execute(wish, tenant=owner, by=f"staff:{by}")
    said = {"template_id": receipt.stream, "revision": receipt.version, "facts": receipt.facts}
    if as_json:
        printing.as_json({**said, "position": receipt.position})
        return
    printing.line(str(receipt.stream) if receipt.facts else f"{receipt.stream}: it was so already")


def _tell_cost(sms: dict[str, Any] | None) -> None:
    if sms is None:
        return
    printing.line(f"{sms['parts']} parts of {sms['alphabet']}, {sms['recipients']} families")
    if sms["cost"] is not None:
        both = f"{sms['cost']} {sms['currency']}, {sms['cost_with_fada']} with a fada in each name"
        printing.line(both)


def _wording(file: Path) -> Wording:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Wording)
    except OSError as error:
        fail(f"{file} cannot be read ({error.strerror})", REFUSED)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        fail(f"{file} is no template: {error}; `anseo templates catalogue --json` shows some", 2)


def _told(house: House, tenant: TenantId, known: UUID) -> History:
    with house.database.auditor(tenant) as conn:
        return history_of(conn, tenant, known)


def _school(house: House, tenant: TenantId, school: str) -> SchoolId | None:
    if not school:
        return None
    try:
        with house.database.auditor(tenant) as conn:
            return find_school(conn, tenant, school)
    except SchoolUnknown:
        fail(f"no school {school} is known here: import it first (anseo import schools FILE)")

"""`anseo messages`: what nobody knows, did not go or is stuck, and what a person decides of it."""

from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
import typer

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.commandline.registers import By, staff
from domain.kernel.refusals import Refusal
from domain.message import commands as c
from domain.message.events import MessageRequested
from domain.message.reasons import AbandonReason, Finding, ResendReason, SettleReason
from domain.shared.contact import Channel
from domain.shared.ids import MessageId
from infrastructure.store import reads
from infrastructure.wiring.house import House
from projections import message_lists
from projections.kit import Query

app = typer.Typer(no_args_is_help=True, help="Messages and what became of them.")
REFUSED: Final = 2
Tenant = Annotated[str, typer.Option(help="Short name of the tenant.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]
Message = Annotated[str, typer.Argument(help="The message, by its id.")]


class Which(StrEnum):
    """Which messages to list."""

    ALL = "all"
    UNKNOWN = "unknown"
    DEAD = "dead"
    STUCK = "stuck"


_LISTS: Final[dict[Which, Query]] = {
    Which.ALL: message_lists.PAGE,
    Which.UNKNOWN: message_lists.UNKNOWN,
    Which.DEAD: message_lists.DEAD,
    Which.STUCK: message_lists.STUCK,
}


@app.callback()
def messages() -> None:
    """See what became of messages, and decide about those that did not go."""


@app.command("list")
def listed(
    which: Annotated[Which, typer.Argument(help="Which messages.")] = Which.ALL,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """List messages, at most 200, the oldest first."""
    owner = tenant_id(tenant)
    with opened() as house, house.database.tenant(owner) as conn:
        settings = house.settings
        asked = {
            **message_lists.ANY,
            "tenant": owner,
            "waiting": 60 * settings.stuck_after_minutes,
            "silent": 60 * settings.silent_after_minutes,
            "never": list(message_lists.NEVER_REPORT),
        }
        rows = [msgspec.json.decode(doc) for doc, *_ in reads.fetch(conn, _LISTS[which], asked)]
    if as_json:
        printing.as_json({"items": rows})
        return
    for row in rows:
        age = f", for {row['age_seconds']} s" if "age_seconds" in row else ""
        who = row.get("seen_to_by") or row["owner"] or "nobody"
        why = f" ({row['reason']})" if row["reason"] else ""
        printing.line(f"{row['message_id']} {row['channel']} {row['status']}{why}{age}: {who}")


@app.command()
def show(message: Message, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """Tell the story of one message: each fact, when, and by whom."""
    owner, this = tenant_id(tenant), _id(message)
    with opened() as house, house.database.auditor(owner) as conn:
        rows = conn.execute(message_lists.FACTS, {"tenant": owner, "message": this}).fetchall()
    if not rows or not rows[0][0].startswith("message."):
        fail(f"there is no message {message} here", REFUSED)
    if as_json:
        told = [{"name": n, "at": at.isoformat(), "actor": who, **f} for n, at, who, f in rows]
        printing.as_json({"facts": told})
        return
    for name, at, actor, fact in rows:
        said = ", ".join(f"{key}={value}" for key, value in fact.items() if value is not None)
        printing.line(f"{at:%Y-%m-%d %H:%M:%S} {name.partition('.')[2]} by {actor}: {said}")


@app.command()
def settle(
    message: Message,
    finding: Annotated[Finding, typer.Argument(help="What was found out.")],
    by: By,
    reason: Annotated[SettleReason, typer.Option(help="How it is known.")],
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Say what became of a message that nobody knew about."""
    wish = c.SettleUnknown(message_id=_id(message), finding=finding, reason=reason)
    _decide(wish, by, tenant, as_json=as_json)


@app.command()
def resend(
    message: Message,
    by: By,
    reason: Annotated[ResendReason, typer.Option(help="Why it goes once more.")],
    channel: Annotated[Channel | None, typer.Option(help="Another channel.")] = None,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Let a message that did not go go once more, as a new generation under the same key."""
    wish = c.ResendMessage(message_id=_id(message), reason=reason, channel=channel)
    _decide(wish, by, tenant, as_json=as_json)


@app.command()
def abandon(
    message: Message,
    by: By,
    reason: Annotated[AbandonReason, typer.Option(help="Why nobody tries any more.")],
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Take a message that did not go off the list."""
    wish = c.AbandonMessage(message_id=_id(message), reason=reason)
    _decide(wish, by, tenant, as_json=as_json)


def _id(written: str) -> MessageId:
    try:
        return MessageId(UUID(written))
    except ValueError:
        fail(f"{written!r} is no id of a message: see anseo messages list", REFUSED)


def _decide(wish: Any, by: str, tenant: str, *, as_json: bool) -> None:
    staff(by)
    owner = tenant_id(tenant)
    with opened() as house:
        _known(house, owner, wish.message_id)
        try:
            receipt = house.ledger.execute(wish, tenant=owner, by=by)
        except Refusal as refusal:
            fail(printing.refused(refusal), REFUSED)
    if as_json:
        printing.as_json({"stream": str(receipt.stream), "position": receipt.position})
    else:
        printing.line(f"on record, at position {receipt.position}")


def _known(house: House, owner: UUID, message: MessageId) -> None:
    """See that the id is one of a message: an aggregate cannot take in the facts of another."""
    with house.database.tenant(owner) as conn:
        history = house.ledger.history(conn, message)
    if not history or not isinstance(history[0].event, MessageRequested):
        fail(f"there is no message {message} here", REFUSED)

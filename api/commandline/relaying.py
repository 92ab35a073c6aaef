"""`anseo relay`: how the way to Kafka stands, and what only a person may decide about it."""

import getpass
from dataclasses import asdict
from typing import Annotated, Any, Final

import typer

from api.commandline import printing
from api.commandline.opening import chosen_settings, fail, opened, servers
from infrastructure.relay import choices
from infrastructure.relay.choices import NoSuchPosition, Status
from infrastructure.relay.link import Waiting
from infrastructure.relay.publishing import BrokerAway
from infrastructure.wiring.workers import relay_of

app: Final = typer.Typer(no_args_is_help=True, help="The way to Kafka.")
Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]


@app.command()
def status(as_json: Json = False) -> None:
    """Say how far the relay came, what it parked, and who restarted it why."""
    with opened() as house, house.database.worker() as conn:
        found = choices.status(conn, house.ledger.recorder)
    if as_json:
        printing.as_json(asdict(found))
    else:
        _tell(found)


def _tell(found: Status) -> None:
    printing.line(f"position {found.position} of {found.head}, lag {found.lag}")
    printing.line(f"cluster {found.cluster_id or 'not known yet'}")
    if found.parked:
        printing.line(f"PARKED: {found.parked}")
        printing.line('to do:  anseo relay restart --from POSITION --reason "..."')
    for one in found.parked_streams:
        printing.line(f"parked: {one.stream} from {one.first}, {one.facts} facts: {one.error}")
    for choice in found.choices:
        printing.line(
            f"{choice.chosen_at.isoformat(timespec='seconds')} {choice.chosen_by}:"
            f" from {choice.from_position} instead of {choice.was_at}: {choice.reason}"
        )


@app.command()
def restart(
    position: Annotated[
        int, typer.Option("--from", help="Publish again what lies behind it; 0: everything.")
    ],
    reason: Annotated[str, typer.Option(help="Why; an auditor will read it.")],
    by: Annotated[str, typer.Option(help="Who says so; else the log-in of this machine.")] = "",
    as_json: Json = False,
) -> None:
    """Publish again from a position, to whichever broker answers; also while the relay runs."""
    if not reason.strip():
        fail("--reason says why: an auditor will read it", code=2)
    with opened() as house, house.database.worker() as conn:
        try:
            choice = choices.restart(
                conn,
                house.ledger.recorder,
                position,
                by=by.strip() or getpass.getuser(),
                reason=reason.strip(),
            )
        except NoSuchPosition as error:
            fail(str(error), code=2)
    if as_json:
        printing.as_json(asdict(choice))
    else:
        printing.line(f"the relay goes on behind {position}; it was at {choice.was_at}")


@app.command()
def retry(as_json: Json = False) -> None:
    """Publish parked facts in their order, after what kept them back was mended."""
    settings = chosen_settings()
    with servers(settings, kafka=True) as running, opened(settings) as house:
        relay = relay_of(house, running.kafka_bootstrap)
        try:
            done = relay.retry_parked()
        except (Waiting, BrokerAway) as error:
            fail(str(error))
        finally:
            relay.close()
        with house.database.worker() as conn:
            left = choices.status(conn, house.ledger.recorder).parked_streams
    answer: dict[str, Any] = {"published": done, "parked_streams": [asdict(one) for one in left]}
    if as_json:
        printing.as_json(answer)
    else:
        printing.line(f"{done} facts published, {len(left)} streams still parked")

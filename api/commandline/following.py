"""`anseo followers`: how far each follower came, what it parked, and what to do about that."""

from typing import Annotated, Any

import typer

from api.commandline import printing
from api.commandline.opening import fail, opened
from infrastructure.runtime import parking, ticking
from infrastructure.runtime.projecting import Projector, checkpoint_of
from infrastructure.runtime.reacting import Reactor, tracking_of
from infrastructure.runtime.ticking import Ticker
from infrastructure.store.recorder import bound
from infrastructure.wiring.house import House
from processmanagers.all import PROCESS_MANAGERS, managers_of
from projections.all import READ_MODELS

Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]


def followers(
    retry: Annotated[str | None, typer.Option(help="Try a follower's parked facts again.")] = None,
    release: Annotated[
        str | None, typer.Option(help="Pass a parked fact over, for this process manager.")
    ] = None,
    position: Annotated[int, typer.Option(help="Which fact to pass over.")] = 0,
    by: Annotated[str, typer.Option(help="Who wants it, as staff:…")] = "",
    reason: Annotated[str, typer.Option(help="Why; it is kept for ever and names nobody.")] = "",
    as_json: Json = False,
) -> None:
    """List the followers: how far each came, and what it had to park or to pass over."""
    with opened() as house:
        if release is not None:
            _release(house, release, position, by, reason)
        if retry is not None:
            _retry(house, retry)
        answer = _followers(house)
    if as_json:
        printing.as_json(answer)
        return
    for row in answer["followers"]:
        printing.line(f"{row['name']:<34} {row['position']:>9}  lag {row['lag']:>6}")
    for parked in answer["parked"]:
        where = f"{parked['follower']}: {parked['stream']} from {parked['from']}"
        printing.line(f"parked for {where}: {parked['error']}")
    for gone in answer["released"]:
        where = f"{gone['follower']}: {gone['stream']} at {gone['position']}"
        printing.line(f"passed over for {where} by {gone['by']}: {gone['reason']}")


def _followers(house: House) -> dict[str, Any]:
    with house.database.worker() as conn:
        head = bound(conn)
        places = conn.execute(
            "select application_name, notification_id from follower_position order by 1"
        ).fetchall()
        parked = conn.execute(
            "select follower, stream, count(*), min(position), max(attempts), min(error)"
            " from parked_fact group by follower, stream order by 1, 4"
        ).fetchall()
        released = conn.execute(
            "select follower, stream, position, released_by, reason from parked_release"
            " order by released_at desc limit 100"
        ).fetchall()
    return {
        "head": head,
        "followers": [{"name": n, "position": p, "lag": max(0, head - p)} for n, p in places],
        "parked": [
            {"follower": f, "stream": s, "facts": n, "from": p, "attempts": a, "error": e}
            for f, s, n, p, a, e in parked
        ],
        "released": [
            {"follower": f, "stream": s, "position": p, "by": by, "reason": why}
            for f, s, p, by, why in released
        ],
    }


def _retry(house: House, name: str) -> None:
    for model in READ_MODELS:
        if name in {model.name, checkpoint_of(model)}:
            Projector(house.database, house.ledger.recorder, READ_MODELS, house.bell).retry(model)
            return
    managers = managers_of(house.settings.messages_a_day)
    for manager in managers:
        if name in {manager.name, tracking_of(manager)}:
            Reactor(house.database, house.ledger, managers, house.bell).retry(manager)
            return
    if name == ticking.FOLLOWER:
        Ticker(house.database, house.ledger, house.bell, vault=house.vault).retry()
        return
    fail(f"no follower {name}", code=2)


def _release(house: House, name: str, position: int, by: str, reason: str) -> None:
    """What lies behind the fact stays parked: a retry takes it up in order."""
    if not by or not reason.strip():
        fail("who wants it, and why? --by and --reason", code=2)
    for manager in PROCESS_MANAGERS:
        if name in {manager.name, tracking_of(manager)}:
            with house.database.worker() as conn:
                done = parking.pass_over(conn, tracking_of(manager), position, by, reason)
            if not done:
                fail(f"{tracking_of(manager)} has parked nothing at {position}", code=2)
            return
    fail(f"{name} is no process manager; a read model is rebuilt, a due step is retried", code=2)

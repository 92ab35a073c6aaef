"""`anseo doctor`, `anseo alarms`, `anseo restored`: what is wrong, where, and what to do."""

from typing import Annotated, Any

import msgspec
import psycopg
import typer

from api.commandline import printing
from api.commandline.opening import chosen_settings, fail, opened
from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.system_packages import Finding, findings, probe
from infrastructure.runtime.deciding import undecided
from infrastructure.runtime.witness import StoreRewound
from infrastructure.settings import Settings
from infrastructure.store import hazards
from infrastructure.store.database import Database
from infrastructure.store.errors import Unavailable
from infrastructure.store.recorder import newest

Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]
By = Annotated[str, typer.Option(help="Who says so.")]
Because = Annotated[str, typer.Option(help="Why it is right to go on.")]


def doctor(as_json: Json = False) -> None:
    """Say what this machine and its store have and lack, and the exact line that mends it."""
    machine = findings(probe())
    store = _store(chosen_settings())
    every: list[Finding | hazards.Finding] = [*machine, *store]
    ok = all(finding.ok for finding in every)
    if as_json:
        machine_told = [msgspec.to_builtins(f) for f in machine]
        store_told = [msgspec.to_builtins(f) for f in store]
        printing.as_json({"ok": ok, "findings": machine_told, "store": store_told})
    else:
        for finding in machine:
            printing.line(f"{'ok     ' if finding.ok else 'missing'}  {finding.name}")
        for looked in store:
            printing.line(f"{'ok     ' if looked.ok else 'hazard '}  {looked.name}: {looked.found}")
        for remedy in dict.fromkeys(finding.do for finding in every if finding.do):
            printing.line(f"to do:   {remedy}")
    if not ok:
        raise typer.Exit(1)


def _store(settings: Settings) -> list[hazards.Finding]:
    """Look at the store where there is one; nothing is started or changed for it."""
    url = _address(settings)
    if url is None:
        return []
    database = Database(url, pool_size=settings.pool_size)
    try:
        return [*hazards.examine(database), *_rules(database)]
    except (psycopg.OperationalError, Unavailable) as error:
        do = "start PostgreSQL, or set DATABASE_URL to where it is"
        return [hazards.Finding("store", ok=False, found=type(error).__name__, do=do)]
    finally:
        database.close()


def _rules(database: Database) -> list[hazards.Finding]:
    """Say which schools no rule set decides about: no danger to the store, and so not amiss."""
    try:
        with database.worker() as conn:
            found = undecided(conn)
    except psycopg.errors.UndefinedTable:  # of an older release, or never used
        return []
    if not found:
        return []
    places = ", ".join(sorted({row.jurisdiction for row in found}))
    said = f"no rule set decides today about {len(found)} schools ({places})"
    do = "anseo found --tenant NAME, or anseo rules activate FILE"
    return [hazards.Finding("rules", ok=True, found=said, do=do)]


def _address(settings: Settings) -> str | None:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    if not settings.home.exists():
        return None
    try:
        embedded = EmbeddedPostgres(settings.home)
        return embedded.url() if embedded.running() else None
    except EmbeddedServerError:
        return None


def alarms(
    settle: Annotated[bool, typer.Option("--settle", help="Close all open alarms.")] = False,
    by: By = "",
    because: Because = "",
    as_json: Json = False,
) -> None:
    """List what must not have happened and did; with --settle, say that it was looked into."""
    if settle and not (by.strip() and because.strip()):
        fail("--settle needs --by and --because: who looked into it, and what was done", code=2)
    with opened() as house, house.database.worker() as conn:
        there = hazards.alarms(conn)
        if settle:
            hazards.settle(conn, by, because)
    if as_json:
        told: list[Any] = [msgspec.to_builtins(alarm) for alarm in there]
        printing.as_json({"alarms": told, "settled": len(there) if settle else 0})
        return
    for alarm in there:
        printing.line(str(alarm))
    if settle:
        printing.line(f"{len(there)} settled")


def restored(by: By = "", because: Because = "", as_json: Json = False) -> None:
    """Show how far the store had been seen; with --by and --because, let sending go on.

    To be said after a restore, once somebody knows what was sent and published since the backup.
    """
    speaks = bool(by.strip() and because.strip())
    if bool(by.strip()) != bool(because.strip()):
        fail("--by and --because belong together: who looked, and what was found", code=2)
    with opened() as house:
        before = house.witness.seen()
        reason = ""
        try:
            house.witness.check()
        except StoreRewound as error:
            reason = str(error)
        if speaks:
            house.witness.accept(by, because)
        with house.database.worker() as conn:
            head = newest(conn)
    answer = {
        "rewound": reason,
        "seen": before.position if before else 0,
        "head": head,
        "accepted": speaks,
    }
    if as_json:
        printing.as_json(answer)
        return
    printing.line(f"seen up to {answer['seen']}, the store ends at {head}")
    printing.line(reason or "the store is the one that was seen")
    if speaks:
        printing.line("senders and the relay go on")

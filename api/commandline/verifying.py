"""`anseo verify`: is the ledger what was written, and how far can that be said?"""

import re
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
import typer

from api.commandline import printing
from api.commandline.opening import chosen_settings, fail, opened, tenant_id
from infrastructure.seal.anchors import Anchors
from infrastructure.seal.keys import SealKeyRefused, SealKeys, public_key
from infrastructure.seal.proving import proof
from infrastructure.seal.verifying import Report, Verification
from infrastructure.wiring.house import House
from infrastructure.wiring.workers import anchors_of, seal_keys_of

Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]
TAMPERED: Final = 4
_SHOWN: Final = 20
_FACT: Final = re.compile(r"([^/]+)/([0-9]+)")


def verify(
    tenant: Annotated[
        str | None, typer.Option(help="One tenant by short name or id; all without.")
    ] = None,
    anchors: Annotated[
        Path | None, typer.Option(help="Folder of the copies outside, instead of the settings'.")
    ] = None,
    public: Annotated[
        Path | None, typer.Option("--public-key", help="Public keys, one a line, for an auditor.")
    ] = None,
    fact: Annotated[
        str | None, typer.Option(help="TENANT/POSITION: print the proof for one fact instead.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check every stored fact against its seal, and the seal against its copies outside."""
    settings = chosen_settings()
    try:
        keys = public_key(public.read_text()) if public else seal_keys_of(settings)
    except (SealKeyRefused, OSError) as error:
        fail(str(error), code=2)
    with opened(settings) as house:
        if fact is not None:
            _prove(house, fact)
            return
        began = time.monotonic()
        report = _report(house, keys, Anchors(anchors) if anchors else anchors_of(settings), tenant)
        seconds = time.monotonic() - began
    if as_json:
        printing.as_json(msgspec.to_builtins(report) | {"seconds": round(seconds, 3)})
    else:
        _tell(report, seconds)
    if not report.ok:
        raise typer.Exit(TAMPERED)
    if report.unsealed and not report.facts:
        fail("nothing is sealed yet: start the role `seal` (anseo run seal)")


def _report(house: House, keys: SealKeys, anchors: Anchors, tenant: str | None) -> Report:
    only = None if tenant is None else _tenant(tenant)
    connect = house.database.worker if only is None else partial(house.database.auditor, only)
    with printing.progress() as bar:
        task = bar.add_task("Verifying", total=None)
        return Verification(connect, keys, anchors, only).run(
            lambda at, until: bar.update(task, completed=at, total=until)
        )


def _tenant(name: str) -> UUID:
    """Findings name tenants by their ids, people by their short names."""
    with suppress(ValueError):
        return UUID(name)
    return tenant_id(name)


def _tell(report: Report, seconds: float) -> None:
    rate = round(report.facts / seconds) if seconds else 0
    printing.line(
        f"Facts: {report.facts} up to position {report.verified_to}; tenants: {report.tenants};"
        f" links: {report.links}; roots: {report.roots}; copies outside: {report.anchors};"
        f" {seconds:.1f} s, {rate} facts a second"
    )
    for note in report.notes:
        printing.line(f"note: {note}")
    if report.not_anchored:
        printing.line(f"note: {report.not_anchored} roots have no copy outside yet")
    if report.unsealed:
        since = f", the oldest of {report.unsealed_since}" if report.unsealed_since else ""
        printing.line(f"not sealed yet, so not checked: {report.unsealed} facts{since}")
    if report.ok:
        printing.line("Everything that is sealed is as it was written.")
        return
    printing.line(f"NOT AS IT WAS WRITTEN: {len(report.findings) + report.more_findings} findings")
    told: set[str] = set()
    for finding in report.findings[:_SHOWN]:
        printing.line(f"  {finding.code}: {finding.said} (tenant {finding.tenant})")
        if finding.do not in told:
            printing.line(f"    to do: {finding.do}")
            told.add(finding.do)
    rest = len(report.findings) + report.more_findings - _SHOWN
    if rest > 0:
        printing.line(f"  and {rest} more; --json lists up to {len(report.findings)}")


def _prove(house: House, fact: str) -> None:
    wanted = _FACT.fullmatch(fact)
    if wanted is None:
        fail("a fact is named TENANT/POSITION, for example demo/4711", code=2)
    tenant = _tenant(wanted[1])
    with house.database.auditor(tenant) as conn:
        found: dict[str, Any] | None = proof(conn, tenant, int(wanted[2]))
    if found is None:
        fail(f"no fact {fact} lies under a signed root", code=2)
    printing.as_json(found)

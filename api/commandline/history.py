"""`anseo replay`, `anseo rebuild`: what auditors and operators ask for."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
import typer

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from domain.catalogue import AGGREGATE_OF
from domain.kernel import facts
from domain.kernel.recorded import Recorded
from infrastructure.runtime.rebuilding import RebuildRunning
from infrastructure.runtime.rebuilding import rebuild as rebuild_model
from projections.all import READ_MODELS

Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]


def replay(
    stream: Annotated[UUID, typer.Argument(help="The stream: a run, a letter, a meeting …")],
    tenant: Annotated[str, typer.Option(help="Short name of the tenant.")] = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Print one stream's facts in order, each with who, when and why, and the state they give."""
    with opened() as house, house.database.auditor(tenant_id(tenant)) as conn:
        history = house.ledger.history(conn, stream)
    if not history:
        fail(f"no stream {stream} in this tenant", code=2)
    kind = facts.name_of(type(history[0].event)).partition(".")[0]
    answer: dict[str, Any] = {
        "stream": stream,
        "kind": kind,
        "facts": [_fact(recorded) for recorded in history],
        "state": _state(history),
    }
    if as_json:
        printing.as_json(answer)
        return
    for fact in answer["facts"]:
        printing.line(
            f"{fact['version']:>3}  {fact['occurred_at']}  {fact['name']:<34} {fact['actor']}"
        )


def _fact(recorded: Recorded) -> dict[str, Any]:
    return {
        "id": recorded.id,
        "version": recorded.version,
        "position": recorded.position,
        "name": facts.name_of(type(recorded.event)),
        "occurred_at": recorded.occurred_at.isoformat(),
        "recorded_at": recorded.recorded_at.isoformat(),
        "actor": recorded.actor,
        "command_id": recorded.command_id,
        "cause": recorded.cause,
        "correlation": recorded.correlation,
        "fact": msgspec.to_builtins(recorded.event),
    }


def _state(history: list[Recorded]) -> dict[str, Any]:
    """Return what the aggregate remembers after these facts, as plain data."""
    cls = AGGREGATE_OF[type(history[0].event)]
    state = cls.replay(recorded.event for recorded in history)
    known: dict[str, Any] = msgspec.to_builtins(vars(state), enc_hook=str)
    return known


def rebuild(
    name: Annotated[str, typer.Argument(help="A read model, or all.")],
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a killed rebuild was filling.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Build a read model anew beside the live one, compare the two, and swap."""
    models = [model for model in READ_MODELS if name in {"all", model.name}]
    if not models:
        known = ", ".join(model.name for model in READ_MODELS)
        fail(f"no read model {name}; there are: {known}", code=2)
    results = []
    with opened() as house, printing.progress() as bar:
        for model in models:
            task = bar.add_task(model.name, total=None)
            try:
                found = rebuild_model(
                    house.database,
                    house.ledger.recorder,
                    model,
                    lambda done, head, task=task: bar.update(task, completed=done, total=head),  # type: ignore[misc]  # bound per model
                    resume=resume,
                )
            except RebuildRunning:
                fail(f"somebody else is rebuilding {model.name} at this moment")
            results.append(msgspec.to_builtins(found))
    if as_json:
        printing.as_json({"rebuilt": results, "same": all(r["same"] for r in results)})
    else:
        for r in results:
            verdict = "equals the live one" if r["same"] else "DIFFERED from the live one"
            printing.line(
                f"{r['name']}: {r['facts']} facts, {r['rows']} rows, {verdict};"
                f" held for {r['held_ms']:.0f} ms"
            )
    if not all(r["same"] for r in results):
        raise typer.Exit(3)

"""`anseo metrics`: what a rule set can count, in which unit and over which days."""

from typing import Annotated

import typer

from api.commandline import printing
from domain.attendance.metric_catalogue import catalogue

app = typer.Typer(no_args_is_help=True, help="What rules can count.")


@app.callback()
def metrics() -> None:
    """Look up metrics, windows and named conditions."""


@app.command("list")
def list_metrics(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """List every metric, window and named condition with its unit, denominator and source."""
    known = catalogue()
    if as_json:
        printing.as_json(known.model_dump(by_alias=True))
        return
    for metric in known.metrics:
        over = f" of {metric.denominator}" if metric.denominator else ""
        printing.line(f"{metric.name:<24} {metric.unit}{over}: {metric.counts}")
    printing.line()
    for window in known.windows:
        printing.line(f"{window.name:<24} from {window.begins} to {window.ends}")
    printing.line()
    for condition in known.conditions:
        printing.line(f"{condition.name:<28} {condition.writes}")

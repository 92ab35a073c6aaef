"""`anseo register`: what the register says of a pupil, and what is to be done about it by hand."""

from datetime import timedelta
from typing import Annotated

import typer

from api.commandline import printing
from api.commandline.opening import opened
from infrastructure.clock import machine_now
from infrastructure.vault import raw_payloads

app = typer.Typer(no_args_is_help=True, help="The register: marks, their history, raw data.")
Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]


@app.callback()
def register() -> None:
    """Look at the register and correct it."""


@app.command("purge-raw")
def purge_raw(as_json: Json = False) -> None:
    """Throw away what school systems sent, word for word, once it is over its age.

    The age is ANSEO_RAW_PAYLOAD_DAYS; let a timer run this daily. Marks and their history stay.
    """
    with opened() as house:
        before = machine_now() - timedelta(days=house.settings.raw_payload_days)
        with house.database.worker() as conn:
            pages = raw_payloads.purge(conn, before)
    if as_json:
        printing.as_json({"pages": pages, "before": before.isoformat()})
    else:
        printing.line(f"{pages} pages from before {before.date().isoformat()} thrown away")

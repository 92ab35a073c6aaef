"""What commands print: people read lines, programs read one JSON object on the last line."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from domain.kernel.refusals import Refusal

stderr: Final = Console(stderr=True)


def as_json(value: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Print one JSON object, or a list of them, on one line of stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def line(text: str = "") -> None:
    """Print a line for a person."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def progress() -> Progress:
    """Return a progress bar on stderr; silent where nobody looks at a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=stderr,
        disable=not stderr.is_terminal,
        transient=True,
    )


def refused(refusal: Refusal) -> str:
    """Return a refusal as one line for people: its code, its sentence, and what it was about."""
    said = [f"{name}: {_plain(value)}" for name, value in refusal.details.items()]
    return "; ".join([f"{refusal.code}: {(refusal.__doc__ or '').strip()}", *said])


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

"""Writes the figures of the last runs into the table of the README beside this file.

`python -m tests.benchmarks.table NAME` then prints the figure of that name, `all` prints all.
"""

import json
import sys
from pathlib import Path
from typing import Final

from tests.support.measuring import FIGURES

README: Final = Path(__file__).with_name("README.md")
HEADING: Final = "## Last figures\n"
COLUMNS: Final = ("name", "value", "floor", "ratio", "unit", "size", "seed", "cores")


def rows_of(text: str) -> dict[str, list[str]]:
    """Return the rows of a table by their first cell, without its two head lines."""
    lines = [line.strip("| \n").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return {cells[0]: cells for cells in lines[2:]}


def table(rows: dict[str, list[str]]) -> str:
    """Return the rows as a table, in the order of their names."""
    lines = [list(COLUMNS), ["---"] * len(COLUMNS), *(rows[name] for name in sorted(rows))]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Replace the rows of what was run, and end with what was asked for."""
    files = sorted(FIGURES.glob("*.json"))
    before, _, after = README.read_text().partition(HEADING)
    rows = rows_of(after)
    for file in files:
        figure = json.loads(file.read_text())
        rows[figure["name"]] = [str(figure[column]) for column in COLUMNS]
    README.write_text(f"{before.rstrip()}\n\n{HEADING}\n{table(rows)}")
    wanted = sys.argv[1]
    sys.stdout.writelines(f.read_text() for f in files if wanted in {"all", f.stem})


if __name__ == "__main__":
    main()

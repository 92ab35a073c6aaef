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


def table(figures: list[dict[str, object]]) -> str:
    """Return the figures as a table, in the order of their names."""
    rows = [[str(figure[column]) for column in COLUMNS] for figure in figures]
    lines = [list(COLUMNS), ["---"] * len(COLUMNS), *sorted(rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Replace everything below the heading, and end with what was asked for."""
    files = sorted(FIGURES.glob("*.json"))
    figures = [json.loads(file.read_text()) for file in files]
    before = README.read_text().partition(HEADING)[0].rstrip()
    README.write_text(f"{before}\n\n{HEADING}\n{table(figures)}")
    wanted = sys.argv[1]
    sys.stdout.writelines(f.read_text() for f in files if wanted in {"all", f.stem})


if __name__ == "__main__":
    main()

"""Writes the figures of the last runs into the table of the README beside this file."""

import json
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
    """Replace everything below the heading."""
    figures = [json.loads(file.read_text()) for file in FIGURES.glob("*.json")]
    before = README.read_text().partition(HEADING)[0].rstrip()
    README.write_text(f"{before}\n\n{HEADING}\n{table(figures)}")


if __name__ == "__main__":
    main()

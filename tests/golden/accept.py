"""Write the golden payloads that are missing: `python -m tests.golden.accept`.

Existing files are never touched: facts of that shape are stored somewhere.
"""

import sys
from pathlib import Path

from domain.catalogue import ALL_EVENTS
from domain.kernel.facts import name_of, version_of, write
from tests.support.examples import example

FOLDER = Path(__file__).resolve().parent / "events"


def main() -> None:
    """Add one file for each fact whose present version has none."""
    for cls in ALL_EVENTS:
        path = FOLDER / f"{name_of(cls)}@{version_of(cls)}.json"
        if not path.exists():
            path.write_bytes(write(example(cls)) + b"\n")
            sys.stdout.write(f"added tests/golden/events/{path.name}\n")


if __name__ == "__main__":
    main()

"""CSV that people open in a spreadsheet: no cell of it is a formula (OWASP, CSV injection).

Whatever somebody typed as a name is printed as text. A spreadsheet computes what begins with one of
a few signs, so an apostrophe goes before them; every cell is quoted, so that none can break out.
"""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Final
from unicodedata import normalize

_BEGINS: Final = ("=", "+", "-", "@")
_BREAKS: Final = ("\t", "\r", "\n")


def csv_paper(rows: Iterable[Iterable[str]]) -> str:
    """Return rows as one text, every line of it ended."""
    text = StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return text.getvalue()


def is_formula(cell: str) -> bool:
    """Say whether a spreadsheet may compute a cell, in full-width signs and behind blanks too."""
    return cell.startswith(_BREAKS) or normalize("NFKC", cell).lstrip().startswith(_BEGINS)


def _plain(cell: str) -> str:
    return f"'{cell}" if is_formula(cell) else cell

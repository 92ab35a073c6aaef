"""Rows out of a CSV file as schools export them: two alphabets, any header names, one date form."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field

from infrastructure.imports.alphabets import decoded
from infrastructure.imports.csv_columns import COLUMNS
from infrastructure.imports.prepared import Prepared
from infrastructure.imports.report import Problem

_PARTS: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_YES: Final = frozenset({"yes", "y", "true", "1"})
_NO: Final = frozenset({"no", "n", "false", "0"})
DateFormat = Literal["ISO", "DMY", "MDY"]
FORMS: Final[tuple[DateFormat, ...]] = ("ISO", "DMY", "MDY")
_DATES: Final = frozenset(
    {"date", "until", "from", "birth_on", "enrolled_on", "left_on", "first_day", "last_day"}
)
_is_total: Final = re.compile(
    r"\s*(?:totals?|grand total|sum|average|count)\s*", re.IGNORECASE
).fullmatch


class ColumnProfile(BaseModel):
    """How one school's export is written. The form of dates is said, never guessed.

    AUTO takes the only form in which all dates of a file can be read; where several fit, the file
    is refused. `shape`: a row a mark (long), a row a pupil and a column a session (wide), or a row
    a pupil with sums (totals).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Our name of a column: the name in the file.
    columns: Annotated[
        Mapping[str, Annotated[str, Field(max_length=200)]], Field(max_length=60)
    ] = {}
    date_format: Literal["ISO", "DMY", "MDY", "AUTO"] = "ISO"
    shape: Literal["long", "wide", "totals"] = "long"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","

    @property
    def words(self) -> str:
        """The profile as one text: another profile reads another meaning from the same file."""
        named = ",".join(f"{ours}={theirs}" for ours, theirs in sorted(self.columns.items()))
        shape = "" if self.shape == "long" else f" {self.shape}"
        return f"{self.date_format} {self.delimiter} {named}{shape}"


class Readable(Protocol):
    """A file, or what came in its place: a path, or the body of a request."""

    @property
    def name(self) -> str:
        """Its name, for the report."""

    @property
    def suffix(self) -> str:
        """The end of its name."""

    def read_bytes(self) -> bytes:
        """Return all of it.

        Raises:
            OSError: when it cannot be read.
        """


@dataclass(frozen=True, slots=True)
class Upload:
    """The body of a request, read as a file is. It is written to no disk."""

    name: str
    data: bytes = field(repr=False)

    @property
    def suffix(self) -> str:
        """The end of its name."""
        return Path(self.name).suffix

    def read_bytes(self) -> bytes:
        """Return all of it."""
        return self.data


class Unusable(Exception):
    """A row that cannot be used."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code, self.detail = code, detail
        super().__init__(code)


class CsvRow(NamedTuple):
    """One row: its number as a spreadsheet shows it, and its cells under our names."""

    number: int
    cells: Mapping[str, str]
    date_format: DateFormat

    def need(self, name: str) -> str:
        """Return a cell that must not be empty."""
        if not self.cells[name]:
            raise Unusable("missing-field", f"It is {name}.")
        return self.cells[name]

    def text(self, name: str) -> str | None:
        """Return a cell, or None where it or its column is empty."""
        return self.cells.get(name) or None

    def day(self, name: str) -> date | None:
        """Return a date in the profile's form, or None where the cell is empty."""
        written = self.cells.get(name)
        return read_day(written, self.date_format) if written else None

    def need_day(self, name: str) -> date:
        """Return a date that must be there."""
        return read_day(self.need(name), self.date_format)

    def number_of(self, name: str, limit: int) -> int | None:
        """Return a small whole number, or None where the cell is empty."""
        written = self.cells.get(name)
        if not written:
            return None
        usable = written.isascii() and written.isdecimal() and len(written) <= len(str(limit))
        if not usable or int(written) > limit:
            raise Unusable("bad-number", f"It is {name}.")
        return int(written)

    def flag(self, name: str) -> bool | None:
        """Return yes or no; an empty cell means that nobody has said."""
        written = self.cells.get(name, "").casefold()
        if written in _YES:
            return True
        if written in _NO:
            return False
        if written:
            raise Unusable("bad-value", f"{name} is yes, no or empty.")
        return None

    def fingerprint(self) -> bytes:
        """Return the hash by which the row can be found again in its file."""
        return _hash(self.cells.values())


@lru_cache(maxsize=4096)
def read_day(written: str, form: DateFormat) -> date:
    """Return a date written in exactly this form."""
    try:
        if form == "ISO":
            return _of_our_time(*map(int, written.split("-"))) if _ISO.fullmatch(written) else _no()
        found = _PARTS.fullmatch(written)
        if found is None:
            return _no()
        first, second, year = map(int, found.groups())
        day, month = (first, second) if form == "DMY" else (second, first)
        return _of_our_time(year, month, day)
    except ValueError:
        return _no()


def _of_our_time(year: int, month: int, day: int) -> date:
    return date(year, month, day) if _FIRST_YEAR <= year <= _LAST_YEAR else _no()


def _no() -> date:
    raise Unusable("bad-date")


class CsvFile:
    """One file with its header checked; what is wrong with it is told to `into`."""

    def __init__(
        self, path: Readable, profile: ColumnProfile, required: tuple[str, ...], into: Prepared
    ) -> None:
        self._profile = profile
        self._into = into
        self._rows: list[list[str]] = []
        self._first = 2  # number of the first row, as a spreadsheet shows it
        self.header: list[str] = []
        self.places: dict[str, int] = {}  # our names of columns, and where they stand
        self.date_format: DateFormat = "ISO"
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            self._refuse("file-missing")
            return
        except OSError:
            self._refuse("file-unreadable")
            return
        into.sha256 = sha256(data).hexdigest()
        text = decoded(data)
        if text is None:
            self._refuse("file-not-csv")
        else:
            self._parse(text, required)

    def rows(self) -> Iterator[CsvRow]:
        """Yield the rows whose cells fit the header; report the others."""
        for number, cells in self.cells():
            named = {name: cells[place].strip() for name, place in self.places.items()}
            yield CsvRow(number, named, self.date_format)

    def cells(self) -> Iterator[tuple[int, list[str]]]:
        """Yield number and cells, as they are, of the rows that fit; report the others.

        Sums under a list are no pupil's row.
        """
        width, first, sums = len(self.header), self.places.get("student", 0), 0
        blank = 0
        for number, cells in enumerate(self._rows, self._first):
            if len(cells) != width or not cells[first]:
                if not any(cells):
                    blank += 1
                elif len(cells) != width:
                    problem = Problem(self._into.file, number, "uneven-row", row_hash=_hash(cells))
                    self._into.problems.append(problem)
                else:
                    yield number, cells
            elif _is_total(cells[first]):
                sums += 1
            else:
                yield number, cells
        self._into.rows_read += len(self._rows) - sums - blank
        if sums:
            self._into.problems.append(Problem(self._into.file, None, "total-row"))

    def read_dates_as(self, written: set[str]) -> None:
        """Settle the form of dates by all the dates of the file, where the profile says AUTO."""
        if self._profile.date_format != "AUTO":
            self.date_format = self._profile.date_format
            return
        fitting = [form for form in FORMS if all(_is_day(one, form) for one in written)]
        if len(fitting) != 1 and written:
            self._refuse("dates-ambiguous" if fitting else "dates-mixed")
        self.date_format = fitting[0] if fitting else "ISO"

    def fingerprint(self, number: int) -> bytes:
        """Return the hash by which a row can be found again in its file."""
        return _hash(self._rows[number - self._first])

    def refuse(self, row: CsvRow, no: Unusable) -> None:
        """Report a row that cannot be used."""
        problem = Problem(
            self._into.file, row.number, no.code, no.detail, row_hash=row.fingerprint()
        )
        self._into.problems.append(problem)

    def drop_first(self) -> None:
        """Take out the first row: it belongs to the header."""
        self._rows.pop(0)
        self._first += 1

    def peek(self) -> list[str]:
        """Return the cells of the first row."""
        return self._rows[0] if self._rows else []

    def _parse(self, text: str, required: tuple[str, ...]) -> None:
        reader = csv.reader(
            StringIO(text, newline=""), strict=True, delimiter=self._profile.delimiter
        )
        try:
            rows = list(reader)
        except csv.Error:
            self._refuse("file-broken", f"Line {reader.line_num}.")
            return
        header = next((n for n, cells in enumerate(rows) if any(cells)), len(rows))
        if not any(map(any, rows[header + 1 :])):
            self._refuse("file-empty")
        if rows[header:]:
            self._read_header(rows[header], required)
            self._rows, self._first = rows[header + 1 :], header + 2
        dated = [place for name, place in self.places.items() if name in _DATES]
        self.read_dates_as(
            {
                cells[place].strip()
                for cells in (self._rows if self._profile.date_format == "AUTO" else ())
                if len(cells) == len(self.header)
                for place in dated
            }
            - {""}
        )

    def _read_header(self, header: list[str], required: tuple[str, ...]) -> None:
        self.header = header
        places = {_name(cell): place for place, cell in reversed(list(enumerate(header)))}
        theirs = {_name(theirs): ours for ours, theirs in self._profile.columns.items()}
        renamed = set(theirs.values())
        for name, place in places.items():
            if name in theirs:
                self.places[theirs[name]] = place
            elif name not in renamed:
                self.places[name] = place
        names = [_name(cell) for cell in header]
        for name, place in self.places.items():
            if names.count(names[place]) > 1 and name in COLUMNS.union(required):
                self._refuse("column-twice", f"It is {header[place].strip()}.")
        for name in required:
            if name not in self.places:
                wanted = self._profile.columns.get(name, name)
                self._refuse("missing-column", f"It is {wanted}.")

    def _refuse(self, code: str, detail: str = "") -> None:
        self._into.problems.append(Problem(self._into.file, None, code, detail))


def _hash(cells: Iterable[str]) -> bytes:
    return sha256("\x1f".join(cells).encode()).digest()


def _is_day(written: str, form: DateFormat) -> bool:
    try:
        read_day(written, form)
    except Unusable:
        return False
    return True


def _name(cell: str) -> str:
    return "_".join(cell.strip().casefold().split())

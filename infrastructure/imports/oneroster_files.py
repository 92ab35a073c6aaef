"""The files of a OneRoster bundle: its manifest says which there are and how they are meant."""

import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from infrastructure.imports.csv_text import (
    ColumnProfile,
    CsvFile,
    Unusable,
    Upload,
    read_day,
)
from infrastructure.imports.prepared import Prepared
from infrastructure.imports.report import Problem

MANIFEST: Final = "manifest.csv"
_KNOWN: Final = (
    "orgs",
    "users",
    "roles",
    "enrollments",
    "academicSessions",
    "demographics",
)
_LARGEST: Final = 512 * 1024 * 1024  # bytes of one file unpacked: a zip may promise to be small
_PLAIN: Final = ColumnProfile()
_DATE: Final = 10  # letters of a date; a moment goes on with its time


class Mode(StrEnum):
    """What a file holds. What a bulk file does not name is gone; of a delta, unchanged."""

    ABSENT = "absent"
    BULK = "bulk"
    DELTA = "delta"


class Record(NamedTuple):
    """One row, its cells under OneRoster's own names."""

    file: str
    number: int
    cells: Mapping[str, str]

    def text(self, name: str) -> str | None:
        """Return a cell, or None where it or its column is empty."""
        return self.cells.get(name.lower()) or None

    def need(self, name: str) -> str:
        """Return a cell that must not be empty."""
        found = self.text(name)
        if found is None:
            raise Unusable("missing-field", f"It is {name}.")
        return found

    def many(self, name: str) -> list[str]:
        """Return the values of a cell that holds a list."""
        return [one.strip() for one in (self.text(name) or "").split(",") if one.strip()]

    def day(self, name: str) -> date | None:
        """Return a date, or None where the cell is empty; a moment counts with its day."""
        written = self.text(name)
        return read_day(written[:_DATE], "ISO") if written else None

    def need_day(self, name: str) -> date:
        """Return a date that must be there."""
        self.need(name)
        found = self.day(name)
        assert found is not None  # noqa: S101  the cell is not empty
        return found

    @property
    def deleted(self) -> bool:
        """Whether the row says that its thing is to be deleted (1.1) or inactive."""
        return (self.text("status") or "").lower() in {"tobedeleted", "inactive"}

    def fingerprint(self) -> bytes:
        """Return the hash by which the row can be found again in its file."""
        return sha256("\x1f".join(self.cells.values()).encode()).digest()


class Bundle:
    """A zip or a folder; what is wrong with it is told to `into`."""

    def __init__(self, path: Path, into: Prepared) -> None:
        self._into = into
        self._files: dict[str, bytes] = {}
        self._modes: dict[str, Mode] = {}
        try:
            self._files = _from_zip(path) if path.is_file() else _from_folder(path)
        except FileNotFoundError:
            self._say(path.name, "file-missing")
        except (OSError, zipfile.BadZipFile, _TooLarge):
            self._say(path.name, "file-unreadable")
        total = sha256()
        for name, data in sorted(self._files.items()):
            total.update(f"{name}\0{sha256(data).hexdigest()}\n".encode())
        into.sha256 = total.hexdigest()
        if not into.stops:
            self._read_manifest()

    def mode(self, name: str) -> Mode:
        """Return how a file is meant; absent where the manifest does not speak of it."""
        return self._modes.get(name, Mode.ABSENT)

    def need(self, names: tuple[str, ...]) -> None:
        """Refuse the bundle where a file is not there, also one that the manifest promises."""
        for name in _KNOWN:
            promised = name in names or self.mode(name) is not Mode.ABSENT
            if promised and f"{name}.csv" not in self._files:
                self._say(f"{name}.csv", "file-missing")
            elif name in names and self.mode(name) is Mode.ABSENT:
                self._say(f"{name}.csv", "file-missing", "The manifest says that it is absent.")

    def records(self, name: str) -> Iterator[Record]:
        """Yield the rows of a file, nothing where it is absent."""
        if self.mode(name) is Mode.ABSENT or f"{name}.csv" not in self._files:
            return
        file = f"{name}.csv"
        for number, cells in self._rows(file, ("sourcedid",)):
            yield Record(file, number, cells)

    def refuse(self, record: Record, no: Unusable) -> None:
        """Report a row that cannot be used."""
        found = record.fingerprint()
        problem = Problem(record.file, record.number, no.code, no.detail, row_hash=found)
        self._into.problems.append(problem)

    def _rows(self, file: str, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
        inside = Prepared(self._into.tenant, "", "", file, "")
        read = CsvFile(Upload(file, self._files[file]), _PLAIN, required, inside)
        empty = [one for one in inside.problems if one.code == "file-empty"]
        if empty and self._modes.get(file.removesuffix(".csv")) is Mode.DELTA:
            inside.problems.clear()  # nothing has changed
        if not inside.stops:
            for number, cells in read.cells():
                yield number, {name: cells[at].strip() for name, at in read.places.items()}
        self._into.rows_read += inside.rows_read
        self._into.problems.extend(inside.problems)

    def _read_manifest(self) -> None:
        if MANIFEST not in self._files:
            self._say(MANIFEST, "file-missing")
            return
        for _, cells in self._rows(MANIFEST, ("propertyname", "value")):
            name = cells["propertyname"].removeprefix("file.")
            value = cells["value"].lower()
            if name in _KNOWN and value in {mode.value for mode in Mode}:
                self._modes[name] = Mode(value)
        self._into.rows_read = 0

    def _say(self, file: str, code: str, detail: str = "") -> None:
        self._into.problems.append(Problem(file, None, code, detail))


class _TooLarge(Exception):
    """A file of a zip is larger than any roster."""


def _from_zip(path: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name = Path(entry.filename).name
            if name.endswith(".csv") and not entry.is_dir():
                with archive.open(entry) as file:
                    found[name] = file.read(_LARGEST + 1)
                if len(found[name]) > _LARGEST:
                    raise _TooLarge
    return found


def _from_folder(path: Path) -> dict[str, bytes]:
    if not path.is_dir():
        raise FileNotFoundError(path)
    return {one.name: one.read_bytes() for one in sorted(path.glob("*.csv"))}

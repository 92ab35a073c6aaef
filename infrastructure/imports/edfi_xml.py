"""Records out of an Ed-Fi interchange, one at a time, with every way in which a file can be bad."""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

_ENDS_EARLY: Final = frozenset({3, 5, 6, 20})  # expat: no element, unclosed token, half a character

_FIRST_YEAR, _LAST_YEAR = 1900, 2200


class FileRefused(Exception):
    """A file that cannot be trusted; `code` is the kind of problem."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(code)


class Record(NamedTuple):
    """One record of an interchange: its number in the file, its kind, its element."""

    row: int
    kind: str
    element: Element

    def text(self, path: str) -> str | None:
        """Return the text at a path, or None where there is none."""
        return (self.element.findtext(path) or "").strip() or None

    def value(self, path: str) -> str | None:
        """Return a descriptor's value: the part after `#`; the namespace is the district's own."""
        found = self.text(path)
        return None if found is None else found.rpartition("#")[2].strip() or None

    def day(self, path: str) -> date | None:
        """Return a date, or None where there is none or it is not one."""
        try:
            found = date.fromisoformat(self.text(path) or "")
        except ValueError:
            return None
        return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None

    def small(self, path: str, limit: int) -> int | None:
        """Return a whole number up to a limit, or None where there is none or it is not one."""
        written = self.text(path) or ""
        usable = written.isdecimal() and len(written) <= len(str(limit))
        return int(written) if usable and int(written) <= limit else None

    def flag(self, path: str) -> bool | None:
        """Return true or false, or None where nobody said."""
        return {"true": True, "1": True, "false": False, "0": False}.get(self.text(path) or "")

    def fingerprint(self) -> bytes:
        """Return the hash by which the record can be found again in its file."""
        parts = [f"{one.tag}={one.text}" for one in self.element.iter()]
        return sha256("\x1f".join(parts).encode()).digest()


def records(path: Path, interchange: str) -> Iterator[Record]:
    """Yield the records of one file. The version in the namespace does not matter.

    Raises:
        FileRefused: when the file is missing, not XML, cut off, broken, or of another kind. Records
            yielded before that must not be used.
    """
    begun: list[Element] = []  # the root, once it has begun
    try:
        yield from _stream(path, interchange, begun)
    except FileNotFoundError:
        raise FileRefused("file-missing") from None
    except OSError:
        raise FileRefused("file-unreadable") from None
    except DefusedXmlException:
        raise FileRefused("file-forbidden") from None
    except ParseError as error:
        code = "file-not-xml"
        if begun:
            code = "file-truncated" if error.code in _ENDS_EARLY else "file-broken"
        raise FileRefused(code, f"Line {error.position[0]}.") from None


def _stream(path: Path, interchange: str, begun: list[Element]) -> Iterator[Record]:
    depth, row = 0, 0
    for event, element in iterparse(path, events=("start", "end")):
        if event == "start":
            element.tag = element.tag.rpartition("}")[2]
            if depth == 0:
                begun.append(element)
                if element.tag not in interchange.split("|"):
                    raise FileRefused("wrong-interchange", f"It holds {element.tag[:40]}.")
            depth += 1
            continue
        depth -= 1
        if depth == 1:
            row += 1
            yield Record(row, element.tag, element)
            begun[0].clear()

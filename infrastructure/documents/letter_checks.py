"""Count before laying out: a table of nine thousand cells would hold a worker for minutes."""

from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from infrastructure.documents.errors import Cause
from infrastructure.documents.letter_frames import Failed

MOST_ELEMENTS: Final = 4000
MOST_ROWS: Final = 300
MOST_CELLS: Final = 1200
DEEPEST: Final = 40
WIDEST_SPAN: Final = 50

_SPAN_DIGITS: Final = 3
_CELLS: Final = ("td", "th")
_SPANS: Final = ("colspan", "rowspan", "span")
_UNSEEN: Final = ("style", "script", "title", "head")


def walk(root: Element) -> Iterator[tuple[int, Element]]:
    """Yield depth and element, without recursion: depth is what is being counted."""
    waiting = [(1, root)]
    while waiting:
        depth, element = waiting.pop()
        yield depth, element
        waiting.extend((depth + 1, child) for child in element)


def refusal(root: Element, printable: frozenset[int]) -> Failed | None:
    """Say why this tree is not laid out, if there is a reason."""
    tags: Counter[str] = Counter()
    unprintable: set[int] = set()
    for depth, element in walk(root):
        if depth > DEEPEST:
            return Failed(Cause.TOO_DEEP, f"over {DEEPEST} levels")
        tags[element.tag] += 1
        if tags.total() > MOST_ELEMENTS:
            return Failed(Cause.TOO_MANY_ELEMENTS, f"over {MOST_ELEMENTS}")
        if any(_spans_too_far(element.get(name, "")) for name in _SPANS):
            return Failed(Cause.TOO_MANY_CELLS, f"a cell spans over {WIDEST_SPAN}")
        shown = "" if element.tag in _UNSEEN else element.text or ""
        unprintable.update(map(ord, set(shown + (element.tail or ""))))
    if tags["tr"] > MOST_ROWS or sum(tags[cell] for cell in _CELLS) > MOST_CELLS:
        return Failed(Cause.TOO_MANY_CELLS, f"over {MOST_ROWS} rows or {MOST_CELLS} cells")
    missing = sorted(unprintable - printable)
    if missing:
        return Failed(Cause.UNPRINTABLE, " ".join(f"U+{point:04X}" for point in missing[:5]))
    return None


def _spans_too_far(value: str) -> bool:
    text = value.strip()
    # Read as a number only when short: int() of a million digits takes minutes.
    return bool(text) and not (
        text.isdecimal() and len(text) <= _SPAN_DIGITS and int(text) <= WIDEST_SPAN
    )

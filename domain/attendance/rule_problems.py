"""What is wrong with a rule set: where, what, what would be right, and a code that stays."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from pydantic_core import PydanticCustomError

_CLOSE: Final = 0.6
_HARMLESS: Final = re.compile(r"[A-Za-z0-9_.\-/]{1,60}")
_PART: Final = re.compile(r"\.([^.\[\]]+)|\[([0-9]+)\]")
SEVERAL: Final = "several_problems"
Said = tuple[str, str, str]
"""A code, what is wrong, and what would be right."""


class RuleProblem(NamedTuple):
    """One thing wrong with a rule set, and where. `right` says what would be right."""

    path: str
    message: str
    code: str = "unreadable"
    right: str = ""

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer (RFC 6901)."""
        parts = [name or number for name, number in _PART.findall(self.path)]
        return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in parts)

    @property
    def words(self) -> str:
        """All of it in one line, for people."""
        return f"{self.path}: {self.message}{f'; {self.right}' if self.right else ''}"

    def as_dict(self) -> dict[str, str]:
        """Return it for a program."""
        said = {"pointer": self.pointer, "path": self.path, "code": self.code}
        return {**said, "message": self.message, "right": self.right}


class RuleSetUnreadable(ValueError):
    """The rule set cannot be used: each problem says where and why."""

    def __init__(self, problems: tuple[RuleProblem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.words for problem in problems))


def wrong(*said: Said) -> PydanticCustomError:
    """Return everything that is wrong at one place, for pydantic to say where that is."""
    words = "; ".join(message for _, message, _ in said)
    return PydanticCustomError(SEVERAL, "{words}", {"words": words, "said": said})


def nearest(written: object, known: Iterable[str]) -> str:
    """Return what would be right: the name that is nearest, and all that are known."""
    names = list(known)
    text = written.upper() if isinstance(written, str) else ""
    close = get_close_matches(text, [name.upper() for name in names], 1, _CLOSE)
    meant = next((name for name in names if close and name.upper() == close[0]), None)
    listed = f"known here: {', '.join(names)}" if names else "none is known here"
    return f"did you mean {meant}? {listed}" if meant else listed


def quoted(written: object) -> str:
    """Return a value as it was written, where it can be no more than a name or a number.

    Whatever else was sent stays out of the words: they go into answers and logs.
    """
    text = str(written) if isinstance(written, str | int | float) else ""
    return text if _HARMLESS.fullmatch(text) else "what is written here"


def path_of(parts: Sequence[str | int]) -> str:
    """Return the place of parts as `$.stages[0].trigger`."""
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)


def as_written(data: Any, location: Sequence[str | int]) -> list[str | int]:
    """Return a location without the parts that only the model knows and nobody wrote."""
    found: list[str | int] = []
    last = len(location) - 1
    for place, part in enumerate(location):
        there = (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        )
        if there:
            data = data[part]
            found.append(part)
        elif place == last:
            found.append(part)
    return found

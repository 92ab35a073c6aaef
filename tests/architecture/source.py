"""The project's own source as syntax trees, read once."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PURE: Final = ("domain", "processmanagers", "projections")
PRODUCT: Final = (*PURE, "infrastructure", "api")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file."""

    path: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        """The length of the file."""
        return self.text.count("\n")

    def functions(self) -> Iterator[Function]:
        """Yield every function, methods and inner ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def classes(self) -> Iterator[ast.ClassDef]:
        """Yield every class."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef):
                yield node

    def imports(self) -> Iterator[str]:
        """Yield the dotted name of everything that is imported."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


MADE: Final = ("api/client/models.py", "api/client/operations.py")
"""Made by a script out of OpenAPI; nobody reads or writes them."""


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Return every source file under these folders; a folder that is not there has none."""
    return tuple(
        parse(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.relative_to(ROOT).as_posix() not in MADE
    )


def parse(path: str, text: str) -> Module:
    """Return one source file."""
    return Module(path, text, ast.parse(text))


def length(node: ast.stmt) -> int:
    """Return how many lines a definition takes, its decorators left out."""
    return (node.end_lineno or node.lineno) - node.lineno + 1

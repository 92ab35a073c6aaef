"""A broad `except` hides faults: it stands in the loops that must outlive them, or raises again."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from tests.architecture.source import PRODUCT, Module, modules, parse

# The follower loops and the send loop: each logs, parks or settles, and goes on. In a group commit
# each caller meets its own error when it tries alone.
LOOPS: Final = {
    "infrastructure/store/group_commit.py",
    "infrastructure/relay/outbound.py",
    "infrastructure/runtime/alone.py",
    "infrastructure/runtime/folding.py",
    "infrastructure/runtime/look_ups.py",
    "infrastructure/runtime/lots.py",
    "infrastructure/runtime/role.py",
    "infrastructure/runtime/sending.py",
}
BROAD: Final = {"Exception", "BaseException"}


def broad(module: Module) -> Iterator[str]:
    """Yield each handler that catches everything and does not raise it again."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.walk(node.type) if node.type is not None else ()
            names = {part.id for part in caught if isinstance(part, ast.Name)}
            raises_again = isinstance(node.body[-1], ast.Raise)
            if (node.type is None or names & BROAD) and not raises_again:
                yield f"{module.path}:{node.lineno}"


def test_only_the_loops_catch_everything() -> None:
    outside = [m for m in modules(*PRODUCT) if m.path not in LOOPS]
    assert [where for module in outside for where in broad(module)] == []


def test_a_broad_except_would_be_found() -> None:
    for head in ("except Exception:", "except:", "except (ValueError, BaseException):"):
        assert list(broad(parse("api/x.py", f"try:\n    pass\n{head}\n    pass\n")))
    for tail in ("except KeyError:\n    pass", "except BaseException:\n    tidy()\n    raise"):
        assert not list(broad(parse("api/x.py", f"try:\n    pass\n{tail}\n")))


def test_no_mark_is_left_for_later() -> None:
    mark = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b")
    assert [m.path for m in modules(*PRODUCT, "tests") if mark.search(m.text)] == []

"""The pure floors ask nobody: no clock, no chance, no environment, no files, no network."""

import ast
from collections.abc import Iterator
from typing import Final

import pytest

from tests.architecture.source import PURE, Module, modules, parse

FORBIDDEN_MODULES: Final = {
    "asyncio",
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "socket",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib",
}
FORBIDDEN_CALLS: Final = {
    "eval",
    "exec",
    "fromtimestamp",
    "getenv",
    "input",
    "now",
    "open",
    "print",
    "today",
    "urandom",
    "utcnow",
    "uuid1",
    "uuid4",
}
# `world.today(school)` is the school's own day, told by the decision's world.
ALLOWED_RECEIVERS: Final = {("today", "world")}
# Code tables, rule sets and shipped playbooks are data beside the code that reads them.
READS_ITS_OWN_FILES: Final = {"domain/attendance/", "domain/playbook/shipped_playbooks.py"}


def impure(module: Module) -> Iterator[str]:
    """Yield each place where a module asks the machine."""
    own_files = any(module.path.startswith(folder) for folder in READS_ITS_OWN_FILES)
    for name in module.imports():
        top = name.split(".")[0]
        if top in FORBIDDEN_MODULES and not (own_files and top == "pathlib"):
            yield f"{module.path}: imports {name}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            called, receiver = _called(node.func)
            if called in FORBIDDEN_CALLS and (called, receiver) not in ALLOWED_RECEIVERS:
                yield f"{module.path}:{node.lineno}: calls {called}"


def _called(function: ast.expr) -> tuple[str, str]:
    match function:
        case ast.Name(id=name):
            return name, ""
        case ast.Attribute(attr=name, value=ast.Name(id=receiver)):
            return name, receiver
        case ast.Attribute(attr=name):
            return name, ""
        case _:
            return "", ""


@pytest.mark.parametrize("floor", PURE)
def test_a_pure_floor_asks_nobody(floor: str) -> None:
    assert [where for module in modules(floor) for where in impure(module)] == []


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import datetime\nat = datetime.now()",
        "import datetime\nat = datetime.datetime.utcnow()",
        "from datetime import date\non = date.today()",
        "from uuid import uuid4\nid = uuid4()",
        "import os\nhome = os.environ",
        "from random import Random",
        "import time",
        "text = open('file').read()",
    ],
)
def test_an_impure_line_would_be_found(code: str) -> None:
    assert list(impure(parse("domain/x.py", code)))


def test_the_schools_own_day_is_allowed() -> None:
    assert list(impure(parse("domain/x.py", "day = world.today(school)"))) == []

"""Four floors, one way down, and rooms that do not know each other."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT, Module, modules, parse

LINTER = Path(sys.executable).with_name("lint-imports")
SHARED = {"kernel", "shared"}


def test_the_six_contracts_are_kept() -> None:
    done = subprocess.run(
        [LINTER, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "6 kept, 0 broken" in done.stdout


def strangers(module: Module) -> list[str]:
    """Return what a module of one aggregate imports from another."""
    room = module.path.split("/")[1]
    others = (name.split(".") for name in module.imports() if name.startswith("domain."))
    return [".".join(parts) for parts in others if parts[1] not in {*SHARED, room}]


def test_aggregates_do_not_import_each_other() -> None:
    rooms = [m for m in modules("domain") if m.path.count("/") > 1]
    assert {m.path: strangers(m) for m in rooms if strangers(m)} == {}


def test_a_stranger_would_be_found() -> None:
    nosy = parse("domain/letter/aggregate.py", "from domain.case.aggregate import Case")
    assert strangers(nosy) == ["domain.case.aggregate.Case"]


def test_the_kernel_knows_only_shared_values() -> None:
    kernel = modules("domain/kernel", "domain/shared")
    known = {name.split(".")[1] for m in kernel for name in m.imports() if "domain." in name}
    assert known <= SHARED

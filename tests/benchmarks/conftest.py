"""`--figure NAME` runs the one benchmark that is marked with this name.

What is measured beside libraries of the dependency group `bench` is collected where they are
installed: `make bench` installs them, `make test` needs none of them.
"""

from importlib.util import find_spec

import pytest

BESIDE = {"test_due_steps.py": "procrastinate", "test_relaying.py": "confluent_kafka"}
collect_ignore = [file for file, library in BESIDE.items() if find_spec(library) is None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--figure", default="all", help="the name of one benchmark, or all")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.getoption("--figure")
    if wanted == "all":
        return
    names = {name for item in items for mark in item.iter_markers("figure") for name in mark.args}
    if wanted not in names:
        raise pytest.UsageError(f"no benchmark is called {wanted}: there are {sorted(names)}")
    chosen = [i for i in items if any(wanted in m.args for m in i.iter_markers("figure"))]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen

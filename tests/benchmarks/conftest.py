"""`--figure NAME` runs the one benchmark that is marked with this name."""

import pytest


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

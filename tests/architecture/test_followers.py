"""Read models and process managers say what they are, and the lists have them all."""

import ast
import importlib
import re
from typing import Any, Final

import msgspec
import pytest

from domain.kernel.facts import name_of
from processmanagers.all import PROCESS_MANAGERS
from processmanagers.kit import ProcessManager
from projections.all import READ_MODELS
from projections.kit import Query, ReadModel
from tests.architecture.source import modules

# Asked by workers, who see all tenants under their own policy.
OF_ALL_TENANTS: Final = {
    *("CLAIM", "CLOCKS", "OF_RUNS", "WAITING"),  # by those who work
    *("OLDEST_UNKNOWN", "HOW_MANY_STUCK"),  # by the alarm
}


def declared(folder: str, kind: type) -> list[tuple[str, Any]]:
    """Return every object of a kind that a module of a folder gives a name to."""
    found = []
    for module in modules(folder):
        loaded = importlib.import_module(module.path.removesuffix(".py").replace("/", "."))
        if not module.path.endswith("/all.py"):
            found += [(f"{module.path}:{n}", v) for n, v in vars(loaded).items() if type(v) is kind]
    return found


QUERIES: Final = declared("projections", Query)


def test_every_read_model_is_in_its_list() -> None:
    assert {id(model) for _, model in declared("projections", ReadModel)} == set(
        map(id, READ_MODELS)
    )


def test_every_process_manager_is_in_its_list() -> None:
    assert {id(manager) for _, manager in declared("processmanagers", ProcessManager)} == set(
        map(id, PROCESS_MANAGERS)
    )


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
def test_the_columns_of_a_read_model_are_fields_of_its_row(model: ReadModel[Any]) -> None:
    fields = {field.name for field in msgspec.structs.fields(model.row)}
    assert set(model.columns) <= fields
    asked = " ".join((*model.indexes, *model.unique)).replace(" nulls first", "")
    assert set(re.findall(r"\w+", asked)) <= {*model.columns, "tenant", "key"}


@pytest.mark.parametrize(("where", "query"), QUERIES, ids=[where for where, _ in QUERIES])
def test_a_query_names_its_tenant_and_its_limit(where: str, query: Query) -> None:
    name = where.rpartition(":")[2]
    assert query.model in {model.name for model in READ_MODELS}
    assert f"{{{query.model}}}" in query.sql
    if name not in OF_ALL_TENANTS:
        assert "tenant = %(tenant)s" in query.sql
    assert "limit" in query.sql or "count(*)" in query.sql
    assert "select *" not in query.sql


def arms(module_path: str) -> set[str]:
    """Return the names of the classes that a module's `react` matches."""
    module = next(m for m in modules("processmanagers") if m.path == module_path)
    react = next(f for f in module.functions() if f.name == "react")
    outer = next(node for node in ast.walk(react) if isinstance(node, ast.Match))
    patterns = [
        node.cls
        for case in outer.cases
        for node in ast.walk(case.pattern)
        if isinstance(node, ast.MatchClass)
    ]
    plain = {pattern.id for pattern in patterns if isinstance(pattern, ast.Name)}
    return plain | {pattern.attr for pattern in patterns if isinstance(pattern, ast.Attribute)}


@pytest.mark.parametrize("manager", PROCESS_MANAGERS, ids=lambda manager: manager.name)
def test_a_process_manager_listens_to_what_it_matches(manager: ProcessManager) -> None:
    path = manager.react.__module__.replace(".", "/") + ".py"
    assert arms(path) - {"str"} == {cls.__name__ for cls in manager.listens}
    assert all(name_of(cls) for cls in manager.listens)

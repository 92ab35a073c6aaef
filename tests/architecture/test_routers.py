"""Commands are `def`: an `async def` would hold the event loop while PostgreSQL answers."""

import ast
from collections.abc import Iterator
from typing import Final

import pytest

from tests.architecture.source import Module, modules, parse

WRITES: Final = {"post", "put", "patch", "delete"}


def waiting_routes(module: Module) -> Iterator[str]:
    """Yield each command route that is `async def`."""
    for function in module.functions():
        verbs = {
            d.func.attr
            for d in function.decorator_list
            if isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute)
        }
        if isinstance(function, ast.AsyncFunctionDef) and verbs & WRITES:
            yield f"{module.path}:{function.name}"


def test_no_command_route_is_async() -> None:
    routers = modules("api/routers")
    assert [where for module in routers for where in waiting_routes(module)] == []


@pytest.mark.parametrize(("verb", "found"), [("post", 1), ("put", 1), ("delete", 1), ("get", 0)])
def test_an_async_command_route_would_be_found(verb: str, found: int) -> None:
    code = f"@router.{verb}('/x')\nasync def stop() -> None:\n    pass\n"
    assert len(list(waiting_routes(parse("api/routers/x.py", code)))) == found


def test_a_router_knows_neither_sql_nor_status_exceptions() -> None:
    text = {m.path: m.text for m in modules("api/routers")}
    assert [path for path, code in text.items() if "HTTPException" in code] == []

"""Fixtures that every folder shares."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from infrastructure.store.database import Database
from tests.support import postgres

settings.register_profile("shared", deadline=None)  # a busy machine is no wrong answer
settings.load_profile("shared")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest story: the workers then end together."""
    items.sort(key=lambda item: item.path.name != "test_demo.py")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The server of this test session."""
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def template(postgres_url: str) -> str:
    """A migrated database to copy from."""
    return postgres.make_template(postgres_url)


@pytest.fixture
def database(postgres_url: str, template: str) -> Iterator[Database]:
    """A migrated database that this test alone uses."""
    with postgres.throw_away(postgres_url, template) as throw_away:
        yield throw_away

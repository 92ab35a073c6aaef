"""Fixtures that every folder shares."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings

from infrastructure.store.database import Database
from tests.support import postgres

TESTS = Path(__file__).parent
LONG_STORIES = ("journeys", "properties")

settings.register_profile("shared", deadline=None)  # a busy machine is no wrong answer
settings.load_profile("shared")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest story: the workers then end together.

    Coverage is counted in examples only: random ones reach a line by chance, and measuring doubles
    the time of the longest.
    """
    items.sort(key=lambda item: item.path.name != "test_demo.py")
    for item in items:
        story = item.path.relative_to(TESTS).parts[0] in LONG_STORIES
        if story or is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("no_cover")


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

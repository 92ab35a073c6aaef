"""A door of each test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infrastructure.store.database import Database
from tests.support.front import Family, Front, front_on


@pytest.fixture
def front(database: Database, tmp_path: Path) -> Iterator[Front]:
    with front_on(database, tmp_path) as front:
        yield front


@pytest.fixture
def family() -> Family:
    return Family()

"""A ledger of three tenants, sealed in many small links and several roots."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support import postgres
from tests.support.sealing import Sealed, small_seal


@pytest.fixture(scope="module")
def sealed(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sealed]:
    """One for a whole file: each test tampers inside a transaction that is rolled back."""
    with (
        postgres.throw_away(postgres_url, template) as database,
        closing(small_seal(database, tmp_path_factory.mktemp("seal"))) as sealed,
    ):
        yield sealed

"""PostgreSQL reads our arrays as we mean them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infrastructure.store import arrays
from infrastructure.store.database import Database

pytestmark = pytest.mark.postgres
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
moments = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds the zone
KINDS: dict[Callable[[Any], arrays.Packed], st.SearchStrategy[Any]] = {
    arrays.uuids: st.uuids(),
    arrays.uuids_or_null: st.none() | st.uuids(),
    arrays.bigints: st.integers(-(2**63), 2**63 - 1),
    arrays.integers: st.integers(-(2**31), 2**31 - 1),
    arrays.smallints: st.integers(-(2**15), 2**15 - 1),
    arrays.booleans: st.booleans(),
    arrays.texts: words,
    arrays.bytes_: st.binary(),
    arrays.moments: moments,
}


@pytest.mark.parametrize("pack", KINDS, ids=lambda pack: pack.__name__)
def test_what_is_packed_comes_back(
    database: Database, pack: Callable[[Any], arrays.Packed]
) -> None:
    # no transaction: the server would end one that waits while examples are thought of
    with psycopg.connect(database.url, autocommit=True) as conn:

        @settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(st.lists(KINDS[pack], max_size=5))
        def comes_back(values: list[Any]) -> None:
            assert conn.execute("select %b", (pack(values),)).fetchone() == (values,)

        comes_back()


def test_a_character_zero_is_refused_by_postgresql(database: Database) -> None:
    with pytest.raises(psycopg.DataError), database.worker() as conn:
        conn.execute("select %b", (arrays.texts(["a\0b"]),))

"""Marks packed by hand are the marks that the driver would have packed."""

import gc
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infrastructure.imports.packed_marks import packed_marks
from infrastructure.imports.prepared import Mark
from infrastructure.store.database import Database
from infrastructure.store.resting import collector_rests

words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
marks = st.builds(
    Mark,
    st.uuids(),
    st.uuids(),
    st.dates(date(1900, 1, 1), date(2200, 12, 31)),
    words,
    words,
    words,
    st.none() | st.integers(0, 600),
    st.integers(0, 2**31 - 1),
    st.none() | words,
)


def came(database: Database, blocks: Sequence[bytes]) -> list[tuple[object, ...]]:
    with database.worker() as conn:
        conn.execute(
            "create temp table came (a uuid, b uuid, c date, d text, e text, f text, g int2,"
            " h int4, i text) on commit drop"
        )
        with conn.cursor().copy("copy came from stdin (format binary)") as copy:
            for block in blocks:
                copy.write(block)
        return conn.execute("select * from came").fetchall()


@pytest.mark.postgres
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(marks, max_size=20))
def test_every_row_comes_back_as_it_went(database: Database, rows: list[Mark]) -> None:
    assert came(database, list(packed_marks(rows))) == [tuple(row) for row in rows]


@pytest.mark.postgres
def test_more_rows_than_a_block_and_none_at_all(database: Database) -> None:
    row = Mark(UUID(int=1), UUID(int=2), date(2025, 9, 1), "AM", "/", "PRESENT", None, 2, None)
    assert len(came(database, list(packed_marks([row] * 9_001)))) == 9_001
    assert came(database, list(packed_marks([]))) == []


def test_the_collector_rests_for_the_last_who_asked_and_works_again() -> None:
    assert gc.isenabled()
    with collector_rests():
        with collector_rests():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with collector_rests():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()

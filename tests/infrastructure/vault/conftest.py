"""A vault with a master key of its own, and what its tests look at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import sql

from infrastructure.store.database import Database
from infrastructure.vault.envelope import new_key
from infrastructure.vault.master import MasterKeys
from infrastructure.vault.vault import Vault

Everything = Callable[[], str]


@pytest.fixture
def master() -> MasterKeys:
    return MasterKeys(new_key())


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    return tmp_path / "outside" / "erasure.jsonl"


@pytest.fixture
def vault(master: MasterKeys, log_path: Path) -> Vault:
    return Vault(master, log_path)


@pytest.fixture
def tenant() -> UUID:
    return uuid4()


@pytest.fixture
def everything(database: Database) -> Everything:
    """All rows of all tables as text, bytes in hex: where a canary would be seen."""

    def text() -> str:
        with database.worker() as conn:
            names = conn.execute(
                "select relname from pg_class where relnamespace = 'public'::regnamespace"
                " and relkind = 'r' and has_table_privilege(oid, 'select')"
            ).fetchall()
            rows: list[Any] = []
            for (name,) in names:
                query = sql.SQL("select t::text from {} t").format(sql.Identifier(name))
                rows += conn.execute(query).fetchall()
        return "\n".join(row for (row,) in rows)

    return text

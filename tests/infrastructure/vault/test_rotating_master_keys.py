"""The master key can be changed without touching what lies under it."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from infrastructure.store.database import Database
from infrastructure.vault.envelope import new_key
from infrastructure.vault.errors import MasterKeyMissing
from infrastructure.vault.master import MasterKeys
from infrastructure.vault.vault import Vault

pytestmark = pytest.mark.postgres


def test_after_rewrapping_the_old_master_key_is_not_needed(
    database: Database, tmp_path: Path
) -> None:
    old, new, log = new_key(), new_key(), tmp_path / "log"
    tenants, subject = [uuid4(), uuid4()], uuid4()
    for tenant in tenants:
        with database.tenant(tenant) as conn:
            Vault(MasterKeys(old), log).put(conn, tenant, subject, "student", {subject: {"a": 1}})

    rotating = Vault(MasterKeys(new, old), log)
    with database.worker() as conn:
        assert rotating.get(conn, tenants[0], subject) == {"a": 1}
        assert rotating.rewrap(conn) == 2
        assert rotating.rewrap(conn) == 0

    for tenant in tenants:
        with database.tenant(tenant) as conn:
            assert Vault(MasterKeys(new), log).get(conn, tenant, subject) == {"a": 1}


def test_a_vault_without_the_right_master_key_says_which_one_is_missing(
    database: Database, vault: Vault, tenant: UUID, tmp_path: Path
) -> None:
    subject = uuid4()
    with database.tenant(tenant) as conn:
        vault.put(conn, tenant, subject, "student", {subject: {"a": 1}})
        with pytest.raises(MasterKeyMissing):
            Vault(MasterKeys(new_key()), tmp_path / "log").get(conn, tenant, subject)

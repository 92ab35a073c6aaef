"""Keys that sign and keys that only check; a proof that somebody else can follow."""

from base64 import b64decode, b64encode
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from infrastructure.seal import store
from infrastructure.seal.chain import decode, leaf
from infrastructure.seal.keys import FILE_NAME, SealKeyRefused, public_key, seal_keys
from infrastructure.seal.proving import proof
from infrastructure.seal.tree import root_of_path
from infrastructure.store.database import Connection, Database
from tests.support.sealing import TENANTS, Sealed, fill


def follows(proof: dict[str, Any], public: str) -> bool:
    """Check a proof with the public key and nothing of ours but the arithmetic of the tree."""
    path = [bytes.fromhex(step) for step in proof["path"]]
    tree = root_of_path(leaf(b64decode(proof["row"])), proof["index"], proof["root"]["size"], path)
    key = Ed25519PublicKey.from_public_bytes(b64decode(public))
    statement = b64decode(proof["statement"])
    key.verify(b64decode(proof["root"]["signature"]), statement)
    return tree in decode(statement)


def positions(conn: Connection) -> list[int]:
    rows = conn.execute(
        "select notification_id from ledger where tenant = %s order by 1", (TENANTS[0],)
    ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.postgres
def test_each_fact_has_a_proof_that_holds_and_a_changed_one_has_none(sealed: Sealed) -> None:
    public = sealed.keys.public()[sealed.keys.current]
    with sealed.database.auditor(TENANTS[0]) as conn:
        mine = positions(conn)
        assert len(mine) > 90
        for at in mine:
            found = proof(conn, TENANTS[0], at)
            assert found is not None
            assert follows(found, public)
        assert proof(conn, TENANTS[1], mine[0]) is None
        assert proof(conn, TENANTS[0], mine[-1] + 1_000) is None
    with sealed.database.owner() as owner, owner.transaction(force_rollback=True):
        owner.execute("update ledger set actor = 'z' where notification_id = %s", (mine[5],))
        changed = proof(owner, TENANTS[0], mine[5])
        assert changed is not None
        assert not follows(changed, public)


@pytest.mark.postgres
def test_an_auditor_needs_the_public_key_only(sealed: Sealed) -> None:
    (file,) = sealed.anchors.folder.glob("*.pub")
    keys = public_key(file.read_text())
    told = sealed.report(keys=keys)
    assert (told.ok, told.signatures_unchecked) == (True, 0)
    with sealed.database.worker() as conn:
        (root,) = store.roots_of(conn, TENANTS[0], 1, 1)
    with pytest.raises(SealKeyRefused):
        keys.sign(root)


@pytest.mark.postgres
def test_after_a_change_of_keys_older_signatures_still_hold(
    database: Database, tmp_path: Path
) -> None:
    files = [tmp_path / name / FILE_NAME for name in ("old", "new")]
    old, new = (seal_keys(None, file.parent, make=True) for file in files)
    older, newer = (file.read_text().strip() for file in files)
    with closing(Sealed(database, tmp_path, root_facts=10)) as sealed:
        for part, keys in enumerate((old, seal_keys(f"{newer},{older}", tmp_path, make=False))):
            fill(database, 60, part)
            sealed.keys = keys
            sealed.sealer = sealed.another()
            sealed.seal()
        assert sealed.report().ok
        assert sealed.report().signatures_unchecked == 0
        forgotten = sealed.report(keys=new)
    assert forgotten.ok  # the copies outside vouch for the roots of the older key
    assert forgotten.keys_missing == [old.current]


def test_only_who_signs_makes_a_key_and_makes_it_once(tmp_path: Path) -> None:
    assert not seal_keys(None, tmp_path, make=False)
    assert not (tmp_path / FILE_NAME).exists()
    first = seal_keys(None, tmp_path, make=True)
    assert seal_keys(None, tmp_path, make=True).current == first.current
    assert seal_keys(None, tmp_path, make=False).current == first.current
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    seal_keys(None, tmp_path, make=True)
    (tmp_path / FILE_NAME).chmod(0o644)
    with pytest.raises(SealKeyRefused, match="chmod"):
        seal_keys(None, tmp_path, make=False)


@pytest.mark.parametrize("text", ["short", b64encode(bytes(31)).decode(), "é" * 32, " , "])
def test_a_text_that_is_no_key_is_refused_without_being_printed(text: str, tmp_path: Path) -> None:
    with pytest.raises(SealKeyRefused) as refused:
        seal_keys(text, tmp_path, make=False)
    assert text not in str(refused.value)

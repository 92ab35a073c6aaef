"""The master key: given, or made once in a file that nobody else may read."""

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from infrastructure.vault.envelope import new_key
from infrastructure.vault.errors import MasterKeyMissing, MasterKeyRefused, VaultDamaged
from infrastructure.vault.master import FILE_NAME, MasterKeys, master_key

TENANT = uuid4()


def test_a_tenant_key_comes_back_out_of_its_wrap() -> None:
    keys = MasterKeys(new_key())
    tenant_key = new_key()
    assert keys.unwrap(TENANT, keys.current, keys.wrap(TENANT, tenant_key)) == tenant_key


def test_another_tenants_wrap_does_not_open() -> None:
    keys = MasterKeys(new_key())
    with pytest.raises(VaultDamaged):
        keys.unwrap(uuid4(), keys.current, keys.wrap(TENANT, new_key()))


def test_an_older_key_still_opens_after_a_rotation() -> None:
    old, new = new_key(), new_key()
    before, after = MasterKeys(old), MasterKeys(new, old)
    wrapped = before.wrap(TENANT, new_key())
    assert after.current != before.current
    assert after.unwrap(TENANT, before.current, wrapped) == before.unwrap(
        TENANT, before.current, wrapped
    )


def test_a_missing_master_key_is_named_by_its_id() -> None:
    old, new = MasterKeys(new_key()), MasterKeys(new_key())
    with pytest.raises(MasterKeyMissing, match=old.current):
        new.unwrap(TENANT, old.current, old.wrap(TENANT, new_key()))


def test_the_setting_wins_over_the_file(tmp_path: Path) -> None:
    key = new_key()
    assert master_key(b64encode(key).decode(), tmp_path).current == MasterKeys(key).current
    assert not (tmp_path / FILE_NAME).exists()


def test_a_setting_may_hold_older_keys_after_the_current_one(tmp_path: Path) -> None:
    current, older = new_key(), new_key()
    text = ", ".join(b64encode(key).decode() for key in (current, older))
    keys = master_key(text, tmp_path)
    wrapped = MasterKeys(older).wrap(TENANT, b"k" * 32)
    assert keys.current == MasterKeys(current).current
    assert keys.unwrap(TENANT, MasterKeys(older).current, wrapped) == b"k" * 32


def test_without_a_setting_a_file_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    home = tmp_path / "not" / "yet"
    first = master_key(None, home)
    assert (home / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert master_key("", home).current == first.current
    assert [path.name for path in home.iterdir()] == [FILE_NAME]


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: master_key(None, tmp_path).current, range(32)))
    assert len(set(made)) == 1


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    master_key(None, tmp_path)
    (tmp_path / FILE_NAME).chmod(0o640)
    with pytest.raises(MasterKeyRefused, match="chmod 600"):
        master_key(None, tmp_path)


@pytest.mark.parametrize(
    "text", ["hunter2-hunter2!", b64encode(b"hunter2").decode(), "hünter2", ","]
)
def test_a_bad_key_is_refused_without_being_repeated(text: str, tmp_path: Path) -> None:
    with pytest.raises(MasterKeyRefused) as refused:
        master_key(text, tmp_path)
    assert "nter2" not in str(refused.value)
    assert text == "," or text not in str(refused.value)


def test_a_signature_holds_for_its_bytes_and_its_key_only() -> None:
    keys = MasterKeys(new_key())
    signature = keys.sign(b"line")
    assert keys.signed(keys.current, b"line", signature)
    assert not keys.signed(keys.current, b"lime", signature)
    assert MasterKeys(new_key()).sign(b"line") != signature


def test_keys_do_not_show_in_a_repr() -> None:
    key = new_key()
    assert repr(key)[2:-1] not in repr(MasterKeys(key))

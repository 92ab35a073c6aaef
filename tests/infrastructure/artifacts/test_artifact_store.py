"""A folder that proves what it holds: round trips, damage, ciphers, kills."""

import hashlib
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from uuid import UUID

import pytest

from infrastructure.artifacts.store import (
    ArtifactDamaged,
    ArtifactMissing,
    ArtifactSealed,
    ArtifactStore,
    SealBroken,
)

TENANT = UUID("00000000-0000-4000-8000-000000000001")
OTHER = UUID("00000000-0000-4000-8000-000000000002")
LETTER = b"%PDF-1.7 a letter"


class Turning:
    """A cipher good enough for a test: turns every byte and signs with its name."""

    def __init__(self, name: bytes = b"k1") -> None:
        self.name = name

    def seal(self, plain: bytes) -> bytes:
        return self.name + bytes(255 - byte for byte in plain)

    def open(self, sealed: bytes) -> bytes:
        if not sealed.startswith(self.name):
            raise SealBroken
        return bytes(255 - byte for byte in sealed[len(self.name) :])


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "artifacts")


def files_under(store: ArtifactStore) -> list[Path]:
    return sorted(path for path in store._root.rglob("*") if path.is_file())


def test_what_is_stored_comes_back_under_its_hash(store: ArtifactStore) -> None:
    sha256 = store.put(TENANT, LETTER)
    assert sha256 == hashlib.sha256(LETTER).hexdigest()
    assert store.get(TENANT, sha256) == LETTER


def test_the_same_content_twice_is_one_file(store: ArtifactStore) -> None:
    assert store.put(TENANT, LETTER) == store.put(TENANT, LETTER)
    assert store.count(TENANT) == 1
    assert len(files_under(store)) == 1


def test_an_empty_artifact_is_an_artifact(store: ArtifactStore) -> None:
    assert store.get(TENANT, store.put(TENANT, b"")) == b""


def test_another_tenant_finds_nothing(store: ArtifactStore) -> None:
    sha256 = store.put(TENANT, LETTER)
    with pytest.raises(ArtifactMissing):
        store.get(OTHER, sha256)
    assert not store.delete(OTHER, sha256)
    assert (store.count(OTHER), store.count(TENANT)) == (0, 1)


def test_what_was_never_stored_is_missing(store: ArtifactStore) -> None:
    with pytest.raises(ArtifactMissing):
        store.get(TENANT, "0" * 64)


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "0" * 63, "0" * 65, "A" * 64, "/etc/passwd", "0" * 64 + "\n"]
)
def test_a_name_that_is_no_hash_is_missing(store: ArtifactStore, name: str) -> None:
    with pytest.raises(ArtifactMissing):
        store.get(TENANT, name)
    with pytest.raises(ArtifactMissing):
        store.delete(TENANT, name)


@pytest.mark.parametrize("damage", [b"", LETTER[:-1], LETTER + b"x", LETTER.swapcase()])
def test_a_changed_file_is_damaged_never_delivered(store: ArtifactStore, damage: bytes) -> None:
    sha256 = store.put(TENANT, LETTER)
    files_under(store)[0].write_bytes(damage)
    with pytest.raises(ArtifactDamaged):
        store.get(TENANT, sha256)


def test_storing_again_heals_a_damaged_file(store: ArtifactStore) -> None:
    sha256 = store.put(TENANT, LETTER)
    files_under(store)[0].write_bytes(b"rubbish")
    store.put(TENANT, LETTER)
    assert store.get(TENANT, sha256) == LETTER


def test_a_deleted_artifact_is_missing(store: ArtifactStore) -> None:
    sha256 = store.put(TENANT, LETTER)
    assert store.delete(TENANT, sha256)
    assert not store.delete(TENANT, sha256)
    with pytest.raises(ArtifactMissing):
        store.get(TENANT, sha256)


def test_files_belong_to_our_account_only(store: ArtifactStore) -> None:
    store.put(TENANT, LETTER)
    (file,) = files_under(store)
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_sealed_artifact_does_not_lie_readable_on_the_disk(store: ArtifactStore) -> None:
    sha256 = store.put(TENANT, LETTER, Turning())
    assert sha256 == hashlib.sha256(LETTER).hexdigest()
    assert all(LETTER not in file.read_bytes() for file in files_under(store))
    assert store.get(TENANT, sha256, Turning()) == LETTER
    assert store.hashes(TENANT) == {sha256}


def test_a_sealed_artifact_without_a_key_says_so(store: ArtifactStore) -> None:
    sha256 = store.put(TENANT, LETTER, Turning())
    with pytest.raises(ArtifactSealed):
        store.get(TENANT, sha256)
    with pytest.raises(ArtifactSealed):
        store.put(TENANT, LETTER)
    assert store.delete(TENANT, sha256)


def test_the_wrong_key_reads_as_damage(store: ArtifactStore) -> None:
    sha256 = store.put(TENANT, LETTER, Turning())
    with pytest.raises(ArtifactDamaged):
        store.get(TENANT, sha256, Turning(b"k2"))


def test_a_cipher_may_break_with_its_own_error(tmp_path: Path) -> None:
    class Strange(Turning):
        def open(self, sealed: bytes) -> bytes:
            raise KeyError(sealed[:2])

    store = ArtifactStore(tmp_path, broken_seal=KeyError)
    sha256 = store.put(TENANT, LETTER, Strange())
    with pytest.raises(ArtifactDamaged):
        store.get(TENANT, sha256, Strange())


def test_sealing_an_artifact_from_before_removes_the_plain_file(store: ArtifactStore) -> None:
    sha256 = store.put(TENANT, LETTER)
    assert store.get(TENANT, sha256, Turning()) == LETTER
    store.put(TENANT, LETTER, Turning())
    assert [file.suffix for file in files_under(store)] == [".sealed"]
    assert store.count(TENANT) == 1


def test_many_writers_of_one_content_leave_one_file(store: ArtifactStore) -> None:
    data = os.urandom(200_000)
    writers = [Thread(target=store.put, args=(TENANT, data)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(files_under(store)) == 1
    assert store.get(TENANT, hashlib.sha256(data).hexdigest()) == data


_STOP_BEFORE_THE_NAME = """
import os, sys
from pathlib import Path
from uuid import UUID
from infrastructure.artifacts.store import ArtifactStore
os.fsync = lambda handle: os._exit(137)
store = ArtifactStore(Path(sys.argv[1]))
store.put(UUID(sys.argv[2]), b"x" * 100_000)
"""

_WRITE_FOR_EVER = """
import itertools, sys
from pathlib import Path
from uuid import UUID
from infrastructure.artifacts.store import ArtifactStore
store = ArtifactStore(Path(sys.argv[1]))
for number in itertools.count():
    print(store.put(UUID(sys.argv[2]), number.to_bytes(8, "big") * 20_000), flush=True)
"""


def test_a_writer_that_stops_before_the_rename_leaves_no_artifact(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path)
    (tmp_path / str(TENANT) / hashlib.sha256(b"x" * 100_000).hexdigest()[:2]).mkdir(parents=True)
    writer = subprocess.run(
        [sys.executable, "-c", _STOP_BEFORE_THE_NAME, str(tmp_path), str(TENANT)], check=False
    )
    assert writer.returncode == 137
    assert store.count(TENANT) == 0
    assert len(files_under(store)) == 1  # the unfinished one
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert store.sweep(TENANT, tomorrow - timedelta(days=2)) == 0  # might still be written
    assert store.sweep(TENANT, tomorrow) == 1
    assert files_under(store) == []


def test_a_killed_writer_loses_nothing_that_it_had_stored(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path)
    told = 0
    for round_ in range(1, 6):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITE_FOR_EVER, str(tmp_path), str(TENANT)],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            stored = [writer.stdout.readline().strip() for _ in range(7 * round_)]
            writer.send_signal(signal.SIGKILL)
        told += len(stored)
        assert set(stored) <= store.hashes(TENANT)
        for sha256 in store.hashes(TENANT):
            assert len(store.get(TENANT, sha256)) == 160_000
    assert told == 105

"""The erasure log outside: whole lines, signed, on disk."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infrastructure.vault.envelope import new_key
from infrastructure.vault.erasure_log import ErasureLine, ErasureLog
from infrastructure.vault.errors import ErasureLogDamaged, MasterKeyMissing
from infrastructure.vault.master import MasterKeys

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def line(master: MasterKeys, subject: UUID | None = None, at: datetime = AT) -> ErasureLine:
    return ErasureLine.signed_by(
        master, "erased", UUID(int=1), subject or uuid4(), at, "parent-asked", "staff-7"
    )


def test_lines_come_back_in_their_order(master: MasterKeys, log_path: Path) -> None:
    log = ErasureLog(log_path, master)
    written = [line(master) for _ in range(3)]
    for one in written:
        log.append(one)
    assert list(log.lines()) == written
    assert log_path.stat().st_mode & 0o777 == 0o600


def test_a_log_that_was_never_written_is_empty(master: MasterKeys, log_path: Path) -> None:
    assert list(ErasureLog(log_path, master).lines()) == []


def test_the_zone_of_the_clock_does_not_change_the_signature(master: MasterKeys) -> None:
    subject = uuid4()
    dublin_summer = AT.astimezone(timezone(timedelta(hours=1)))
    assert line(master, subject) == line(master, subject, dublin_summer)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=200,
    deadline=None,  # each example waits for the disk
)
@given(data=st.data())
def test_any_changed_byte_of_a_line_is_noticed(
    data: st.DataObject, master: MasterKeys, tmp_path: Path
) -> None:
    path = tmp_path / "log"
    path.unlink(missing_ok=True)
    log = ErasureLog(path, master)
    log.append(line(master))
    log.append(line(master))
    good = list(log.lines())
    changed = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(changed) - 2))
    changed[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(changed)
    try:
        said = list(log.lines())
    except (ErasureLogDamaged, MasterKeyMissing):
        return
    assert said == good  # white space and the case of hex digits may change, content may not


def test_a_line_of_another_master_key_is_not_believed(master: MasterKeys, log_path: Path) -> None:
    log = ErasureLog(log_path, master)
    log.append(line(MasterKeys(new_key())))
    with pytest.raises(MasterKeyMissing):
        list(log.lines())


def test_a_line_that_a_crash_cut_off_is_left_out_and_cleared_away(
    master: MasterKeys, log_path: Path
) -> None:
    log = ErasureLog(log_path, master)
    first, second = line(master), line(master)
    log.append(first)
    whole = log_path.read_bytes()
    log_path.write_bytes(whole + whole[:40])
    assert list(log.lines()) == [first]
    log.append(second)
    assert list(log.lines()) == [first, second]


def test_writers_at_once_do_not_mix_their_lines(master: MasterKeys, log_path: Path) -> None:
    written = [line(master) for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: ErasureLog(log_path, master).append(one), written))
    read = list(ErasureLog(log_path, master).lines())
    assert {one.subject for one in read} == {one.subject for one in written}

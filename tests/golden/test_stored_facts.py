"""Every version of every fact that was ever stored loads for ever."""

from pathlib import Path

import msgspec
import pytest

from domain.catalogue import ALL_EVENTS
from domain.kernel.facts import Event, known_names, name_of, read, version_of, write
from domain.meeting.events import MeetingScheduled
from tests.support.examples import but, example

FOLDER = Path(__file__).parent / "events"
FILES = sorted(FOLDER.glob("*.json"))
ADD = "`python -m tests.golden.accept` adds it; golden files are added, never edited"


def stored(name: str, version: int) -> bytes:
    path = FOLDER / f"{name}@{version}.json"
    assert path.exists(), f"tests/golden/events/{path.name} is missing: {ADD}"
    return path.read_bytes().removesuffix(b"\n")


@pytest.mark.parametrize("cls", ALL_EVENTS)
def test_a_fact_is_written_today_as_its_golden_file_says(cls: type[Event]) -> None:
    frozen = stored(name_of(cls), version_of(cls))
    assert write(example(cls)) == frozen, "the stored shape changed: raise the fact's version"


@pytest.mark.parametrize("cls", ALL_EVENTS)
def test_a_golden_fact_loads_as_its_example(cls: type[Event]) -> None:
    loaded = read(name_of(cls), version_of(cls), stored(name_of(cls), version_of(cls)))
    assert loaded == example(cls)
    assert type(loaded) is cls


@pytest.mark.parametrize("cls", ALL_EVENTS)
def test_every_earlier_version_of_a_fact_is_kept(cls: type[Event]) -> None:
    for version in range(1, version_of(cls)):
        assert type(read(name_of(cls), version, stored(name_of(cls), version))) is cls


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_golden_file_is_a_fact_that_this_release_knows(path: Path) -> None:
    name, _, version = path.stem.rpartition("@")
    assert name in known_names(), f"{name} was stored once and can no longer be read"
    loaded = read(name, int(version), path.read_bytes())
    assert read(name, version_of(type(loaded)), write(loaded)) == loaded


def test_a_meeting_stored_without_a_length_lasts_half_an_hour() -> None:
    loaded = read("meeting.scheduled", 1, stored("meeting.scheduled", 1))
    assert loaded == but(MeetingScheduled, duration_minutes=30)


def test_a_golden_file_is_plain_json_that_an_auditor_can_read() -> None:
    for path in FILES:
        assert isinstance(msgspec.json.decode(path.read_bytes()), dict)

"""Facts are stored under written names and read back for ever."""

from datetime import UTC, datetime

import pytest

from domain.kernel import facts
from domain.kernel.facts import Event, UnknownFact, fact, read, upcast, write
from domain.meeting.events import MeetingMissed, MeetingScheduled
from tests.support.examples import example


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts that a test makes up are forgotten after it."""
    for name in ("_BY_NAME", "_NAMES", "_UPCASTS"):
        monkeypatch.setattr(facts, name, dict(getattr(facts, name)))


def test_a_payload_is_plain_json_in_the_order_of_the_class() -> None:
    assert write(example(MeetingScheduled)).startswith(b'{"intervention_id":"50000000-')
    assert write(MeetingMissed()) == b"{}"


def test_a_fact_is_read_back_equal() -> None:
    told = example(MeetingScheduled)
    assert read("meeting.scheduled", 2, write(told)) == told


@pytest.mark.parametrize(("name", "version"), [("meeting.postponed", 1), ("meeting.scheduled", 3)])
def test_an_unknown_name_or_a_newer_version_is_not_guessed(name: str, version: int) -> None:
    with pytest.raises(UnknownFact, match=name):
        read(name, version, b"{}")


def test_two_facts_may_not_share_a_name() -> None:
    with pytest.raises(ValueError, match=r"two facts are called meeting\.missed"):
        fact("meeting.missed")(Event)


def test_a_fact_knows_its_name_and_version() -> None:
    assert facts.name_of(MeetingScheduled) == "meeting.scheduled"
    assert facts.version_of(MeetingScheduled) == 2
    assert facts.known_names()["meeting.missed"] is MeetingMissed


def test_an_old_shape_climbs_every_version_to_todays() -> None:
    @fact("test.climbed", version=3)
    class Climbed(Event):
        steps: list[int]
        at: datetime

    @upcast("test.climbed", from_version=1)
    def first(data: dict[str, object]) -> dict[str, object]:
        return {"at": data["when"], "steps": [1]}

    @upcast("test.climbed", from_version=2)
    def second(data: dict[str, object]) -> dict[str, object]:
        return {**data, "steps": [*_numbers(data["steps"]), 2]}

    at = datetime(2025, 9, 23, 10, 0, tzinfo=UTC)
    assert read("test.climbed", 1, b'{"when":"2025-09-23T10:00:00Z"}') == Climbed([1, 2], at)
    old = b'{"steps":[7],"at":"2025-09-23T10:00:00Z"}'
    assert read("test.climbed", 2, old) == Climbed([7, 2], at)
    assert (first({"when": 0})["steps"], second({"steps": []})["steps"]) == ([1], [2])


def _numbers(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def test_an_older_version_without_a_way_up_is_named() -> None:
    assert facts.missing_upcasts() == []
    fact("test.lost", version=3)(type("Lost", (Event,), {}))
    assert facts.missing_upcasts() == [("test.lost", 1), ("test.lost", 2)]

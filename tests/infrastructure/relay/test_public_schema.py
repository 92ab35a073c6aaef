import json
import re
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import msgspec
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from jsonschema import Draft202012Validator

from domain.catalogue import ALL_EVENTS
from domain.contact_choice.events import ContactChoiceEvent
from domain.contact_day.events import ContactDayEvent
from domain.kernel import facts
from domain.kernel.facts import Event
from domain.kernel.recorded import Recorded
from domain.meeting.events import MeetingOutcomeRecorded
from domain.owed_return.events import ReturnEvent
from domain.playbook.events import PlaybookActivated, PlaybookDrafted, PlaybookRetired
from domain.playbook_run.events import RunStopped
from domain.rule_set.events import RuleSetActivated, RuleSetDrafted, RuleSetRetired
from domain.template.events import TemplateEvent
from domain.work_task.events import TaskAssigned, TaskFinished, TaskRaised, TaskReleased
from infrastructure.relay import schemas, wire
from infrastructure.relay.neutral import neutral
from tests.support.examples import RUN, TENANT, example
from tests.support.relaying import Came

INSIDE: set[type[Event]] = {
    PlaybookActivated,
    PlaybookDrafted,
    PlaybookRetired,
    RuleSetActivated,
    RuleSetDrafted,
    RuleSetRetired,
    TaskAssigned,
    TaskFinished,
    TaskRaised,
    TaskReleased,
    *get_args(ContactChoiceEvent),
    *get_args(ContactDayEvent),
    *get_args(ReturnEvent),
    *get_args(TemplateEvent),
}
CAUSE = UUID("0a000000-0000-4000-8000-000000000001")
COMMAND = UUID("0b000000-0000-4000-8000-000000000001")
CORRELATION = UUID("0c000000-0000-4000-8000-000000000001")
PUBLIC = sorted(wire.PUBLIC, key=wire.PUBLIC.__getitem__)


def recorded(event: Event, cause: UUID | None = CAUSE) -> Recorded:
    return Recorded(
        tenant=TENANT,
        stream=RUN,
        version=3,
        position=4711,
        event=event,
        occurred_at=datetime(2025, 9, 24, 8, 0, tzinfo=UTC),
        recorded_at=datetime(2025, 9, 24, 8, 0, 1, 250_000, tzinfo=UTC),
        actor="staff:7",
        command_id=COMMAND,
        cause=cause,
        correlation=CORRELATION,
    )


def public(event: Event, cause: UUID | None = CAUSE) -> wire.WireRecord:
    record = wire.to_wire(recorded(event, cause), "anseo")
    assert record is not None
    return record


def test_every_fact_is_either_public_or_known_to_stay_inside() -> None:
    assert set(ALL_EVENTS) - set(wire.PUBLIC) == INSIDE
    assert [wire.to_wire(recorded(example(cls)), "anseo") for cls in INSIDE] == [None] * len(INSIDE)


def test_public_names_are_unique_and_carry_their_major_version() -> None:
    names = list(wire.PUBLIC.values())
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"ie\.anseo\.[a-z_]+\.[a-z_]+\.v[1-9]", name)


@pytest.mark.parametrize("cls", PUBLIC, ids=lambda cls: cls.__name__)
def test_what_a_consumer_reads_is_what_was_recorded(cls: type[Event]) -> None:
    for cause in (CAUSE, None):
        fact = recorded(example(cls), cause)
        record = wire.to_wire(fact, "anseo")
        assert record is not None
        if wire.HIDDEN[cls]:
            shown = json.loads(facts.write(neutral(fact.event)))
            assert json.loads(record.value) == {name: shown[name] for name in wire.SHOWN[cls]}
            continue
        assert wire.from_wire(record) == msgspec.structs.replace(
            fact, event=neutral(fact.event), actor="wire", command_id=fact.correlation
        )


def test_what_is_above_internal_stays_inside() -> None:
    assert {
        wire.PUBLIC[cls].removeprefix("ie.anseo."): set(hidden)
        for cls, hidden in wire.HIDDEN.items()
        if hidden
    } == {
        "case.closed.v1": {"reason"},
        "exemption.granted.v1": {"reason_ref", "effect"},
        "intervention.due_passed.v1": {"owner"},
        "intervention.stage_declined.v1": {"reason"},
        "intervention.attempt_logged.v1": {"notes_ref", "invited"},
        "intervention.stage_entered.v1": {"approved_by", "guards", "answers_ref"},
        "intervention.stage_proposed.v1": {"guards", "findings", "proposed_by", "reason_ref"},
        "intervention.stage_unsupported.v1": {"owner"},
        "intervention.stage_withheld.v1": {"reason"},
        "letter.rendered.v1": {"language"},
        "meeting.cancelled.v1": {"reason"},
        "meeting.outcome_recorded.v1": {"outcome"},
        "message.attempted.v1": {"language"},
    }
    for cls, hidden in wire.HIDDEN.items():
        told = json.loads(public(example(cls)).value)
        assert not hidden & told.keys()


def test_a_fact_whose_public_part_is_not_the_whole_is_not_taken_for_the_fact() -> None:
    with pytest.raises(wire.Unopened):
        wire.from_wire(public(example(MeetingOutcomeRecorded)))


def test_the_form_is_the_binary_mode_of_the_cloudevents_binding() -> None:
    record = public(example(RunStopped))
    assert record.topic == "anseo.playbook_run"
    assert record.key == str(RUN).encode()
    assert json.loads(record.value)["reason"] == "GUARDIAN_REPLIED"
    assert {name: value.decode() for name, value in record.headers} == {
        "ce_specversion": "1.0",
        "ce_id": str(recorded(example(RunStopped)).id),
        "ce_source": f"/anseo/tenants/{TENANT}",
        "ce_type": "ie.anseo.playbook_run.stopped.v1",
        "ce_time": "2025-09-24T08:00:00Z",
        "ce_subject": str(RUN),
        "ce_partitionkey": str(RUN),
        "ce_sequence": "0000000000000004711",
        "ce_streamversion": "3",
        "ce_recordedtime": "2025-09-24T08:00:01.250000Z",
        "ce_correlationid": str(CORRELATION),
        "ce_causationid": str(CAUSE),
        "ce_dataclassification": "internal",
        "content-type": "application/json",
    }


@pytest.mark.parametrize("cls", PUBLIC, ids=lambda cls: cls.__name__)
def test_the_cloudevents_library_reads_it_and_would_write_the_same(cls: type[Event]) -> None:
    record = public(example(cls))
    ours = KafkaMessage(dict(record.headers), record.key, record.value)
    event = from_binary(ours, JSONFormat())
    assert event.get_type() == wire.PUBLIC[cls]
    assert event.get_time() == datetime(2025, 9, 24, 8, 0, tzinfo=UTC)
    assert event.get_data() == json.loads(record.value)
    theirs = to_binary(event, JSONFormat())
    assert theirs.headers == ours.headers
    assert theirs.key == record.key.decode()


def test_a_type_of_a_later_release_is_passed_over() -> None:
    record = public(example(RunStopped))
    headers = [
        (name, b"ie.anseo.playbook_run.stopped.v9" if name == "ce_type" else value)
        for name, value in record.headers
    ]
    with pytest.raises(wire.Unopened):
        wire.from_wire(Came(record.value, headers))
    with pytest.raises(wire.Unopened):
        wire.from_wire(record._replace(value=b'{"reason": "MANUAL"}'))


def test_a_field_of_a_later_release_is_ignored() -> None:
    record = public(example(RunStopped))
    data = json.loads(record.value) | {"new_field": 1}
    told = wire.from_wire(record._replace(value=json.dumps(data).encode()))
    assert told.event == example(RunStopped)


def test_the_partition_is_the_one_that_librdkafka_would_choose() -> None:
    key = str(RUN).encode()
    assert wire.partition_of(key, 6) == zlib.crc32(key) % 6
    assert {wire.partition_of(str(n).encode(), 6) for n in range(100)} == set(range(6))


def without_words(part: Any) -> Any:
    """Leave out descriptions: they are the facts' docstrings, and no part of the contract."""
    if isinstance(part, list):
        return [without_words(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {name: without_words(one) for name, one in part.items() if name != "description"}


def test_the_written_schemas_are_those_of_the_facts() -> None:
    kept = {path.stem: json.loads(path.read_bytes()) for path in schemas.FOLDER.glob("*.json")}
    wanted = {name: json.loads(schemas.text(one)) for name, one in schemas.schemas().items()}
    assert without_words(kept) == without_words(wanted), (
        "run: python -m infrastructure.relay.schemas"
    )


def test_a_schema_says_nothing_of_what_stays_inside() -> None:
    assert "MEDICAL_PLAN" not in json.dumps(schemas.schemas())


def test_schemas_of_types_that_are_no_more_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schemas, "FOLDER", tmp_path)
    (tmp_path / "ie.anseo.run.forgotten.v1.json").write_text("{}")
    schemas.write()
    assert {path.stem for path in tmp_path.iterdir()} == set(wire.PUBLIC.values())


@pytest.mark.parametrize("cls", PUBLIC, ids=lambda cls: cls.__name__)
def test_each_public_fact_fits_its_written_schema(cls: type[Event]) -> None:
    path = schemas.FOLDER / f"{wire.PUBLIC[cls]}.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(public(example(cls)).value))


def test_the_content_model_is_open_to_fields_and_codes_of_later_releases() -> None:
    schema = schemas.schemas()["ie.anseo.playbook_run.stopped.v1"]
    data = json.loads(public(example(RunStopped)).value)
    Draft202012Validator(schema).validate(data | {"reason": "A_NEW_REASON", "new_field": 1})
    assert not Draft202012Validator(schema).is_valid(data | {"reason": 7})

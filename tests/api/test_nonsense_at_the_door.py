"""Whatever is sent, the answer is one that the contract declares, and never a fault of ours."""

import json
import string
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.meeting.commands import ScheduleMeeting
from domain.shared.ids import MeetingId, derived_id
from tests.support.front import ALL_ROLES, SOON, Family, Front

pytestmark = pytest.mark.postgres
KNOWN = ("@intervention", "@run", "@student", "@case", "@meeting")

known = st.sampled_from(KNOWN)
ids = st.uuids().map(str)
texts = st.text(max_size=30)
odd = st.sampled_from(
    ["", "null", "-1", "1e9", "\u0000", "'; --", "\u0663", "2025-02-30", "é" * 300]
)
written = st.text(string.ascii_letters + string.digits + "%-_.~", min_size=1, max_size=20)
segments = written.filter(lambda one: one not in {".", ".."})  # the client walks these itself
likely = st.sampled_from(
    (
        *("MOVE", "HOLD", "MISS", "CANCEL", "RECORD_OUTCOME", "A_CODE", "RESOLVED"),
        *("2025-11-04", "2025-11-04T10:00:00Z", "9999-12-31T23:59:59-14:00"),
    )
)
words = ids | texts | odd | st.integers().map(str) | st.dates().map(str)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | words
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)


@dataclass(frozen=True)
class Nonsense:
    """A request; ids that begin with @ stand for things that are there."""

    method: str
    path: str
    declared: frozenset[int]
    asked: dict[str, str]
    body: Any


@cache
def contract() -> dict[str, Any]:
    golden = Path(__file__).parents[1] / "golden" / "openapi.json"
    document: dict[str, Any] = json.loads(golden.read_text(encoding="utf-8"))
    return document


def fields(operation: dict[str, Any]) -> list[str]:
    """Return what a JSON body has, so that nonsense comes in the right places."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    refs = [one["$ref"] for one in (schema, *schema.get("oneOf", [])) if "$ref" in one]
    schemas = contract()["components"]["schemas"]
    return sorted({name for ref in refs for name in schemas[ref.rsplit("/", 1)[1]]["properties"]})


@st.composite
def requests(draw: st.DrawFn) -> Nonsense:
    path = draw(st.sampled_from(sorted(contract()["paths"])))
    method = draw(st.sampled_from(sorted(contract()["paths"][path])))
    operation = contract()["paths"][path][method]
    url, asked = path, {}
    for parameter in operation.get("parameters", []):
        name = parameter["name"]
        if parameter["in"] == "path":
            url = url.replace(f"{{{name}}}", draw(known | ids | segments))
        elif parameter["in"] == "query" and name != "after" and draw(st.booleans()):
            asked[name] = draw(words | known | likely)
    names = fields(operation)
    body = None
    if names:
        body = draw(values | st.dictionaries(st.sampled_from(names), known | likely | values))
    return Nonsense(method, url, frozenset(map(int, operation["responses"])), asked, body)


def begun(front: Front, family: Family) -> dict[str, str]:
    """Return the ids of things that are there, begun at the first example."""
    meeting = MeetingId(derived_id("meeting", family.intervention))
    if not front.count("ledger"):
        front.enrol(family)
        front.propose(family)
        front.open_case(family)
        front.start_run(family)
        front.tell(
            ScheduleMeeting(
                meeting_id=meeting,
                intervention_id=family.intervention,
                student_id=family.student,
                school_id=family.school,
                stage="MEETING",
                scheduled_at=SOON,
                duration_minutes=30,
            )
        )
        front.settle()
    there = (family.intervention, family.run, family.student, family.case, meeting)
    return dict(zip(KNOWN, map(str, there), strict=True))


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(nonsense=requests())
def test_nonsense_is_answered_as_declared(front: Front, family: Family, nonsense: Nonsense) -> None:
    text = json.dumps([nonsense.path, nonsense.asked, nonsense.body])
    for name, real in begun(front, family).items():
        text = text.replace(name, real)
    path, asked, body = json.loads(text)
    headers = {**front.token(*ALL_ROLES), "If-Match": '"1"', "Idempotency-Key": str(uuid4())}
    sent = {} if body is None else {"json": body}
    answer = front.client.request(nonsense.method, path, params=asked, headers=headers, **sent)
    assert answer.status_code < 500, answer.text
    assert answer.status_code in nonsense.declared | {404}, answer.text
    assert answer.headers["x-correlation-id"]

"""The typed client is what OpenAPI says, and asks, answers and refuses as the door does."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from api.client import generate, models
from api.client.calling import Refused, over_http
from api.client.operations import Anseo
from tests.support.front import Front
from tests.support.typed_client import anseo

STEP = models.MessageStepBody(
    step_id="sms-1", order=1, offset=1, channel="SMS", template_key="ATTENDANCE_SMS"
)
OURS = models.NewPlaybookBody(
    name="Ours",
    trigger=models.OnStageBody(stage="LETTER_1"),
    purpose="NUDGE",
    steps=[STEP],
)


@pytest.mark.parametrize("name", ["models.py", "operations.py"])
def test_the_client_is_made_of_the_contract_of_this_moment(name: str) -> None:
    """000-012 A client for playbooks; `python -m api.client.generate` makes it anew."""
    made = generate.files()[name]
    there = (generate.FOLDER / name).read_text(encoding="utf-8")
    assert there == made, "run `python -m api.client.generate`, and commit what it wrote"


def test_every_operation_with_a_token_is_a_method(front: Front) -> None:
    document = front.client.get("/api/openapi.json").json()
    operations = [one for path in document["paths"].values() for one in path.values()]
    names = {one["operationId"] for one in operations if "security" in one}
    assert {name for name in vars(Anseo) if not name.startswith("_")} == names


@pytest.mark.postgres
def test_a_playbook_is_written_and_changed_by_types(front: Front) -> None:
    """000-147, 000-148, 000-151: steps of every kind know their own by their kind."""
    us = anseo(front)
    book = us.create_playbook(OURS, key="once").stream
    assert us.create_playbook(OURS, key="once").stream == book
    task = models.TaskStepBody(step_id="task-1", order=2, offset=2, task="CALL_HOME", within=1)
    assert us.add_step(book, task, seen=1).version == 2
    whole = us.show_playbook(book)
    kinds = [type(step) for step in whole.definition.steps]
    assert kinds == [models.MessageStepBody, models.TaskStepBody]
    assert us.activate_playbook(book, seen=whole.revision).version == 3
    front.settle()
    (item,) = us.list_playbooks(active=True).items
    assert (item.playbook_id, item.name, item.steps) == (book, "Ours", 2)


@pytest.mark.postgres
def test_a_refusal_keeps_its_code_and_its_numbers(front: Front) -> None:
    us = anseo(front)
    with pytest.raises(Refused) as unknown:
        us.show_playbook(uuid4())
    assert (unknown.value.status, unknown.value.code) == (404, "playbook-unknown")
    with pytest.raises(Refused) as faulty:
        us.create_playbook(msgspec.structs.replace(OURS, steps=[]))
    assert faulty.value.errors[0]["code"] == "no-steps"
    with pytest.raises(Refused) as moved:
        us.stop_runs(models.StopRunsBody(token="x"))
    assert (moved.value.code, moved.value.details["runs"]) == ("estimate-moved", 0)


class _Said(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path.startswith("/here/api/") else 502)
        self.end_headers()
        self.wfile.write(b'{"items": [], "next": null}' if "here" in self.path else b"<html>")

    def log_message(self, *said: Any) -> None:
        del said


def test_it_speaks_http_and_takes_a_page_of_a_proxy_for_a_refusal() -> None:
    server = HTTPServer(("127.0.0.1", 0), _Said)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        assert Anseo(over_http(f"{address}/here/"), "t").list_playbooks(limit=1).items == []
        with pytest.raises(Refused) as away:
            Anseo(over_http(address), "t").list_playbooks()
        assert (away.value.status, away.value.code) == (502, "")
    finally:
        server.shutdown()
        server.server_close()
    with pytest.raises(ValueError, match="no address"):
        over_http("ftp://somewhere")

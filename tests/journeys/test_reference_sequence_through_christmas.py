"""The reference sequence through Christmas: SMS D+1, WhatsApp D+3, e-mail D+7, and every end."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, time
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from fastapi.testclient import TestClient

from api.client import models as m
from api.client.calling import Answer
from api.client.operations import Anseo
from api.main import create_app
from api.tokens import Tokens
from domain.contact_choice.commands import RecordConsent
from domain.kernel.commands import Command
from domain.playbook.commands import RetirePlaybook
from domain.playbook.shipped_playbooks import shipped
from domain.playbook_run.aggregate import PlaybookRun
from domain.shared.contact import Channel
from infrastructure.channels.signature import sign
from infrastructure.store.database import Database
from tests.support.town import TENANT, Town, town_on

pytestmark = [pytest.mark.postgres, pytest.mark.journey]
PUBLIC, SECRET = "https://anseo.school.example", "sandbox-token"
CONTENT = {"ATTENDANCE_SMS:en": "HX" + "a1" * 16}
PUPILS = ("R", "C", "E", "I", "N")  # replied, case, exemption, improved, nothing
ABSENT = [date(2025, 12, day) for day in (9, 10, 11, 12, 15, 16)]
STUDENTS = "student,given,family,birth_on,year_group,household,enrolled_on,left_on\n" + "".join(
    f"{one},Given{one},Family{one},2013-04-02,5,H{one},2025-09-01,\n" for one in PUPILS
)
PARENTS = {"R1": "R", "R2": "R", "C1": "C", "E1": "E", "I1": "I", "N1": "N"}
GUARDIANS = (
    "student,guardian,given,family,relation,priority,phone,email,language,may_receive_info,"
    "has_parental_responsibility,lives_with,no_contact,consent_sms,consent_email\n"
) + "".join(
    f"{pupil},{parent},Parent{parent},Family{pupil},MOTHER,1,085000200{n},{parent}@example.org,en,"
    "yes,yes,yes,,yes,yes\n"
    for n, (parent, pupil) in enumerate(PARENTS.items())
)
HEAD = "student,date,session,code\n"
MARKS = HEAD + "".join(f"{one},{day},DAY,F\n" for day in ABSENT for one in PUPILS)
# One pupil missed two days of ten in November, too, and none of the ten after the letter.
NOVEMBER = "".join(
    f"I,2025-11-{day},DAY,{'F' if day in {12, 19} else 'P'}\n"
    for day in (10, 11, 12, 13, 14, 17, 18, 19, 20, 21)
)
BETTER = [date(2025, 12, 18), date(2025, 12, 19)] + [
    date(2026, 1, day) for day in (5, 6, 7, 8, 9, 12, 13, 14)
]


class School:
    """The town, a principal's typed client before its door, and what the providers took."""

    def __init__(self, town: Town, door: TestClient) -> None:
        self.town, self._door = town, door
        token = Tokens.of(town.house.settings).mint(TENANT, "head", ("principal",), None)
        self.us = Anseo(self._send, token)
        with town.house.database.worker() as conn:
            self.pupils = dict(conn.execute("select source_id, student from student").fetchall())
            self.parents = dict(conn.execute("select source_id, guardian from guardian").fetchall())

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        answer = self._door.request(method, path, headers=dict(headers), content=body)
        return answer.status_code, dict(answer.headers), answer.content

    def run(self, parent: str) -> m.RunItem:
        """Return the run of a parent, whatever became of it."""
        self.town.settle()
        (found,) = self.us.list_runs(guardian=self.parents[parent], status="ANY").items
        return found

    def end(self, parent: str) -> tuple[str, str | None, list[str]]:
        """Return how a parent's run stands, why it stopped, and what was sent."""
        run = self.run(parent)
        return run.status, run.stop_reason, [s.step_id for s in run.steps if s.status == "SENT"]

    def tell(self, command: Command) -> None:
        """Say what a person or an evaluation would."""
        self.town.house.ledger.execute(command, tenant=TENANT, by="staff:head")
        self.town.settle()

    def taken(self) -> int:
        """Return how many messages the providers took."""
        path = self.town.folder / "provider.jsonl"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def providers(self) -> set[str]:
        """Return who took them; the gateway takes WhatsApp by the address."""
        lines = (self.town.folder / "provider.jsonl").read_text().splitlines()
        said = [json.loads(line) for line in lines]
        by_whatsapp = [one["to"].startswith("whatsapp:") for one in said]
        return {
            "whatsapp" if so else str(one["provider"])
            for one, so in zip(said, by_whatsapp, strict=True)
        }

    def replies(self, sender: str) -> None:
        """A guardian answers a text, as the provider tells it."""
        path = f"/api/webhooks/twilio/inbound/{TENANT}"
        form = {"MessageSid": "SMreply", "From": sender, "To": "+353850000000", "Body": "We will"}
        headers = {"X-Twilio-Signature": sign(SECRET, PUBLIC + path, form.items())}
        assert self._door.post(path, data=form, headers=headers).status_code < 300
        self.town.settle()


@contextmanager
def a_school(database: Database, folder: Path) -> Iterator[School]:
    """Five pupils who missed six days, and the reference sequence instead of the usual ones."""
    settings = {
        "ANSEO_PUBLIC_URL": PUBLIC,
        "WHATSAPP_SENDER": "+353850000000",
        "WHATSAPP_CONTENT": CONTENT,
    }
    with town_on(database, folder, **settings) as town:
        for what, text in (
            ("students", STUDENTS),
            ("guardians", GUARDIANS),
            ("marks", MARKS + NOVEMBER),
        ):
            (folder / f"{what}.csv").write_text(text, encoding="utf-8")
            if what == "marks":
                town.at(date(2025, 12, 16), time(17, 0))
            report = town.importer.csv(what, folder / f"{what}.csv", "S1", today=ABSENT[-1])
            assert report.imported, report
        with TestClient(create_app(town.house)) as door:
            school = School(town, door)
            for old in shipped("ie-attendance-1", TENANT):
                school.tell(RetirePlaybook(playbook_id=old.playbook_id))
            for parent in PARENTS:
                who, way = school.parents[parent], Channel.WHATSAPP
                school.tell(RecordConsent(who, channel=way, given=True, source="STAFF"))
            yield school


def into_use(school: School, name: str) -> UUID:
    """Write a shipped playbook as one's own, and put it into use."""
    shown = school.us.list_shipped_playbooks().items
    (ours,) = [one.definition for one in shown if one.definition.name == name]
    body = msgspec.convert(msgspec.to_builtins(ours), m.NewPlaybookBody)
    book = school.us.create_playbook(body).stream
    school.us.activate_playbook(book, seen=1)
    return book


def begin(school: School) -> None:
    """Put the shipped sequence into use, and approve the letter for everybody."""
    into_use(school, "Reference sequence")
    school.town.at(date(2025, 12, 16), time(17, 30))
    school.town.at(date(2025, 12, 17), time(11, 0))
    for line in school.us.list_queue(action="APPROVE_STAGE").items:
        school.us.approve_stage(line.subject, line.stage)
    school.town.settle()


def before_christmas(school: School) -> None:
    """D+1: a text to each; one answers, and staff decide about the other; a case is closed."""
    school.town.at(date(2025, 12, 18), time(9, 1))
    assert {parent for parent in PARENTS if school.end(parent)[2] == ["sms-1"]} == {*PARENTS}
    school.replies("+353850002000")
    assert school.end("R1") == ("STOPPED", "GUARDIAN_REPLIED", ["sms-1"])
    assert school.end("R2")[0] == "PAUSED"
    (decide,) = school.us.list_queue(action="DECIDE_RUNS").items
    assert decide.due_on is not None
    school.us.resume_run(school.run("R2").run_id)
    school.us.finish_task(decide.subject, decide.stage)
    with school.town.house.database.worker() as conn:
        run = school.town.house.ledger.load(conn, PlaybookRun, school.run("C1").run_id)
    assert run.past.started is not None
    school.us.close_case(run.past.started.case_id, m.CloseCaseBody(reason="RESOLVED"))
    assert school.end("C1") == ("STOPPED", "CASE_CLOSED", ["sms-1"])


def after_christmas(school: School) -> None:
    """D+3 and D+7 lie behind the holidays; an exemption ends one more, and one is held."""
    before = school.taken()
    for day in (date(2025, 12, 25), date(2026, 1, 1)):
        school.town.at(day, time(11, 0))
        assert school.taken() == before
    school.town.at(date(2026, 1, 5), time(9, 1))
    assert school.end("N1")[2] == ["sms-1", "whatsapp-3"]
    exempt = m.ExemptionBody(
        student_id=school.pupils["E"], starts_on=date(2026, 1, 5), reason="a private matter"
    )
    school.us.grant_exemption(exempt)
    assert school.end("E1") == ("STOPPED", "EXEMPTION_FLAG", ["sms-1", "whatsapp-3"])
    school.us.pause_run(school.run("I1").run_id)
    school.town.at(date(2026, 1, 9), time(9, 1))


def better(school: School) -> None:
    """Ten days without an absence are in the register: the look of that evening ends a run."""
    path = school.town.folder / "better.csv"
    path.write_text(HEAD + "".join(f"I,{day},DAY,P\n" for day in BETTER), encoding="utf-8")
    assert school.town.importer.csv("marks", path, "S1", today=BETTER[-1]).imported
    assert school.end("I1") == ("PAUSED", None, ["sms-1", "whatsapp-3"])
    school.town.at(BETTER[-1], time(17, 30))
    assert school.end("I1") == ("STOPPED", "ATTENDANCE_IMPROVED", ["sms-1", "whatsapp-3"])


def by_hand(school: School) -> None:
    """A person starts the same by calendar days, and all of it is stopped as the estimate said."""
    book = into_use(school, "Reference sequence in calendar days")
    pupil = school.run("N1").instance_id
    school.town.settle()
    begun = school.us.start_run(m.StartBody(playbook_id=book, intervention_id=pupil)).runs
    school.town.settle()
    told = school.us.estimate_stop(playbook=book)
    assert (len(begun), told.runs, told.students) == (1, 1, 1)
    school.us.stop_runs(m.StopRunsBody(playbook=book, token=told.token))
    school.town.settle()
    assert school.us.show_run(begun[0]).run.stop_reason == "MANUAL"


def test_the_reference_sequence_goes_round_christmas_and_each_condition_ends_a_run(
    database: Database, tmp_path: Path
) -> None:
    """000-001, 000-002, 000-003, 000-033, 000-034, 000-035, 000-103, 000-181, 000-182, 000-183,
    000-184, 000-185, 000-186, 000-187. 000-095 and 000-174: runs are polled, for steps and for what
    had no answer; 000-176: by outbox and sender to a provider of each channel. Trap 19, trap 36.
    """
    with a_school(database, tmp_path) as school:
        begin(school)
        before_christmas(school)
        after_christmas(school)
        whole = ["sms-1", "whatsapp-3", "email-7"]
        for parent in ("R2", "N1"):
            assert school.end(parent) == ("COMPLETED", None, whole)
        assert school.taken() == 6 + 4 + 2
        assert school.providers() == {"sms", "whatsapp", "smtp"}
        school.town.at(date(2026, 1, 14), time(9, 1))
        assert school.end("N1")[0] == "ESCALATED"
        asked = school.us.list_queue(action="ARRANGE_MEETING", stage="RUN_ESCALATED").items
        assert {one.student_id for one in asked} == {school.pupils["R"], school.pupils["N"]}
        assert {one.owner for one in asked} == {"school:attendance-office"}
        assert {one.due_on for one in asked} == {date(2026, 1, 21)}
        better(school)
        by_hand(school)

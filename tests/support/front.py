"""A front door on a real database: a house, a client, and stories told by commands."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
from fastapi.testclient import TestClient
from httpx2 import Response

from api.main import create_app
from api.tokens import Tokens
from domain.case.commands import OpenCase
from domain.intervention.commands import ProposeStage
from domain.kernel.commands import Command
from domain.message.commands import AttemptMessage, RecordAccepted, RequestMessage
from domain.playbook_run.commands import StartRun
from domain.register_batch.commands import RecordBatch
from domain.shared.contact import Along, Channel, Purpose
from domain.shared.ids import (
    BatchId,
    CaseId,
    GuardianId,
    InterventionId,
    MessageId,
    RuleSetId,
    RunId,
    SchoolId,
    StudentId,
    derived_id,
    message_key,
)
from domain.shared.stages import Approval, Stage
from infrastructure.channels.signature import sign
from infrastructure.clock import move_school_clock
from infrastructure.runtime.role import Worker
from infrastructure.settings import Settings
from infrastructure.store.database import Database
from infrastructure.store.ledger import Receipt
from infrastructure.vault.contact_index import remember
from infrastructure.wiring import workers
from infrastructure.wiring.house import House
from tests.support.examples import HASH, LETTER_1, NUMBERS, PLAYBOOK_1, YEAR_FROM

TENANT: Final = UUID("11111111-1111-4111-8111-111111111111")
STRANGERS: Final = UUID("22222222-2222-4222-8222-222222222222")
SCHOOL: Final = SchoolId(UUID("20000000-0000-4000-8000-000000000001"))
OTHER_SCHOOL: Final = SchoolId(UUID("20000000-0000-4000-8000-000000000002"))
PUBLIC: Final = "https://anseo.school.example"
PROVIDER_TOKEN: Final = "the-provider-s-token"
OLD_PROVIDER_TOKEN: Final = "the-provider-s-older-token"
NUMBER: Final = "+353850000001"
NOON: Final = datetime(2025, 10, 13, 11, 0, tzinfo=UTC)
ALL_ROLES: Final = ("principal", "officer", "teacher", "auditor", "admin", "read-only")


@dataclass
class Family:
    """Ids of one child and what the school does about it."""

    student: StudentId = field(default_factory=lambda: StudentId(uuid4()))
    guardian: GuardianId = field(default_factory=lambda: GuardianId(uuid4()))
    intervention: InterventionId = field(default_factory=lambda: InterventionId(uuid4()))
    case: CaseId = field(default_factory=lambda: CaseId(uuid4()))
    run: RunId = field(default_factory=lambda: RunId(uuid4()))
    school: SchoolId = SCHOOL
    tenant: UUID = TENANT


class Front:
    """A client before the door, and hands behind it."""

    def __init__(self, house: House, client: TestClient) -> None:
        self.house = house
        self.client = client
        self.tokens = Tokens.of(house.settings)
        self._crew: list[Worker] = [*workers.project(house), *workers.react(house)]

    def token(
        self,
        *roles: str,
        tenant: UUID = TENANT,
        schools: list[UUID] | None = None,
        subject: str = "7",
    ) -> dict[str, str]:
        """Return the header of somebody with these roles."""
        text = self.tokens.mint(tenant, subject, roles or ("principal",), schools)
        return {"Authorization": f"Bearer {text}"}

    def get(self, path: str, who: Any = None, **asked: Any) -> Response:
        """Read."""
        return self.client.get(path, headers=who or self.token(), params=asked)

    def post(
        self,
        path: str,
        body: Any = None,
        who: dict[str, str] | None = None,
        key: str | None = None,
    ) -> Response:
        """Put down a wish."""
        headers = {**(who or self.token()), "Idempotency-Key": key or str(uuid4())}
        return self.client.post(path, headers=headers, json=body)

    def put(
        self, path: str, body: Any, version: int, who: dict[str, str] | None = None
    ) -> Response:
        """Change something at a version."""
        headers = {**(who or self.token()), "If-Match": f'"{version}"'}
        return self.client.put(path, headers=headers, json=body)

    def webhook(self, path: str, form: dict[str, str], token: str = PROVIDER_TOKEN) -> Response:
        """Call as the provider does."""
        signature = sign(token, PUBLIC + path, form.items())
        return self.client.post(path, data=form, headers={"X-Twilio-Signature": signature})

    def settle(self) -> None:
        """Let read models and process managers come to rest."""
        while sum(worker.step() for worker in self._crew):
            pass

    def tell(self, command: Command, tenant: UUID = TENANT, by: str = "process:test") -> Receipt:
        """Execute a command behind the door."""
        return self.house.ledger.execute(command, tenant=tenant, by=by)

    def facts(self, stream: UUID) -> list[str]:
        """Return the names of a stream's facts, in order."""
        with self.house.database.worker() as conn:
            rows = conn.execute(
                "select topic from ledger where originator_id = %s order by originator_version",
                (stream,),
            ).fetchall()
        return [name for (name,) in rows]

    def count(self, table: str) -> int:
        """Count a table's rows over all tenants."""
        with self.house.database.worker() as conn:
            row = conn.execute(f"select count(*) from {table}").fetchone()
        return int(row[0]) if row else 0

    def clock(self, to: datetime) -> None:
        """Move the school clock."""
        with self.house.database.worker() as conn:
            move_school_clock(conn, to)

    def name(self, family: Family, given: str = "Síofra", last: str = "Canary") -> None:
        """Keep the child and the guardian in the vault."""
        with self.house.database.worker() as conn:
            for kind, person in (("student", family.student), ("guardian", family.guardian)):
                said = {"given": given, "family": last, "phone": NUMBER}
                self.house.vault.put(conn, family.tenant, person, kind, {person: said})

    def enrol(self, family: Family) -> None:
        """Let the register know the child."""
        batch = BatchId(uuid4())
        with self.house.database.worker() as conn:
            conn.execute(
                "insert into staged_batch (tenant, batch, content, source, content_hash)"
                " values (%s, %s, 'students', 'test', '')",
                (family.tenant, batch),
            )
            conn.execute(
                "insert into student (tenant, student, batch, source, source_id, school)"
                " values (%s, %s, %s, 'test', 'P', %s)",
                (family.tenant, family.student, batch, family.school),
            )
        recorded = RecordBatch(
            batch_id=batch,
            content="students",
            source="test",
            content_hash=HASH,
            rows=1,
            quarantined=0,
            students=1,
        )
        self.tell(recorded, family.tenant)

    def propose(self, family: Family, stage: Stage = LETTER_1) -> Receipt:
        """Let the rules propose a stage."""
        return self.tell(
            ProposeStage(
                intervention_id=family.intervention,
                student_id=family.student,
                school_id=family.school,
                case_id=family.case,
                rule_set_id=RuleSetId(derived_id("rules")),
                school_year_from=YEAR_FROM,
                stage=stage,
                numbers=(NUMBERS,),
                evaluated_on=date(2025, 10, 10),
                known_at=1,
            ),
            family.tenant,
        )

    def open_case(self, family: Family) -> Receipt:
        """Open the case that the intervention names."""
        return self.tell(
            OpenCase(case_id=family.case, student_id=family.student, school_id=family.school),
            family.tenant,
        )

    def start_run(self, family: Family) -> Receipt:
        """Start a run for the guardian."""
        return self.tell(
            StartRun(
                run_id=family.run,
                school_id=family.school,
                playbook=PLAYBOOK_1,
                intervention_id=family.intervention,
                case_id=family.case,
                student_id=family.student,
                guardian_id=family.guardian,
                stage="LETTER_1",
                triggered_at=NOON,
                baseline=(NUMBERS,),
            ),
            family.tenant,
        )

    def text(
        self,
        family: Family,
        reference: str = "SM1",
        *,
        accepted: bool = True,
        also: tuple[Along, ...] = (),
    ) -> MessageId:
        """Text the guardian in the run's name; the number is remembered, as a sender does."""
        key = message_key(family.run, "sms", family.guardian)
        message = MessageId(derived_id("message", key))
        with self.house.database.worker() as conn:
            remember(conn, self.house.vault, family.tenant, NUMBER, family.guardian)
        common: dict[str, Any] = {
            "message_id": message,
            "school_id": family.school,
            "student_id": family.student,
            "guardian_id": family.guardian,
            "run_id": family.run,
            "case_id": family.case,
            "intervention_id": family.intervention,
        }
        request = RequestMessage(
            key=key,
            channel=Channel.SMS,
            purpose=Purpose.STATUTORY_NOTICE,
            template_key="NUDGE_SMS",
            step_id="sms",
            also=also,
            **common,
        )
        attempt = AttemptMessage(
            provider="sandbox",
            retry_rule="LOOK_UP",
            template_version=1,
            template_hash=HASH,
            language="en",
            has_address=True,
            **common,
        )
        self.tell(request, family.tenant)
        if also:
            self.settle()  # the siblings' runs hear of it before it may leave
        self.tell(msgspec.structs.replace(attempt, also=also), family.tenant)
        if accepted:
            self.tell(RecordAccepted(message_id=message, provider_ref=reference), family.tenant)
        return message


HEAD_STAGE: Final = Stage(type="LETTER_1", order=1, track="SUPPORT", approval=Approval.HEAD)
SOON: Final = NOON + timedelta(days=14)


@contextmanager
def front_on(database: Database, folder: Path, **settings: object) -> Iterator[Front]:
    """Open a door on a throw-away database; the school clock stands at noon of a Monday."""
    wanted: dict[str, object] = {
        "ANSEO_HOME": folder / "home",
        "ANSEO_PUBLIC_URL": PUBLIC,
        "SMS_TOKEN": PROVIDER_TOKEN,
        "SMS_TOKEN_OLD": OLD_PROVIDER_TOKEN,
        "ANSEO_POOL_SIZE": 4,
        **settings,
    }
    with ExitStack() as stack:
        house = stack.enter_context(House(Settings(**wanted), database.url))  # type: ignore[arg-type]  # aliases
        app = create_app(house)
        client = stack.enter_context(TestClient(app, raise_server_exceptions=False))
        front = Front(house, client)
        front.clock(NOON)
        yield front

"""The independent ledger: what was due, what the stand-ins wrote down, what the balance sheet says.

Facts are read with plain SQL and the stand-ins' log from its file, so that no code under test
judges itself. `faults` names everything that is wrong; empty is what is promised.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg

from infrastructure.embedded.sandbox_log import Taken, read_taken
from infrastructure.runtime.rebuilding import rebuild
from infrastructure.wiring.house import House
from infrastructure.wiring.reckoning import balance
from projections.all import READ_MODELS
from projections.execution_log import EXECUTION_LOG
from projections.letter_work import LETTER_WORK
from projections.outbox import OUTBOX
from projections.queue import QUEUE
from tests.chaos.village import TENANT, Owed

_ENDS = {
    "message.accepted": "ACCEPTED",
    "message.failed": "FAILED",
    "message.skipped": "SKIPPED",
    "message.outcome_unknown": "UNKNOWN",
}


@dataclass(slots=True)
class Message:
    """One message as its facts tell it."""

    stream: UUID
    key: str
    channel: str
    end: str = "OPEN"
    ref: str = ""
    attempts: int = 0

    @property
    def mail_id(self) -> str:
        """The Message-ID under which a mail of this key goes out, worked out here anew."""
        digest = sha256(f"{self.key}:EMAIL:0".encode()).hexdigest()[:40]
        return f"<{digest}@school.example>"


@dataclass(slots=True)
class Evidence:
    """Figures of one run, and what is wrong with them."""

    figures: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def claim(self, holds: bool, otherwise: str) -> None:
        """Note a fault unless something holds."""
        if not holds:
            self.faults.append(otherwise)


def sent(messages: Sequence[Message], taken: Sequence[Taken]) -> Evidence:
    """Compare each acceptance that a stand-in wrote down with the one message that owns it."""
    found = Evidence()
    texts, mails = _texts(messages, taken), _mails(messages, taken)
    unknown = [one for one in messages if one.end == "UNKNOWN"]
    found.figures = {
        "texts taken": sum(1 for one in taken if one.provider == "sms"),
        "mails taken": sum(1 for one in taken if one.provider == "smtp"),
        "messages": len(messages),
        "attempts": sum(one.attempts for one in messages),
        "doubles": texts["doubles"] + mails["doubles"],
        "lost": texts["lost"] + mails["lost"],
        "outcome unknown": len(unknown),
        "unknown, and taken in truth": mails["unknown but taken"],
    }
    found.claim(not found.figures["doubles"], f"sent twice: {texts} {mails}")
    found.claim(not found.figures["lost"], f"lost: {texts} {mails}")
    wrong = [one for one in unknown if one.channel != "EMAIL"]
    found.claim(not wrong, f"unknown where the provider can be asked: {wrong}")
    return found


def _texts(messages: Sequence[Message], taken: Sequence[Taken]) -> Counter[str]:
    refs = Counter(one.ref for one in messages if one.channel == "SMS" and one.end == "ACCEPTED")
    sids = {one.sid for one in taken if one.provider == "sms"}
    return Counter(
        doubles=len(sids - refs.keys()),
        lost=len(refs.keys() - sids) + sum(times - 1 for times in refs.values()),
    )


def _mails(messages: Sequence[Message], taken: Sequence[Taken]) -> Counter[str]:
    times = Counter(one.message_id for one in taken if one.provider == "smtp")
    found: Counter[str] = Counter()
    for one in messages:
        if one.channel == "EMAIL":
            went = times.pop(one.mail_id, 0)
            found["doubles"] += max(went - 1, 0)
            found["lost"] += one.end == "ACCEPTED" and not went
            found["unknown but taken"] += one.end == "UNKNOWN" and went > 0
            found["doubles"] += went > 0 and one.end in {"FAILED", "SKIPPED", "OPEN"}
    found["doubles"] += sum(times.values())
    return found


def heard(owed: Owed, taken: Sequence[Taken], unknown: int) -> Evidence:
    """Compare what families heard with what the district's people say they are owed."""
    found = Evidence({"texts owed": owed.texts.total(), "mails owed": owed.mails.total()})
    texts = Counter(one.to for one in taken if one.provider == "sms")
    mails = Counter(one.to for one in taken if one.provider == "smtp")
    found.claim(texts == owed.texts, f"texts: {_between(owed.texts, texts)}")
    found.claim(not mails - owed.mails, f"mails nobody was owed: {mails - owed.mails}")
    missing = (owed.mails - mails).total()
    found.claim(missing <= unknown, f"{missing} mails are missing, {unknown} are unknown")
    return found


def _between(owed: Counter[str], got: Counter[str]) -> str:
    return f"{(owed - got).total()} too few, {(got - owed).total()} too many"


def messages_in(conn: psycopg.Connection[Any]) -> list[Message]:
    """Read every message from its facts."""
    found: dict[UUID, Message] = {}
    rows = conn.execute(
        "select stream, name, fact from ledger_json where name like 'message.%' order by position"
    )
    for stream, name, fact in rows:
        if name == "message.requested":
            found[stream] = Message(stream, fact["key"], fact["channel"])
        elif name == "message.attempted":
            found[stream].attempts += 1
        if name in _ENDS:
            found[stream].end = _ENDS[name]
            found[stream].ref = fact.get("provider_ref", "")
    return list(found.values())


def weigh(house: House, log: Path, owed: Owed) -> Evidence:
    """Look at everything once all is quiet."""
    whole = Evidence()
    taken = read_taken(log)
    with psycopg.connect(house.database.url) as conn:
        messages = messages_in(conn)
        unknown = sum(one.end == "UNKNOWN" for one in messages)
        parts = [
            sent(messages, taken),
            heard(owed, taken, unknown),
            _steps(conn, messages),
            _listed(conn, messages),
            _ledger(conn),
            _letters(house, conn, owed),
        ]
    parts += [_sheet(house, messages), _rebuilt(house)]
    for part in parts:
        whole.figures |= part.figures
        whole.faults += part.faults
    return whole


def _steps(conn: psycopg.Connection[Any], messages: Sequence[Message]) -> Evidence:
    """Each step that was sent has one acceptance, and each acceptance one step."""
    rows = conn.execute(
        "select fact ->> 'message_id' from ledger_json where name = 'playbook_run.step_sent'"
    ).fetchall()
    steps = Counter(UUID(row[0]) for row in rows)
    accepted = Counter(one.stream for one in messages if one.end == "ACCEPTED")
    found = Evidence({"steps sent": steps.total()})
    found.claim(
        steps == accepted, f"steps and acceptances differ: {steps - accepted} {accepted - steps}"
    )
    return found


def _listed(conn: psycopg.Connection[Any], messages: Sequence[Message]) -> Evidence:
    """Every unknown outcome has a line in the queue and an owner in the execution log."""
    found = Evidence()
    lines = conn.execute(
        f"select key from {QUEUE.table} where doc::jsonb ->> 'action' = 'SETTLE_MESSAGE'"
        " and (doc::jsonb ->> 'needs_person')::bool"
    ).fetchall()
    owned = conn.execute(
        f"select doc::jsonb ->> 'message_id' from {EXECUTION_LOG.table}"
        " where doc::jsonb ->> 'failure' = 'OUTCOME_UNKNOWN' and doc::jsonb ->> 'owner' <> ''"
    ).fetchall()
    unknown = {str(one.stream) for one in messages if one.end == "UNKNOWN"}
    found.claim({row[0] for row in lines} == unknown, "an unknown outcome is not in the queue")
    found.claim({row[0] for row in owned} == unknown, "an unknown outcome has no owner")
    return found


_GAPS: Final = (
    "select count(*) from (select originator_id from ledger group by 1"
    " having count(*) <> max(originator_version) or min(originator_version) <> 1) as bad"
)
_TURNED: Final = (
    "select count(*) from (select originator_version <> row_number() over (partition by"
    " originator_id order by notification_id) as bad from ledger) as rows where bad"
)
# A step that was asked for before the one in front of it.
_OUT_OF_TURN: Final = (
    "select count(*) from (select (fact ->> 'order')::int < lag((fact ->> 'order')::int) over"
    " (partition by stream order by version) as bad from ledger_json"
    " where name = 'playbook_run.step_requested') as steps where bad"
)
_BEHIND: Final = (
    "select count(*) from follower_position where application_name not like 'relay%'"
    " and notification_id < (select max(notification_id) from ledger)"
)
_WAITING: Final = ("parked_fact", OUTBOX.table, LETTER_WORK.table)


def _ledger(conn: psycopg.Connection[Any]) -> Evidence:
    """Count what is reordered and what is stuck: streams, steps, followers, what waits."""

    def number(query: str) -> int:
        row = conn.execute(query).fetchone()
        return int(row[0]) if row else 0

    reordered = {
        "streams with gaps": number(_GAPS),
        "facts out of order": number(_TURNED),
        "steps out of turn": number(_OUT_OF_TURN),
    }
    stuck = {table: number(f"select count(*) from {table}") for table in _WAITING}
    stuck |= {"followers behind": number(_BEHIND)}
    stuck |= {"open messages": sum(one.end == "OPEN" for one in messages_in(conn))}
    found = Evidence(
        {
            "facts": number("select count(*) from ledger"),
            "reordered": sum(reordered.values()),
            "stuck": sum(stuck.values()),
        }
    )
    found.claim(not any(reordered.values()), f"reordered: {reordered}")
    found.claim(not any(stuck.values()), f"stuck: {stuck}")
    return found


def _letters(house: House, conn: psycopg.Connection[Any], owed: Owed) -> Evidence:
    """Each letter has one artifact, which opens and is what its fact says."""
    rows = conn.execute(
        "select r.stream, r.fact ->> 'content_hash', (r.fact ->> 'size_bytes')::int,"
        " (q.fact ->> 'student_id')::uuid, (q.fact ->> 'guardian_id')::uuid from ledger_json r"
        " join ledger_json q on q.stream = r.stream and q.name = 'letter.requested'"
        " where r.name = 'letter.rendered'"
    ).fetchall()
    found = Evidence({"letters": len(rows), "files": house.artifacts.count(TENANT)})
    found.claim(len({row[0] for row in rows}) == owed.letters, f"{owed.letters} letters are owed")
    found.claim(len(rows) == owed.letters, "a letter was rendered twice")
    hashes = {row[1] for row in rows}
    found.claim(house.artifacts.hashes(TENANT) == hashes, "files and facts about letters differ")
    with house.database.worker() as worker:
        for letter, digest, size, student, guardian in rows:
            cipher = house.vault.artifact_cipher(worker, TENANT, letter, [student, guardian])
            whole = len(house.artifacts.get(TENANT, digest, cipher)) == size
            found.claim(whole, f"letter {letter} has another size than its file")
    return found


def _sheet(house: House, messages: Sequence[Message]) -> Evidence:
    """Due = sent + skipped + failed + pending, none pending, and each part counted twice."""
    with house.database.auditor(TENANT) as conn:
        sheet = balance(conn, TENANT)
    found = Evidence({"balance": sheet})
    parts = sum(sheet[part] for part in ("sent", "skipped", "failed", "pending"))
    ends = Counter(one.end for one in messages)
    found.claim(sheet["due"] == parts, f"the sheet does not balance: {sheet}")
    found.claim(not sheet["pending"], f"steps are pending when all is quiet: {sheet}")
    found.claim(sheet["sent"] == ends["ACCEPTED"], f"{ends['ACCEPTED']} accepted: {sheet}")
    owned = ends["FAILED"] + ends["UNKNOWN"]
    found.claim(sheet["failed"] == owned, f"{owned} failed or unknown: {sheet}")
    return found


def _rebuilt(house: House) -> Evidence:
    """Every read model, built anew from the ledger, has the rows of the live one."""
    results = [rebuild(house.database, house.ledger.recorder, model) for model in READ_MODELS]
    found = Evidence({"read models rebuilt": len(results), "rows": sum(r.rows for r in results)})
    for wrong in (result.name for result in results if not result.same):
        found.faults.append(f"{wrong} differs from its rebuild")
    return found


def lines(evidence: Evidence) -> Iterator[str]:
    """Say the figures as lines of a report."""
    yield from (f"| {name} | {value} |" for name, value in evidence.figures.items())

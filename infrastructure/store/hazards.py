"""Ways in which a PostgreSQL makes followers skip, stall or run dry, each as a question to it.

A `Finding` says what was looked at, whether it is as it must be, what was found, and what to do.
`refuse` is asked before anything runs: what it finds would lose facts silently. The rest is told by
`anseo doctor`, because a person has to decide.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from infrastructure.store.database import Connection, Database
from infrastructure.store.errors import UnsafeReading

ROLES: Final = ("anseo_worker", "anseo_app", "anseo_auditor")
STALL_SECONDS: Final = 5.0
BLOCKED_SECONDS: Final = 2.0
LOCKS_NEEDED: Final = 512 * 100
PROCESSES: Final = 3  # what `anseo up` starts
SESSIONS: Final = 12  # of one process, outside its pools: locks of roles, appends, hints
_LIMITS: Final[Mapping[str, int]] = {
    "statement_timeout": 300,
    "lock_timeout": 60,
    "idle_in_transaction_session_timeout": 60,
    "transaction_timeout": 3600,
}
_TRUE: Final = frozenset({"1", "t", "true", "y", "yes", "on"})
_SEQUENCE: Final = (
    "select seqcache, seqincrement, seqcycle from pg_sequence"
    " where seqrelid = to_regclass('public.ledger_notification_id_seq')"
)
_FUNCTIONS: Final = (
    "select pronamespace::regnamespace || '.' || proname from pg_proc"
    r" where proname like 'es\_insert\_events%' and prosrc ~ '\mledger\M'"
)
_STALLED: Final = (
    "select (select extract(epoch from clock_timestamp() - recorded_at)::float8 from ledger"
    " where notification_id > h.key order by notification_id limit 1),"
    " h.pid, h.key, h.name, h.client, h.state, h.since from append_holder() h"
)
_BLOCKED: Final = (
    "select extract(epoch from clock_timestamp() - since)::float8, pid, what, phase, blocks, name"
    " from ledger_maintenance() order by blocks desc, since"
)
_SETTINGS: Final = (
    "select name, setting from pg_settings where name in ('fsync', 'full_page_writes',"
    " 'synchronous_commit', 'max_connections', 'superuser_reserved_connections',"
    " 'reserved_connections', 'max_locks_per_transaction', 'max_prepared_transactions')"
)
_ALARMS: Final = (
    "select kind, position, detail, raised_at from ledger_alarm where settled_at is null"
    " order by kind, position"
)
_REMEDY: Final = (
    "after a restore: anseo restored; else rebuild the read models (anseo rebuild all), look at"
    " what reacted and was published since, then anseo alarms --settle"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `do` is empty when nothing needs doing."""

    name: str
    ok: bool
    found: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Stall:
    """Readers stand at `position` because of one session; facts behind it wait for `seconds`."""

    seconds: float
    position: int
    pid: int
    name: str
    client: str
    state: str
    since: str

    def __str__(self) -> str:
        return (
            f"readers have stood at position {self.position} for {self.seconds:.0f} s: session"
            f" {self.pid} ({self.name}, {self.client}, {self.state}) has held its append since"
            f" {self.since}"
        )


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Work on the ledger's table; with `blocks` nothing can be appended meanwhile."""

    seconds: float
    pid: int
    what: str
    phase: str
    blocks: bool
    name: str

    def __str__(self) -> str:
        return (
            f"{self.what} ({self.phase}) by session {self.pid} ({self.name}), {self.seconds:.0f} s"
        )


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that must not happen and did, until a person has settled it."""

    kind: str
    position: int
    detail: str
    raised_at: str

    def __str__(self) -> str:
        return f"{self.kind} at position {self.position}: {self.detail} ({self.raised_at})"


def refuse(conn: Connection, environment: Mapping[str, str] = os.environ) -> None:
    """Refuse a store in which followers would skip facts without anybody noticing.

    Raises:
        UnsafeReading: naming what is wrong and what to do.
    """
    for finding in _skipping(conn, environment):
        if not finding.ok:
            raise UnsafeReading(f"{finding.name}: {finding.found}; {finding.do}")


def examine(database: Database, environment: Mapping[str, str] = os.environ) -> list[Finding]:
    """Look at everything; for `anseo doctor`. Works on a store that `refuse` would refuse."""
    with database.owner() as conn:
        findings = list(_skipping(conn, environment))
        settings = dict(conn.execute(_SETTINGS).fetchall())
        migrated = conn.execute("select to_regprocedure('append_holder()')").fetchone()
        used = _used(conn)
    findings += [_durable(settings), _locks(settings), _pools(settings, database.size, used)]
    if migrated is None or migrated[0] is None:
        return [*findings, Finding("schema", ok=False, found="older", do="start any role once")]
    for role in ROLES:
        with database.session(role) as session:
            findings.append(_time_outs(session, role))
    with database.worker() as conn:
        return [*findings, _readers(conn), _writers(conn), _alarms(conn)]


def stalled(conn: Connection) -> Stall | None:
    """Return the session that holds readers back although facts wait behind it."""
    row = conn.execute(_STALLED).fetchone()
    if row is None or row[0] is None:
        return None
    seconds, pid, key, name, client, state, since = row
    return Stall(float(seconds), key, pid, name or "?", client or "?", state or "?", str(since))


def maintenance(conn: Connection) -> list[Maintenance]:
    """Return what works on the ledger's table at this moment; what blocks writers comes first."""
    return [
        Maintenance(float(seconds or 0), pid, what, phase, blocks, name or "?")
        for seconds, pid, what, phase, blocks, name in conn.execute(_BLOCKED).fetchall()
    ]


def alarms(conn: Connection) -> list[Alarm]:
    """Return the alarms that nobody has settled."""
    return [Alarm(k, p, d, str(at)) for k, p, d, at in conn.execute(_ALARMS).fetchall()]


def raise_alarm(conn: Connection, kind: str, position: int, detail: str) -> bool:
    """Keep an alarm; False when it is known already."""
    return (
        conn.execute(
            "insert into ledger_alarm (kind, position, detail) values (%s, %s, %s)"
            " on conflict do nothing returning 1",
            (kind, position, detail),
        ).fetchone()
        is not None
    )


def settle(conn: Connection, by: str, reason: str, kind: str = "") -> int:
    """Close open alarms, of one kind or all; a person has looked."""
    return conn.execute(
        "update ledger_alarm set settled_at = clock_timestamp(), settled_by = %s, reason = %s"
        " where settled_at is null and %s in ('', kind)",
        (by, reason, kind),
    ).rowcount


def _skipping(conn: Connection, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Each of these loses facts for every follower, silently."""
    row = conn.execute("select pg_is_in_recovery()").fetchone()
    replica = bool(row and row[0])
    yield Finding(
        "primary",
        ok=not replica,
        found="a read replica: the locks of writers are not seen there" if replica else "yes",
        do="let DATABASE_URL name the primary (target_session_attrs=primary)" if replica else "",
    )
    sequence = conn.execute(_SEQUENCE).fetchone()
    right = sequence in {None, (1, 1, False)}
    yield Finding(
        "ledger sequence",
        ok=right,
        found="CACHE 1"
        if right
        else "CACHE, INCREMENT, CYCLE = {}, {}, {}".format(*sequence or ()),
        do=""
        if right
        else "alter sequence ledger_notification_id_seq cache 1 increment 1 no cycle",
    )
    wished = environment.get("POSTGRES_ENABLE_DB_FUNCTIONS", "").lower() in _TRUE
    there = [name for (name,) in conn.execute(_FUNCTIONS).fetchall()]
    if wished:
        there.append("POSTGRES_ENABLE_DB_FUNCTIONS is set")
    yield Finding(
        "database functions of the eventsourcing library",
        ok=not there,
        found=", ".join(there) or "none",
        do="drop these functions and unset the variable: they append without the lock"
        if there
        else "",
    )


def _durable(settings: Mapping[str, str]) -> Finding:
    off = [
        name
        for name in ("fsync", "full_page_writes", "synchronous_commit")
        if settings[name] == "off"
    ]
    return Finding(
        "durable commits",
        ok=not off,
        found=f"off: {', '.join(off)}" if off else "on",
        do="turn them on: an acknowledged fact would be lost with the server" if off else "",
    )


def _locks(settings: Mapping[str, str]) -> Finding:
    sessions = int(settings["max_connections"]) + int(settings["max_prepared_transactions"])
    there = int(settings["max_locks_per_transaction"]) * sessions
    ok = there >= LOCKS_NEEDED
    return Finding(
        "room for locks",
        ok=ok,
        found=f"{there} of at least {LOCKS_NEEDED}",
        do="" if ok else "set max_locks_per_transaction to 512 and restart PostgreSQL",
    )


def _pools(settings: Mapping[str, str], size: int, used: int) -> Finding:
    """Add up what a process may open: three pools and one of the query side, and a few sessions."""
    process = 4 * size + SESSIONS
    kept = int(settings["superuser_reserved_connections"])
    kept += int(settings.get("reserved_connections", 0))
    free = int(settings["max_connections"]) - kept
    ok = PROCESSES * process <= free
    return Finding(
        "connections",
        ok=ok,
        found=f"a process opens up to {process}, {PROCESSES} of them up to {PROCESSES * process};"
        f" the server has {free}, {used} in use",
        do=""
        if ok
        else f"lower ANSEO_POOL_SIZE to {max((free // PROCESSES - SESSIONS) // 4, 2)} or raise"
        f" max_connections to {PROCESSES * process + kept}",
    )


def _used(conn: Connection) -> int:
    row = conn.execute("select count(*) from pg_stat_activity where datname is not null").fetchone()
    return int(row[0]) if row else 0


def _time_outs(conn: Connection, role: str) -> Finding:
    """Ask the session itself: limits may come from server, database, log-in or the client."""
    wrong = []
    for name, longest in _LIMITS.items():
        row = conn.execute(
            "select setting::bigint from pg_settings where name = %s", (name,)
        ).fetchone()
        if row is not None and not 0 < row[0] <= 1000 * longest:
            wrong.append(f"{name} {row[0] / 1000:g} s, at most {longest} s")
    return Finding(
        f"time-outs of {role}",
        ok=not wrong,
        found="; ".join(wrong) or "set",
        do="" if not wrong else f"alter database {conn.info.dbname} set … = …, or on the log-in",
    )


def _readers(conn: Connection) -> Finding:
    stall = stalled(conn)
    bad = stall is not None and stall.seconds > STALL_SECONDS
    return Finding(
        "readers move",
        ok=not bad,
        found=str(stall) if bad else "yes",
        do=f"select pg_terminate_backend({stall.pid}); nothing was acknowledged to it"
        if stall is not None and bad
        else "",
    )


def _writers(conn: Connection) -> Finding:
    work = maintenance(conn)
    bad = any(one.blocks and one.seconds > BLOCKED_SECONDS for one in work)
    return Finding(
        "nothing stops appends",
        ok=not bad,
        found="; ".join(map(str, work)) or "yes",
        do=f"wait for it, or select pg_cancel_backend({work[0].pid})" if bad else "",
    )


def _alarms(conn: Connection) -> Finding:
    there = alarms(conn)
    return Finding(
        "alarms",
        ok=not there,
        found="; ".join(map(str, there)) or "none",
        do=_REMEDY if there else "",
    )

"""Lists of messages for people: all by filter, those that nobody knows about, dead, or stuck.

How long something waits is counted on the machine's clock, as the providers' silence is.
"""

from typing import Final

from projections.kit import Query

_MINE: Final = (
    " where m.tenant = %(tenant)s and (%(school)s::uuid[] is null or m.school_id = any(%(school)s))"
)
PAGE = Query(
    "messages",
    "select m.doc, m.requested_at, m.key from {messages} m" + _MINE + ""
    # A message that speaks of siblings is asked for by one child's run; the others' log names it.
    " and (%(student)s::uuid is null or m.student_id = %(student)s"
    " or m.key in (select l.message_id::text from {execution_log} l where l.tenant = %(tenant)s"
    " and l.student_id = %(student)s and l.message_id is not null))"
    " and (%(guardian)s::uuid is null or m.guardian_id = %(guardian)s)"
    " and (%(channel)s::text is null or m.channel = %(channel)s)"
    " and (%(status)s::text is null or m.status = %(status)s)"
    " and (%(after_at)s::timestamptz is null"
    " or (m.requested_at, m.key) > (%(after_at)s, %(after_key)s))"
    " order by m.requested_at, m.key limit %(limit)s",
)
_OLDEST_FIRST: Final = (
    " and (%(after_at)s::timestamptz is null"
    " or (m.moved_at, m.key) > (%(after_at)s, %(after_key)s))"
    " order by m.moved_at, m.key limit %(limit)s"
)
UNKNOWN = Query(
    "messages",
    "select m.doc, m.moved_at, m.key from {messages} m"
    + _MINE
    + " and m.status = 'OUTCOME_UNKNOWN'"
    + _OLDEST_FIRST,
)
DEAD = Query(
    "messages",
    "select m.doc, m.moved_at, m.key from {messages} m" + _MINE + " and m.dead" + _OLDEST_FIRST,
)
# A provider that never reports is not silent; one that reports and says nothing new is.
NEVER_REPORT: Final = ("smtp",)
STUCK = Query(
    "messages",
    "select left(m.doc, -1) || ',\"stuck_as\":\"' || case m.status when 'ACCEPTED' then 'SILENT'"
    " else 'WAITING' end || '\",\"age_seconds\":' || floor(extract(epoch from clock_timestamp()"
    ' - m.moved_at))::bigint || \',"seen_to_by":"operator"}}\', m.moved_at, m.key'
    " from {messages} m" + _MINE + ""
    " and ((m.status in ('REQUESTED', 'ATTEMPTED', 'DEFERRED') and coalesce(m.not_before,"
    " m.moved_at) < clock_timestamp() - make_interval(secs => %(waiting)s))"
    " or (m.status = 'ACCEPTED' and m.moved_at < clock_timestamp()"
    " - make_interval(secs => %(silent)s) and m.provider <> all(%(never)s)))" + _OLDEST_FIRST,
)
# Of all tenants at once, found by jumping from one to the next in an index: for the alarm.
_TENANTS: Final = (
    "with recursive t (tenant) as ((select tenant from {messages} order by tenant limit 1)"
    " union all select (select m.tenant from {messages} m where m.tenant > t.tenant"
    " order by m.tenant limit 1) from t where t.tenant is not null) "
)
OLDEST_UNKNOWN = Query(
    "messages",
    _TENANTS + "select coalesce(max(extract(epoch from clock_timestamp() - o.moved_at)), 0)::float8"
    " from t cross join lateral (select m.moved_at from {messages} m where m.tenant = t.tenant"
    " and m.status = 'OUTCOME_UNKNOWN' order by m.moved_at limit 1) o limit 1",
)
# What a provider has kept silent about is looked for in the last week only: older is forgotten.
HOW_MANY_STUCK = Query(
    "messages",
    _TENANTS + "select coalesce(sum(w.n), 0)::bigint, coalesce(sum(s.n), 0)::bigint from t"
    " cross join lateral (select count(*) as n from {messages} m where m.tenant = t.tenant"
    " and m.status in ('REQUESTED', 'ATTEMPTED', 'DEFERRED')"
    " and m.moved_at < clock_timestamp() - make_interval(secs => %(waiting)s)"
    " and coalesce(m.not_before, m.moved_at)"
    " < clock_timestamp() - make_interval(secs => %(waiting)s)) w"
    " cross join lateral (select count(*) as n from {messages} m where m.tenant = t.tenant"
    " and m.status = 'ACCEPTED' and m.provider <> all(%(never)s)"
    " and m.moved_at between clock_timestamp() - interval '7 days'"
    " and clock_timestamp() - make_interval(secs => %(silent)s)) s limit 1",
)
ANY: Final[dict[str, object]] = {
    **dict.fromkeys(("school", "student", "guardian", "channel", "status")),
    **dict.fromkeys(("after_at", "after_key")),
    "limit": 200,
}
"""No filter: everything."""
FACTS: Final = (
    "select name, recorded_at, actor, fact from ledger_json where tenant = %(tenant)s"
    " and stream = %(message)s order by version limit 1000"
)

"""The few questions of the door that stand beside no read model, or need the caller's scope."""

from typing import Final

from projections import intervention_events
from projections.kit import Query

INTERVENTIONS_OF_STUDENT: Final = Query(
    "interventions",
    "select doc, key from {interventions} where tenant = %(tenant)s and student_id = %(student)s"
    " and (%(school)s::uuid[] is null or school_id = any(%(school)s))"
    " order by school_year_from, key limit 100",
)
EVENTS_OF_STUDENT: Final = intervention_events.OF_STUDENT
# The payload goes out as it was stored; nothing of it is decoded on the way.
FACTS: Final = (
    "select json_build_object('position', notification_id, 'stream', originator_id,"
    " 'version', originator_version, 'name', topic, 'occurred_at', occurred_at,"
    " 'recorded_at', recorded_at, 'actor', actor, 'command_id', command_id, 'cause', cause,"
    " 'correlation', correlation, 'fact', convert_from(state, 'UTF8')::json)::text"
    " from ledger where tenant = %(tenant)s and originator_id = any(%(streams)s::uuid[])"
    " order by notification_id limit 10000"
)
# Where the register last saw a student; a row that takes the student back counts as none.
SCHOOL_OF_STUDENT: Final = (
    "select s.school from student s join known_batch k on k.tenant = s.tenant and k.batch = s.batch"
    " where s.tenant = %(tenant)s and s.student = %(student)s and not s.withdrawn"
    " order by k.position desc limit 1"
)
ZONE_OF_SCHOOL: Final = (
    "select s.zone from school s join known_batch k on k.tenant = s.tenant and k.batch = s.batch"
    " where s.tenant = %(tenant)s and s.school = %(school)s order by k.position desc limit 1"
)
READS: Final = (
    "select json_build_object('at', at, 'actor', actor, 'what', what, 'subject', subject,"
    " 'route', route)::text, at, id::text from read_access where tenant = %(tenant)s"
    " and (%(student)s::uuid is null or subject = %(student)s)"
    " and (%(before)s::bigint is null or id < %(before)s) order by read_access.id desc"
    " limit %(limit)s"
)
RULE_SET_FACTS: Final = (
    "select topic, event_version, state, originator_version, occurred_at, actor from ledger"
    " where tenant = %(tenant)s and originator_id = %(rule_set)s order by originator_version"
    " limit 10000"
)
PLAYBOOK_FACTS: Final = (
    "select topic, event_version, state, originator_version, occurred_at, actor from ledger"
    " where tenant = %(tenant)s and originator_id = %(playbook)s"
    " and (%(revision)s::bigint is null or originator_version <= %(revision)s)"
    " order by originator_version limit 10000"
)
TEMPLATE_FACTS: Final = (
    "select topic, event_version, state, originator_version, occurred_at, actor from ledger"
    " where tenant = %(tenant)s and originator_id = %(template)s order by originator_version"
    " limit 10000"
)

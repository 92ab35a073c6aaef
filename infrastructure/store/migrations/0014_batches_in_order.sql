-- Who recorded a batch and when, beside since when it is known: the amendments of a register ask.
create or replace view known_batch with (security_invoker = true) as
select b.tenant, b.batch, b.content, b.source, b.code_table, l.notification_id as position,
       b.school, l.recorded_at, l.occurred_at, l.actor
from staged_batch b
join ledger l on l.originator_id = b.batch and l.tenant = b.tenant
where l.topic = 'register.batch_recorded';

create index student_of_school on student (tenant, school, student);

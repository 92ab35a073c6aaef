-- The register: reference data and marks that other systems own, with two clocks. The day that a row
-- is about is in the row; when we learned it is the ledger position of the fact that its batch was
-- recorded. Rows are staged in bulk first, nobody sees them before that fact, and no row is ever
-- updated: the latest known row of a natural key counts, and `withdrawn` (a mark: VOID) takes it back.
-- No names, no telephone numbers, no addresses: those are in the person vault under the same ids.

create table staged_batch (
    tenant uuid not null,
    batch uuid not null,
    content text not null,
    source text not null,
    content_hash text not null,
    code_table text,
    school uuid,
    staged_at timestamptz not null default clock_timestamp(),
    primary key (tenant, batch)
);
select protect('staged_batch');

-- What is known, and since when. A batch without its fact is not here, whatever was staged.
create view known_batch with (security_invoker = true) as
select b.tenant, b.batch, b.content, b.source, b.code_table, l.notification_id as position
from staged_batch b
join ledger l on l.originator_id = b.batch and l.tenant = b.tenant
where l.topic = 'register.batch_recorded';
grant select on known_batch to anseo_app, anseo_worker, anseo_auditor;

create table school (
    tenant uuid not null,
    school uuid not null,
    batch uuid not null,
    source text not null,
    source_id text not null,
    name text not null,
    jurisdiction text not null,
    zone text not null,
    code_table text not null,
    denominator text not null check (denominator in ('MARKS', 'DECLARED_DAYS')),
    withdrawn boolean not null default false,
    primary key (tenant, school, batch)
);
select protect('school');

create table student (
    tenant uuid not null,
    student uuid not null,
    batch uuid not null,
    source text not null,
    source_id text not null,
    school uuid,
    household uuid,
    year_group text,
    enrolled_on date,
    left_on date,
    withdrawn boolean not null default false,
    primary key (tenant, student, batch)
);
select protect('student');

create table guardian (
    tenant uuid not null,
    guardian uuid not null,
    batch uuid not null,
    source text not null,
    source_id text not null,
    household uuid,
    withdrawn boolean not null default false,
    primary key (tenant, guardian, batch)
);
select protect('guardian');

-- null means that nobody has told us: neither yes nor no. Whoever decides has to ask.
create table guardian_link (
    tenant uuid not null,
    student uuid not null,
    guardian uuid not null,
    batch uuid not null,
    relation text,
    priority smallint,
    may_receive_info boolean,
    has_parental_responsibility boolean,
    lives_with boolean,
    no_contact_reason text,
    no_contact_until date,
    withdrawn boolean not null default false,
    primary key (tenant, student, guardian, batch)
);
create index guardian_link_by_guardian on guardian_link (tenant, guardian);
select protect('guardian_link');

create table calendar_day (
    tenant uuid not null,
    school uuid not null,
    on_date date not null,
    batch uuid not null,
    kind text not null,
    is_open boolean not null,
    withdrawn boolean not null default false,
    primary key (tenant, school, on_date, batch)
);
select protect('calendar_day');

create table school_term (
    tenant uuid not null,
    school uuid not null,
    term text not null,
    batch uuid not null,
    begins_on date not null,
    ends_on date not null check (ends_on >= begins_on),
    declared_days smallint check (declared_days > 0),
    withdrawn boolean not null default false,
    primary key (tenant, school, term, batch)
);
select protect('school_term');

create table mark (
    tenant uuid not null,
    school uuid not null,
    student uuid not null,
    on_date date not null,
    session text not null check (session in ('AM', 'PM', 'DAY')),
    batch uuid not null,
    code text not null,
    status text not null,
    minutes_late smallint,
    row_no integer not null,
    primary key (tenant, school, student, on_date, session, batch)
);
select protect('mark');

-- Rows that were set aside, by id and hash. What stood in them is not kept here.
create table quarantined_row (
    tenant uuid not null,
    batch uuid not null,
    file text not null,
    row_no integer not null,
    reason_code text not null,
    reason text not null,
    student uuid,
    on_date date,
    row_hash bytea not null,
    primary key (tenant, batch, file, row_no, reason_code)
);
select protect('quarantined_row');

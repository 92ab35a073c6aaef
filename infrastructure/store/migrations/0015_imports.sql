-- What imports keep beside the register: how far each sync has read, the report of each import, the
-- columns of schools' own exports, and sums of sessions where a school gives no marks.

-- Under which id a source knows a mark: a deletion names nothing else. It is kept for as long as the
-- source's own words are, and nothing that counts joins it.
create table mark_origin (
    tenant uuid not null,
    batch uuid not null,
    source text not null,
    source_id text not null,
    school uuid not null,
    student uuid not null,
    on_date date not null,
    session text not null,
    kept_at timestamptz not null default clock_timestamp(),
    primary key (tenant, source, source_id, batch)
);
create index mark_origin_by_age on mark_origin (tenant, kept_at);
select protect('mark_origin');

create table sync_state (
    tenant uuid not null,
    source text not null,
    resource text not null,
    read_from timestamptz not null,
    compared_at timestamptz not null,
    primary key (tenant, source, resource)
);
comment on column sync_state.read_from is 'what changed later has not been read yet';
comment on column sync_state.compared_at is 'when everything was last read and compared';
select protect('sync_state');

create table import_report (
    tenant uuid not null,
    import uuid not null,
    at timestamptz not null default clock_timestamp(),
    actor text not null,
    school uuid,
    batch uuid not null,
    outcome text not null,
    report jsonb not null,
    primary key (tenant, import)
);
create index import_report_by_time on import_report (tenant, at desc, import desc);
select protect('import_report');

create table column_profile (
    tenant uuid not null,
    school uuid not null,
    name text not null,
    version integer not null,
    profile jsonb not null,
    saved_by text not null,
    saved_at timestamptz not null default clock_timestamp(),
    primary key (tenant, school, name, version)
);
select protect('column_profile');

create table attendance_total (
    tenant uuid not null,
    school uuid not null,
    student uuid not null,
    first_on date not null,
    last_on date not null check (last_on >= first_on),
    batch uuid not null,
    possible integer not null,
    attended integer not null,
    authorised integer not null,
    unauthorised integer not null,
    check (possible = attended + authorised + unauthorised),
    primary key (tenant, school, student, first_on, last_on, batch)
);
select protect('attendance_total');

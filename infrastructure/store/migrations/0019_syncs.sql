-- Which schools are read from their own systems without anybody asking, when, and what came of it
-- last. Tokens are not here: those are settings. A plan is never overwritten: its newest version
-- counts, so that it can be told who paused a school and why.

create table sync_plan (
    tenant uuid not null,
    school uuid not null,
    version integer not null,
    source text not null,
    place text not null,
    times time[] not null,
    compare_at time not null,
    paused boolean not null default false,
    withdrawn boolean not null default false,
    reason text not null default '',
    set_by text not null,
    set_at timestamptz not null default clock_timestamp(),
    primary key (tenant, school, version)
);
comment on column sync_plan.times is 'when changes are read, in the school''s own time';
comment on column sync_plan.compare_at is 'when everything is compared, in the school''s own time';
select protect('sync_plan');
revoke update, delete on sync_plan from anseo_app, anseo_worker;

-- The last try of each school. It is written before the try begins, as one that has failed: a try
-- that takes its process with it is not made again at once, and other schools have their turn.
create table sync_run (
    tenant uuid not null,
    school uuid not null,
    began_at timestamptz,
    compared_at timestamptz,
    tried_at timestamptz not null,
    ended_at timestamptz,
    outcome text not null check (outcome in ('RUNNING', 'WELL', 'REFUSED')),
    problems text[] not null default '{}',
    compare_problems text[] not null default '{}',
    failures integer not null default 0,
    retry_at timestamptz,
    primary key (tenant, school)
);
comment on column sync_run.began_at is 'school clock: when changes were read last';
comment on column sync_run.compared_at is 'school clock: when everything was compared last';
comment on column sync_run.compare_problems is 'what kept the last comparison from being believed';
comment on column sync_run.retry_at is 'machine clock: not before';
select protect('sync_run');

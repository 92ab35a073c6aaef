-- Four roles (no log-in of their own: connections take a role when they open) and the ledger.
-- owner: migrations. app: one tenant per transaction. worker: followers, ticks, senders, all tenants
-- by a policy of its own, still without BYPASSRLS. auditor: reads one tenant per transaction.

do $$
declare
    wanted text;
begin
    foreach wanted in array array['anseo_owner', 'anseo_app', 'anseo_worker', 'anseo_auditor'] loop
        begin
            execute format('create role %I nologin nobypassrls', wanted);
        exception when duplicate_object or unique_violation then null;
        end;
        execute format('grant %I to current_user', wanted);
        execute format('grant usage on schema public to %I', wanted);
    end loop;
end $$;

create function current_tenant() returns uuid language sql stable as
$$ select nullif(current_setting('anseo.tenant', true), '')::uuid $$;

-- Row-level security for one table: enabled and forced, one policy a role. Every tenant table and
-- every table that a rebuild makes goes through here, so that none can be forgotten.
create function protect(name text) returns void language plpgsql as $$
begin
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy of_app on %I to anseo_app using (tenant = current_tenant()) '
                   'with check (tenant = current_tenant())', name);
    execute format('create policy of_auditor on %I for select to anseo_auditor '
                   'using (tenant = current_tenant())', name);
    execute format('create policy of_worker on %I to anseo_worker using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on %I to anseo_app, anseo_worker', name);
    execute format('grant select on %I to anseo_auditor', name);
end $$;

-- Column names and types of the first five are the eventsourcing library's, so that its own readers
-- keep working on the ledger. notification_id is the one order; its sequence must keep CACHE 1.
create table ledger (
    originator_id uuid not null,
    originator_version bigint not null,
    topic text not null,
    state bytea not null,
    notification_id bigserial not null,
    tenant uuid not null,
    event_version smallint not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null,
    command_id uuid not null,
    cause uuid,
    correlation uuid not null,
    primary key (originator_id, originator_version)
) with (autovacuum_vacuum_scale_factor = 0.5, autovacuum_analyze_scale_factor = 0.05);
create unique index ledger_notification_id_idx on ledger (notification_id);
create type stored_event_uuid as (originator_id uuid, originator_version bigint, topic text, state bytea);
select protect('ledger');
-- Facts are never changed: nobody but the owner could, and the owner is used for migrations only.
revoke update, delete on ledger from anseo_app, anseo_worker;
revoke insert on ledger from anseo_app;
grant usage, select on sequence ledger_notification_id_seq to anseo_worker;
grant select on sequence ledger_notification_id_seq to anseo_app, anseo_auditor;

-- The ledger as an auditor reads it with plain SQL.
create view ledger_json with (security_invoker = true) as
select tenant, originator_id as stream, originator_version as version, notification_id as position,
       topic as name, event_version, occurred_at, recorded_at, actor, command_id, cause, correlation,
       convert_from(state, 'UTF8')::jsonb as fact
from ledger;
grant select on ledger_json to anseo_app, anseo_worker, anseo_auditor;

-- The same command id gives the same answer for ever.
create table command_answer (
    tenant uuid not null,
    command_id uuid not null,
    body_hash bytea not null,
    answer text not null,
    primary key (tenant, command_id)
);
select protect('command_answer');
revoke update, delete on command_answer from anseo_app, anseo_worker;

-- Positions of followers, in the shape of the library's tracking table.
create table follower_position (
    application_name text primary key,
    notification_id bigint not null
) with (fillfactor = 50);
grant select, insert, update, delete on follower_position to anseo_worker;
grant select on follower_position to anseo_app, anseo_auditor;

-- Facts that a follower could not handle, and all later ones of their stream, in order.
create table parked_fact (
    tenant uuid not null,
    follower text not null,
    position bigint not null,
    stream uuid not null,
    error text not null,
    attempts integer not null default 1,
    parked_at timestamptz not null default clock_timestamp(),
    primary key (tenant, follower, position)
);
select protect('parked_fact');

-- Who is sending or rendering what at this moment. Losing a row costs one question to a provider.
create table lease (
    tenant uuid not null,
    work uuid not null,
    kind text not null,
    holder text not null,
    until timestamptz not null,
    primary key (tenant, work)
);
select protect('lease');

-- The school clock of a simulated profile. No row: the machine's clock is the school clock.
create table school_clock (
    single boolean primary key default true check (single),
    now timestamptz not null
);
grant select on school_clock to anseo_app, anseo_auditor;
grant select, insert, update on school_clock to anseo_worker;

-- What the relay knows of the broker it published to last.
create table relay_state (
    relay text primary key,
    cluster_id text not null,
    since timestamptz not null default clock_timestamp(),
    note text not null default ''
);
grant select, insert, update, delete on relay_state to anseo_worker;
grant select on relay_state to anseo_app, anseo_auditor;

-- Workers make and swap the tables of read models.
grant create on schema public to anseo_worker;
grant execute on function protect(text) to anseo_worker;

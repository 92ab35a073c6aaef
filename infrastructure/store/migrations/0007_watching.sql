-- What watches the ledger from outside its own path: who holds the readers back, who holds the
-- writers back, what readers saw, and from which of its pasts the store goes on.

-- A session that nobody ends (an operator's, a tool's) must not hold a lock for ever. The product's
-- own sessions set shorter limits themselves.
do $$
begin
    execute format('alter database %I set idle_in_transaction_session_timeout = %L',
                   current_database(), '60s');
exception when insufficient_privilege then
    raise notice 'idle_in_transaction_session_timeout stays as the server has it';
end $$;

-- The session whose append holds the bound of the readers lowest. Names of sessions are shown to
-- their own log-in only, so the function runs as whoever made it. 24225 is the tag of the lock's key.
create function append_holder() returns table (
    pid integer, key bigint, name text, client text, state text, since timestamptz
) language sql stable security definer set search_path = pg_catalog as $$
    select l.pid, (l.classid::bigint << 32 | l.objid::bigint) & ((1::bigint << 48) - 1),
           a.application_name, coalesce(host(a.client_addr) || ':' || a.client_port, 'local'),
           a.state, a.xact_start
    from pg_locks l left join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.objsubid = 1 and l.classid::bigint >> 16 = 24225
      and l.database = (select oid from pg_database where datname = current_database())
    order by 2, a.xact_start limit 1
$$;

-- Sessions that hold, or wait for, a lock on the ledger under which nothing can be appended, and
-- maintenance that is under way. Of a statement only its first word is told.
create function ledger_maintenance() returns table (
    pid integer, what text, phase text, blocks boolean, name text, since timestamptz
) language sql stable security definer set search_path = pg_catalog as $$
    select l.pid, upper(split_part(ltrim(coalesce(a.query, '?')), ' ', 1)),
           l.mode || case when l.granted then '' else ' awaited' end, true,
           a.application_name, coalesce(a.query_start, a.xact_start)
    from pg_locks l left join pg_stat_activity a using (pid)
    where l.relation = 'public.ledger'::regclass and l.locktype = 'relation' and l.pid <> pg_backend_pid()
      and l.database = (select oid from pg_database where datname = current_database())
      and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    union all
    select p.pid, p.what, p.phase, false, a.application_name, coalesce(a.query_start, a.xact_start)
    from (select pid, relid, datname, 'VACUUM' as what, phase from pg_stat_progress_vacuum
          union all select pid, relid, datname, command, phase from pg_stat_progress_create_index
          union all select pid, relid, datname, command, phase from pg_stat_progress_cluster
          union all select pid, relid, datname, 'ANALYZE', phase from pg_stat_progress_analyze) p
    left join pg_stat_activity a using (pid)
    where p.relid = 'public.ledger'::regclass and p.datname = current_database()
$$;
revoke all on function append_holder(), ledger_maintenance() from public;
grant execute on function append_holder(), ledger_maintenance() to anseo_worker;

-- What a follower saw of the last positions when it read them first, by thousands.
create table canary_page (
    page bigint primary key,
    seen bigint[] not null
);
grant select, insert, update, delete on canary_page to anseo_worker;

-- What must not happen and did. A row stays open until a person has settled it.
create table ledger_alarm (
    kind text not null,
    position bigint not null,
    detail text not null,
    raised_at timestamptz not null default clock_timestamp(),
    settled_at timestamptz,
    settled_by text,
    reason text,
    primary key (kind, position)
);
grant select, insert, update on ledger_alarm to anseo_worker;

-- From which of its pasts the store goes on: a new row each time a person has said that it may,
-- after it was brought back to an earlier state. `witnessed` is how far it had been known to be.
create table store_epoch (
    number bigint generated always as identity primary key,
    epoch uuid not null unique default gen_random_uuid(),
    since timestamptz not null default clock_timestamp(),
    position bigint not null default 0,
    witnessed bigint not null default 0,
    accepted_by text not null default '',
    reason text not null default ''
);
insert into store_epoch default values;
grant select, insert on store_epoch to anseo_worker;

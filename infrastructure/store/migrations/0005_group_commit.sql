-- What a group of commands needs before it decides, and what it leaves behind: one call each, so that
-- a command costs two round trips. Planner settings are fixed here, because a plan that was made and
-- kept while a table was still empty would scan the whole table once it is full.

-- Locks streams (targets alone, consulted ones shared; given in the order in which everybody locks),
-- then looks: each statement of a volatile function sees what was committed before it began.
-- It asks whether there is anything before it gathers: most commands are new, many streams too, and
-- gathering nothing costs five times the question (measured).
-- Without `waits` a stream that somebody else holds is named in `busy` and nobody is waited for.
create function open_commands(
    streams uuid[], high int[], low int[], alone boolean[], waits boolean,
    tenants uuid[], commands uuid[],
    out busy uuid[], out school_time timestamptz,
    out answered_tenants uuid[], out answered_commands uuid[], out hashes bytea[], out answers text[],
    out fact_streams uuid[], out versions bigint[], out fact_tenants uuid[], out names text[],
    out event_versions smallint[], out states bytea[]
) language plpgsql volatile
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    for n in 1 .. coalesce(cardinality(streams), 0) loop
        if waits then
            if alone[n] then perform pg_advisory_xact_lock(high[n], low[n]);
            else perform pg_advisory_xact_lock_shared(high[n], low[n]);
            end if;
        elsif alone[n] then
            if not pg_try_advisory_xact_lock(high[n], low[n]) then busy := busy || streams[n]; end if;
        elsif not pg_try_advisory_xact_lock_shared(high[n], low[n]) then
            busy := busy || streams[n];
        end if;
    end loop;
    select c.now into school_time from school_clock c;
    if exists (
        select from command_answer a where a.tenant = any(tenants) and a.command_id = any(commands)
    ) then
        select array_agg(a.tenant), array_agg(a.command_id), array_agg(a.body_hash),
               array_agg(a.answer)
        into answered_tenants, answered_commands, hashes, answers
        from unnest(tenants, commands) as w (tenant, command_id)
        join command_answer a on a.tenant = w.tenant and a.command_id = w.command_id;
    end if;
    if exists (select from ledger l where l.originator_id = any(streams)) then
        select array_agg(f.originator_id), array_agg(f.originator_version), array_agg(f.tenant),
               array_agg(f.topic), array_agg(f.event_version), array_agg(f.state)
        into fact_streams, versions, fact_tenants, names, event_versions, states
        from (
            select l.originator_id, l.originator_version, l.tenant, l.topic, l.event_version, l.state
            from ledger l where l.originator_id = any(streams)
            order by l.originator_id, l.originator_version
        ) as f;
    end if;
end $$;

-- Appends facts behind the high-water mark: the shared lock, keyed by the sequence's value before any
-- position is drawn, bounds every reader until this transaction has ended. Then stores the commands'
-- answers with the positions that their last facts were given (`ends` counts into the facts).
create function append_commands(
    streams uuid[], versions bigint[], names text[], event_versions smallint[], states bytea[],
    tenants uuid[], occurred timestamptz[], actors text[], commands uuid[], causes uuid[],
    correlations uuid[],
    answer_tenants uuid[], answer_commands uuid[], hashes bytea[], answer_streams uuid[],
    answer_versions bigint[], ends int[], counts int[]
) returns bigint[] language plpgsql volatile as $$
declare
    positions bigint[];
begin
    if cardinality(streams) > 0 then
        perform pg_advisory_xact_lock_shared((24225::bigint << 48) | (
            select case when is_called then last_value else 0 end from ledger_notification_id_seq));
        with stored as (
            insert into ledger (originator_id, originator_version, topic, event_version, state, tenant,
                occurred_at, recorded_at, actor, command_id, cause, correlation)
            select f.i, f.v, f.n, f.e, f.s, f.t, f.o, clock_timestamp(), f.a, f.c, f.w, f.r
            from unnest(streams, versions, names, event_versions, states, tenants, occurred, actors,
                commands, causes, correlations)
                with ordinality as f (i, v, n, e, s, t, o, a, c, w, r, place)
            order by f.place
            returning notification_id
        )
        select array_agg(notification_id order by notification_id) into positions from stored;
    end if;
    if cardinality(answer_commands) > 0 then
        insert into command_answer (tenant, command_id, body_hash, answer)
        select a.t, a.c, a.h, format(
            '{"stream":"%s","version":%s,"position":%s,"facts":%s}', a.s, a.v,
            case when a.n = 0 then 0 else positions[a.e] end, a.n)
        from unnest(answer_tenants, answer_commands, hashes, answer_streams, answer_versions, ends,
            counts) as a (t, c, h, s, v, e, n);
    end if;
    return positions;
end $$;

revoke execute on function open_commands from public;
revoke execute on function append_commands from public;
grant execute on function open_commands, append_commands to anseo_worker;

-- Facts that a person passed over for a process manager, and why. Rows are only ever added: what did
-- not follow from a fact can be told apart from what was lost. A reason names no people.
create table parked_release (
    tenant uuid not null,
    follower text not null,
    position bigint not null,
    stream uuid not null,
    error text not null,
    attempts integer not null,
    parked_at timestamptz not null,
    released_at timestamptz not null default clock_timestamp(),
    released_by text not null check (released_by <> ''),
    reason text not null check (reason <> ''),
    primary key (tenant, follower, position)
);
select protect('parked_release');
revoke update, delete on parked_release from anseo_app, anseo_worker;
revoke insert on parked_release from anseo_app;

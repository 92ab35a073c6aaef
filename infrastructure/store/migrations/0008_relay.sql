-- From where the relay was told to publish again, by whom and why. Rows are only ever added: an
-- auditor who finds an event twice on a topic finds here who wanted it so.
create table relay_choice (
    number bigint generated always as identity primary key,
    chosen_at timestamptz not null default clock_timestamp(),
    chosen_by text not null check (chosen_by <> ''),
    reason text not null check (reason <> ''),
    from_position bigint not null,
    was_at bigint not null,
    cluster_id text not null,
    parked text not null
);
grant select, insert on relay_choice to anseo_worker;
grant select on relay_choice to anseo_app, anseo_auditor;

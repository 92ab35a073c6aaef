-- The seal: what each fact hashed to when it was stored, and the signed roots over it. Nothing here
-- is ever changed or removed: nobody but the owner could, and that would be found outside.

-- Facts of one tenant that were sealed together, chained to the link before. `entries` holds 40 bytes
-- a fact, position and hash, so that a change is found and located to the fact.
create table seal_link (
    tenant uuid not null,
    number bigint not null,
    last_position bigint not null,
    sealed_at timestamptz not null,
    entries bytea not null,
    link bytea not null,
    primary key (tenant, number)
);
-- Hashes do not compress.
alter table seal_link alter column entries set storage external;
create index seal_link_in_order on seal_link (last_position);
select protect('seal_link');
revoke insert, update, delete on seal_link from anseo_app;
revoke update, delete on seal_link from anseo_worker;

-- A signed Merkle root over the facts since the one before. Its copy lies outside the database.
create table seal_root (
    tenant uuid not null,
    number bigint not null,
    previous bytea not null,
    through bigint not null,
    link bytea not null,
    last_position bigint not null,
    facts bigint not null,
    size bigint not null,
    tree bytea not null,
    sealed_at timestamptz not null,
    key text not null,
    signature bytea not null,
    primary key (tenant, number)
);
create index seal_root_of_link on seal_root (tenant, through);
select protect('seal_root');
revoke insert, update, delete on seal_root from anseo_app;
revoke update, delete on seal_root from anseo_worker;

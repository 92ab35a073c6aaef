-- What the doors need: who looked at which child's record, and which guardian a number belongs to.

-- Children's data: who looked matters. A row is written in the transaction that reads, so that no
-- record is seen without it. Ids and operation names only.
create table read_access (
    tenant uuid not null,
    id bigint generated always as identity,
    at timestamptz not null default clock_timestamp(),
    actor text not null,
    what text not null,
    subject uuid not null,
    route text not null,
    primary key (tenant, id)
);
create index read_access_of_subject on read_access (tenant, subject, id);
select protect('read_access');
-- Nobody takes a look back.
revoke update, delete on read_access from anseo_app, anseo_worker;

-- Keyed hashes of the numbers that were written to, to know who answers. The rows are personal data:
-- they go when their subject is erased.
create table contact_index (
    tenant uuid not null,
    blind_index bytea not null,
    subject uuid not null,
    primary key (tenant, blind_index, subject)
);
create index contact_index_of_subject on contact_index (tenant, subject);
select protect('contact_index');

-- The person vault: ciphertext and wrapped keys only. A key hangs under the next one up:
-- master (outside the database) -> tenant -> subject -> record.

create table vault_tenant_key (
    tenant uuid primary key,
    master_id text not null,
    wrapped bytea not null,
    made_at timestamptz not null default clock_timestamp()
);
select protect('vault_tenant_key');
-- Only a rotation of the master key writes here twice, and it does so for all tenants at once.
revoke update, delete on vault_tenant_key from anseo_app;

-- A subject's key, or the tombstone in its place. One row for both, so that a write and an erasure
-- of the same person meet at one lock: a subject is either alive or erased, never half of each.
create table vault_subject_key (
    tenant uuid not null,
    subject uuid not null,
    wrapped bytea,
    erased_at timestamptz,
    primary key (tenant, subject),
    constraint alive_or_erased check ((wrapped is null) = (erased_at is not null))
);
select protect('vault_subject_key');

-- A record and what it says about all its subjects together.
create table vault_record (
    tenant uuid not null,
    record uuid not null,
    kind text not null,
    shared bytea,
    written_at timestamptz not null default clock_timestamp(),
    primary key (tenant, record)
);
select protect('vault_record');

-- What a record says about one subject only, and this subject's wraps of the two keys.
create table vault_part (
    tenant uuid not null,
    record uuid not null,
    subject uuid not null,
    part_key bytea,
    part bytea,
    shared_key bytea,
    primary key (tenant, record, subject),
    foreign key (tenant, record) references vault_record,
    foreign key (tenant, subject) references vault_subject_key,
    constraint part_with_its_key check ((part is null) = (part_key is null))
);
create index vault_part_of_subject on vault_part (tenant, subject);
select protect('vault_part');

-- Ciphertext does not compress: do not let the server try.
alter table vault_record alter column shared set storage external;
alter table vault_part alter column part set storage external;

-- Who was erased (or readmitted), when, why and by whom; the same signed lines lie outside.
create table erasure_log (
    tenant uuid not null,
    signature bytea not null,
    action text not null check (action in ('erased', 'readmitted')),
    subject uuid not null,
    happened_at timestamptz not null,
    reason text not null,
    actor text not null,
    master_id text not null,
    primary key (tenant, signature)
);
create index erasure_log_of_subject on erasure_log (tenant, subject, happened_at);
select protect('erasure_log');
revoke update, delete on erasure_log from anseo_app, anseo_worker;

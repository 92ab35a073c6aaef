-- What engines said of schools' own texts, so that the same words are asked for once. Only texts
-- before anything is filled in: no row is about a person. Safe to lose: it is asked for again.
create table translation (
    tenant uuid not null,
    source_hash text not null,
    source_language text not null,
    language text not null,
    engine text not null,
    subject text not null,
    body text not null,
    made_at timestamptz not null default clock_timestamp(),
    primary key (tenant, source_hash, source_language, language, engine)
);
comment on column translation.source_hash is 'SHA-256 of the wording that was translated';
select protect('translation');

-- What a source system sent, word for word, apart from everything else: it says more than we need,
-- so it is sealed, kept for weeks and thrown away. A page that names somebody who is erased goes as
-- a whole: it is evidence of an import, not of a child.
create table raw_payload (
    tenant uuid not null,
    batch uuid not null,
    page integer not null,
    source text not null,
    subjects uuid[] not null,
    sealed bytea not null,
    kept_at timestamptz not null default clock_timestamp(),
    primary key (tenant, batch, page)
);
create index raw_payload_by_age on raw_payload (kept_at);
create index raw_payload_of_subject on raw_payload using gin (subjects);
-- Ciphertext does not compress: do not let the server try.
alter table raw_payload alter column sealed set storage external;
select protect('raw_payload');

-- Marks come in the order of their days, a batch at a time: block ranges find both at next to no cost
-- for whoever writes.
create index mark_by_batch on mark using brin (batch, on_date) with (pages_per_range = 32, autosummarize = on);
create index student_by_batch on student (tenant, batch);

-- Batches after a position, without walking through the facts between them.
create index ledger_register_batch on ledger (tenant, notification_id) include (originator_id)
    where topic = 'register.batch_recorded';

-- A line says in which year group its pupil is: some have days of their own.
alter table register_line add column year_group text;
create index register_line_of_student on register_line (tenant, student);
-- A new day makes each line longer in place: half of each page is left free for that.
alter table register_line set (fillfactor = 50);

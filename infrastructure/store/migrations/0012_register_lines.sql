-- The register once more, as in a paper roll book: for each school and year the days and what the
-- marks mean, and for each pupil one line with two marks a day, each one byte, the number of an entry
-- of the legend (0: nothing). It is made from the marks as they were known at a position and can be
-- made again at any time.

create table register_page (
    tenant uuid not null,
    school uuid not null,
    year_from date not null,
    known_at bigint not null,
    days date[] not null,
    codes text[] not null,
    letters text[] not null check (cardinality(letters) = cardinality(codes)),
    primary key (tenant, school, year_from)
);
select protect('register_page');

create table register_line (
    tenant uuid not null,
    school uuid not null,
    year_from date not null,
    student uuid not null,
    source_id text not null,
    enrolled_on date,
    left_on date,
    marks bytea not null,
    late smallint[] not null default '{}',
    primary key (tenant, school, year_from, student)
);
alter table register_line alter column marks set storage plain;
comment on column register_line.late is 'place in marks and minutes, one after the other';
select protect('register_line');

-- How old pupils are, as far as rules ask: between which days each is inside an age, and the year
-- group that a pupil has in one school year. Not the birth date: that is in the vault. Ranges are cut
-- to the days from known_from to known_until, a few school years; of whoever is well inside an age no
-- birthday stands here. An import says it anew each school year.

create table student_years (
    tenant uuid not null,
    student uuid not null,
    batch uuid not null,
    school_year date not null,
    year_group text,
    known_from date not null,
    known_until date not null check (known_until >= known_from),
    ages text[] not null,
    first_on date[] not null,
    last_on date[] not null,
    withdrawn boolean not null default false,
    check (cardinality(ages) = cardinality(first_on) and cardinality(ages) = cardinality(last_on)),
    primary key (tenant, student, batch)
);
create index student_years_by_batch on student_years (tenant, batch);
select protect('student_years');

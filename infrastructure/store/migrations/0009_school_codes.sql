-- What a school means by codes of its own, with the register's two clocks: from which day the school
-- means it, and since when we know. A mark keeps the meaning that it was imported with.

create table school_code (
    tenant uuid not null,
    school uuid not null,
    code text not null,
    effective_from date not null,
    batch uuid not null,
    stands_for text not null,
    meaning text,
    effective_to date check (effective_to >= effective_from),
    withdrawn boolean not null default false,
    primary key (tenant, school, code, effective_from, batch)
);
select protect('school_code');

-- How the school wrote the code, where that is its own; `code` holds what it stands for.
alter table mark add column local_code text;

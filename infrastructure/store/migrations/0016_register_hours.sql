-- When a school's registers close, on which days: what the calendar says of a day's hours, on the
-- school's own clock. Between the same two days the newest known word counts.

create table register_hours (
    tenant uuid not null,
    school uuid not null,
    first_on date not null,
    last_on date not null check (last_on >= first_on),
    batch uuid not null,
    am_start time,
    am_close time,
    pm_start time,
    pm_close time,
    day_end time,
    withdrawn boolean not null default false,
    primary key (tenant, school, first_on, last_on, batch)
);
select protect('register_hours');

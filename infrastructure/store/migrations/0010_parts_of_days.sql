-- A calendar's word may be about one half of a day, and about some year groups: sixth years come for
-- an examination, the boiler fails at noon. Empty: about everybody.

alter table calendar_day add column part text not null default 'DAY' check (part in ('DAY', 'AM', 'PM'));
alter table calendar_day add column year_group text not null default '';
alter table calendar_day drop constraint calendar_day_pkey;
alter table calendar_day add primary key (tenant, school, on_date, part, year_group, batch);

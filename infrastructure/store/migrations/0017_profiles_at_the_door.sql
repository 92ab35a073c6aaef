-- A profile that nobody wants any more is a version too: what was imported by it can be explained.
alter table column_profile add column withdrawn boolean not null default false;
-- Under which wish a version was saved: the same wish again is answered, not done again.
alter table column_profile add column command_id uuid;
create unique index column_profile_by_command on column_profile (tenant, command_id);

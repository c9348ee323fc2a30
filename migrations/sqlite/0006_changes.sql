-- Reading what changed, in the order of the writes.

-- Deletions of this rev and of earlier ones may be forgotten: whoever has not read as far has to start again.
alter table owner_clock add column forgotten integer not null default 0;

-- The rev of the write that made the row. Nobody had read changes before this release, so that rows which are there
-- already may all be as old as the first.
alter table tasks add column created_rev integer not null default 1;
alter table tags add column created_rev integer not null default 1;

create index tasks_by_rev on tasks (owner_id, rev);
create index tags_by_rev on tags (owner_id, rev);
create index tombstones_by_rev on tombstones (owner_id, rev);
create index tombstones_by_deletion on tombstones (deleted_at);

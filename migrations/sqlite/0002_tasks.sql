-- What people own: tasks, tags and the links between them. Every key begins with the owner.
create table tasks (
    -- Only for the full-text index, which knows rows by number.
    seq integer primary key,
    owner_id blob not null references users (id) on delete cascade,
    id blob not null check (length(id) = 16),
    title text not null,
    description text,
    completed integer not null check (completed in (false, true)),
    completed_at integer,
    priority integer not null check (priority between 0 and 3),
    due_at integer,
    version integer not null,
    rev integer not null,
    created_at integer not null,
    updated_at integer not null,
    -- Digest of what the creation asked for, so that the same creation sent again is known.
    creation blob not null,
    -- Sort keys that put tasks without a due time last in both directions.
    due_asc integer not null as (coalesce(due_at, 253402300800000)) virtual,
    due_desc integer not null as (coalesce(due_at, -62198755200000)) virtual,
    title_key text not null,
    -- The folded words of title and description, between single blanks, each behind a sign of its owner.
    words text not null,
    unique (owner_id, id)
) strict;

create index tasks_by_created_at on tasks (owner_id, created_at, id);
create index tasks_by_updated_at on tasks (owner_id, updated_at, id);
create index tasks_by_due_asc on tasks (owner_id, due_asc, id);
create index tasks_by_due_desc on tasks (owner_id, due_desc, id);
create index tasks_by_priority on tasks (owner_id, priority, id);
create index tasks_by_title on tasks (owner_id, title_key, id);

-- The words come folded and between blanks already, and this tokenizer leaves all but ASCII as it is.
create virtual table task_search using fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);

create trigger task_search_add after insert on tasks begin
    insert into task_search (rowid, words) values (new.seq, new.words);
end;

create trigger task_search_change after update of words on tasks when new.words <> old.words begin
    update task_search set words = new.words where rowid = new.seq;
end;

create trigger task_search_remove after delete on tasks begin
    delete from task_search where rowid = old.seq;
end;

create table tags (
    owner_id blob not null references users (id) on delete cascade,
    id blob not null check (length(id) = 16),
    name text not null,
    -- The name with case and Unicode form folded away: what must be unique.
    name_key text not null,
    sort_key text not null,
    color text,
    rev integer not null,
    created_at integer not null,
    updated_at integer not null,
    creation blob not null,
    primary key (owner_id, id),
    unique (owner_id, name_key)
) strict, without rowid;

create index tags_by_name on tags (owner_id, sort_key, id);

-- Both ends name the owner, so that a link across owners cannot exist.
create table task_tags (
    owner_id blob not null,
    task_id blob not null,
    tag_id blob not null,
    primary key (owner_id, task_id, tag_id),
    foreign key (owner_id, task_id) references tasks (owner_id, id) on delete cascade,
    foreign key (owner_id, tag_id) references tags (owner_id, id) on delete cascade
) strict, without rowid;

create index task_tags_by_tag on task_tags (owner_id, tag_id, task_id);

-- What is left of a deleted object, for clients that were away.
create table tombstones (
    owner_id blob not null references users (id) on delete cascade,
    node_id text not null,
    rev integer not null,
    deleted_at integer not null,
    primary key (owner_id, node_id)
) strict, without rowid;

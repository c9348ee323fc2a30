-- What people own: tasks, tags and the links between them. Every key begins with the owner.
create table tasks (
    owner_id uuid not null references users (id) on delete cascade,
    id uuid not null,
    title text not null,
    description text,
    completed boolean not null,
    completed_at timestamptz,
    priority smallint not null check (priority between 0 and 3),
    due_at timestamptz,
    version integer not null,
    rev bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    -- Digest of what the creation asked for, so that the same creation sent again is known.
    creation bytea not null,
    -- Sort keys that put tasks without a due time last in both directions.
    due_asc timestamptz not null
        generated always as (coalesce(due_at, timestamptz '10000-01-01 00:00:00+00')) stored,
    due_desc timestamptz not null
        generated always as (coalesce(due_at, timestamptz '0002-01-01 00:00:00+00 BC')) stored,
    title_key text collate "C" not null,
    -- The folded words of title and description, between single blanks, each behind a sign of its owner.
    words text collate "C" not null,
    -- Lexemes as the simple configuration makes them, of words that are folded already.
    search tsvector not null generated always as (array_to_tsvector(string_to_array(words, ' '))) stored,
    primary key (owner_id, id)
);

create index tasks_by_created_at on tasks (owner_id, created_at, id);
create index tasks_by_updated_at on tasks (owner_id, updated_at, id);
create index tasks_by_due_asc on tasks (owner_id, due_asc, id);
create index tasks_by_due_desc on tasks (owner_id, due_desc, id);
create index tasks_by_priority on tasks (owner_id, priority, id);
create index tasks_by_title on tasks (owner_id, title_key, id);
create index tasks_by_words on tasks using gin (search);

create table tags (
    owner_id uuid not null references users (id) on delete cascade,
    id uuid not null,
    name text not null,
    -- The name with case and Unicode form folded away: what must be unique.
    name_key text collate "C" not null,
    sort_key text collate "C" not null,
    color text,
    rev bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    creation bytea not null,
    primary key (owner_id, id),
    unique (owner_id, name_key)
);

create index tags_by_name on tags (owner_id, sort_key, id);

-- Both ends name the owner, so that a link across owners cannot exist.
create table task_tags (
    owner_id uuid not null,
    task_id uuid not null,
    tag_id uuid not null,
    primary key (owner_id, task_id, tag_id),
    foreign key (owner_id, task_id) references tasks (owner_id, id) on delete cascade,
    foreign key (owner_id, tag_id) references tags (owner_id, id) on delete cascade
);

create index task_tags_by_tag on task_tags (owner_id, tag_id, task_id);

-- What is left of a deleted object, for clients that were away.
create table tombstones (
    owner_id uuid not null references users (id) on delete cascade,
    node_id text collate "C" not null,
    rev bigint not null,
    deleted_at timestamptz not null,
    primary key (owner_id, node_id)
);

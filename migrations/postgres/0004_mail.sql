-- Mails on their way, and the tokens of the links in them.

-- What is still to be sent. A row holds no token and no text: both are made when it is sent. It goes when it was sent, or
-- given up.
create table mails (
    owner_id uuid not null references users (id) on delete cascade,
    id uuid not null,
    -- 0: a link to choose a new password; 1: a link that shows that the address is theirs; 2: the password was changed.
    kind smallint not null check (kind between 0 and 2),
    email text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    -- When it may be tried, and while somebody tries it, when others may.
    due_at timestamptz not null,
    tries smallint not null,
    primary key (owner_id, id)
);

create index mails_by_due_at on mails (due_at);

-- One token of a kind for each owner; a new one takes the place of the old. Only its SHA-256 is here: whoever reads this
-- table, or a copy of it, can open nothing with it.
create table email_tokens (
    owner_id uuid not null references users (id) on delete cascade,
    -- As above.
    kind smallint not null check (kind in (0, 1)),
    token_hash bytea not null unique check (length(token_hash) = 32),
    -- The address that it was sent to. It counts only as long as that is the owner's.
    email_key text collate "C" not null,
    expires_at timestamptz not null,
    primary key (owner_id, kind)
);

-- Addresses for which somebody asked for a new password. Every address gets a row, with an account or without, so that
-- asking costs the same; a moment later it becomes a mail or nothing.
create table reset_requests (
    id uuid primary key,
    email_key text collate "C" not null,
    requested_at timestamptz not null
);

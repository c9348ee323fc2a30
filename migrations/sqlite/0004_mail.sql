-- Mails on their way, and the tokens of the links in them.

-- What is still to be sent. A row holds no token and no text: both are made when it is sent. It goes when it was sent, or
-- given up.
create table mails (
    owner_id blob not null references users (id) on delete cascade,
    id blob not null check (length(id) = 16),
    -- 0: a link to choose a new password; 1: a link that shows that the address is theirs; 2: the password was changed.
    kind integer not null check (kind between 0 and 2),
    email text not null,
    created_at integer not null,
    expires_at integer not null,
    -- When it may be tried, and while somebody tries it, when others may.
    due_at integer not null,
    tries integer not null,
    primary key (owner_id, id)
) strict, without rowid;

create index mails_by_due_at on mails (due_at);

-- One token of a kind for each owner; a new one takes the place of the old. Only its SHA-256 is here: whoever reads this
-- table, or a copy of it, can open nothing with it.
create table email_tokens (
    owner_id blob not null references users (id) on delete cascade,
    -- As above.
    kind integer not null check (kind in (0, 1)),
    token_hash blob not null unique check (length(token_hash) = 32),
    -- The address that it was sent to. It counts only as long as that is the owner's.
    email_key text not null,
    expires_at integer not null,
    primary key (owner_id, kind)
) strict, without rowid;

-- Addresses for which somebody asked for a new password. Every address gets a row, with an account or without, so that
-- asking costs the same; a moment later it becomes a mail or nothing.
create table reset_requests (
    id blob primary key check (length(id) = 16),
    email_key text not null,
    requested_at integer not null
) strict, without rowid;

-- People who can sign in, and for each the count of their writes, which orders everything that they own.
create table users (
    id blob primary key check (length(id) = 16),
    email text not null,
    -- The address with case and Unicode form folded away: what must be unique.
    email_key text not null unique,
    email_verified integer not null default false check (email_verified in (false, true)),
    name text,
    -- A PHC string; null for users whom another issuer signs in.
    password_hash text,
    created_at integer not null,
    updated_at integer not null
) strict, without rowid;

-- Grows by one with every write of its owner, in the same transaction.
create table owner_clock (
    owner_id blob primary key references users (id) on delete cascade,
    rev integer not null
) strict, without rowid;

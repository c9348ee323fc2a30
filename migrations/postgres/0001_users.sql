-- People who can sign in, and for each the count of their writes, which orders everything that they own.
create table users (
    id uuid primary key,
    email text not null,
    -- The address with case and Unicode form folded away: what must be unique.
    email_key text collate "C" not null unique,
    email_verified boolean not null default false,
    name text,
    -- A PHC string; null for users whom another issuer signs in.
    password_hash text,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- Grows by one with every write of its owner, in the same transaction.
create table owner_clock (
    owner_id uuid primary key references users (id) on delete cascade,
    rev bigint not null
) with (fillfactor = 50);

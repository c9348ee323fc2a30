-- Where people are signed in, and which tokens count no more before they expire.
alter table users add column disabled_at timestamptz;
-- Grows when all tokens issued so far shall end: a token says in which epoch it was issued.
alter table users add column epoch integer not null default 0;

-- One row for each chain of refresh tokens, however often it was used.
create table sign_ins (
    owner_id uuid not null references users (id) on delete cascade,
    id uuid not null,
    -- SHA-256 of what all tokens of the chain have in common: each that was ever issued is known by it.
    handle bytea not null,
    -- SHA-256 of the one token that can be traded.
    token bytea not null,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    -- When it ends unless it is used, and when it ends even if it is.
    ends_at timestamptz not null,
    expires_at timestamptz not null,
    user_agent text,
    ip_address text,
    primary key (owner_id, id),
    unique (owner_id, handle)
) with (fillfactor = 70);

create index sign_ins_by_end on sign_ins (ends_at);

-- Tokens that were traded a moment ago, and may be again for the same successor.
create table refresh_tokens (
    owner_id uuid not null,
    sign_in_id uuid not null,
    -- SHA-256 of the token.
    token bytea not null,
    -- Makes the successor, together with the token itself.
    salt bytea not null,
    traded_at timestamptz not null,
    primary key (owner_id, sign_in_id, token),
    foreign key (owner_id, sign_in_id) references sign_ins (owner_id, id) on delete cascade
);

create index refresh_tokens_by_trade on refresh_tokens (traded_at);

-- Access tokens that are refused though they have not expired. Read whole by every instance, so that none has to ask.
create table cut_offs (
    seq bigint generated always as identity primary key,
    -- Digest of the user or the sign-in, so that nobody's name outlives them here.
    subject bytea not null,
    -- Tokens of earlier epochs are refused.
    epoch integer not null,
    -- Tokens without an epoch are refused when they were issued before.
    since timestamptz not null,
    -- By then all of them have expired.
    ends_at timestamptz not null
);

create index cut_offs_by_end on cut_offs (ends_at);
create index cut_offs_by_subject on cut_offs (subject);

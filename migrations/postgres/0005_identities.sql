-- Users whom another issuer signs in. They have a row in users like everybody, with the text of their own id for an
-- email_key: it holds no @, so that no address leads to them and two of them may have the same one.
create table identities (
    owner_id uuid not null references users (id) on delete cascade,
    issuer text collate "C" not null,
    subject text collate "C" not null,
    -- When the token was issued that email and name were last taken from; an older one changes nothing.
    told_at timestamptz not null,
    primary key (owner_id, issuer, subject),
    unique (issuer, subject)
);

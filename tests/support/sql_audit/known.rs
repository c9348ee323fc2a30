//! What the audit is told: the owned tables, and the statements that bind no owner.

/// Tables whose rows belong to an owner, and the column that says whose. `task_search` is an index of `tasks`: it gives
/// row numbers, which count for nothing unless the select around binds the owner.
pub(super) const OWNED: [(&str, &str); 11] = [
    ("users", "id"),
    ("identities", "owner_id"),
    ("owner_clock", "owner_id"),
    ("tasks", "owner_id"),
    ("tags", "owner_id"),
    ("task_tags", "owner_id"),
    ("tombstones", "owner_id"),
    ("sign_ins", "owner_id"),
    ("refresh_tokens", "owner_id"),
    ("email_tokens", "owner_id"),
    ("mails", "owner_id"),
];

/// Statements that bind no owner, each with the reason why it may: the whole text, or its beginning before a `…`.
pub(super) const EXEMPT: &[(&str, &str)] = &[
    ("begin…", "opens a transaction"),
    ("commit…", "ends a transaction"),
    ("rollback…", "ends a transaction"),
    ("savepoint…", "part of a migration"),
    ("release…", "part of a migration"),
    ("pragma…", "sets up a SQLite connection"),
    ("create…", "a migration, or a test's own database"),
    ("--…", "a migration"),
    ("alter table…", "a migration, or a test's own"),
    ("drop database…", "a test's own database"),
    ("select pg_advisory_lock($1)", "keeps two starting processes from migrating at once"),
    ("select pg_advisory_unlock($1)", "keeps two starting processes from migrating at once"),
    ("select current_database()", "names the migrations' lock"),
    ("select version from _sqlx_migrations…", "which migrations were applied"),
    ("select version, checksum from _sqlx_migrations…", "which migrations were applied"),
    ("insert into _sqlx_migrations…", "a migration was applied"),
    ("update _sqlx_migrations…", "a migration was applied"),
    (
        "select id, email, email_verified, name, created_at, updated_at, password_hash, epoch, disabled_at from users \
         where email_key = $1",
        "login: finds one account by its whole address",
    ),
    (
        "insert into users (id, email, email_key, name, password_hash, created_at, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $6) on conflict (email_key) do nothing returning id, email, email_verified, \
         name, created_at, updated_at, password_hash, epoch, disabled_at",
        "registration: the new user's own row",
    ),
    (
        "select id, email, email_verified, created_at, disabled_at from users where id > $1 order by id limit $2",
        "an operator lists accounts",
    ),
    (
        "select id, email, email_verified, created_at, disabled_at from users where email_key = $1",
        "an operator looks an account up by its whole address",
    ),
    ("listen…", "hears of other instances"),
    ("select pg_notify($1, $2)", "tells other instances"),
    (
        "select owner_id, rev from owner_clock where owner_id = any($1)",
        "one look at the clocks of all who wait for changes: each is told that there are some, and nothing else",
    ),
    (
        "select owner_id, rev from owner_clock where owner_id in (select unhex(value) from json_each($1))",
        "the same on SQLite",
    ),
    (
        "select owner_id from tombstones where deleted_at < $1 order by deleted_at limit $2",
        "whose old deletions are to be forgotten, owner by owner",
    ),
    (
        "select seq, subject, epoch, since, ends_at from cut_offs…",
        "every instance refuses every user's tokens",
    ),
    (
        "select seq from cut_offs where subject = $1 and since >= $2 limit 1",
        "whether the identity of a verified token was erased after it was issued",
    ),
    ("insert into cut_offs…", "has no owner: it outlives whom it speaks of"),
    ("select pg_advisory_xact_lock(20260823)", "keeps cut-offs in the order of their numbers"),
    ("delete from cut_offs…", "what has ended is nobody's"),
    (
        "delete from sign_ins where (owner_id, id) in (select owner_id, id from sign_ins where ends_at <= $1 limit $2)",
        "what has ended is nobody's",
    ),
    (
        "delete from refresh_tokens where (owner_id, sign_in_id, token) in (select owner_id, sign_in_id, token \
         from refresh_tokens where traded_at < $1 limit $2)",
        "what has ended is nobody's",
    ),
    (
        "insert into users (id, email, email_key, email_verified, name, created_at, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $6)",
        "first sight of another issuer's user: the new user's own row",
    ),
    (
        "select i.owner_id, i.told_at, u.email, u.email_verified, u.name, u.disabled_at \
         from identities i join users u on u.id = i.owner_id where i.issuer = $1 and i.subject = $2",
        "finds the one user of a verified token by its whole issuer and subject",
    ),
    (
        "select u.id, u.email, u.email_verified, u.name, u.created_at, u.updated_at from email_tokens t \
         join users u on u.id = t.owner_id and u.email_key = t.email_key and u.disabled_at is null \
         where t.token_hash = $1 and t.kind = $2 and t.expires_at > $3",
        "a link from a mail: finds the one account that the whole token was sent to",
    ),
    ("select id, email from users where email_key = $1 and…", "a lost password, by its whole address"),
    ("update mails set due_at = $2, tries = tries + 1 where…", "the next mail to send, whosever it is"),
    ("select min(due_at) from mails", "when the next mail is to be sent; tells nothing else"),
];

//! The beginning of a sign-in, in the transaction of what leads to it.

use crate::auth::RefreshToken;
use crate::id::SignInId;
use crate::time::Timestamp;

use super::{RefreshRules, Visit};

/// A chain of refresh tokens that is to begin.
#[derive(Debug)]
pub struct NewSignIn {
    /// The chain's.
    pub id: SignInId,
    /// The first of the chain.
    pub token: RefreshToken,
    /// When the chain ends unless the token is used.
    pub ends_at: Timestamp,
    /// When it ends in any case.
    pub(in crate::store) expires_at: Timestamp,
    pub(in crate::store) visit: Visit,
}

impl NewSignIn {
    /// Begins with this token, which nobody has yet.
    pub fn new(token: RefreshToken, rules: RefreshRules, visit: Visit) -> Self {
        let expires_at = visit.now + rules.lifetime;
        let ends_at = expires_at.min(visit.now + rules.idle);
        Self { id: SignInId::fresh(), token, ends_at, expires_at, visit }
    }
}

/// Sign-ins of one user that were used, and as many that never were. One more of a kind ends the oldest of that kind:
/// programs that log in each time and never refresh drive out one another, and no person. Access tokens live out their time.
pub(in crate::store) const MOST: i64 = 100;

pub(in crate::store) const BEGIN: &str = "insert into sign_ins (owner_id, id, handle, token, created_at, \
     last_used_at, ends_at, expires_at, user_agent, ip_address) values ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9)";
pub(in crate::store) const END_OLDEST: &str = "delete from sign_ins where owner_id = $1 and (id in \
     (select id from sign_ins where owner_id = $1 and last_used_at = created_at order by created_at desc, id desc \
     limit 1000 offset $2) or id in \
     (select id from sign_ins where owner_id = $1 and last_used_at <> created_at order by last_used_at desc, id desc \
     limit 1000 offset $2))";

/// Begins a sign-in of a user whose row the transaction has locked.
macro_rules! begin_sign_in {
    ($transaction:expr, $user:expr, $new:expr) => {{
        let (user, new): (_, &$crate::store::NewSignIn) = ($user, $new);
        let begin = sqlx::query($crate::store::sign_in::new::BEGIN).bind(user).bind(new.id);
        let begin = begin
            .bind(new.token.handle_digest())
            .bind(new.token.digest())
            .bind(new.visit.now)
            .bind(new.ends_at)
            .bind(new.expires_at);
        let begin = begin.bind(new.visit.user_agent.as_deref()).bind(new.visit.address.to_string());
        begin.execute(&mut *$transaction).await?;
        sqlx::query($crate::store::sign_in::new::END_OLDEST)
            .bind(user)
            .bind($crate::store::sign_in::new::MOST)
            .execute(&mut *$transaction)
            .await?;
    }};
}
pub(in crate::store) use begin_sign_in;

//! The signed-in user's own profile.

use crate::field::PersonName;
use crate::store::{Owner, User};

use super::{Answer, Refusal, Services};

impl Services {
    /// The signed-in user.
    pub async fn me(&self, owner: &Owner) -> Answer<User> {
        self.store.user(owner).find().await?.ok_or_else(|| Refusal::Unauthenticated.into())
    }

    /// Renames the signed-in user.
    pub async fn rename(&self, owner: &Owner, name: Option<&PersonName>) -> Answer<User> {
        Ok(self.store.user(owner).rename(name, self.clock.now()).await??)
    }
}

//! The signed-in user's own profile.

use crate::field::{Invalid, PersonName};
use crate::store::{Owner, User};

use super::{Answer, Refusal, Services};

impl Services {
    /// The signed-in user.
    pub async fn me(&self, owner: &Owner) -> Answer<User> {
        self.store.user(owner).find().await?.ok_or_else(|| Refusal::Unauthenticated.into())
    }

    /// Renames the signed-in user. The name of another issuer's user is the one that their tokens say.
    pub async fn rename(&self, owner: &Owner, name: Option<&PersonName>) -> Answer<User> {
        if owner.is_of_another_issuer() {
            let message = "is the one that the tokens of your issuer say: change it there";
            return Err(Invalid::new("name", message).into());
        }
        let (user, _) = self.store.user(owner).rename(name, self.clock.now()).await??;
        Ok(user)
    }
}

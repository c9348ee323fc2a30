//! The life of a session after its beginning: going on, and ending.

use crate::auth::{RefreshToken, Salt};
use crate::id::SignInId;
use crate::secret::Secret;
use crate::store::{Owner, SignIn, Traded};
use crate::throttle::Attempt;

use super::sign_in::{Client, Refresh, Session};
use super::{Answer, Refusal, Services};

impl Services {
    /// Trades a refresh token for a new session. The same token again, within the grace, is given the same successor;
    /// later it ends the chain.
    pub async fn refresh(&self, token: &Secret, client: &Client) -> Answer<Session> {
        let rules = self.refresh.ok_or(Refusal::SignInEnded)?;
        let token = RefreshToken::parse(token.expose()).ok_or(Refusal::SignInEnded)?;
        let visit = self.visit(client);
        // By the chain and not by the user, whom anyone may name in a token that is none.
        let chain = token.handle_digest();
        let counted =
            self.throttle.check(Attempt::Refresh(&chain), client.address).map_err(Refusal::RateLimited)?;
        match self.store.chain(&token).trade(&Salt::fresh()?, rules, &visit).await? {
            Traded::For(successor, signed_in) => {
                counted.give_back_to_address();
                let refresh = Refresh { text: successor.text(), ends_at: signed_in.ends_at };
                self.session(signed_in.user, signed_in.epoch, Some(signed_in.id), Some(refresh), visit.now)
            }
            Traded::Reused(sign_in) => {
                let user = token.user_id();
                tracing::warn!(%user, %sign_in, "security: a refresh token was used twice; its sign-in is ended");
                Err(Refusal::SignInEnded.into())
            }
            Traded::Unknown => Err(Refusal::SignInEnded.into()),
        }
    }

    /// Ends the sign-in that a refresh token belongs to, if it belongs to one.
    pub async fn logout(&self, token: &Secret) -> Answer<()> {
        if let Some(token) = RefreshToken::parse(token.expose()) {
            self.store.chain(&token).end(self.clock.now()).await?;
        }
        Ok(())
    }

    /// Ends every sign-in and every access token of the owner's, the one in use among them.
    pub async fn logout_everywhere(&self, owner: &Owner) -> Answer<()> {
        let is_there = self.store.sign_ins(owner).end_all(self.clock.now()).await?;
        if is_there { Ok(()) } else { Err(Refusal::Unauthenticated.into()) }
    }

    /// Where the owner is signed in.
    pub async fn sign_ins(&self, owner: &Owner) -> Answer<Vec<SignIn>> {
        Ok(self.store.sign_ins(owner).list(self.clock.now()).await?)
    }

    /// Those of the places where the owner is signed in, by their ids.
    pub async fn find_sign_ins(&self, owner: &Owner, ids: &[SignInId]) -> Answer<Vec<SignIn>> {
        Ok(self.store.sign_ins(owner).find(ids, self.clock.now()).await?)
    }

    /// Ends one of the owner's sign-ins and the access tokens that were issued from it.
    pub async fn end_sign_in(&self, owner: &Owner, id: SignInId) -> Answer<()> {
        let was_there = self.store.sign_ins(owner).end(id, self.clock.now()).await?;
        if was_there { Ok(()) } else { Err(Refusal::NotFound.into()) }
    }
}

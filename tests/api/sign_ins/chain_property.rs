//! Whatever is done to chains in whatever order, they do what the model does; also as another instance sees it.

use std::collections::HashSet;

use taskward::auth::{Issuer, PasswordHash, Recipient, RefreshToken, Salt, SigningKey, TokenRules, Verifier};
use taskward::email::EmailAddress;
use taskward::id::{SignInId, UserId};
use taskward::secret::Secret;
use taskward::store::{Account, Database, Migrate, NewSignIn, NewUser, Store, Traded};

use super::chain::{BEGIN, visit};
use super::chain_model::{ACCESS, Act, Expected, Model, RULES, acts};
use crate::on_both_databases;
use crate::support::property::for_all;

const EMAIL: &str = "ada@example.com";

/// The real thing beside the model: what was given out stands in the same places.
struct World<'a> {
    store: &'a Store,
    other: &'a Store,
    issuer: &'a Issuer,
    verifier: &'a Verifier,
    account: Account,
    model: Model,
    chains: Vec<SignInId>,
    tokens: Vec<RefreshToken>,
    accesses: Vec<String>,
}

impl World<'_> {
    fn give_access(&mut self, sign_in: SignInId, epoch: i32) {
        assert_eq!(epoch, self.model.epoch());
        let subject = Recipient { user: self.account.user.id, email: EMAIL, sign_in: Some(sign_in), epoch };
        let token = self.issuer.issue(&subject, self.model.now).expect("signed");
        self.accesses.push(token.text.expose().to_owned());
    }

    async fn begin(&mut self) {
        let token = RefreshToken::fresh(self.account.user.id).expect("random");
        let credentials = self.store.credentials();
        let new = NewSignIn::new(token, RULES, visit(self.model.now));
        assert!(credentials.begin_sign_in(&self.account, &new).await.expect("answered"));
        self.model.begin();
        self.chains.push(new.id);
        self.tokens.push(new.token);
        self.give_access(new.id, self.account.epoch);
    }

    async fn refresh(&mut self, token: usize) {
        let (salt, visit) = (Salt::fresh().expect("random"), visit(self.model.now));
        let traded = self.store.chain(&self.tokens[token]).trade(&salt, RULES, &visit).await;
        let id = self.chains[self.model.chain_of(token)];
        let expected = self.model.trade(token);
        match (expected, traded.expect("answered")) {
            (Expected::Fresh, Traded::For(successor, signed_in)) => {
                assert!(self.tokens.iter().all(|token| token.text() != successor.text()));
                assert_eq!(signed_in.id, id);
                self.tokens.push(successor);
                self.give_access(id, signed_in.epoch);
            }
            (Expected::Again(known), Traded::For(successor, signed_in)) => {
                assert_eq!(successor.text(), self.tokens[known].text());
                assert_eq!(signed_in.id, id);
                self.give_access(id, signed_in.epoch);
            }
            (Expected::Reused, Traded::Reused(ended)) => assert_eq!(ended, id),
            (Expected::Unknown, Traded::Unknown) => {}
            (expected, traded) => panic!("{expected:?}, but {traded:?}"),
        }
    }

    async fn act(&mut self, act: &Act) {
        let now = self.model.now;
        match act {
            Act::Pass(time) => self.model.now = now + *time,
            Act::Clean => {
                self.store.clean(now, now - RULES.grace).await.expect("cleaned");
                self.model.clean();
            }
            Act::SetPassword => {
                let (credentials, hash) = (self.store.credentials(), PasswordHash::from("$".to_owned()));
                let set = credentials.replace_password(&self.account, &hash, None, now).await;
                self.account = set.expect("answered").expect("she is there");
                self.model.end_all();
            }
            Act::EndAll => {
                if let Some(owner) = self.any_owner().await {
                    assert!(self.store.sign_ins(&owner).end_all(now).await.expect("answered"));
                    self.model.end_all();
                    let email = EmailAddress::parse(&self.account.user.email).expect("an address");
                    let account = self.store.credentials().by_email(&email).await.expect("answered");
                    self.account = account.expect("she is there");
                }
            }
            Act::Begin => self.begin().await,
            _ if self.tokens.is_empty() => {}
            Act::Refresh(at, newest) => {
                let token = at.index(self.model.tokens());
                self.refresh(if *newest { self.model.newest(token) } else { token }).await;
            }
            Act::Logout(at) => {
                let token = at.index(self.model.tokens());
                let chain = self.model.chain_of(token);
                let ended = self.store.chain(&self.tokens[token]).end(now).await.expect("answered");
                assert_eq!(ended, self.model.end(chain).then(|| self.chains[chain]));
            }
            Act::EndOne(at) => {
                let chain = at.index(self.model.chains());
                if let Some(owner) = self.any_owner().await {
                    let ended = self.store.sign_ins(&owner).end(self.chains[chain], now).await;
                    assert_eq!(ended.expect("answered"), self.model.end(chain));
                }
            }
        }
    }

    /// Somebody with an access token that still counts.
    async fn any_owner(&self) -> Option<taskward::store::Owner> {
        let now = self.model.now;
        for access in self.accesses.iter().rev() {
            let Ok(claims) = self.verifier.verify(access, now) else { continue };
            if let Some(owner) = self.store.owner(&claims, now).await.expect("answered") {
                return Some(owner);
            }
        }
        None
    }

    /// That every access token counts exactly where it should, here and at another instance, and that the list is right.
    async fn check(&self) {
        self.other.learn_cut_offs().await.expect("learned");
        for (at, access) in self.accesses.iter().enumerate() {
            let Ok(claims) = self.verifier.verify(access, self.model.now) else { continue };
            for store in [self.store, self.other] {
                let owner = store.owner(&claims, self.model.now).await.expect("answered");
                assert_eq!(owner.is_some(), self.model.spares(at), "access token {at}");
            }
        }
        if let Some(owner) = self.any_owner().await {
            let list = self.store.sign_ins(&owner).list(self.model.now).await.expect("answered");
            let listed: HashSet<_> = list.iter().map(|sign_in| sign_in.id).collect();
            let living = (0..self.chains.len()).filter(|chain| self.model.lives(*chain));
            assert_eq!(listed, living.map(|chain| self.chains[chain]).collect());
        }
    }
}

async fn account(store: &Store, number: usize) -> Account {
    let user = NewUser {
        id: UserId::fresh(),
        email: EmailAddress::parse(&format!("person{number}@example.com")).expect("an address"),
        name: None,
        password_hash: PasswordHash::from("$".to_owned()),
        now: BEGIN,
    };
    store.credentials().add(&user, None).await.expect("answered").expect("a new address")
}

on_both_databases! {
    async fn any_interleaving_of_use_and_ending_does_what_the_model_does(app: TestApp) {
        let database = Database { token_life: ACCESS, ..app.database.clone() };
        let store = Store::open(&database, Migrate::Check).await.expect("the database opens");
        let other = Store::open(&database, Migrate::Check).await.expect("the database opens");
        let secret = Secret::from("0123456789abcdef0123456789abcdef".to_owned());
        let name = || "taskward".to_owned();
        let rules = TokenRules { issuer: name(), audience: name(), lifetime: ACCESS };
        let issuer = Issuer::new(SigningKey::hs256(&secret).expect("a key"), rules);
        let verifier = issuer.verifier();
        let mut number = 0;
        for_all(100, acts(), async |acts| {
            number += 1;
            let mut world = World {
                store: &store,
                other: &other,
                issuer: &issuer,
                verifier: &verifier,
                account: account(&store, number).await,
                model: Model::at(BEGIN),
                chains: Vec::new(),
                tokens: Vec::new(),
                accesses: Vec::new(),
            };
            for act in &acts {
                world.act(act).await;
                world.check().await;
            }
        })
        .await;
    }
}

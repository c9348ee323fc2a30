//! Tokens that an honest issuer would not make.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Issuer, Recipient, TokenRules, Verifier};
use crate::auth::SigningKey;
use crate::id::{SignInId, UserId};
use crate::secret::Secret;
use crate::time::Timestamp;

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_250);

pub(super) fn user() -> UserId {
    UserId::from(uuid::uuid!("0188bac7-4afa-78aa-bc3b-bd1eef28d881"))
}

pub(super) fn sign_in() -> SignInId {
    SignInId::from(uuid::uuid!("0188bac7-4afa-78aa-bc3b-bd1eef28d882"))
}

pub(super) fn ada() -> Recipient<'static> {
    Recipient { user: user(), email: "ada@example.com", sign_in: Some(sign_in()), epoch: 3 }
}

pub(super) fn rules() -> TokenRules {
    TokenRules {
        issuer: "https://tasks.example".to_owned(),
        audience: "taskward".to_owned(),
        lifetime: Duration::from_hours(1),
    }
}

pub(super) fn ed25519() -> SigningKey {
    let folder = tempfile::tempdir().expect("a folder");
    SigningKey::ed25519_from_file(&folder.path().join("key.pem")).expect("a key")
}

pub(super) fn hs256() -> SigningKey {
    SigningKey::hs256(&Secret::from("0123456789abcdef0123456789abcdef".to_owned())).expect("a key")
}

/// An issuer, its verifier, and whoever got hold of the key.
pub(super) struct Forge {
    pub(super) issuer: Issuer,
    pub(super) verifier: Verifier,
}

impl Forge {
    pub(super) fn both() -> [Self; 2] {
        [ed25519(), hs256()].map(|key| {
            let issuer = Issuer::new(key, rules());
            let verifier = issuer.verifier();
            Self { issuer, verifier }
        })
    }

    pub(super) fn honest(&self) -> String {
        self.issuer.issue(&ada(), NOW).expect("signed").text.expose().to_owned()
    }

    pub(super) fn header(&self) -> Value {
        json!({ "typ": "at+jwt", "alg": self.issuer.key().algorithm(), "kid": self.issuer.key().kid() })
    }

    /// Two parts under a good signature, whatever they say.
    pub(super) fn sign(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", base64url(header), base64url(payload));
        let signature = self.issuer.key().sign(&signed).expect("signed");
        format!("{signed}.{signature}")
    }

    /// What the verifier says to good claims under a header with these members changed; `null` takes one out.
    pub(super) fn with_header(&self, changes: Value) -> Result<(), &'static str> {
        let token = self.sign(&changed(self.header(), changes).to_string(), &claims().to_string());
        self.verdict(&token)
    }

    /// What the verifier says to these claims changed; `null` takes one out.
    pub(super) fn with_claims(&self, changes: Value) -> Result<(), &'static str> {
        let token = self.sign(&self.header().to_string(), &changed(claims(), changes).to_string());
        self.verdict(&token)
    }

    pub(super) fn verdict(&self, token: &str) -> Result<(), &'static str> {
        match self.verifier.verify(token, NOW) {
            Ok(verified) => {
                assert_eq!(verified.user_id(), Some(user()));
                Ok(())
            }
            Err(rejected) => Err(rejected.reason()),
        }
    }
}

pub(super) fn claims() -> Value {
    json!({
        "iss": rules().issuer,
        "aud": rules().audience,
        "sub": user().to_string(),
        "user_id": user().to_string(),
        "iat": NOW.seconds(),
        "exp": NOW.seconds() + 3600,
    })
}

pub(super) fn base64url(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

pub(super) fn changed(mut object: Value, changes: Value) -> Value {
    let (Value::Object(members), Value::Object(changes)) = (&mut object, changes) else {
        panic!("both are objects");
    };
    for (name, value) in changes {
        match value {
            Value::Null => members.remove(&name),
            value => members.insert(name, value),
        };
    }
    object
}

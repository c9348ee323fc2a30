//! Tokens that an honest server would not make.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::Value;

use super::TestApp;

/// What a token says, whoever signed it.
pub fn claims(token: &str) -> Value {
    part(token, 1)
}

fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// These members changed; `null` takes one out.
pub fn changed(mut object: Value, changes: Value) -> String {
    let Value::Object(changes) = changes else { panic!("an object") };
    for (name, value) in changes {
        match value {
            Value::Null => drop(object.as_object_mut().expect("an object").remove(&name)),
            value => object[name] = value,
        }
    }
    object.to_string()
}

/// Somebody who got hold of the server's own key, and of an honest token.
pub struct Forger {
    key: EncodingKey,
    pub header: Value,
    pub claims: Value,
}

impl Forger {
    pub fn new(app: &TestApp, token: &str) -> Self {
        let pem = std::fs::read(&app.key_file).expect("the key is there");
        let key = EncodingKey::from_ed_pem(&pem).expect("a key");
        Self { key, header: part(token, 0), claims: part(token, 1) }
    }

    /// A good signature of any two texts.
    pub fn sign(&self, header: &str, claims: &str) -> String {
        sign_with(&self.key, Algorithm::EdDSA, header, claims)
    }

    pub fn with_header(&self, changes: Value) -> String {
        self.sign(&changed(self.header.clone(), changes), &self.claims.to_string())
    }

    pub fn with_claims(&self, changes: Value) -> String {
        self.sign(&self.header.to_string(), &changed(self.claims.clone(), changes))
    }

    /// Signed with the HMAC of a text that everybody knows.
    pub fn with_hmac(&self, secret: &[u8], changes: Value) -> String {
        let header = changed(self.header.clone(), changes);
        sign_with(&EncodingKey::from_secret(secret), Algorithm::HS256, &header, &self.claims.to_string())
    }
}

/// Two texts under this key's signature.
pub fn sign_with(key: &EncodingKey, algorithm: Algorithm, header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = crypto::sign(signed.as_bytes(), key, algorithm).expect("signed");
    format!("{signed}.{signature}")
}

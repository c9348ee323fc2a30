//! An issuer beside the server: keys of every kind, and a place that publishes them, or does whatever a place may do.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaKeyPair,
};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use taskward::auth::{Algorithm, ClaimPath, ClaimPaths, KeySource, OtherRules};
use taskward::fetch::{Address, Fetcher};
use taskward::time::Clock;
use tokio::net::TcpListener;

use super::forger::changed;

/// A key pair of one of the kinds that are published.
pub enum Key {
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
    Ps256(RsaKeyPair),
}

impl Key {
    pub fn eddsa() -> Self {
        Self::EdDsa(Ed25519KeyPair::generate().expect("a key"))
    }

    pub fn es256() -> Self {
        Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
    }

    pub fn rs256() -> Self {
        Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"))
    }

    pub fn ps256() -> Self {
        Self::Ps256(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"))
    }

    pub fn alg(&self) -> &'static str {
        match self {
            Self::EdDsa(_) => "EdDSA",
            Self::Es256(_) => "ES256",
            Self::Rs256(_) => "RS256",
            Self::Ps256(_) => "PS256",
        }
    }

    /// As Better Auth publishes it: without a use.
    pub fn jwk(&self, kid: &str) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match self {
            Self::EdDsa(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": text(pair.public_key().as_ref()) })
            }
            Self::Es256(pair) => {
                let point = pair.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..]) })
            }
            Self::Rs256(pair) | Self::Ps256(pair) => {
                // RSAPublicKey of RFC 8017: a sequence of the modulus, here with a zero before it, and 65537.
                let der = pair.public_key().as_ref();
                json!({ "kty": "RSA", "n": text(&der[9..265]), "e": text(&der[267..]) })
            }
        };
        jwk["kid"] = kid.into();
        jwk["alg"] = self.alg().into();
        jwk
    }

    /// Two texts under this key's signature.
    pub fn sign(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let (text, random) = (signed.as_bytes(), SystemRandom::new());
        let rsa = |pair: &RsaKeyPair, padding| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(padding, &random, text, &mut signature).expect("signed");
            signature
        };
        let signature = match self {
            Self::EdDsa(pair) => pair.sign(text).as_ref().to_vec(),
            Self::Es256(pair) => pair.sign(&random, text).expect("signed").as_ref().to_vec(),
            Self::Rs256(pair) => rsa(pair, &RSA_PKCS1_SHA256),
            Self::Ps256(pair) => rsa(pair, &RSA_PSS_SHA256),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What the place of the keys does when it is asked.
#[derive(Clone)]
pub enum Mood {
    Publishes(Value),
    Fails,
    Never,
    Floods,
    /// To this address.
    Redirects(String),
}

#[derive(Clone)]
struct Stand {
    mood: Arc<Mutex<Mood>>,
    asked: Arc<AtomicUsize>,
}

/// An issuer that signs with one key at a time.
pub struct FakeIssuer {
    pub name: String,
    pub key: Key,
    pub kid: String,
    pub address: SocketAddr,
    stand: Stand,
}

pub const AUDIENCE: &str = "tasks";

impl FakeIssuer {
    pub async fn start(key: Key) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("bound");
        let kid = "first".to_owned();
        let mood = Mood::Publishes(json!({ "keys": [key.jwk(&kid)] }));
        let stand = Stand { mood: Arc::new(Mutex::new(mood)), asked: Arc::default() };
        let router = Router::new().fallback(answer).with_state(stand.clone());
        tokio::spawn(async move { axum_serve(listener, router).await });
        Self { name: format!("http://{address}"), key, kid, address, stand }
    }

    pub fn set(&self, mood: Mood) {
        *self.stand.mood.lock().expect("not poisoned") = mood;
    }

    /// How often anybody asked for the keys.
    pub fn asked(&self) -> usize {
        self.stand.asked.load(Ordering::SeqCst)
    }

    /// Signs with another key from here on; the old one is published beside it or not.
    pub fn rotate(&mut self, key: Key, kid: &str, keep_old: bool) {
        let old = keep_old.then(|| self.key.jwk(&self.kid));
        (self.key, self.kid) = (key, kid.to_owned());
        let keys: Vec<_> = old.into_iter().chain([self.key.jwk(kid)]).collect();
        self.set(Mood::Publishes(json!({ "keys": keys })));
    }

    /// What a server is told of it, to ask as often as it likes.
    pub fn rules(&self) -> OtherRules {
        self.rules_with(Duration::ZERO, Duration::from_hours(1))
    }

    pub fn rules_with(&self, interval: Duration, max_age: Duration) -> OtherRules {
        let address = Address::parse(&format!("http://{}/jwks", self.address)).expect("an address");
        let fetcher = Fetcher::new().expect("a client");
        OtherRules {
            issuer: self.name.clone(),
            audience: AUDIENCE.to_owned(),
            algorithms: Algorithm::PUBLISHED.to_vec(),
            claims: paths(),
            keys: KeySource::Jwks { address, fetcher, interval, max_age },
        }
    }

    pub fn header(&self) -> Value {
        json!({ "alg": self.key.alg(), "kid": self.kid })
    }

    pub fn claims(&self, sub: &str) -> Value {
        let now = Clock.now().seconds();
        json!({
            "iss": self.name, "aud": AUDIENCE, "sub": sub, "iat": now, "exp": now + 900,
            "id": sub, "email": format!("{sub}@example.com"), "name": sub, "emailVerified": false, "image": null,
        })
    }

    /// A good token of this user's.
    pub fn token(&self, sub: &str) -> String {
        self.token_with(sub, json!({}))
    }

    pub fn token_with(&self, sub: &str, changes: Value) -> String {
        self.key.sign(&self.header().to_string(), &changed(self.claims(sub), changes))
    }
}

pub fn paths() -> ClaimPaths {
    let path = |text| ClaimPath::parse(text).expect("a path");
    ClaimPaths { id: path("sub"), email: path("email"), name: path("name") }
}

async fn answer(State(stand): State<Stand>, uri: Uri) -> Response<Body> {
    stand.asked.fetch_add(1, Ordering::SeqCst);
    let mood = stand.mood.lock().expect("not poisoned").clone();
    match mood {
        Mood::Publishes(keys) => Response::new(keys.to_string().into()),
        Mood::Fails => Response::builder().status(500).body(Body::empty()).expect("an answer"),
        Mood::Never => std::future::pending().await,
        Mood::Floods => Response::new(vec![b' '; 1 << 20].into()),
        Mood::Redirects(to) if uri.path() == "/jwks" => {
            Response::builder().status(308).header("location", to).body(Body::empty()).expect("an answer")
        }
        Mood::Redirects(_) => {
            let keys = json!({ "keys": [] });
            Response::new(keys.to_string().into())
        }
    }
}

async fn axum_serve(listener: TcpListener, router: Router) {
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use hyper_util::server::conn::auto::Builder;
    use hyper_util::service::TowerToHyperService;
    while let Ok((stream, _)) = listener.accept().await {
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await
        });
    }
}

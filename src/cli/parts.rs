//! The parts that every command which works with the data puts together in the same way.

use std::sync::Arc;

use super::database::{database, migrate};
use super::{Failed, issuers};
use crate::auth::{HashParams, Issuer, PasswordPolicy, Passwords, SigningKey, TokenRules, Verifiers};
use crate::service::Services;
use crate::settings::{Settings, Signing};
use crate::store::Store;
use crate::throttle::Throttle;
use crate::time::Clock;

/// What the settings ask for, ready to work.
pub(super) struct Parts {
    /// Where the data is, fit to be shown.
    pub(super) place: String,
    pub(super) services: Arc<Services>,
    pub(super) verifiers: Verifiers,
    /// The published keys.
    pub(super) keys: serde_json::Value,
}

impl Parts {
    pub(super) async fn assemble(settings: &Settings) -> Result<Self, Failed> {
        let key = signing_key(settings)?;
        let keys = key.jwks();
        let issuer = Arc::new(Issuer::new(key, token_rules(settings)));
        let verifiers = Verifiers::new(issuer.verifier(), issuers::others(settings)?);
        let passwords =
            Passwords::new(HashParams::default(), settings.hashing_at_once(), settings.hashing_queue)
                .map_err(Failed::new)?;
        let database = database(settings);
        let place = database.describe().map_err(Failed::new)?;
        let store = Store::open(&database, migrate(settings)).await.map_err(Failed::new)?;
        let services = Services {
            store,
            passwords,
            password_policy: PasswordPolicy { min_length: settings.password_min_length },
            issuer: Arc::clone(&issuer),
            throttle: if settings.rate_limits.is_on() { Throttle::on() } else { Throttle::off() },
            clock: Clock,
        };
        Ok(Self { place, services: Arc::new(services), verifiers, keys })
    }
}

/// What the settings say of own tokens, for whoever only looks at some: where there is no key, none is made.
pub(super) fn issuer_without_making_a_key(settings: &Settings) -> Result<Issuer, Failed> {
    let key = match settings.signing()? {
        Signing::EdDsa(file) if !file.exists() => SigningKey::ed25519_unkept().map_err(Failed::new)?,
        _ => signing_key(settings)?,
    };
    Ok(Issuer::new(key, token_rules(settings)))
}

fn token_rules(settings: &Settings) -> TokenRules {
    TokenRules {
        issuer: settings.jwt_issuer.clone(),
        audience: settings.jwt_audience.clone(),
        lifetime: settings.jwt_expiration,
    }
}

fn signing_key(settings: &Settings) -> Result<SigningKey, Failed> {
    match settings.signing()? {
        Signing::EdDsa(file) => SigningKey::ed25519_from_file(&file)
            .map_err(|fault| Failed::new(format_args!("DATA_DIR: {fault}."))),
        Signing::Hs256(secret) => {
            SigningKey::hs256(&secret).map_err(|fault| Failed::new(format_args!("JWT_SECRET: {fault}.")))
        }
    }
}

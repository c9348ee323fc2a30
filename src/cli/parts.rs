//! The parts that every command which works with the data puts together in the same way.

use std::sync::Arc;
use std::time::Duration;

use super::database::{database, migrate};
use super::{Failed, issuers};
use crate::auth::{
    HashParams, Issuer, KeyFault, KeyRing, PasswordPolicy, Passwords, SigningKey, TokenRules, Verifiers,
};
use crate::secret::Secret;
use crate::service::{Readings, Services};
use crate::settings::{Settings, Signing};
use crate::store::{RefreshRules, Store};
use crate::throttle::Throttle;
use crate::time::Clock;

/// What the settings ask for, ready to work.
pub(super) struct Parts {
    /// Where the data is, fit to be shown.
    pub(super) place: String,
    pub(super) services: Arc<Services>,
    pub(super) verifiers: Verifiers,
    pub(super) keys: KeyRing,
}

impl Parts {
    pub(super) async fn assemble(settings: &Settings) -> Result<Self, Failed> {
        let keys = keys(settings)?;
        let issuer = Arc::new(Issuer::new(keys.clone(), token_rules(settings)));
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
            refresh: settings.refresh_tokens.is_on().then_some(RefreshRules {
                idle: settings.refresh_idle,
                lifetime: settings.refresh_lifetime,
                grace: settings.refresh_grace,
            }),
            readings: Readings::default(),
            changes_retention: settings.changes_retention,
            throttle: if settings.rate_limits.is_on() { Throttle::on() } else { Throttle::off() },
            clock: Clock,
        };
        Ok(Self { place, services: Arc::new(services), verifiers, keys })
    }
}

/// What the settings say of own tokens, for whoever only looks at some: no key is made, and none is written to.
pub(super) fn issuer_without_making_a_key(settings: &Settings) -> Result<Issuer, Failed> {
    let keys = match settings.signing()? {
        Signing::EdDsa(file) if file.exists() => {
            KeyRing::ed25519_from_file(&file, Duration::ZERO, Clock).map_err(|fault| in_data_dir(&fault))?
        }
        Signing::EdDsa(_) => SigningKey::ed25519_unkept().map_err(Failed::new)?.into(),
        Signing::Hs256(secret) => shared_secrets(settings, &secret)?,
    };
    Ok(Issuer::new(keys, token_rules(settings)))
}

fn token_rules(settings: &Settings) -> TokenRules {
    TokenRules {
        issuer: settings.jwt_issuer.clone(),
        audience: settings.jwt_audience.clone(),
        lifetime: settings.jwt_expiration,
    }
}

/// The keys that the settings lead to; makes the first one.
fn keys(settings: &Settings) -> Result<KeyRing, Failed> {
    match settings.signing()? {
        Signing::EdDsa(file) => KeyRing::ed25519_from_file(&file, settings.jwt_expiration, Clock)
            .map_err(|fault| in_data_dir(&fault)),
        Signing::Hs256(secret) => shared_secrets(settings, &secret),
    }
}

/// The keys made of secrets, of which this one signs.
pub(super) fn shared_secrets(settings: &Settings, secret: &Secret) -> Result<KeyRing, Failed> {
    KeyRing::hs256(secret, &settings.jwt_secret_previous).map_err(|fault| {
        let (name, fault) = match &fault {
            KeyFault::Previous(fault) => ("JWT_SECRET_PREVIOUS", fault.as_ref()),
            fault => ("JWT_SECRET", fault),
        };
        Failed::new(format_args!("{name}: {fault}."))
    })
}

/// The sentence about a key in the data folder.
pub(super) fn in_data_dir(fault: &KeyFault) -> Failed {
    Failed::new(format_args!("DATA_DIR: {fault}."))
}

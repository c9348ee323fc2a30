//! The parts that every command which works with the data puts together in the same way.

use std::sync::Arc;

use super::Failed;
use super::database::{database, migrate};
use crate::auth::{HashParams, Issuer, KeyFault, KeyRing, PasswordPolicy, Passwords, TokenRules, Verifier};
use crate::secret::Secret;
use crate::service::Services;
use crate::settings::{Settings, Signing};
use crate::store::{RefreshRules, Store};
use crate::throttle::Throttle;
use crate::time::Clock;

/// What the settings ask for, ready to work.
pub(super) struct Parts {
    /// Where the data is, fit to be shown.
    pub(super) place: String,
    pub(super) services: Arc<Services>,
    pub(super) verifier: Verifier,
    pub(super) keys: KeyRing,
}

impl Parts {
    pub(super) async fn assemble(settings: &Settings) -> Result<Self, Failed> {
        let keys = keys(settings)?;
        let rules = TokenRules {
            issuer: settings.jwt_issuer.clone(),
            audience: settings.jwt_audience.clone(),
            lifetime: settings.jwt_expiration,
        };
        let issuer = Arc::new(Issuer::new(keys.clone(), rules));
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
            throttle: if settings.rate_limits.is_on() { Throttle::on() } else { Throttle::off() },
            clock: Clock,
        };
        Ok(Self { place, services: Arc::new(services), verifier: issuer.verifier(), keys })
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

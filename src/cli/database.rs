//! Where the settings say that the data is.

use crate::auth::OtherIssuers;
use crate::settings::Settings;
use crate::store::{Database, Migrate};

/// The database that the settings lead to.
pub(super) fn database(settings: &Settings) -> Database {
    Database {
        url: settings.database_url(),
        connections: settings.database_pool,
        wait: settings.database_wait,
        statement: settings.request_timeout,
        // Whether other issuers are trusted may change while their tokens live.
        token_life: settings.jwt_expiration.max(OtherIssuers::LONGEST_LIFE),
    }
}

/// What a start does about old tables.
pub(super) fn migrate(settings: &Settings) -> Migrate {
    if settings.migrate.is_on() { Migrate::Run } else { Migrate::Check }
}

//! Where the settings say that the data is.

use std::time::Duration;

use crate::auth::OtherIssuers;
use crate::settings::Settings;
use crate::store::{Database, Migrate};

/// How much longer than a request a statement may take: the request ends it itself, unless it cannot.
const OVERTIME: Duration = Duration::from_secs(5);

/// The database that the settings lead to.
pub(super) fn database(settings: &Settings) -> Database {
    Database {
        url: settings.database_url(),
        connections: settings.database_pool,
        wait: settings.database_wait,
        statement: settings.request_timeout + OVERTIME,
        // Whether other issuers are trusted may change while their tokens live.
        token_life: settings.jwt_expiration.max(OtherIssuers::LONGEST_LIFE),
    }
}

/// What a start does about old tables.
pub(super) fn migrate(settings: &Settings) -> Migrate {
    if settings.migrate.is_on() { Migrate::Run } else { Migrate::Check }
}

//! `taskward migrate`, for those who set `MIGRATE=off` and choose the moment themselves.

use std::io::{self, Write};

use super::database::database;
use super::{Failed, block_on, log};
use crate::settings::Settings;
use crate::store::Store;

pub(super) fn run(settings: &Settings) -> Result<(), Failed> {
    let _log = log::start(&settings.log)?;
    let database = database(settings);
    let place = database.describe().map_err(Failed::new)?;
    block_on(async { Store::migrate(&database).await.map_err(Failed::new) })?;
    Ok(writeln!(io::stdout(), "The tables are up to date. ({place})")?)
}

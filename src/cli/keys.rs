//! `taskward keys`: which keys tokens are signed and checked with, and the change to a new one.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Failed;
use super::parts::{in_data_dir, shared_secrets};
use crate::auth::{KeyFile, ListedKey};
use crate::settings::{Settings, Signing};
use crate::time::Clock;

const ROTATION_OF_SECRETS: &str = "JWT_SECRET signs the tokens, and is not Taskward's to change: set a new one, put \
    the present one into JWT_SECRET_PREVIOUS until its last token has ended, and start the servers again.";

const ROTATE: &str = "Make a new key that signs from here on; the one before it verifies until its last token has ended\n\n\
    The new key takes the place of the old one in DATA_DIR. Servers that run there notice within a second, and no \
    request is refused meanwhile. Of the old key nothing but the public half is kept, for as long as a token that it \
    signed can count. A server with a DATA_DIR of its own needs a copy of signing-key.pem: write it beside the old one \
    under another name, and rename it.";

/// What to do with the keys.
#[derive(Debug, Clone, Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Show the keys that tokens are signed and checked with, the newest first
    List {
        /// Print JSON, for scripts
        #[arg(long)]
        json: bool,
    },
    /// Make a new key that signs from here on; the one before it verifies until its last token has ended
    #[command(long_about = ROTATE)]
    Rotate {
        /// Refuse every token signed before, at once: for a key that others may have got hold of
        #[arg(long)]
        revoke: bool,
        /// Print JSON, for scripts: what `keys list --json` prints
        #[arg(long)]
        json: bool,
    },
}

/// A key as scripts read it, under the names that the API would give it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    kid: String,
    algorithm: &'static str,
    signs: bool,
    made_at: Option<String>,
    retired_at: Option<String>,
    verifies_until: Option<String>,
}

#[derive(Serialize)]
struct List<'k> {
    keys: &'k [Shown],
}

pub(super) fn run(settings: &Settings, keys: &Keys) -> Result<(), Failed> {
    let signing = settings.signing()?;
    match &keys.command {
        Command::List { json } => {
            let (place, keys) = match signing {
                Signing::EdDsa(file) => {
                    let keys = KeyFile::at(&file).list(Clock.now()).map_err(|fault| in_data_dir(&fault))?;
                    (file.display().to_string(), keys.iter().map(Shown::from).collect())
                }
                Signing::Hs256(secret) => {
                    let keys = shared_secrets(settings, &secret)?.accepted();
                    let shown = keys.kids().enumerate().map(|(place, kid)| Shown::shared(kid, place == 0));
                    ("JWT_SECRET and JWT_SECRET_PREVIOUS".to_owned(), shown.collect::<Vec<_>>())
                }
            };
            print(&format!("Keys in {place}, the newest first:"), &keys, *json)
        }
        Command::Rotate { revoke, json } => {
            let Signing::EdDsa(file) = signing else { return Err(Failed::new(ROTATION_OF_SECRETS)) };
            let rotated = KeyFile::at(&file).rotate(settings.jwt_expiration, *revoke, Clock.now());
            let keys: Vec<_> =
                rotated.map_err(|fault| in_data_dir(&fault))?.iter().map(Shown::from).collect();
            let title =
                "The first key is new and signs from here on; servers that run notice within a second:";
            print(title, &keys, *json)
        }
    }
}

fn print(title: &str, keys: &[Shown], json: bool) -> Result<(), Failed> {
    let text = if json {
        serde_json::to_string_pretty(&List { keys }).map_err(Failed::new)?
    } else {
        let lines: Vec<_> = keys.iter().map(|key| format!("  {}  {}", key.kid, key.state())).collect();
        format!("{title}\n\n{}", lines.join("\n"))
    };
    Ok(writeln!(io::stdout(), "{text}")?)
}

impl Shown {
    /// A secret has no dates: it is whoever set it that knows them.
    fn shared(kid: &str, signs: bool) -> Self {
        let kid = kid.to_owned();
        Self { kid, algorithm: "HS256", signs, made_at: None, retired_at: None, verifies_until: None }
    }

    fn state(&self) -> String {
        match (&self.made_at, &self.verifies_until) {
            (_, Some(end)) => format!("verifies until {end}"),
            (Some(begin), _) => format!("signs since {begin}"),
            _ if self.signs => "signs".to_owned(),
            _ => "verifies".to_owned(),
        }
    }
}

impl From<&ListedKey> for Shown {
    fn from(key: &ListedKey) -> Self {
        Self {
            kid: key.kid.clone(),
            algorithm: "EdDSA",
            signs: key.retired.is_none(),
            made_at: key.made_at.map(|at| at.to_string()),
            retired_at: key.retired.map(|retired| retired.since.to_string()),
            verifies_until: key.retired.map(|retired| retired.verifies_until.to_string()),
        }
    }
}

//! `taskward user`: accounts, for whoever runs the server. Servers that run learn of it within a second.

mod show;

use std::io::{self, Write};

use clap::{Args, Subcommand};

use crate::email::EmailAddress;
use crate::id::UserId;
use crate::settings::Settings;
use crate::store::{Migrate, Overview, Store};
use crate::time::Clock;

use super::database::database;
use super::{Failed, block_on, log};

/// Accounts that are read at once.
const BATCH: i64 = 1000;

#[derive(Debug, Clone, Args)]
pub(super) struct User {
    #[command(subcommand)]
    what: What,
}

/// What to do, and to whom.
#[derive(Debug, Clone, Subcommand)]
enum What {
    /// List all accounts, the oldest first
    List {
        #[command(flatten)]
        form: Form,
    },
    /// Show one account, and how much it owns
    Show(Whom),
    /// Keep someone out: end every sign-in and every token, and let none begin
    Disable(Whom),
    /// Let someone in again
    Enable(Whom),
    /// Erase an account and everything it owns
    Delete {
        #[command(flatten)]
        whom: Whom,
        /// Do it; without this it is only said what would be erased
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Clone, Args)]
struct Whom {
    /// The account's email address, or its id (user_…)
    #[arg(value_name = "EMAIL|ID")]
    user: String,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, Clone, Copy, Args)]
struct Form {
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(settings: &Settings, user: &User) -> Result<(), Failed> {
    let _log = log::start(&settings.log)?;
    block_on(async {
        // A look at accounts is no reason to change tables.
        let store = Store::open(&database(settings), Migrate::Check).await.map_err(Failed::new)?;
        let done = act(&store, &user.what).await;
        store.close().await;
        done
    })
}

async fn act(store: &Store, what: &What) -> Result<(), Failed> {
    let (operator, now) = (store.operator(), Clock.now());
    match what {
        What::List { form } => list(store, *form).await,
        What::Show(whom) => {
            let found = find(store, whom).await?;
            let belongings = operator.belongings(found.id, now).await.map_err(Failed::new)?;
            print(&show::one(&found, Some(belongings), whom.form.json))
        }
        What::Disable(whom) => {
            let found = find(store, whom).await?;
            operator.disable(found.id, now).await.map_err(Failed::new)?;
            again(store, whom).await
        }
        What::Enable(whom) => {
            let found = find(store, whom).await?;
            operator.enable(found.id).await.map_err(Failed::new)?;
            again(store, whom).await
        }
        What::Delete { whom, yes } => {
            let found = find(store, whom).await?;
            let belongings = operator.belongings(found.id, now).await.map_err(Failed::new)?;
            print(&show::one(&found, Some(belongings), whom.form.json))?;
            if !yes {
                return Err(Failed::new(
                    "Nothing was erased. Say --yes to erase this account and all it owns.",
                ));
            }
            operator.delete(found.id, now).await.map_err(Failed::new)?;
            if whom.form.json { Ok(()) } else { print("Erased.\n") }
        }
    }
}

async fn list(store: &Store, form: Form) -> Result<(), Failed> {
    let mut after = None;
    if !form.json {
        print(&show::head())?;
    }
    loop {
        let page = store.operator().list(after, BATCH).await.map_err(Failed::new)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id);
        let lines: String = page
            .iter()
            .map(|account| if form.json { show::one(account, None, true) } else { show::row(account) })
            .collect();
        print(&lines)?;
    }
}

async fn find(store: &Store, whom: &Whom) -> Result<Overview, Failed> {
    let operator = store.operator();
    let found = if whom.user.contains('@') {
        let email = EmailAddress::parse(&whom.user).map_err(Failed::new)?;
        operator.find_by_email(&email).await
    } else {
        let id: UserId = whom.user.parse().map_err(|_| {
            Failed::new("EMAIL|ID must be an email address, or an id: user_ and 26 characters.")
        })?;
        operator.find(id).await
    };
    found.map_err(Failed::new)?.ok_or_else(|| Failed::new("There is no such account."))
}

/// What became of the account.
async fn again(store: &Store, whom: &Whom) -> Result<(), Failed> {
    print(&show::one(&find(store, whom).await?, None, whom.form.json))
}

fn print(text: &str) -> Result<(), Failed> {
    match io::stdout().write_all(text.as_bytes()) {
        // `taskward user list | head` is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

//! `taskward user`: accounts, for whoever runs the server. Servers that run learn of it within a second.

mod show;

use std::io::{self, Write};
use std::net::SocketAddr;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::email::EmailAddress;
use crate::id::UserId;
use crate::service::{Failure, ResetLink};
use crate::settings::Settings;
use crate::store::{Migrate, Overview, Store};
use crate::time::Clock;

use super::database::database;
use super::{Failed, block_on, log, mails};

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
    /// Make a link that lets someone choose a new password; any link sent before stops working
    ResetLink(Whom),
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
        let done = act(&store, settings, &user.what).await;
        store.close().await;
        done
    })
}

async fn act(store: &Store, settings: &Settings, what: &What) -> Result<(), Failed> {
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
        What::ResetLink(whom) => reset_link(store, settings, whom).await,
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

/// The only place where such a link is shown: whoever reads the terminal, and whoever it is handed to, can use it once.
async fn reset_link(store: &Store, settings: &Settings, whom: &Whom) -> Result<(), Failed> {
    let user = find(store, whom).await?.id;
    let app = mails::app_url(settings, SocketAddr::new(settings.host, settings.port))?;
    let made = ResetLink::make(store, user, &app, Clock.now()).await;
    let made = made.map_err(|failure| match failure {
        Failure::Unavailable(_, Some(fault)) | Failure::Unsettled(fault) | Failure::Broken(fault) => {
            Failed::new(fault)
        }
        _ => Failed::new("The link could not be made."),
    })?;
    let ResetLink { link, until } = made.ok_or_else(|| {
        Failed::new(
            "This account is disabled, or another issuer signs its user in: there is no password to choose.",
        )
    })?;
    print(&if whom.form.json {
        format!("{}\n", json!({ "link": link.expose(), "until": until.to_string() }))
    } else {
        format!("{}\nIt works once, until {until}.\n", link.expose())
    })
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

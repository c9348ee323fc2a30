//! `taskward demo`: an account with as many realistic tasks as are wanted, to try things on.

mod story;

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use uuid::Uuid;

use crate::email::EmailAddress;
use crate::field::{Color, PersonName, TagName};
use crate::id::TagId;
use crate::secret::Secret;
use crate::service::{Client, Failure, Refusal, Registration};
use crate::settings::Settings;
use crate::store::{NewTag, Owner};
use crate::time::Timestamp;

use super::parts::Parts;
use super::{Failed, block_on, log};

/// Tasks that are written in one transaction.
const BATCH: u64 = 20_000;

/// What a demonstration shall be like.
#[derive(Debug, Clone, Args)]
pub(super) struct Demo {
    /// How many tasks
    #[arg(long, value_name = "N", default_value = "200", value_parser = clap::value_parser!(u64).range(0..=5_000_000))]
    tasks: u64,
    /// Email address of the account
    #[arg(long, value_name = "ADDRESS", default_value = "demo@taskward.example")]
    email: String,
}

pub(super) fn run(settings: &Settings, demo: &Demo) -> Result<(), Failed> {
    let _log = log::start(&settings.log)?;
    block_on(fill(settings, demo))
}

async fn fill(settings: &Settings, demo: &Demo) -> Result<(), Failed> {
    let parts = Parts::assemble(settings).await?;
    // Whoever knows this text could read the account, so that it is made up each time.
    let password = Secret::from(Uuid::new_v4().simple().to_string());
    let registration = Registration {
        email: EmailAddress::parse(&demo.email).map_err(Failed::new)?,
        password: password.clone(),
        name: PersonName::parse_optional("Demo").map_err(Failed::new)?,
    };
    let client = Client { address: IpAddr::V4(Ipv4Addr::LOCALHOST), user_agent: None };
    let session = parts.services.register(registration, &client).await;
    let session = session.map_err(told)?;
    let now = parts.services.clock.now();
    let claims =
        parts.services.issuer.verifier().verify(session.token.text.expose(), now).map_err(Failed::new)?;
    let owner = parts.services.store.owner(&claims, now).await.map_err(Failed::new)?;
    let owner = owner.ok_or_else(|| Failed::new("The account is gone already."))?;

    let tags = add_tags(&parts, &owner, now).await?;
    let bar = ProgressBar::new(demo.tasks).with_style(style()?);
    // The oldest first, as time would have made them: every index by age grows at its end.
    for done in (0..demo.tasks).step_by(usize::try_from(BATCH).map_err(Failed::new)?) {
        let left = demo.tasks - done;
        let batch: Result<Vec<_>, _> =
            (left.saturating_sub(BATCH)..left).rev().map(|number| story::task(number, now, &tags)).collect();
        let batch = batch.map_err(Failed::new)?;
        let added = parts.services.store.tasks(&owner).add_many(&batch).await.map_err(Failed::new)?;
        added.map_err(|missed| told(Failure::from(missed)))?;
        bar.inc(batch.len() as u64);
    }
    bar.finish();
    parts.services.store.close().await;
    writeln!(io::stdout(), "{} tasks in {}.\n", demo.tasks, parts.place)?;
    writeln!(io::stdout(), "  Email     {}\n  Password  {}", demo.email, password.expose())?;
    Ok(())
}

async fn add_tags(parts: &Parts, owner: &Owner, now: Timestamp) -> Result<Vec<TagId>, Failed> {
    let mut ids = Vec::new();
    for (name, color) in story::TAGS {
        let tag = NewTag {
            id: None,
            name: TagName::parse(name).map_err(Failed::new)?,
            color: Some(Color::parse(color).map_err(Failed::new)?),
        };
        let added = parts.services.store.tags(owner).add(&tag, now).await.map_err(Failed::new)?;
        let (tag, _) = added.map_err(|missed| told(Failure::from(missed)))?;
        ids.push(tag.id);
    }
    Ok(ids)
}

fn style() -> Result<ProgressStyle, Failed> {
    ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} tasks, {per_sec}, {eta} left")
        .map_err(Failed::new)
}

/// A failure in words for the person at the keyboard.
fn told(failure: Failure) -> Failed {
    match failure {
        Failure::Refused(Refusal::Conflict(sentence)) => {
            Failed::new(format_args!("{sentence} Choose another address with --email."))
        }
        Failure::Refused(Refusal::Invalid(invalid)) => Failed::new(invalid),
        Failure::Unavailable(_, Some(fault)) | Failure::Unsettled(fault) | Failure::Broken(fault) => {
            Failed::new(fault)
        }
        _ => Failed::new("The demonstration cannot be made now: try again."),
    }
}

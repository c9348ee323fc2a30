//! The API as its users meet it: over HTTP, on both databases. The files mirror the schema.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod access;
mod changes;
mod create_task;
mod delete_task;
mod email_verification;
mod endpoint;
mod issuers;
mod limits;
mod login;
mod mails;
mod node;
mod operator;
mod password_reset;
mod reach;
mod register;
mod rev;
mod sign_ins;
mod statements;
mod strangers;
mod tags;
mod tasks;
mod throttle;
mod tokens;
mod update_profile;
mod update_task;

//! Who is there: rows in the database, as hashing a password for each would take longer than all the rest.
#![expect(clippy::disallowed_methods, reason = "makes users, and reads nothing that is theirs")]

use std::path::Path;

use sqlx::{Connection, PgConnection, SqliteConnection};
use taskward::auth::{Issuer, Recipient};
use taskward::id::UserId;
use taskward::time::Clock;

use crate::client::Request;
use crate::floor;
use crate::row::Row;

const ADD: &str =
    "insert into users (id, email, email_key, created_at, updated_at) values ($1, $2, $2, $3, $3)";
const ADD_CLOCK: &str = "insert into owner_clock (owner_id, rev) values ($1, 0)";

pub struct Person {
    id: UserId,
    pub token: String,
}

impl Person {
    fn fresh(issuer: &Issuer) -> Self {
        let id = UserId::fresh();
        let recipient = Recipient { user: id, email: "somebody@taskward.example", sign_in: None, epoch: 0 };
        let token = issuer.issue(&recipient, Clock.now()).expect("a token").text.expose().to_owned();
        Self { id, token }
    }

    /// What adds a task of theirs.
    pub fn write(&self) -> Request {
        Row::CreateTask.graphql(&self.token)
    }
}

macro_rules! add {
    ($connection:ty, $url:expr, $people:expr) => {{
        let mut connection = <$connection>::connect($url).await.expect("the database");
        let mut transaction = connection.begin().await.expect("a transaction");
        for person in $people {
            let email = format!("{}@taskward.example", person.id);
            let add = sqlx::query(ADD).bind(person.id).bind(email).bind(Clock.now());
            add.execute(&mut *transaction).await.expect("a user");
            sqlx::query(ADD_CLOCK).bind(person.id).execute(&mut *transaction).await.expect("a clock");
        }
        transaction.commit().await.expect("they are there");
    }};
}

/// Adds so many, with tokens that Taskward's key signed.
pub async fn settle(url: &str, key: &Path, number: usize) -> Vec<Person> {
    let issuer = floor::issuer(key);
    let people: Vec<Person> = (0..number).map(|_| Person::fresh(&issuer)).collect();
    if url.starts_with("sqlite:") {
        add!(SqliteConnection, url, &people);
    } else {
        add!(PgConnection, url, &people);
    }
    people
}

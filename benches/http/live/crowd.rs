//! Many subscribers, and what they hear.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::listener::Listener;
use super::people::Person;

/// Handshakes at once.
const AT_ONCE: usize = 100;
/// How long it takes until those who asked last are heard.
const BEGINNING: Duration = Duration::from_secs(1);
/// How long a change may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came, and when.
pub struct Heard {
    pub at: Instant,
    text: Utf8Bytes,
}

impl Heard {
    /// Which task it tells of.
    pub fn about(&self) -> String {
        let message: Value = serde_json::from_str(&self.text).expect("JSON");
        let change = &message["payload"]["data"]["changes"];
        change["nodeId"].as_str().unwrap_or_else(|| panic!("no change: {message}")).to_owned()
    }
}

/// They go when it is dropped.
pub struct Crowd {
    _listening: JoinSet<()>,
    heard: UnboundedReceiver<Heard>,
}

impl Crowd {
    /// One for each of these people.
    pub async fn gather(address: SocketAddr, people: &[Person]) -> Self {
        let (tell, heard) = unbounded_channel();
        let mut listening = JoinSet::new();
        let mut opening = stream::iter(people)
            .map(|person| Listener::open(address, &person.token))
            .buffer_unordered(AT_ONCE);
        while let Some(listener) = opening.next().await {
            listening.spawn(listen(listener, tell.clone()));
        }
        sleep(BEGINNING).await;
        Self { _listening: listening, heard }
    }

    /// The next thing that any of them hears.
    pub async fn hear(&mut self) -> Heard {
        let heard = timeout(PATIENCE, self.heard.recv()).await.expect("all changes are told");
        heard.expect("they listen")
    }

    /// How much they have heard that was not asked for yet.
    pub fn heard(&mut self) -> usize {
        std::iter::from_fn(|| self.heard.try_recv().ok()).count()
    }
}

async fn listen(mut listener: Listener, tell: UnboundedSender<Heard>) {
    loop {
        let text = listener.hear().await;
        if tell.send(Heard { at: Instant::now(), text }).is_err() {
            return;
        }
    }
}

//! The schema of the small API.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_graphql::{Object, Subscription, TypeDirective};
use futures_util::stream::{Empty, Stream, StreamExt};
use tokio::sync::Semaphore;

use crate::deadline::in_time;
use crate::graphql::{Fault, Thread};
use crate::id::UserId;
use crate::service::Failure;

/// What resolvers are told of the caller.
#[derive(Clone)]
pub(in crate::http) struct Caller(pub(in crate::http) Option<UserId>);

/// What tests let happen in resolvers, and see happen.
#[derive(Clone)]
pub(in crate::http) struct Stage {
    /// `wait` fields go on when there is one of these for them.
    pub(in crate::http) go: Arc<Semaphore>,
    pub(in crate::http) begun: Arc<AtomicUsize>,
    pub(in crate::http) ended: Arc<AtomicUsize>,
}

impl Stage {
    async fn play(&self) -> bool {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.go.acquire().await.expect("open").forget();
        self.ended.fetch_add(1, Ordering::SeqCst);
        true
    }

    pub(in crate::http) async fn until_begun(&self, times: usize) {
        until(&self.begun, times).await;
    }

    pub(in crate::http) async fn until_ended(&self, times: usize) {
        until(&self.ended, times).await;
    }
}

async fn until(counter: &AtomicUsize, times: usize) {
    let reached = async {
        while counter.load(Ordering::SeqCst) < times {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), reached).await.expect("it happens");
}

pub(in crate::http) struct Reads(pub(in crate::http) Stage);
pub(in crate::http) struct Writes(pub(in crate::http) Stage);

fn fall_over() -> bool {
    panic!("the resolver fell over")
}

/// Answered without a signed-in user.
#[TypeDirective(location = "FieldDefinition")]
fn public() {}

#[Object]
impl Reads {
    /// For nobody but a user.
    async fn secret(&self) -> i32 {
        7
    }

    #[graphql(directive = public::apply())]
    async fn hello(&self, #[graphql(default)] times: i32) -> i32 {
        times
    }

    #[graphql(directive = public::apply())]
    async fn at_most(&self, #[graphql(validator(maximum = 3))] number: i32) -> i32 {
        number
    }

    #[graphql(directive = public::apply())]
    async fn long(&self, length: usize) -> String {
        "long ".repeat(length / 5)
    }

    #[graphql(directive = public::apply())]
    async fn who(&self, ctx: &async_graphql::Context<'_>) -> Option<String> {
        ctx.data_opt::<Caller>()?.0.map(|user| user.to_string())
    }

    #[graphql(directive = public::apply())]
    async fn deeper(&self) -> Reads {
        Reads(self.0.clone())
    }

    #[graphql(directive = public::apply())]
    async fn wait(&self) -> bool {
        self.0.play().await
    }

    #[graphql(directive = public::apply())]
    async fn panics(&self) -> bool {
        fall_over()
    }

    #[graphql(directive = public::apply())]
    async fn fails(&self) -> Option<async_graphql::Result<bool>> {
        Some(Err(Failure::Broken(Fault::new("the disk is gone")).into()))
    }
}

#[Object]
impl Writes {
    #[graphql(directive = public::apply())]
    async fn count(&self) -> Reads {
        self.0.begun.fetch_add(1, Ordering::SeqCst);
        Reads(self.0.clone())
    }

    /// For nobody but a user.
    async fn secret(&self) -> i32 {
        7
    }

    #[graphql(directive = public::apply())]
    async fn hello(&self) -> bool {
        true
    }

    #[graphql(directive = public::apply())]
    async fn long(&self, length: usize) -> String {
        "long ".repeat(length / 5)
    }

    #[graphql(directive = public::apply())]
    async fn wait(&self) -> async_graphql::Result<bool> {
        in_time(self.0.play()).await.map_err(|time_up| Failure::from(time_up).into())
    }

    /// What no deadline ends, as if it were committing.
    #[graphql(directive = public::apply())]
    async fn insist(&self) -> bool {
        self.0.play().await
    }

    #[graphql(directive = public::apply())]
    async fn panics(&self) -> bool {
        fall_over()
    }
}

/// What comes by and by.
pub(in crate::http) struct Streams(pub(in crate::http) Stage);

#[Subscription]
impl Streams {
    /// Numbers from 0 up to this one, for everybody.
    #[graphql(directive = public::apply())]
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        futures_util::stream::iter(0..to)
    }

    /// Goes on when it may.
    #[graphql(directive = public::apply())]
    async fn wait(&self) -> impl Stream<Item = bool> {
        let stage = self.0.clone();
        futures_util::stream::repeat(stage).then(|stage| async move { stage.play().await })
    }

    #[graphql(directive = public::apply())]
    async fn panics(&self) -> impl Stream<Item = bool> {
        futures_util::stream::iter(0..2).map(|number| number == 0 || fall_over())
    }

    /// Objects, of which some fields fail.
    #[graphql(directive = public::apply())]
    async fn deeper(&self) -> impl Stream<Item = Reads> {
        let stage = self.0.clone();
        futures_util::stream::iter(0..3).map(move |_| Reads(stage.clone()))
    }

    /// For nobody but a user.
    async fn secret(&self) -> impl Stream<Item = i32> {
        futures_util::stream::iter([7])
    }

    #[graphql(directive = public::apply())]
    async fn fails(&self) -> Result<Empty<i32>, Failure> {
        tokio::task::yield_now().await;
        Err(Failure::Broken(Fault::new("the disk is gone")))
    }

    /// Ends when the server does, as those do that have something to finish.
    #[graphql(directive = public::apply())]
    async fn until_closing(&self, ctx: &async_graphql::Context<'_>) -> impl Stream<Item = i32> + use<> {
        let closing = ctx.data_opt::<Thread>().cloned().unwrap_or_default().closing();
        futures_util::stream::once(async move {
            closing.cancelled().await;
            7
        })
    }
}

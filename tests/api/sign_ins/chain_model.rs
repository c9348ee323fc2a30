//! Chains of refresh tokens as plain values: what must become of each token, whatever is done in whatever order.

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use taskward::store::RefreshRules;
use taskward::time::Timestamp;

/// Short lives, so that a few steps go past each of them.
pub const RULES: RefreshRules = RefreshRules {
    idle: Duration::from_secs(100),
    lifetime: Duration::from_mins(5),
    grace: Duration::from_secs(10),
};
/// How long an access token counts.
pub const ACCESS: Duration = Duration::from_mins(1);

/// One step.
#[derive(Debug, Clone)]
pub enum Act {
    Begin,
    /// Trades any token that was ever given, the newest ones most often.
    Refresh(Index, bool),
    Logout(Index),
    EndOne(Index),
    EndAll,
    SetPassword,
    Pass(Duration),
    Clean,
}

pub fn acts() -> impl Strategy<Value = Vec<Act>> {
    let index = any::<Index>;
    let pass = select(vec![1, 400, 3_000, 9_999, 10_000, 10_001, 45_000, 60_000, 99_999, 100_000]);
    let act = prop_oneof![
        3 => Just(Act::Begin),
        16 => (index(), prop::bool::weighted(0.6)).prop_map(|(at, newest)| Act::Refresh(at, newest)),
        2 => index().prop_map(Act::Logout),
        1 => index().prop_map(Act::EndOne),
        1 => Just(Act::EndAll),
        1 => Just(Act::SetPassword),
        8 => pass.prop_map(|millis| Act::Pass(Duration::from_millis(millis))),
        2 => Just(Act::Clean),
    ];
    proptest::collection::vec(act, 1..=40)
}

/// What has to come of a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A token that was never given before.
    Fresh,
    /// This one, once more.
    Again(usize),
    /// The end of the chain.
    Reused,
    Unknown,
}

#[derive(Debug)]
struct Chain {
    current: usize,
    ends_at: Timestamp,
    expires_at: Timestamp,
    /// Neither ended nor, after its time, removed.
    is_there: bool,
    /// By somebody, not by the clock.
    was_ended: bool,
}

#[derive(Debug)]
struct Token {
    chain: usize,
    traded: Option<(Timestamp, usize)>,
}

#[derive(Debug)]
pub struct Model {
    pub now: Timestamp,
    epoch: i32,
    chains: Vec<Chain>,
    tokens: Vec<Token>,
    /// The chain and the epoch of each access token.
    accesses: Vec<(usize, i32)>,
}

impl Model {
    pub fn at(now: Timestamp) -> Self {
        Self { now, epoch: 0, chains: Vec::new(), tokens: Vec::new(), accesses: Vec::new() }
    }

    pub fn begin(&mut self) {
        let expires_at = self.now + RULES.lifetime;
        let ends_at = expires_at.min(self.now + RULES.idle);
        let (chain, current) = (self.chains.len(), self.tokens.len());
        self.chains.push(Chain { current, ends_at, expires_at, is_there: true, was_ended: false });
        self.tokens.push(Token { chain, traded: None });
        self.accesses.push((chain, self.epoch));
    }

    pub fn trade(&mut self, token: usize) -> Expected {
        let at = self.tokens[token].chain;
        if !self.lives(at) {
            return Expected::Unknown;
        }
        let (now, successor) = (self.now, self.tokens.len());
        let chain = &mut self.chains[at];
        if chain.current == token {
            chain.current = successor;
            chain.ends_at = chain.expires_at.min(now + RULES.idle);
            self.tokens[token].traded = Some((now, successor));
            self.tokens.push(Token { chain: at, traded: None });
            self.accesses.push((at, self.epoch));
            return Expected::Fresh;
        }
        match self.tokens[token].traded {
            Some((traded_at, successor)) if now <= traded_at + RULES.grace => {
                self.accesses.push((at, self.epoch));
                Expected::Again(successor)
            }
            _ => {
                (chain.is_there, chain.was_ended) = (false, true);
                Expected::Reused
            }
        }
    }

    /// Whether there was something to end.
    pub fn end(&mut self, chain: usize) -> bool {
        let chain = &mut self.chains[chain];
        let was_there = std::mem::take(&mut chain.is_there);
        chain.was_ended |= was_there;
        was_there
    }

    /// What has run out is removed.
    pub fn clean(&mut self) {
        self.chains.iter_mut().for_each(|chain| chain.is_there &= self.now < chain.ends_at);
    }

    pub fn end_all(&mut self) {
        self.epoch += 1;
        self.chains.iter_mut().for_each(|chain| (chain.is_there, chain.was_ended) = (false, true));
    }

    pub fn epoch(&self) -> i32 {
        self.epoch
    }

    pub fn chain_of(&self, token: usize) -> usize {
        self.tokens[token].chain
    }

    /// The token that can be traded in the chain of this one.
    pub fn newest(&self, token: usize) -> usize {
        self.chains[self.tokens[token].chain].current
    }

    pub fn lives(&self, chain: usize) -> bool {
        let chain = &self.chains[chain];
        chain.is_there && self.now < chain.ends_at
    }

    pub fn chains(&self) -> usize {
        self.chains.len()
    }

    pub fn tokens(&self) -> usize {
        self.tokens.len()
    }

    /// Whether an access token is spared, as long as it has not expired.
    pub fn spares(&self, access: usize) -> bool {
        let (chain, epoch) = self.accesses[access];
        epoch == self.epoch && !self.chains[chain].was_ended
    }
}

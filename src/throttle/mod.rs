//! How often one may try: to guess a secret, to make an account, to have a mail sent.
//!
//! Built by `cli`, asked by `service` before a secret is looked at. Each process counts for itself. A share is so many
//! tries at once; used ones come back one by one.
//!
//! | attempt | of one account | of one address | given back |
//! |---|---|---|---|
//! | login, password change, deletion of the account | 10, one a minute | 60, one in 10 s | when the password is right |
//! | register | 10, one a minute | 30, one a minute | to the account, when the password is too weak |
//! | refresh (its account is the one sign-in) | 120, one a second | 600, one a second | to the address, when the token is good |
//! | request of a password reset or an email verification | 5, one in 30 min | 30, one a minute | never |
//! | password reset, email verification (by address alone) | 10, one a minute | 30, one a minute | when the token is good |
//!
//! **Every try is counted before it is made, and one that proves a secret is given back** ([`Counted::give_back`]). So
//! only failures add up, and people who are many behind one address do not meet the limit; but a thousand guesses sent
//! at once are a thousand, and not the one that had failed when the others came. Nothing but its own try is ever given
//! back: otherwise a guesser would log in to an account of his own after every nine guesses. A refused try costs nothing.
//! Mails and new accounts count whatever comes of them, because they are what there could be too many of.
//!
//! **It slows an attacker and locks no victim out.** Whoever hammers an account uses up the strangers' share of it. A
//! try from a device that is known to be the user's (`known_device`) draws on a share of that account and address alone,
//! which nobody at another address can touch. It is not held up by its address either, whose share a neighbour may have
//! used up. Whoever uses up the share of reset requests sends the victim the links that the victim would have asked for.
//! Whoever wants to keep somebody from registering has no other way than to take the email. What remains: during an
//! attack the user waits, like everyone, on a device that is new.
//!
//! **Memory is bounded.** Keys are hashes with a secret of this process: no email address is kept. Each share remembers
//! so many keys and forgets those first that came once and longest ago, also in a flood of new ones.

mod attempt;
mod quota;
mod share;

#[cfg(test)]
mod tests;

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};

pub use attempt::{Attempt, Kind};
pub use quota::Rate;
pub use share::{Key, Share, Taken};

use attempt::Draw;
use quota::{KNOWN_DEVICE, rates};

/// Counts tries by account and by address, or lets everything pass.
pub struct Throttle<C: Clock + Clone = DefaultClock>(Option<Shares<C>>);

impl Throttle {
    /// Limits everyone.
    pub fn on() -> Self {
        Self::by(&DefaultClock::default())
    }

    /// Limits nobody.
    pub const fn off() -> Self {
        Self(None)
    }
}

impl<C: Clock + Clone> Throttle<C> {
    fn by(clock: &C) -> Self {
        let of_kind = Kind::ALL.map(|kind| SharesOfKind::new(kind, clock));
        Self(Some(Shares { of_kind, hasher: RandomState::new() }))
    }

    /// Counts a try. `Err` refuses it and says how long to wait for the next; a refused try costs nothing.
    pub fn check(&self, attempt: Attempt<'_>, client: IpAddr) -> Result<Counted<'_>, Duration> {
        self.0.as_ref().map_or(Ok(Counted([None, None])), |shares| shares.take(&attempt.draw(), client))
    }
}

/// A try that was counted. It stays so unless it is given back.
///
/// The account's share comes first, then the address's.
pub struct Counted<'t>([Option<Taken<'t>>; 2]);

impl Counted<'_> {
    /// For whoever has proved to know the secret, and so was not guessing.
    pub fn give_back(self) {
        self.0.into_iter().flatten().for_each(Taken::give_back);
    }

    /// For a try that did not get as far as the account. It still counts for its address.
    pub fn give_back_to_account(self) {
        let [account, _] = self.0;
        account.into_iter().for_each(Taken::give_back);
    }

    /// For a try that proved the secret, and of which an account still should not see too many.
    pub fn give_back_to_address(self) {
        let [_, address] = self.0;
        address.into_iter().for_each(Taken::give_back);
    }
}

struct Shares<C: Clock + Clone> {
    of_kind: [SharesOfKind<C>; Kind::ALL.len()],
    hasher: RandomState,
}

struct SharesOfKind<C: Clock + Clone> {
    account: Share<C>,
    address: Share<C>,
    known_device: Share<C>,
}

impl<C: Clock + Clone> SharesOfKind<C> {
    fn new(kind: Kind, clock: &C) -> Self {
        let rates = rates(kind);
        let [account, address, known_device] =
            [rates.account, rates.address, KNOWN_DEVICE].map(|rate| Share::new(rate, clock.clone()));
        Self { account, address, known_device }
    }
}

impl<C: Clock + Clone> Shares<C> {
    fn take(&self, draw: &Draw<'_>, client: IpAddr) -> Result<Counted<'_>, Duration> {
        let shares = &self.of_kind[draw.kind as usize];
        let client = subscriber(client);
        let tries = match draw.account {
            Some(account) if draw.known_device => {
                [Some(shares.known_device.take(self.key((account, client)))), None]
            }
            account => [
                account.map(|account| shares.account.take(self.key(account))),
                draw.by_address.then(|| shares.address.take(self.key(client))),
            ],
        };
        let mut wait = None;
        let taken = Counted(tries.map(|taken| taken?.map_err(|time| wait = wait.max(Some(time))).ok()));
        match wait {
            None => Ok(taken),
            Some(wait) => {
                taken.give_back();
                Err(wait)
            }
        }
    }

    fn key(&self, who: impl std::hash::Hash) -> Key {
        self.hasher.hash_one(who)
    }
}

/// Whoever has one IPv6 address has the 2^64 of its network (RFC 6177); an IPv4 address stands for itself.
pub fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        IpAddr::V4(address) => address.into(),
    }
}

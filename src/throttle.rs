//! How often one address may try to sign in or to register.
//!
//! Built by `cli`, asked by `graphql` before a password is looked at. Each process counts for itself.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Tries to sign in that an address has at once; as many come back within a minute.
const LOGINS: u32 = 20;
/// Accounts that an address may make at once; as many come back within a minute.
const REGISTRATIONS: u32 = 10;
/// After so many tries the addresses that have all their tries back are forgotten.
const FORGET_EVERY: u32 = 4096;

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// To sign in.
    Login,
    /// To make an account.
    Register,
}

/// Counts tries by address, or lets everything pass.
pub struct Throttle(Option<Limiters>);

struct Limiters {
    login: DefaultKeyedRateLimiter<IpAddr>,
    register: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
    tries: AtomicU32,
}

impl Throttle {
    /// Limits every address.
    pub fn on() -> Self {
        Self(Some(Limiters {
            login: per_minute(LOGINS),
            register: per_minute(REGISTRATIONS),
            clock: DefaultClock::default(),
            tries: AtomicU32::new(0),
        }))
    }

    /// Limits nobody.
    pub const fn off() -> Self {
        Self(None)
    }

    /// Counts a try. `Err` refuses it and says how long to wait for the next; a refused try costs nothing.
    pub fn check(&self, attempt: Attempt, address: IpAddr) -> Result<(), Duration> {
        let Some(limiters) = &self.0 else { return Ok(()) };
        limiters.forget_now_and_then();
        let limiter = match attempt {
            Attempt::Login => &limiters.login,
            Attempt::Register => &limiters.register,
        };
        limiter.check_key(&subscriber(address)).map_err(|until| until.wait_time_from(limiters.clock.now()))
    }
}

impl Limiters {
    fn forget_now_and_then(&self) {
        if self.tries.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            for limiter in [&self.login, &self.register] {
                limiter.retain_recent();
                limiter.shrink_to_fit();
            }
        }
    }
}

fn per_minute(tries: u32) -> DefaultKeyedRateLimiter<IpAddr> {
    RateLimiter::keyed(Quota::per_minute(NonZeroU32::new(tries).unwrap_or(NonZeroU32::MIN)))
}

/// Whoever has one IPv6 address has the 2^64 of its network (RFC 6177); an IPv4 address stands for itself.
fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        IpAddr::V4(address) => address.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn the_try_after_the_last_waits_and_says_how_long() {
        let throttle = Throttle::on();
        let ada = address("192.0.2.1");
        for _ in 0..LOGINS {
            assert_eq!(throttle.check(Attempt::Login, ada), Ok(()));
        }
        let wait = throttle.check(Attempt::Login, ada).expect_err("one too many");
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(60 / u64::from(LOGINS)), "{wait:?}");
    }

    #[test]
    fn others_and_other_attempts_are_not_held_up() {
        let throttle = Throttle::on();
        let ada = address("192.0.2.1");
        while throttle.check(Attempt::Login, ada).is_ok() {}
        assert_eq!(throttle.check(Attempt::Register, ada), Ok(()));
        assert_eq!(throttle.check(Attempt::Login, address("192.0.2.2")), Ok(()));
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one_and_a_mapped_address_as_ipv4() {
        assert_eq!(subscriber(address("2001:db8:1:2::3")), subscriber(address("2001:db8:1:2:ffff::")));
        assert_ne!(subscriber(address("2001:db8:1:2::3")), subscriber(address("2001:db8:1:3::3")));
        assert_eq!(subscriber(address("::ffff:192.0.2.1")), address("192.0.2.1"));
        assert_ne!(subscriber(address("192.0.2.1")), subscriber(address("192.0.2.2")));
    }

    #[test]
    fn switched_off_it_lets_everything_pass() {
        let throttle = Throttle::off();
        for _ in 0..1000 {
            assert_eq!(throttle.check(Attempt::Register, address("192.0.2.1")), Ok(()));
        }
    }

    #[test]
    fn addresses_that_have_their_tries_back_are_forgotten() {
        let limiter: DefaultKeyedRateLimiter<IpAddr> =
            RateLimiter::keyed(Quota::with_period(Duration::from_nanos(1)).expect("not zero"));
        let Some(mut limiters) = Throttle::on().0 else { panic!("limits") };
        limiters.login = limiter;
        let throttle = Throttle(Some(limiters));
        for n in 0..FORGET_EVERY {
            assert_eq!(throttle.check(Attempt::Login, IpAddr::V4(n.into())), Ok(()));
        }
        let Some(limiters) = &throttle.0 else { panic!("limits") };
        assert!(limiters.login.len() <= 1, "{} remembered", limiters.login.len());
    }
}

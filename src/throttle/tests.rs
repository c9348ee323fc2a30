use governor::clock::FakeRelativeClock;

use super::quota::{Rate, Rates};
use super::*;
use crate::email::EmailAddress;
use crate::id::UserId;

const MINUTE: Duration = Duration::from_mins(1);

type Limited = Throttle<FakeRelativeClock>;

fn limited() -> (Limited, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    (Throttle::by(&clock), clock)
}

fn address(text: &str) -> IpAddr {
    text.parse().expect(text)
}

/// One of many addresses, none of which is another's neighbour.
fn stranger(number: u32) -> IpAddr {
    Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) | (u128::from(number) << 64)).into()
}

fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect(text)
}

fn user(number: u128) -> UserId {
    UserId::from(uuid::Uuid::from_u128(number))
}

fn login(email: &EmailAddress) -> Attempt<'_> {
    Attempt::Login { email: Some(email), known_device: false }
}

/// What a refused try has to wait for.
fn wait(throttle: &Limited, attempt: Attempt<'_>, client: IpAddr) -> Option<Duration> {
    throttle.check(attempt, client).err()
}

/// How many tries pass before one is refused.
fn passed(mut try_it: impl FnMut(u32) -> bool) -> u32 {
    (0..10_000).find(|number| !try_it(*number)).expect("a limit")
}

/// Every attempt, on this account.
fn attempts(email: &EmailAddress, user: UserId) -> [(Attempt<'_>, Kind); 10] {
    let known_device = false;
    [
        (Attempt::Register(email), Kind::Register),
        (Attempt::Login { email: Some(email), known_device }, Kind::Login),
        (Attempt::Refresh(email.key().as_bytes()), Kind::Refresh),
        (Attempt::RequestPasswordReset(email), Kind::RequestPasswordReset),
        (Attempt::ResetPassword, Kind::ResetPassword),
        (Attempt::ResetPasswordOf(user), Kind::ResetPassword),
        (Attempt::RequestEmailVerification(user), Kind::RequestEmailVerification),
        (Attempt::VerifyEmail, Kind::VerifyEmail),
        (Attempt::ChangePassword { user, known_device }, Kind::ChangePassword),
        (Attempt::DeleteAccount { user, known_device }, Kind::DeleteAccount),
    ]
}

#[test]
fn an_account_has_its_tries_whoever_tries_and_gets_them_back_one_by_one() {
    let ada = email("ada@example.com");
    for (attempt, kind) in attempts(&ada, user(1)) {
        let (throttle, clock) = limited();
        let rate = rates(kind).account;
        if attempt.draw().account.is_none() {
            continue;
        }
        assert_eq!(passed(|n| wait(&throttle, attempt, stranger(n)).is_none()), rate.at_once, "{kind:?}");
        assert_eq!(wait(&throttle, attempt, address("192.0.2.1")), Some(rate.every), "{kind:?}");
        clock.advance(rate.every);
        assert_eq!(wait(&throttle, attempt, address("192.0.2.2")), None, "{kind:?}");
        assert_eq!(wait(&throttle, attempt, address("192.0.2.3")), Some(rate.every), "{kind:?}");
    }
}

#[test]
fn an_address_has_its_tries_whatever_it_tries_and_gets_them_back_one_by_one() {
    for (place, (sample, kind)) in attempts(&email("ada@example.com"), user(1)).into_iter().enumerate() {
        let (throttle, clock) = limited();
        let rate = rates(kind).address;
        if !sample.draw().by_address {
            continue;
        }
        let next = |number: u32| {
            let email = email(&format!("user{number}@example.com"));
            wait(&throttle, attempts(&email, user(number.into()))[place].0, address("192.0.2.1"))
        };
        assert_eq!(passed(|number| next(number).is_none()), rate.at_once, "{kind:?}");
        assert_eq!(next(20_000), Some(rate.every), "{kind:?}");
        clock.advance(rate.every);
        assert_eq!((next(20_001), next(20_002)), (None, Some(rate.every)), "{kind:?}");
    }
}

#[test]
fn every_attempt_counts_for_an_account_or_an_address_and_each_kind_for_itself() {
    let (ada, bob) = (email("ada@example.com"), email("bob@example.com"));
    let (throttle, _) = limited();
    for (attempt, kind) in attempts(&ada, user(1)) {
        let draw = attempt.draw();
        assert!(draw.account.is_some() || draw.by_address, "{attempt:?}");
        assert_eq!(draw.kind, kind);
        let begun = passed(|_| wait(&throttle, attempt, address("192.0.2.1")).is_none());
        assert!(begun > 0, "{attempt:?} is held up by another kind");
    }
    assert_eq!(wait(&throttle, login(&bob), address("192.0.2.2")), None, "somebody else");
    assert!(Kind::ALL.iter().enumerate().all(|(place, kind)| *kind as usize == place));
}

#[test]
fn spellings_of_one_email_address_are_one_account() {
    let (throttle, _) = limited();
    let [typed, other] = [email("Ada@Example.com"), email("ada@example.COM")];
    passed(|n| wait(&throttle, login(&typed), stranger(n)).is_none());
    assert!(wait(&throttle, login(&other), address("192.0.2.1")).is_some());
}

#[test]
fn what_cannot_be_an_address_counts_for_the_client_alone() {
    let (throttle, _) = limited();
    let nobody = Attempt::Login { email: None, known_device: false };
    let tries = passed(|_| wait(&throttle, nobody, address("192.0.2.1")).is_none());
    assert_eq!(tries, rates(Kind::Login).address.at_once);
    assert_eq!(wait(&throttle, nobody, address("192.0.2.2")), None);
}

#[test]
fn a_try_that_proves_the_secret_is_given_back_and_no_other() {
    let (throttle, _) = limited();
    let (ada, mallory) = (email("ada@example.com"), email("mallory@example.com"));
    let here = address("192.0.2.1");
    for _ in 0..1000 {
        throttle.check(login(&ada), here).expect("never held up").give_back();
    }
    let guesses = passed(|n| {
        // Between his guesses mallory signs in to an account of his own.
        throttle.check(login(&mallory), here).expect("right").give_back();
        wait(&throttle, login(&ada), if n < 5 { here } else { stranger(n) }).is_none()
    });
    assert_eq!(guesses, rates(Kind::Login).account.at_once);
}

#[test]
fn what_is_given_back_to_the_account_alone_still_counts_for_the_address() {
    let (throttle, _) = limited();
    let ada = email("ada@example.com");
    let weak = passed(|_| {
        let counted = throttle.check(Attempt::Register(&ada), address("192.0.2.1"));
        counted.map(Counted::give_back_to_account).is_ok()
    });
    assert_eq!(weak, rates(Kind::Register).address.at_once);
    let tries = passed(|n| wait(&throttle, Attempt::Register(&ada), stranger(n)).is_none());
    assert_eq!(tries, rates(Kind::Register).account.at_once);
}

#[test]
fn a_good_refresh_token_still_counts_for_its_chain() {
    let (throttle, _) = limited();
    let trade = |chain: &[u8]| {
        let counted = throttle.check(Attempt::Refresh(chain), address("192.0.2.1"));
        counted.map(Counted::give_back_to_address).is_ok()
    };
    for chain in 0..20_u8 {
        assert_eq!(passed(|_| trade(&[chain])), rates(Kind::Refresh).account.at_once, "{chain}");
    }
}

#[test]
fn giving_back_late_makes_no_more_tries_than_there_were() {
    let (throttle, clock) = limited();
    let ada = email("ada@example.com");
    let late: Vec<_> = (0..5).map(|n| throttle.check(login(&ada), stranger(n)).expect("early")).collect();
    clock.advance(100 * MINUTE);
    late.into_iter().for_each(Counted::give_back);
    let tries = passed(|n| wait(&throttle, login(&ada), stranger(n)).is_none());
    assert_eq!(tries, rates(Kind::Login).account.at_once);
}

#[test]
fn a_refused_try_costs_nothing() {
    let (throttle, clock) = limited();
    let (ada, bob) = (email("ada@example.com"), email("bob@example.com"));
    passed(|n| wait(&throttle, login(&ada), stranger(n)).is_none());
    let here = address("192.0.2.1");
    for _ in 0..1000 {
        assert_eq!(wait(&throttle, login(&ada), here), Some(MINUTE));
    }
    clock.advance(MINUTE);
    assert_eq!(wait(&throttle, login(&ada), here), None);
    // Nor did it cost its address anything.
    assert_eq!(wait(&throttle, login(&bob), here), None);
}

#[test]
fn whoever_meets_two_limits_is_told_the_longer_wait() {
    let (throttle, _) = limited();
    let ada = email("ada@example.com");
    let here = address("192.0.2.1");
    passed(|n| wait(&throttle, login(&email(&format!("user{n}@example.com"))), here).is_none());
    assert_eq!(wait(&throttle, login(&ada), here), Some(Duration::from_secs(10)));
    passed(|n| wait(&throttle, login(&ada), stranger(n)).is_none());
    assert_eq!(wait(&throttle, login(&ada), here), Some(MINUTE));
}

#[test]
fn a_known_device_gets_in_however_the_account_and_its_address_are_hammered() {
    let (throttle, clock) = limited();
    let ada = email("ada@example.com");
    let home = address("192.0.2.1");
    let mut kinds: Vec<(Attempt<'_>, Attempt<'_>)> = Vec::new();
    for known_device in [false, true] {
        let made = [
            Attempt::Login { email: Some(&ada), known_device },
            Attempt::ChangePassword { user: user(1), known_device },
            Attempt::DeleteAccount { user: user(1), known_device },
        ];
        if known_device {
            kinds.iter_mut().zip(made).for_each(|(pair, known)| pair.1 = known);
        } else {
            kinds.extend(made.map(|strange| (strange, strange)));
        }
    }
    for (strange, known) in kinds {
        passed(|n| wait(&throttle, strange, stranger(n)).is_none());
        for number in 0..100 {
            let others = email(&format!("user{number}@example.com"));
            let _ = throttle.check(login(&others), home);
        }
        assert!(wait(&throttle, strange, home).is_some(), "{strange:?}");
        assert_eq!(wait(&throttle, known, home), None, "{known:?}");
        // A known device may guess as often as a stranger, and uses up nobody else's tries by it.
        assert_eq!(passed(|_| wait(&throttle, known, home).is_none()), KNOWN_DEVICE.at_once - 1);
        assert_eq!(wait(&throttle, known, address("192.0.2.9")), None, "another device of the same user's");
        clock.advance(KNOWN_DEVICE.every);
        assert_eq!(wait(&throttle, known, home), None);
    }
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
    let ada = email("ada@example.com");
    for _ in 0..1000 {
        assert!(throttle.check(Attempt::RequestPasswordReset(&ada), address("192.0.2.1")).is_ok());
    }
}

/// A rate in the words of the tables.
fn words(rate: Rate) -> String {
    let every = match rate.every.as_secs() {
        1 => "a second".to_owned(),
        60 => "a minute".to_owned(),
        seconds if seconds % 60 == 0 => format!("in {} min", seconds / 60),
        seconds => format!("in {seconds} s"),
    };
    format!("{}, one {every}", rate.at_once)
}

#[test]
fn the_tables_say_what_the_code_does() {
    let (readme, page) = (include_str!("../../README.md"), include_str!("mod.rs"));
    for kind in Kind::ALL {
        let (field, attempt) = match kind {
            Kind::Register => ("`register`", "register"),
            Kind::Login => ("`login`", "login"),
            Kind::Refresh => ("`refresh`", "refresh"),
            Kind::RequestPasswordReset => ("`requestPasswordReset`", "request of a password reset"),
            Kind::ResetPassword => ("`resetPassword`", "| password reset"),
            Kind::RequestEmailVerification => ("`requestEmailVerification`", "or an email verification"),
            Kind::VerifyEmail => ("`verifyEmail`", ", email verification"),
            Kind::ChangePassword => ("`changePassword`", "password change"),
            Kind::DeleteAccount => ("`deleteAccount`", "deletion of the account"),
        };
        let Rates { account, address } = rates(kind);
        let cells = format!(" | {} | {} | ", words(account), words(address));
        for (text, name) in [(readme, field), (page, attempt)] {
            let is_told = text
                .lines()
                .any(|line| line.split_once(&cells).is_some_and(|(names, _)| names.contains(name)));
            assert!(is_told, "{kind:?}: {cells}");
        }
    }
}

//! How many tries there are: the table of the folder's page, in code.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::Quota;

use super::Kind;

/// How many tries there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many there are at once.
    pub at_once: u32,
    /// How long it takes until a used one is there again.
    pub every: Duration,
}

/// What one kind of attempt may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rates {
    /// For one account, whoever tries but the devices that are known to be its user's.
    pub(super) account: Rate,
    /// For one address, whatever it tries.
    pub(super) address: Rate,
}

/// For one account from one device that is known to be its user's.
pub(super) const KNOWN_DEVICE: Rate = SECRETS;

/// More wrong passwords than anybody types in a row, and no more than 1450 guesses on the first day.
const SECRETS: Rate = rate(10, Duration::from_mins(1));
/// More than anybody asks for who waits for one; whoever asks on somebody else's behalf sends some 50 a day.
const MAILS: Rate = rate(5, Duration::from_mins(30));
/// A browser with a hundred tabs comes back at once after a night.
const REFRESHES: Rate = rate(120, Duration::from_secs(1));
/// The wrong passwords of a large office on a Monday morning: an address may stand for many people.
const OFFICE: Rate = rate(60, Duration::from_secs(10));
/// All who are behind one address come back at once after an outage. Their tokens are good, but count until that shows.
const CROWD: Rate = rate(600, Duration::from_secs(1));
/// A class that registers together.
const CLASS: Rate = rate(30, Duration::from_mins(1));

pub(super) const fn rates(kind: Kind) -> Rates {
    let (account, address) = match kind {
        Kind::Login | Kind::ChangePassword | Kind::DeleteAccount => (SECRETS, OFFICE),
        Kind::Register | Kind::ResetPassword | Kind::VerifyEmail => (SECRETS, CLASS),
        Kind::Refresh => (REFRESHES, CROWD),
        Kind::RequestPasswordReset | Kind::RequestEmailVerification => (MAILS, CLASS),
    };
    Rates { account, address }
}

const fn rate(at_once: u32, every: Duration) -> Rate {
    Rate { at_once, every }
}

impl Rate {
    pub(super) fn quota(self) -> Quota {
        let at_once = NonZeroU32::new(self.at_once).unwrap_or(NonZeroU32::MIN);
        // There is no quota for a time of zero, and none here has it.
        let one = Quota::with_period(self.every).unwrap_or(Quota::per_second(NonZeroU32::MIN));
        one.allow_burst(at_once)
    }
}

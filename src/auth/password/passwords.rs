//! What the service asks of passwords, done in turns off the async threads.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::hashing::{Hasher, PasswordHash, Verdict};
use super::memory::Memory;
use super::turns::Turns;
use super::{HashParams, NewPassword, PasswordFault, PasswordPolicy, WeakPassword, normalized};
use crate::secret::Secret;

/// Judges, hashes and checks passwords without holding up anything else.
///
/// Each of these waits for one of a few turns, as a hash takes 14 ms of one core and 19 MiB. Past so many waiting
/// callers it answers [`PasswordFault::Busy`].
pub struct Passwords {
    hasher: Arc<Hasher>,
    turns: Turns,
    memory: Memory,
}

impl Passwords {
    /// So many `at_once` (the number of cores is right) and so many `waiting`. Hashes once, to have a dummy.
    pub fn new(params: HashParams, at_once: usize, waiting: usize) -> Result<Self, PasswordFault> {
        let start = Instant::now();
        let hasher = Arc::new(Hasher::new(params)?);
        Ok(Self { hasher, turns: Turns::new(at_once, waiting, start.elapsed()), memory: Memory::default() })
    }

    /// [`PasswordPolicy::judge`] in its turn.
    pub async fn judge(
        &self,
        policy: PasswordPolicy,
        password: &Secret,
        context: &[&str],
    ) -> Result<Result<NewPassword, WeakPassword>, PasswordFault> {
        let password = password.clone();
        let context: Vec<Secret> = context.iter().map(|&text| Secret::from(text.to_owned())).collect();
        self.turns
            .take(
                move || Ok(policy.judge(&password, &context.iter().map(Secret::expose).collect::<Vec<_>>())),
            )
            .await
    }

    /// The password in the form that is stored.
    pub async fn hash(&self, password: NewPassword) -> Result<PasswordHash, PasswordFault> {
        let (hasher, blocks) = (Arc::clone(&self.hasher), self.memory.join());
        self.turns.take(move || hasher.hash(password.text(), &blocks)).await
    }

    /// Whether the password is the stored one.
    ///
    /// Without a stored one, and for a password longer than any, the answer is the same as for a wrong password and
    /// takes as long.
    pub async fn verify(
        &self,
        password: &Secret,
        stored: Option<&PasswordHash>,
    ) -> Result<Verdict, PasswordFault> {
        let (text, stored) = (normalized(password), stored.cloned());
        let (hasher, blocks) = (Arc::clone(&self.hasher), self.memory.join());
        self.turns.take(move || hasher.verify(text.as_ref(), stored.as_ref(), &blocks)).await
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords() -> Passwords {
        let params = HashParams::new(8, 1, 1, None).expect("small and valid");
        Passwords::new(params, 2, 2).expect("a dummy")
    }

    fn secret(text: &str) -> Secret {
        Secret::from(text.to_owned())
    }

    async fn stored(passwords: &Passwords, text: &str) -> PasswordHash {
        let judged = passwords.judge(PasswordPolicy::default(), &secret(text), &["ada@example.com"]).await;
        passwords.hash(judged.expect("a turn").expect("good")).await.expect("hashed")
    }

    #[tokio::test]
    async fn a_password_is_right_in_every_unicode_form() {
        let passwords = passwords();
        let stored = stored(&passwords, "gravel otter re\u{301}glisse").await;
        for form in ["gravel otter re\u{301}glisse", "gravel otter r\u{e9}glisse"] {
            let verdict = passwords.verify(&secret(form), Some(&stored)).await.expect("a turn");
            assert!(matches!(verdict, Verdict::Right { rehash: None }), "{form}");
        }
        let verdict =
            passwords.verify(&secret("gravel otter reglisse"), Some(&stored)).await.expect("a turn");
        assert!(matches!(verdict, Verdict::Wrong));
    }

    #[tokio::test]
    async fn a_password_longer_than_any_is_wrong_after_the_same_work() {
        let passwords = passwords();
        let longest = "gravel otter seventeen marmalade ".repeat(8)[..256].to_owned();
        let stored = stored(&passwords, &longest).await;
        let count = || passwords.hasher.computed.lock().expect("no panic").len();
        for (text, known) in [
            (format!("{longest}x"), Some(&stored)),
            (longest.repeat(10_000), Some(&stored)),
            (longest.clone(), None),
        ] {
            let before = count();
            let verdict = passwords.verify(&secret(&text), known).await.expect("a turn");
            assert!(matches!(verdict, Verdict::Wrong));
            assert_eq!(count(), before + 1);
        }
        let verdict = passwords.verify(&secret(&longest), Some(&stored)).await.expect("a turn");
        assert!(matches!(verdict, Verdict::Right { .. }));
    }

    #[tokio::test]
    async fn a_weak_password_is_an_answer_and_no_fault() {
        let judged = passwords().judge(PasswordPolicy { min_length: 8 }, &secret("hunter2"), &[]).await;
        assert_eq!(judged.expect("a turn").expect_err("weak"), WeakPassword::TooShort { at_least: 8 });
    }
}

//! The file with the keys, and the change from one key to the next.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::signature::KeyPair;
use zeroize::Zeroizing;

use super::replace::Turn;
use super::text::{Current, KeyText, Retired};
use super::{KeyFault, KeySet, SigningKey, VerificationKey, ed25519_pair, file, new_ed25519_pem};
use crate::time::Timestamp;

/// Added to the life of a retired key's last token: five seconds between clocks, and five in which a server that was
/// slow to notice may still have signed.
const MARGIN: Duration = Duration::from_secs(10);

/// Keys that still verify, at the most. Everyone who checks tokens fetches all of them.
const MOST: usize = 100;

/// The file that holds the key that signs, and what is left of those that signed before.
#[derive(Debug, Clone)]
pub struct KeyFile(PathBuf);

/// One of the keys, as commands show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    /// What its tokens name it by.
    pub kid: String,
    /// When it was made, as far as that is known.
    pub made_at: Option<Timestamp>,
    /// What came to it since. `None` for the key that signs.
    pub retired: Option<Retirement>,
}

/// The rest of a key's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retirement {
    /// When it ceased to sign.
    pub since: Timestamp,
    /// When its last token has ended, and nothing verifies with it any more.
    pub verifies_until: Timestamp,
}

/// The keys of the file, ready to work.
pub(super) struct Kept {
    pub(super) signing: SigningKey,
    pub(super) text: KeyText,
    /// Of the whole text: another one, and something has changed.
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

impl KeyFile {
    /// The file at this place, whether it is there or not.
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Its keys that count at this instant, the newest first.
    pub fn list(&self, now: Timestamp) -> Result<Vec<ListedKey>, KeyFault> {
        self.listed(&self.read_present()?, now)
    }

    /// Makes a new key that signs from here on, and answers what [`KeyFile::list`] would.
    ///
    /// The key before it verifies until its last token has ended; its private half is gone at once. When the others are
    /// to be revoked, they are gone altogether. The new file takes the place of the old one in one step, so that a crash
    /// leaves one or the other; those who rotate at the same time do so one after the other.
    pub fn rotate(&self, life: Duration, revoke: bool, now: Timestamp) -> Result<Vec<ListedKey>, KeyFault> {
        self.read_present()?;
        let turn = self.turn()?;
        let mut text = self.read_present()?.text;
        let public = self.public_half(&text.current)?;
        let last = Retired {
            public,
            made_at: text.current.made_at,
            since: now,
            verifies_until: now + text.current.longest_life + MARGIN,
        };
        text.retired.insert(0, last);
        text.retired.retain(|key| !revoke && key.verifies_until > now);
        if text.retired.len() > MOST {
            return Err(KeyFault::TooMany { path: self.0.clone(), most: MOST });
        }
        text.current = Current { pem: new_ed25519_pem()?, made_at: Some(now), longest_life: life };
        turn.replace(text.write().as_bytes()).map_err(|error| self.unwritable(error))?;
        drop(turn);
        self.list(now)
    }

    /// What is there; when nothing is, it is made. The new key may sign tokens of this life.
    pub(super) fn read_or_make(&self, life: Duration, now: Option<Timestamp>) -> Result<Kept, KeyFault> {
        let make = || {
            let current = Current { pem: new_ed25519_pem()?, made_at: now, longest_life: life };
            Ok(KeyText { current, retired: Vec::new() }.write())
        };
        self.kept(file::read_or_create(&self.0, make)?)
    }

    /// What is there, word for word.
    pub(super) fn bytes(&self) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        file::read(&self.0)
    }

    /// From here on the key that signs may sign tokens of this life, too.
    pub(super) fn prolong(&self, life: Duration) -> Result<(), KeyFault> {
        let turn = self.turn()?;
        let mut text = self.read_present()?.text;
        if text.current.longest_life >= life {
            return Ok(());
        }
        text.current.longest_life = life;
        turn.replace(text.write().as_bytes()).map_err(|error| self.unwritable(error))
    }

    /// What the commands say when nothing is there: the folder may be the wrong one.
    fn read_present(&self) -> Result<Kept, KeyFault> {
        match self.bytes() {
            Err(KeyFault::Unreadable { path, error }) if error.kind() == ErrorKind::NotFound => {
                Err(KeyFault::Missing { path })
            }
            other => self.kept(other?),
        }
    }

    /// The keys in what is there.
    pub(super) fn kept(&self, bytes: Zeroizing<Vec<u8>>) -> Result<Kept, KeyFault> {
        let kept = KeyText::parse(&bytes).and_then(|text| {
            let signing = SigningKey::ed25519_from_pem(text.current.pem.as_bytes())?;
            Some((signing, text))
        });
        let (signing, text) = kept.ok_or_else(|| self.corrupt())?;
        Ok(Kept { signing, text, bytes })
    }

    fn listed(&self, kept: &Kept, now: Timestamp) -> Result<Vec<ListedKey>, KeyFault> {
        let signing = ListedKey {
            kid: kept.signing.kid().to_owned(),
            made_at: kept.text.current.made_at,
            retired: None,
        };
        let mut listed = vec![signing];
        for key in kept.text.retired.iter().filter(|key| key.verifies_until > now) {
            let kid = VerificationKey::ed25519(&key.public).ok_or_else(|| self.corrupt())?.kid;
            let retired = Some(Retirement { since: key.since, verifies_until: key.verifies_until });
            listed.push(ListedKey { kid, made_at: key.made_at, retired });
        }
        Ok(listed)
    }

    fn public_half(&self, key: &Current) -> Result<[u8; 32], KeyFault> {
        let (_, pair) = ed25519_pair(key.pem.as_bytes()).ok_or_else(|| self.corrupt())?;
        pair.public_key().as_ref().try_into().map_err(|_| KeyFault::Unusable)
    }

    fn turn(&self) -> Result<Turn, KeyFault> {
        Turn::wait(&self.0).map_err(|error| self.unwritable(error))
    }

    fn unwritable(&self, error: std::io::Error) -> KeyFault {
        KeyFault::Unwritable { path: self.0.clone(), error }
    }

    fn corrupt(&self) -> KeyFault {
        KeyFault::Corrupt { path: self.0.clone() }
    }
}

impl Kept {
    /// What tokens may be checked with at this instant, the newest first, and the first instant at which that is less.
    pub(super) fn accepted(&self, now: Timestamp) -> (KeySet, Option<Timestamp>) {
        let mut keys = self.signing.accepted().0.clone();
        let living = self.text.retired.iter().filter(|key| key.verifies_until > now);
        keys.extend(living.clone().filter_map(|key| VerificationKey::ed25519(&key.public)));
        (KeySet(keys), living.map(|key| key.verifies_until).min())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use jsonwebtoken::EncodingKey;

    use super::*;
    use crate::auth::LONGEST_LIFE;

    const HOUR: Duration = Duration::from_hours(1);
    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_250);

    fn place() -> (tempfile::TempDir, PathBuf, KeyFile) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("signing-key.pem");
        let file = KeyFile::at(&path);
        (folder, path, file)
    }

    fn end(key: &ListedKey) -> Option<Timestamp> {
        key.retired.map(|retired| retired.verifies_until)
    }

    #[test]
    fn old_keys_verify_until_the_last_token_that_they_can_have_signed_has_ended() {
        let (_folder, _, file) = place();
        let first = file.read_or_make(3 * HOUR, Some(NOW)).expect("made").signing;
        let later = NOW + HOUR;
        let listed = file.rotate(HOUR, false, later).expect("rotated");
        let retired = Some(Retirement { since: later, verifies_until: later + 3 * HOUR + MARGIN });
        let old = ListedKey { kid: first.kid().to_owned(), made_at: Some(NOW), retired };
        assert_eq!(listed[1..], [old]);
        assert_eq!((listed[0].made_at, listed[0].retired), (Some(later), None));
        let at_its_end = later + 3 * HOUR + MARGIN;
        let listed = file.rotate(HOUR, false, at_its_end).expect("rotated");
        assert_eq!(end(&listed[1]), Some(at_its_end + HOUR + MARGIN));
        assert_eq!(listed.len(), 2, "the first one's time is over");
    }

    #[test]
    fn a_file_without_a_word_may_have_signed_for_as_long_as_can_be_set() {
        let (_folder, path, file) = place();
        let pem = new_ed25519_pem().expect("a key");
        fs::write(&path, pem.as_bytes()).expect("written");
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("changed");
        let own = SigningKey::ed25519_from_pem(pem.as_bytes()).expect("a key");
        let kept = file.read_or_make(HOUR, Some(NOW)).expect("as it was");
        assert_eq!((kept.signing.kid(), kept.bytes.as_slice()), (own.kid(), pem.as_bytes()));
        let listed = file.rotate(HOUR, false, NOW).expect("rotated");
        assert_eq!(end(&listed[1]), Some(NOW + LONGEST_LIFE + MARGIN));
        assert_eq!(listed[1].made_at, None);
    }

    #[test]
    fn nothing_is_left_of_an_old_private_key_and_any_reader_of_pem_finds_the_new_one() {
        let (folder, path, file) = place();
        let old = file.read_or_make(HOUR, Some(NOW)).expect("made").text.current.pem;
        let listed = file.rotate(HOUR, false, NOW).expect("rotated");
        let body = old.lines().nth(1).expect("a body");
        for entry in fs::read_dir(folder.path()).expect("a folder").flatten() {
            assert!(!fs::read_to_string(entry.path()).expect("text").contains(body), "{entry:?}");
        }
        let text = fs::read(&path).expect("text");
        EncodingKey::from_ed_pem(&text).expect("one key as far as others know");
        assert_eq!(SigningKey::ed25519_from_pem(&text).expect("a key").kid(), listed[0].kid);
    }

    #[test]
    fn revoked_keys_are_gone() {
        let (_folder, _, file) = place();
        file.read_or_make(HOUR, Some(NOW)).expect("made");
        file.rotate(HOUR, false, NOW).expect("rotated");
        assert_eq!(file.rotate(HOUR, true, NOW).expect("rotated").len(), 1);
    }

    #[test]
    fn there_is_an_end_to_keys_beside_each_other() {
        let (_folder, path, file) = place();
        file.read_or_make(HOUR, Some(NOW)).expect("made");
        let mut text = file.read_present().expect("keys").text;
        let public = file.public_half(&text.current).expect("a key");
        let (since, verifies_until) = (NOW, NOW + HOUR);
        text.retired = vec![Retired { public, made_at: Some(NOW), since, verifies_until }; MOST - 1];
        fs::write(&path, text.write().as_bytes()).expect("written");
        assert_eq!(file.rotate(HOUR, false, NOW).expect("the last place").len(), MOST + 1);
        let fault = file.rotate(HOUR, false, NOW).expect_err("no place").to_string();
        assert!(fault.contains("holds 100 old keys"), "{fault}");
        assert_eq!(file.list(NOW).expect("keys").len(), MOST + 1);
        assert_eq!(file.rotate(HOUR, false, verifies_until).expect("room again").len(), 2 + 1);
    }

    #[test]
    fn commands_make_no_key_and_mend_none() {
        let (_folder, path, file) = place();
        for fault in [file.list(NOW).expect_err("none"), file.rotate(HOUR, false, NOW).expect_err("none")] {
            assert!(fault.to_string().contains("the first start of the server makes it"), "{fault}");
        }
        assert!(!path.exists());
        crate::folder::make_private_file(&path).expect("made");
        for fault in [file.list(NOW).expect_err("empty"), file.rotate(HOUR, false, NOW).expect_err("empty")] {
            assert!(matches!(fault, KeyFault::Corrupt { .. }), "{fault}");
        }
        assert_eq!(fs::read(&path).expect("a file"), b"");
    }
}

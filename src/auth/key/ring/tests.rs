use std::fs;
use std::path::PathBuf;
use std::sync::Barrier;

use tempfile::TempDir;

use super::*;
use crate::auth::token::{Issuer, Rejected, Subject, TokenRules};
use crate::auth::{AccessToken, LONGEST_LIFE, Verifier};
use crate::id::UserId;

const HOUR: Duration = Duration::from_hours(1);

/// A folder with a key file, and what servers do with it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("signing-key.pem")
    }

    fn ring(&self) -> KeyRing {
        KeyRing::ed25519_from_file(&self.path(), HOUR, Clock).expect("a key")
    }

    /// The new key's name.
    fn rotate(&self, revoke: bool) -> String {
        let listed = KeyFile::at(&self.path()).rotate(HOUR, revoke, Clock.now()).expect("rotated");
        listed[0].kid.clone()
    }

    fn server(&self) -> (Issuer, Verifier, KeyRing) {
        let rules = TokenRules { issuer: "a".to_owned(), audience: "b".to_owned(), lifetime: HOUR };
        let ring = self.ring();
        let issuer = Issuer::new(ring.clone(), rules);
        let verifier = issuer.verifier();
        (issuer, verifier, ring)
    }
}

fn kids(ring: &KeyRing) -> Vec<String> {
    ring.accepted().kids().map(str::to_owned).collect()
}

fn issue(issuer: &Issuer) -> AccessToken {
    let subject = Subject { user: UserId::fresh(), email: "ada@example.com", sign_in: None, epoch: 0 };
    issuer.issue(&subject, Clock.now()).expect("signed")
}

fn verdict(verifier: &Verifier, token: &AccessToken) -> Result<(), &'static str> {
    verifier.verify(token.text.expose(), Clock.now()).map(drop).map_err(Rejected::reason)
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(30), "{what} does not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_new_key_is_published_before_it_signs_and_the_old_one_still_verifies() {
    let place = Place::new();
    let (issuer, verifier, ring) = place.server();
    let (old, token) = (issuer.key().kid().to_owned(), issue(&issuer));
    let begin = Instant::now();
    let new = place.rotate(false);
    ring.follow(Clock.now());
    assert_eq!(kids(&ring), [new.clone(), old.clone()]);
    let published: Vec<_> = ring.jwks()["keys"].as_array().expect("keys").clone();
    assert_eq!((&published[0]["kid"], &published[1]["kid"]), (&new.clone().into(), &old.clone().into()));
    let still_old = issuer.key().kid() == old;
    assert!(still_old || begin.elapsed() >= SETTLE);
    until("the new key signs", || {
        ring.follow(Clock.now());
        issuer.key().kid() == new
    });
    assert!(begin.elapsed() >= SETTLE);
    assert_eq!(verdict(&verifier, &token), Ok(()));
    assert_eq!(verdict(&verifier, &issue(&issuer)), Ok(()));
}

#[test]
fn a_key_goes_once_its_last_token_has_ended() {
    let place = Place::new();
    let ring = place.ring();
    place.rotate(false);
    let retired = KeyFile::at(&place.path()).list(Clock.now()).expect("keys")[1].retired;
    let end = retired.expect("retired").verifies_until;
    for (now, left) in [(Clock.now(), 2), (end - Duration::from_millis(1), 2), (end, 1)] {
        ring.follow(now);
        assert_eq!(kids(&ring).len(), left, "{now}");
    }
    // What is void already can be taken out of the file whenever it is next written.
    assert_eq!(KeyFile::at(&place.path()).list(end).expect("keys").len(), 1);
}

#[test]
fn another_start_waits_until_all_others_know_the_key_that_it_signs_with() {
    let place = Place::new();
    let old = place.ring();
    let begin = Instant::now();
    place.rotate(false);
    let new = place.ring();
    assert!(begin.elapsed() + Duration::from_millis(1) >= SETTLE);
    assert_eq!(new.accepted().kids().nth(1), Some(old.signing().kid()));
}

#[test]
fn a_revoked_key_counts_no_more_not_even_for_remembered_tokens() {
    let place = Place::new();
    let (issuer, verifier, ring) = place.server();
    let token = issue(&issuer);
    assert_eq!(verdict(&verifier, &token), Ok(()));
    let new = place.rotate(true);
    ring.follow(Clock.now());
    assert_eq!(verdict(&verifier, &token), Err("kid is unknown"));
    assert_eq!((issuer.key().kid(), kids(&ring)), (new.as_str(), vec![new.clone()]));
    assert_eq!(verdict(&verifier, &issue(&issuer)), Ok(()));
}

#[test]
fn what_another_server_signed_is_not_refused_for_want_of_a_look() {
    let place = Place::new();
    let [(issuer, _, quick), (_, verifier, slow)] = [(); 2].map(|()| place.server());
    let new = place.rotate(false);
    quick.follow(Clock.now());
    until("the new key signs", || issuer.key().kid() == new);
    assert_eq!(kids(&slow).len(), 1);
    assert_eq!(verdict(&verifier, &issue(&issuer)), Ok(()));
    assert_eq!(kids(&slow).len(), 2);
}

#[test]
fn unknown_keys_have_the_file_looked_at_now_and_then_only() {
    let place = Place::new();
    let ring = place.ring();
    let held = ring.held();
    let begin = Instant::now();
    assert!(ring.newer_than(&held).is_none());
    place.rotate(false);
    let at_once = ring.newer_than(&held);
    assert!(at_once.is_none() || begin.elapsed() >= Duration::from_millis(100));
    until("the next look", || ring.newer_than(&held).is_some());
}

#[test]
fn a_damaged_file_changes_nothing_until_it_is_mended() {
    let place = Place::new();
    let ring = place.ring();
    let (path, before) = (place.path(), kids(&ring));
    let good = fs::read(&path).expect("a file");
    let damage: [&dyn Fn(); 4] = [
        &|| fs::write(&path, "not a key").expect("written"),
        &|| fs::write(&path, "").expect("written"),
        &|| fs::write(&path, &good[..good.len() / 2]).expect("written"),
        &|| fs::remove_file(&path).expect("removed"),
    ];
    for hurt in damage {
        hurt();
        for _ in 0..2 {
            ring.follow(Clock.now());
            assert!(ring.newer_than(&ring.held()).is_none());
        }
        assert_eq!((kids(&ring), ring.signing().kid()), (before.clone(), before[0].as_str()));
    }
    assert!(!path.exists(), "only a start makes a key");
    crate::folder::make_private_file(&path).expect("made");
    fs::write(&path, &good).expect("written");
    let new = place.rotate(false);
    ring.follow(Clock.now());
    assert_eq!(kids(&ring)[0], new);
}

#[test]
fn whoever_signs_for_longer_says_so_in_the_file() {
    let place = Place::new();
    let day = 24 * HOUR;
    place.ring();
    let long = KeyRing::ed25519_from_file(&place.path(), day, Clock).expect("a key");
    let life =
        || KeyFile::at(&place.path()).read_or_make(HOUR, None).expect("keys").text.current.longest_life;
    assert_eq!(life(), day, "before anything is signed");
    // The command may have been called with another setting than the servers.
    place.rotate(false);
    assert_eq!(life(), HOUR);
    long.follow(Clock.now());
    assert_eq!(life(), day);
    assert_eq!(kids(&long).len(), 2);
    assert!(LONGEST_LIFE >= day);
}

#[test]
fn a_folder_that_cannot_be_written_stops_neither_start_nor_server() {
    let place = Place::new();
    let kid = place.ring().signing().kid().to_owned();
    // Root may write anywhere, but not in the place of a folder that is not empty.
    fs::create_dir_all(place.0.path().join(".signing-key.next/full")).expect("made");
    let ring = KeyRing::ed25519_from_file(&place.path(), 24 * HOUR, Clock).expect("a key");
    let _watch = ring.watch().expect("a thread");
    ring.follow(Clock.now());
    assert_eq!((ring.signing().kid(), kids(&ring)), (kid.as_str(), vec![kid.clone()]));
}

#[test]
fn rings_rotations_and_starts_at_once_lose_no_key() {
    const EACH: usize = 4;
    let place = Place::new();
    let (issuer, _, _) = place.server();
    let token = issue(&issuer);
    let gate = Barrier::new(2 * EACH);
    std::thread::scope(|scope| {
        for _ in 0..EACH {
            scope.spawn(|| {
                gate.wait();
                (0..EACH).for_each(|_| drop(place.rotate(false)));
            });
            scope.spawn(|| {
                gate.wait();
                let (issuer, verifier, ring) = place.server();
                assert_eq!(verdict(&verifier, &token), Ok(()));
                ring.follow(Clock.now());
                assert_eq!(verdict(&verifier, &issue(&issuer)), Ok(()));
            });
        }
    });
    let mut kids = kids(&place.ring());
    let number = kids.len();
    kids.sort();
    kids.dedup();
    assert_eq!((kids.len(), number), (EACH * EACH + 1, EACH * EACH + 1));
}

#[cfg(unix)]
#[test]
fn a_look_that_hangs_holds_up_no_request() {
    let place = Place::new();
    let (issuer, verifier, ring) = place.server();
    let (token, stranger) = (issue(&issuer), issue(&Place::new().server().0));
    fs::remove_file(place.path()).expect("removed");
    // Whoever opens it waits until somebody opens the other end.
    let made = std::process::Command::new("mkfifo").args(["-m", "600"]).arg(place.path()).status();
    assert!(made.expect("it runs").success());
    std::thread::scope(|scope| {
        scope.spawn(|| ring.follow(Clock.now()));
        until("the look hangs", || ring.0.source.as_ref().is_some_and(Source::is_hanging));
        let begin = Instant::now();
        for _ in 0..100 {
            assert_eq!(verdict(&verifier, &stranger), Err("kid is unknown"));
            assert_eq!(verdict(&verifier, &token), Ok(()));
        }
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
        fs::write(place.path(), "not a key").expect("the other end");
    });
    assert_eq!(verdict(&verifier, &token), Ok(()));
}

//! A file that only its owner may read, made once, whoever comes first.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;
use zeroize::Zeroizing;

use super::KeyFault;
use crate::folder::{make_private, owner_only};

/// A key in PEM form has less than 200 bytes, and what is kept of an old one less than 400.
const LONGEST: u64 = 64 * 1024;

/// What the file holds; when there is none, it is made from `make` and then read like any other.
///
/// A file that is there is never written to.
pub(super) fn read_or_create(
    path: &Path,
    make: impl FnOnce() -> Result<Zeroizing<String>, KeyFault>,
) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    match read(path) {
        Err(KeyFault::Unreadable { error, .. }) if error.kind() == ErrorKind::NotFound => {
            let text = make()?;
            create(path, text.as_bytes())
                .map_err(|error| KeyFault::Unwritable { path: path.to_owned(), error })?;
            read(path)
        }
        other => other,
    }
}

/// What the file holds.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    let unreadable = |error| KeyFault::Unreadable { path: path.to_owned(), error };
    let file = File::open(path).map_err(unreadable)?;
    if is_exposed(&file).map_err(unreadable)? {
        return Err(KeyFault::Exposed { path: path.to_owned() });
    }
    let mut text = Zeroizing::new(Vec::new());
    file.take(LONGEST).read_to_end(&mut text).map_err(unreadable)?;
    Ok(text)
}

/// The finished file appears under its name at once, or another process's has appeared there before.
fn create(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    make_private(folder)?;
    let draft = Draft(folder.join(format!(".signing-key-{}", Uuid::now_v7())));
    let mut options = OpenOptions::new();
    owner_only(options.write(true).create_new(true));
    let mut file = options.open(&draft.0)?;
    file.write_all(text)?;
    file.sync_all()?;
    match fs::hard_link(&draft.0, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(folder),
    }
}

pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Goes when it is no longer needed, whatever happened.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // What cannot be removed stays as a file that only its owner may read.
        let _removed = fs::remove_file(&self.0);
    }
}

#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

/// Without it a power cut may take the name away from a key that has signed already.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a file is as private as the folder that it is in.
#[cfg(not(unix))]
fn is_exposed(_: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Barrier;

    use super::*;
    use crate::auth::SigningKey;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("a file").permissions().mode() & 0o777
    }

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
            .collect()
    }

    #[test]
    fn the_first_start_makes_a_key_and_the_next_finds_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("data/keys/signing-key.pem");
        let first = SigningKey::ed25519_from_file(&path).expect("made");
        let next = SigningKey::ed25519_from_file(&path).expect("found");
        assert_eq!(first.kid(), next.kid());
        assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700));
        assert_eq!(names(path.parent().expect("a folder")), ["signing-key.pem"]);
    }

    #[test]
    fn processes_that_start_together_share_one_key() {
        const STARTS: usize = 16;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("signing-key.pem");
        let gate = Barrier::new(STARTS);
        let kids: Vec<String> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..STARTS)
                .map(|_| {
                    scope.spawn(|| {
                        gate.wait();
                        SigningKey::ed25519_from_file(&path).expect("a key").kid().to_owned()
                    })
                })
                .collect();
            starts.into_iter().map(|start| start.join().expect("no panic")).collect()
        });
        assert!(kids.iter().all(|kid| *kid == kids[0]), "{kids:?}");
        assert_eq!(names(folder.path()), ["signing-key.pem"]);
    }

    #[test]
    fn the_one_who_comes_second_keeps_the_first_ones_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        create(&path, b"first").expect("made");
        create(&path, b"second").expect("lost, which is no error");
        assert_eq!(fs::read(&path).expect("a file"), b"first");
        assert_eq!(names(folder.path()), ["key"]);
    }

    #[test]
    fn a_file_open_to_others_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("signing-key.pem");
        SigningKey::ed25519_from_file(&path).expect("made");
        for exposed in [0o640, 0o604, 0o620, 0o602, 0o644, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(exposed)).expect("changed");
            let fault = SigningKey::ed25519_from_file(&path).expect_err("exposed").to_string();
            assert!(fault.ends_with(&format!("chmod 600 {}", path.display())), "{exposed:o}: {fault}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("changed");
        SigningKey::ed25519_from_file(&path).expect("private again");
    }

    #[test]
    fn a_corrupt_file_is_named_and_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("signing-key.pem");
        SigningKey::ed25519_from_file(&path).expect("made");
        let pem = fs::read_to_string(&path).expect("text");
        let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
                      -----END PUBLIC KEY-----\n";
        for text in ["", "not a key", &pem[..pem.len() / 2], &pem.replacen('M', "\u{e9}", 1), public] {
            fs::write(&path, text).expect("written");
            let fault = SigningKey::ed25519_from_file(&path).expect_err("corrupt");
            assert!(fault.to_string().contains("signing-key.pem is not an Ed25519"), "{fault}");
            assert_eq!(fs::read_to_string(&path).expect("text"), text);
        }
    }

    #[test]
    fn a_place_that_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let fault = SigningKey::ed25519_from_file(folder.path()).expect_err("a folder");
        assert!(fault.to_string().contains(&folder.path().display().to_string()), "{fault}");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("written");
        let fault = SigningKey::ed25519_from_file(&file.join("key")).expect_err("below a file");
        assert!(fault.to_string().contains("file/key"), "{fault}");
    }
}

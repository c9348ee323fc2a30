//! Putting a new file in the place of an old one, in one step and one after the other.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::file::{folder_of, sync_folder};
use crate::folder::owner_only;

/// The right to replace a file, which one process has at a time; the system takes it from a process that dies.
pub(super) struct Turn {
    path: PathBuf,
    draft: PathBuf,
    _lock: File,
}

impl Turn {
    /// Waits for it. The file has to be there.
    pub(super) fn wait(path: &Path) -> io::Result<Self> {
        // Whoever keeps the file elsewhere and a link here wants the file replaced, and not the link.
        let path = path.canonicalize()?;
        let folder = folder_of(&path);
        // Never removed: the next one would make another while somebody still waits for this one.
        let lock_path = folder.join(".signing-key.lock");
        let mut options = OpenOptions::new();
        owner_only(options.write(true).create(true).truncate(false));
        let lock = options.open(lock_path)?;
        give_to_owner_of(&path, &lock)?;
        lock.lock()?;
        Ok(Self { draft: folder.join(".signing-key.next"), path, _lock: lock })
    }

    /// The finished file appears under the name at once. A crash leaves the old one, and perhaps a draft.
    pub(super) fn replace(&self, text: &[u8]) -> io::Result<()> {
        self.discard_draft()?;
        let written = self.write_draft(text).and_then(|()| fs::rename(&self.draft, &self.path));
        if written.is_err() {
            // The reason why it could not be written says more than why it cannot be removed.
            let _discarded = self.discard_draft();
        }
        written?;
        sync_folder(folder_of(&self.path))
    }

    fn write_draft(&self, text: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        owner_only(options.write(true).create_new(true));
        let mut file = options.open(&self.draft)?;
        give_to_owner_of(&self.path, &file)?;
        file.write_all(text)?;
        file.set_permissions(fs::metadata(&self.path)?.permissions())?;
        file.sync_all()
    }

    fn discard_draft(&self) -> io::Result<()> {
        match fs::remove_file(&self.draft) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// What an administrator replaces has to stay readable to the user that the server runs as.
#[cfg(unix)]
fn give_to_owner_of(path: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let (wanted, is) = (fs::metadata(path)?, file.metadata()?);
    if wanted.uid() == is.uid() {
        return Ok(());
    }
    fchown(file, Some(wanted.uid()), Some(wanted.gid()))
}

#[cfg(not(unix))]
fn give_to_owner_of(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn file(folder: &Path, mode: u32) -> PathBuf {
        let path = folder.join("key");
        fs::write(&path, "old").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("changed");
        path
    }

    fn replace(path: &Path) -> io::Result<()> {
        Turn::wait(path)?.replace(b"new")
    }

    #[test]
    fn the_new_file_is_as_private_as_the_old_one() {
        for mode in [0o600, 0o400] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = file(folder.path(), mode);
            replace(&path).expect("replaced");
            assert_eq!(fs::read(&path).expect("a file"), b"new");
            assert_eq!(path.metadata().expect("a file").permissions().mode() & 0o777, mode);
            let lock = folder.path().join(".signing-key.lock").metadata().expect("a file");
            assert_eq!(lock.permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_a_crash_left_behind_is_in_nobodys_way() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = file(folder.path(), 0o600);
        fs::write(folder.path().join(".signing-key.next"), "half a k").expect("written");
        fs::write(folder.path().join(".signing-key.lock"), "").expect("written");
        replace(&path).expect("replaced");
        assert_eq!(fs::read(&path).expect("a file"), b"new");
        assert!(!folder.path().join(".signing-key.next").exists());
    }

    #[test]
    fn behind_a_link_the_file_is_replaced() {
        let [folder, other] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let path = file(other.path(), 0o600);
        let link = folder.path().join("signing-key.pem");
        symlink(&path, &link).expect("linked");
        replace(&link).expect("replaced");
        assert!(link.is_symlink());
        assert_eq!(fs::read(&path).expect("a file"), b"new");
    }

    #[test]
    fn a_place_that_cannot_be_written_keeps_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = file(folder.path(), 0o600);
        // Root may write anywhere, but not in the place of a folder that is not empty.
        fs::create_dir_all(folder.path().join(".signing-key.next/full")).expect("made");
        replace(&path).expect_err("no draft");
        assert_eq!(fs::read(&path).expect("a file"), b"old");
    }
}

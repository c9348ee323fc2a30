//! Folders and files for what is nobody else's business.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder, and those above it that are missing, for its owner alone. One that is there stays as it is.
pub fn make_private(path: &Path) -> io::Result<()> {
    if path == Path::new("") {
        return Ok(());
    }
    private(&mut DirBuilder::new()).recursive(true).create(path)
}

/// Makes an empty file for its owner alone, unless there is one.
pub fn make_private_file(path: &Path) -> io::Result<()> {
    match owner_only(OpenOptions::new().write(true).create_new(true)).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Opens what it makes for its owner alone.
#[cfg(unix)]
pub fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

/// Elsewhere a file is as private as the folder that it is in.
#[cfg(not(unix))]
pub fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn private(folder: &mut DirBuilder) -> &mut DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    folder.mode(0o700)
}

#[cfg(not(unix))]
fn private(folder: &mut DirBuilder) -> &mut DirBuilder {
    folder
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_made_is_its_owners_alone_and_what_is_there_stays() {
        let root = tempfile::tempdir().expect("a folder");
        let inner = root.path().join("a/b");
        make_private(&inner).expect("made");
        let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&inner), mode(&root.path().join("a"))), (0o700, 0o700));
        std::fs::set_permissions(&inner, std::fs::Permissions::from_mode(0o750)).expect("changed");
        make_private(&inner).expect("there already");
        assert_eq!(mode(&inner), 0o750);
        let file = inner.join("file");
        make_private_file(&file).expect("made");
        make_private_file(&file).expect("there already");
        assert_eq!(mode(&file), 0o600);
    }
}

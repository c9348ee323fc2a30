//! What the fuzz targets of `fuzz/` do with their input, each for one thing that strangers send.
//!
//! Here rather than there, so that it reaches what nobody else may, changes with what it calls, and meets the corpus in
//! every `cargo test`. Each function panics when what has to hold does not. Not part of the server: it is built for tests
//! and for cargo-fuzz alone.
#![expect(clippy::expect_used, reason = "a target that cannot go on has found something")]

mod bearer;
mod body;
mod cursors;
mod ids;
mod server;

pub use bearer::bearer;
pub use body::body;
pub use cursors::cursors;
pub use ids::ids;
pub use server::Server;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Every input that is kept of a target.
    fn corpus(target: &str) -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let files = fs::read_dir(folder).expect("a corpus").flatten();
        let inputs: Vec<_> = files.map(|file| fs::read(file.path()).expect("readable")).collect();
        assert!(!inputs.is_empty(), "{target}");
        inputs
    }

    #[test]
    fn whatever_was_kept_of_a_fuzz_target_does_no_harm() {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start(folder.path());
        for input in corpus("body") {
            body(&server, &input);
        }
        for input in corpus("bearer") {
            bearer(&server, &input);
        }
        for input in corpus("cursors") {
            cursors(&input);
        }
        for input in corpus("ids") {
            ids(&input);
        }
    }
}

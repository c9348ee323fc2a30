#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use taskward::fuzzing::{self, Server};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));
static SERVER: LazyLock<Server> = LazyLock::new(|| Server::start(FOLDER.path()));

fuzz_target!(|input: &[u8]| fuzzing::body(&SERVER, input));

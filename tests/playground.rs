//! The playground that is built into the binary is what its sources make, as far as that can be told without npm.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};

const BUILD: &str = "(cd playground/graphiql && npm run build)";
/// What nothing of the built files comes of.
const BESIDE: [&str; 3] = ["README.md", "dist", "node_modules"];
const SEALS: [&str; 2] = ["INPUTS.sha256", "OUTPUTS.sha256"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("playground/graphiql")
}

/// The hash of every file below a folder, by its path from there.
fn hashes(folder: &Path, without: &[&str]) -> BTreeMap<String, String> {
    let mut hashes = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let (name, path) = entry.map(|entry| (entry.file_name(), entry.path())).expect("an entry");
        let name = name.into_string().expect("a name");
        if without.contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            let inside = self::hashes(&path, &[]).into_iter();
            hashes.extend(inside.map(|(file, hash)| (format!("{name}/{file}"), hash)));
        } else {
            let bytes = fs::read(&path).expect("readable");
            let hash = digest(&SHA256, &bytes).as_ref().iter().fold(String::new(), |mut hash, byte| {
                write!(hash, "{byte:02x}").expect("room");
                hash
            });
            hashes.insert(name, hash);
        }
    }
    hashes
}

fn sealed(seal: &str) -> BTreeMap<String, String> {
    let list = fs::read_to_string(folder().join("dist").join(seal)).expect(seal);
    let pairs = list.lines().map(|line| line.split_once("  ").expect(line));
    pairs.map(|(hash, path)| (path.to_owned(), hash.to_owned())).collect()
}

/// The files of which one side has nothing, or something else.
fn differing(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Vec<String> {
    let paths = one.keys().chain(other.keys().filter(|path| !one.contains_key(*path)));
    paths.filter(|path| one.get(*path) != other.get(*path)).cloned().collect()
}

#[test]
fn it_was_built_from_the_sources_as_they_are() {
    let stale = differing(&hashes(&folder(), &BESIDE), &sealed("INPUTS.sha256"));
    assert!(
        stale.is_empty(),
        "playground/graphiql/dist is older than {stale:?}: run {BUILD} and commit both"
    );
}

#[test]
fn its_files_are_as_they_were_built() {
    let changed = differing(&hashes(&folder().join("dist"), &SEALS), &sealed("OUTPUTS.sha256"));
    assert!(changed.is_empty(), "playground/graphiql/dist is not as it was built: {changed:?}. Run {BUILD}");
}

#[test]
fn a_file_that_is_new_gone_or_another_is_named() {
    let files = |files: &[(&str, &str)]| {
        files.iter().map(|(path, hash)| ((*path).to_owned(), (*hash).to_owned())).collect::<BTreeMap<_, _>>()
    };
    let (one, other) =
        (files(&[("a", "1"), ("b", "1"), ("c", "1")]), files(&[("b", "2"), ("c", "1"), ("d", "1")]));
    assert_eq!(differing(&one, &other), ["a", "b", "d"]);
}

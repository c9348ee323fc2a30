//! Packs the built playground, so that the binary has it as it travels.
//!
//! npm is not needed for that: the built files are in the repository. `playground/graphiql/README.md` says how they are made.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;

/// What was built, below the manifest's folder.
const BUILT: &str = "playground/graphiql/dist";
/// Names the files there, as `sha256sum` does.
const LIST: &str = "OUTPUTS.sha256";
/// How much of a file's hash tells its versions apart, in hexadecimal digits.
const TAG: usize = 32;

#[expect(clippy::disallowed_methods, reason = "a build script is told so where to write")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={BUILT}");
    let built = Path::new(BUILT);
    let out = Path::new(&env::var("OUT_DIR")?).join("playground");
    fs::create_dir_all(&out)?;
    let list = fs::read_to_string(built.join(LIST)).map_err(|error| format!("{BUILT}/{LIST}: {error}"))?;
    let mut files: Vec<_> = list.lines().filter_map(|line| line.split_once("  ")).collect();
    files.sort_unstable_by_key(|(_, path)| *path);
    let mut table = String::from("[\n");
    for (place, (hash, path)) in files.into_iter().enumerate() {
        let plain = fs::read(built.join(path)).map_err(|error| format!("{BUILT}/{path}: {error}"))?;
        let packed = format!("{place}.gz");
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&plain)?;
        fs::write(out.join(&packed), encoder.finish()?)?;
        let tag = format!("W/\"{}\"", hash.get(..TAG).ok_or("a hash is too short")?);
        let media = media(path)?;
        writeln!(
            table,
            "File {{ path: {path:?}, media: {media:?}, tag: {tag:?}, packed: include_bytes!({packed:?}) }},"
        )?;
    }
    table.push(']');
    fs::write(out.join("table.rs"), table)?;
    Ok(())
}

/// The media type by the ending; a file of a kind that nobody thought of ends the build.
fn media(path: &str) -> Result<&'static str, String> {
    Ok(match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("ttf") => "font/ttf",
        Some("md") => "text/plain; charset=utf-8",
        _ => return Err(format!("{BUILT}/{path}: of which media type is that?")),
    })
}

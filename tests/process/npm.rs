//! Programs from npm that the tests run. They need node and npm, and say so where these are not.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// A folder below `tests` with everything installed that its package asks for; `None` where that cannot be done.
#[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the server")]
pub fn installed(name: &str) -> Option<PathBuf> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().expect("not poisoned");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
    let works = |program| {
        Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok_and(|s| s.success())
    };
    if !works("node") || !works("npm") {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must run the tests with programs from npm: install node and npm"
        );
        let _ = writeln!(std::io::stderr(), "NOT RUN for lack of node and npm: tests/{name}");
        return None;
    }
    let age = |name: &str| std::fs::metadata(folder.join(name)).and_then(|file| file.modified()).ok();
    if age("node_modules/.package-lock.json") < age("package-lock.json") {
        let install = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(&folder)
            .stdout(Stdio::null())
            .status();
        assert!(install.is_ok_and(|status| status.success()), "npm ci failed in tests/{name}");
    }
    Some(folder)
}

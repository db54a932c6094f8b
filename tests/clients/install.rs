//! Installs what a client needs, once, however many tests and test runs ask for it at the same time.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{PoisonError, RwLock};

use super::program::complete;

/// Held for reading while a client runs, and for writing while one is compiled: a browser's default patience, which
/// clients have, is not meant for a machine that has no processor left.
static MACHINE: RwLock<()> = RwLock::new(());

/// Keeps compilers away until it is dropped.
pub(super) fn quiet() -> impl Drop {
    MACHINE.read().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps clients away until it is dropped.
pub(super) fn busy() -> impl Drop {
    MACHINE.write().unwrap_or_else(PoisonError::into_inner)
}

/// The folder of one client beside this file.
pub(super) fn folder(client: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("clients")
        .join(client)
}

/// The target directory these tests were built in, whoever chose it: `<target>/<profile>/deps/<test>`.
pub(super) fn target_dir() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    test.ancestors()
        .nth(3)
        .expect("cargo builds tests three levels down")
        .to_owned()
}

/// Builds an executable with the cargo that runs the tests.
pub(super) fn build(
    name: &str,
    package: impl AsRef<Path>,
    target: &Path,
    options: &[&str],
) -> PathBuf {
    let messages = complete(
        Command::new(env!("CARGO"))
            .current_dir(package)
            .args([
                "build",
                "--message-format",
                "json-render-diagnostics",
                "--target-dir",
            ])
            .arg(target)
            .args(options),
    );
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo says where the executable is")
}

/// Runs `install` unless `into` already holds what `lock_file` asks for. The lock file is also what is locked meanwhile.
pub(super) fn once(lock_file: &Path, into: &Path, install: impl FnOnce()) {
    let wanted = fs::read_to_string(lock_file).expect("the lock file can be read");
    let stamp = into.join(".installed");
    let lock = File::open(lock_file).expect("the lock file can be opened");
    lock.lock().expect("the lock file can be locked");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return;
    }
    // Whatever an earlier list left there, or an install that was cut off.
    let _ = fs::remove_dir_all(into);
    install();
    fs::write(&stamp, wanted).expect("the stamp can be written");
}

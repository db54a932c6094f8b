//! What a Debian machine is still without.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Installs a package where that can be done: as root, on Debian. Whoever needs it looks afterwards whether it is there.
///
/// # Panics
///
/// Where it could have been installed, and was not: with what was said of that.
pub(crate) fn install(package: &str) {
    static ONE: Mutex<()> = Mutex::new(()); // at a time
    if !rustix::process::geteuid().is_root() || !Path::new("/usr/bin/apt-get").is_file() {
        return;
    }
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    // A list from another day names files that are gone. Where there is no new one, the old one may do.
    let _ = apt_get(&["update"]).output();
    let mut install = apt_get(&["install", "--yes", "--no-install-recommends", package]);
    let output = install.output();
    let output = output.unwrap_or_else(|error| panic!("{install:?}: {error}"));
    assert!(
        output.status.success(),
        "{install:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    // Somebody else may be installing, too.
    command.args(["-o", "DPkg::Lock::Timeout=600"]);
    command.args(arguments).stdin(Stdio::null());
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

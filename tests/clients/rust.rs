use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::install::{build, busy, folder, target_dir};
use super::program::keeps_its_promises;

#[test]
fn rust_socketio_any_transport() {
    rust_socketio("any");
}

#[test]
fn rust_socketio_websocket_only() {
    rust_socketio("websocket");
}

fn rust_socketio(transport: &str) {
    let client = executable();
    keeps_its_promises(|url| {
        let mut command = Command::new(client);
        // No connection here is encrypted; reading all certificates for each takes longer than the rest.
        command
            .env("SSL_CERT_FILE", "/dev/null")
            .env("SSL_CERT_DIR", "/dev/null");
        command.args([transport, url]);
        command
    });
}

fn executable() -> &'static PathBuf {
    static EXECUTABLE: OnceLock<PathBuf> = OnceLock::new();
    EXECUTABLE.get_or_init(|| {
        let _busy = busy();
        let target = target_dir().join("clients-rust");
        let openssl: &[_] = if openssl_headers() {
            &[]
        } else {
            &["--features", "vendored"]
        };
        build(
            "sockful-rust-client",
            folder("rust"),
            &target,
            &[&["--locked"], openssl].concat(),
        )
    })
}

/// This client wants OpenSSL. Where its headers are missing (Debian: apt install libssl-dev pkg-config) it builds its
/// own, which takes a C compiler, make, perl and some minutes.
fn openssl_headers() -> bool {
    Command::new("pkg-config")
        .args(["--exists", "openssl"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

use std::process::{Command, Stdio};

use super::install::{folder, once, target_dir};
use super::program::{complete, keeps_its_promises, missing};

#[test]
fn python_socketio_default_options() {
    python_socketio("default");
}

#[test]
fn python_socketio_websocket_only() {
    python_socketio("websocket");
}

fn python_socketio(transports: &str) {
    let folder = folder("python");
    let packages = target_dir().join("clients-python");
    let requirements = folder.join("requirements.txt");
    once(&requirements, &packages, || {
        assert!(has_pip(), "{}", missing("pip"));
        complete(
            Command::new("python3")
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--disable-pip-version-check",
                    "--target",
                ])
                .arg(&packages)
                .arg("--requirement")
                .arg(&requirements),
        );
    });
    keeps_its_promises(|url| {
        let mut command = Command::new("python3");
        command
            .current_dir(&folder)
            .env("PYTHONPATH", &packages)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .args(["client.py", transports, url]);
        command
    });
}

/// Where Python itself is missing, the install says so.
fn has_pip() -> bool {
    let pip = Command::new("python3")
        .args(["-m", "pip", "--version"])
        .stdout(Stdio::null())
        .status();
    pip.map_or(true, |status| status.success())
}

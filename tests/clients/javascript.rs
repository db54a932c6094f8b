use std::process::Command;

use super::install::{folder, once};
use super::program::{complete, keeps_its_promises};

#[test]
fn socket_io_client_4_8_default_options() {
    socket_io_client("4.8", "default");
}

#[test]
fn socket_io_client_4_8_websocket_only() {
    socket_io_client("4.8", "websocket");
}

#[test]
fn socket_io_client_4_0_default_options() {
    socket_io_client("4.0", "default");
}

#[test]
fn socket_io_client_4_0_websocket_only() {
    socket_io_client("4.0", "websocket");
}

#[test]
fn socket_io_client_3_1_default_options() {
    socket_io_client("3.1", "default");
}

#[test]
fn socket_io_client_3_1_websocket_only() {
    socket_io_client("3.1", "websocket");
}

#[test]
fn the_snippets_of_the_readme_print_what_the_readme_says() {
    keeps_its_promises(|url| {
        let mut command = node("readme.mjs");
        command
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md"))
            .arg(url);
        command
    });
}

fn socket_io_client(version: &str, transports: &str) {
    keeps_its_promises(|url| {
        let mut command = node("client.mjs");
        command.args([version, transports, url]);
        command
    });
}

pub(super) fn node(script: &str) -> Command {
    let folder = folder("js");
    once(
        &folder.join("package-lock.json"),
        &folder.join("node_modules"),
        || {
            complete(Command::new("npm").current_dir(&folder).args([
                "ci",
                "--no-audit",
                "--no-fund",
            ]));
        },
    );
    let mut command = Command::new("node");
    command.current_dir(&folder).arg(script);
    command
}

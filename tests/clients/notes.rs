//! People who write notes and share them, on the example `notes`.

use super::example::Example;
use super::install::quiet;
use super::javascript::node;
use super::program::checks;

#[test]
fn socket_io_clients_write_and_share_notes() {
    // Built before there is quiet.
    let example = Example::start("notes");
    let _quiet = quiet();
    let mut client = node("notes.mjs");
    client.arg(&example.url);
    checks(&mut client).unwrap_or_else(|failure| panic!("{failure}"));
    example.end();
}

//! Albums and their songs, on the example `albums`.

use super::example::Example;
use super::install::quiet;
use super::javascript::node;
use super::program::checks;

#[test]
fn socket_io_clients_make_songs_of_albums() {
    // Built before there is quiet.
    let example = Example::start("albums");
    let _quiet = quiet();
    let mut client = node("albums.mjs");
    client.arg(&example.url);
    checks(&mut client).unwrap_or_else(|failure| panic!("{failure}"));
    example.end();
}

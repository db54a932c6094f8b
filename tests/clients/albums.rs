//! Albums and their songs, on the example `albums`.

use std::process::Command;

use super::example::Example;
use super::install::quiet;
use super::javascript::node;
use super::program::checks;

#[test]
fn socket_io_clients_make_songs_of_albums() {
    check("albums.mjs", |client, url| {
        client.arg(url);
    });
}

#[test]
fn the_snippet_about_albums_prints_what_the_readme_says() {
    check("readme.mjs", |client, url| {
        let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
        client.args([readme, url, "albums"]);
    });
}

/// Runs a program against a new example.
fn check(script: &str, arguments: impl FnOnce(&mut Command, &str)) {
    // Built before there is quiet.
    let example = Example::start("albums");
    let _quiet = quiet();
    let mut client = node(script);
    arguments(&mut client, &example.url);
    checks(&mut client).unwrap_or_else(|failure| panic!("{failure}"));
    example.end();
}

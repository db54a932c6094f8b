//! Two terminals with the example `board`, whose server crashes under them.

use super::example::Example;
use super::install::quiet;
use super::javascript::node;
use super::program::checks;
use super::terminal::{self, Terminal};

#[test]
fn the_snippet_about_the_board_prints_what_the_readme_says() {
    const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    check("readme.mjs", |url| vec![README, url, "board"]);
}

#[test]
fn the_page_of_the_board_loads_nothing_from_elsewhere() {
    terminal::install();
    check("board.mjs", |url| vec![url]);
}

#[test]
fn the_client_to_copy_follows_the_rule_of_pushes() {
    terminal::install();
    let _quiet = quiet();
    checks(&mut node("follow.mjs")).unwrap_or_else(|failure| panic!("{failure}"));
}

/// Runs a program against a new example.
fn check(script: &str, arguments: for<'a> fn(&'a str) -> Vec<&'a str>) {
    // Built before there is quiet.
    let example = Example::start("board");
    let _quiet = quiet();
    let mut client = node(script);
    client.args(arguments(&example.url));
    checks(&mut client).unwrap_or_else(|failure| panic!("{failure}"));
    example.end();
}

#[test]
fn terminals_show_what_the_others_do_and_miss_nothing_when_the_server_crashes() {
    // Built before there is quiet.
    let mut example = Example::start("board");
    let _quiet = quiet();
    let mut ann = Terminal::open(&example.url);
    let mut bob = Terminal::open(&example.url);
    ann.shows(&["0 cards"]);
    bob.shows(&["0 cards"]);

    ann.type_in("add buy milk");
    for terminal in [&ann, &bob] {
        terminal.shows(&["+ todo  buy milk"]);
    }
    bob.type_in("move 1 doing");
    for terminal in [&ann, &bob] {
        terminal.shows(&["~ doing buy milk"]);
    }

    example.crash();
    for terminal in [&ann, &bob] {
        terminal.shows(&["the server is gone", "back: nothing missed"]);
    }

    // One comes back before the other, and goes on.
    bob.sleep();
    example.crash();
    ann.shows(&["the server is gone", "back: nothing missed"]);
    ann.type_in("add feed the cat");
    ann.shows(&["+ todo  feed the cat"]);
    ann.type_in("drop 1");
    ann.shows(&["- a card has gone"]);
    bob.awake();
    bob.shows(&[
        "the server is gone",
        "back: 2 missed",
        "+ todo  feed the cat",
        "- a card has gone",
    ]);

    bob.type_in("add sleep");
    for terminal in [&mut ann, &mut bob] {
        terminal.shows(&["+ todo  sleep"]);
        terminal.type_in("show");
        terminal.shows(&["  1 todo  feed the cat", "  2 todo  sleep", "2 cards"]);
    }
    example.end();
}

#[test]
fn terminals_begin_anew_where_the_server_has_lost_everything() {
    let mut example = Example::start("board");
    let _quiet = quiet();
    let mut ann = Terminal::open(&example.url);
    ann.shows(&["0 cards"]);
    ann.type_in("add buy milk");
    ann.shows(&["+ todo  buy milk"]);

    example.lose_everything();
    ann.shows(&["the server is gone", "back: all is read anew", "0 cards"]);
    ann.type_in("add begin again");
    ann.shows(&["+ todo  begin again"]);
    example.end();
}

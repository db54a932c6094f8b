//! The page of the example `board`, which people have open in Chromium, together. What they do there is in `js/browser.mjs`.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::debian;
use super::example::Example;
use super::install::quiet;
use super::javascript::node;
use super::program::{collect, missing};
use super::terminal;

/// A window says on its own what it waits for in vain; this is for one that hangs all the same.
const PATIENCE: Duration = Duration::from_mins(4);

#[test]
fn what_is_done_in_one_window_the_other_shows() {
    plays("together");
}

#[test]
fn windows_go_on_when_the_server_crashes_under_them() {
    plays("crash");
}

#[test]
fn text_that_looks_like_markup_stays_text() {
    plays("markup");
}

#[test]
fn the_page_fits_phones_and_large_screens_by_day_and_by_night() {
    plays("looks");
}

/// Runs a scenario of the script on a new board, whose server crashes when the script says so.
#[track_caller]
fn plays(scenario: &str) {
    // Installed and built before there is quiet.
    let mut command = node("browser.mjs");
    command.arg(chromium());
    terminal::install();
    let mut example = Example::start("board");
    let _quiet = quiet();
    command.args([&example.url, scenario]);
    let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut windows = streams.stderr(Stdio::piped()).spawn().expect("node starts");
    let mut stdin = windows.stdin.take().expect("piped");
    let stdout = BufReader::new(windows.stdout.take().expect("piped"));
    let stderr = thread::spawn(collect(windows.stderr.take().expect("piped")));
    let (said, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            let _ = said.send(line);
        }
    });
    let mut kept = Vec::new();
    let ended = loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) if line == "crash" => {
                example.crash();
                writeln!(stdin, "it is there again").expect("the script listens");
            }
            Ok(line) => kept.push(line),
            Err(RecvTimeoutError::Disconnected) => {
                break windows.wait().expect("it can be waited for");
            }
            Err(RecvTimeoutError::Timeout) => {
                let _ = windows.kill();
                break windows.wait().expect("it can be waited for");
            }
        }
    };
    let stderr = stderr.join().expect("reads to the end");
    assert!(
        ended.success() && !kept.is_empty(),
        "{scenario} ended with {ended}\n{}\n{stderr}\nthe example:\n{}",
        kept.join("\n"),
        example.log()
    );
    example.end();
}

/// Where Chromium is. It is installed where it is missing and that can be done.
fn chromium() -> PathBuf {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        on_path().or_else(|| {
            debian::install("chromium");
            on_path()
        })
    });
    found
        .clone()
        .unwrap_or_else(|| panic!("{}", missing("chromium")))
}

fn on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut programs =
        env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    programs.find(|program| program.is_file())
}

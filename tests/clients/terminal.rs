//! A terminal in which somebody has the example `board` open.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::install::once;
use super::program::complete;

/// A client that has lost its server asks for it again within some seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends when it is dropped.
pub(super) struct Terminal {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Terminal {
    /// Opens the board of this server.
    pub(super) fn open(url: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/board/client");
        let (lock_file, modules) = (
            folder.join("package-lock.json"),
            folder.join("node_modules"),
        );
        once(&lock_file, &modules, || {
            let install = ["ci", "--no-audit", "--no-fund"];
            complete(Command::new("npm").current_dir(&folder).args(install));
        });
        let mut child = Command::new("node")
            .current_dir(&folder)
            .args(["terminal.mjs", url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let stdin = child.stdin.take().expect("piped");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (said, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = said.send(line);
            }
        });
        Self {
            child,
            stdin,
            lines,
        }
    }

    /// Types a line.
    pub(super) fn type_in(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").expect("the terminal listens");
    }

    /// The very next lines are these.
    #[track_caller]
    pub(super) fn shows(&self, expected: &[&str]) {
        let lines = expected.iter().map(|_| self.line());
        assert_eq!(lines.collect::<Vec<_>>(), expected);
    }

    /// The very next line.
    #[track_caller]
    pub(super) fn line(&self) -> String {
        let line = self.lines.recv_timeout(PATIENCE);
        line.unwrap_or_else(|error| panic!("the terminal shows nothing more: {error}"))
    }

    /// Stands still, as a laptop whose lid is closed.
    pub(super) fn sleep(&self) {
        self.signal(Signal::STOP);
    }

    /// Goes on.
    pub(super) fn awake(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it is still running");
    }
}

/// What the page and the terminals of the board need; where they are.
pub(super) fn install() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/board/client");
    let (lock_file, modules) = (
        folder.join("package-lock.json"),
        folder.join("node_modules"),
    );
    once(&lock_file, &modules, || {
        let install = ["ci", "--no-audit", "--no-fund"];
        complete(Command::new("npm").current_dir(&folder).args(install));
    });
    folder
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

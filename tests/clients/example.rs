//! An example as its users run it: a process of its own, told to end by a signal.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::mem;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::folder::Folder;
use super::install::{build, target_dir};
use super::program::collect;

const START: Duration = Duration::from_secs(30);
const END: Duration = Duration::from_secs(10);

/// A running example. Dropped in a panic it ends at once; [`Example::end`] is the graceful way.
pub(super) struct Example {
    name: &'static str,
    child: Child,
    pub(super) url: String,
    log: Option<JoinHandle<String>>,
    store: Folder,
}

impl Example {
    /// With an empty store on the disk, which is the store it has unless it is told otherwise.
    pub(super) fn start(name: &'static str) -> Self {
        Self::start_on(name, "0", Folder::new("example"))
    }

    /// Ends at once, as by a failure of power, and starts again at the same address with what is on the disk.
    pub(super) fn crash(&mut self) {
        let _ = self.log();
        let port = self.url.rsplit(':').next().unwrap_or_default().to_owned();
        let store = mem::replace(&mut self.store, Folder::new("example"));
        *self = Self::start_on(self.name, &port, store);
    }

    /// The same with an empty store.
    pub(super) fn lose_everything(&mut self) {
        let _ = self.log();
        self.store = Folder::new("example");
        self.crash();
    }

    fn start_on(name: &'static str, port: &str, store: Folder) -> Self {
        let mut child = Command::new(executable(name))
            .env("PORT", port)
            .env_remove("SOCKFUL_STORE")
            .current_dir(store.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let log = thread::spawn(collect(child.stderr.take().expect("piped")));
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut example = Self {
            name,
            child,
            url: String::new(),
            log: Some(log),
            store,
        };
        let (line, first) = mpsc::channel();
        thread::spawn(move || {
            for text in stdout.lines().map_while(Result::ok) {
                let _ = line.send(text); // only the first is waited for; the pipe stays empty
            }
        });
        let first = first.recv_timeout(START);
        let ready = format!("{name} listening on ");
        match first
            .as_deref()
            .ok()
            .and_then(|line| line.strip_prefix(&ready))
        {
            Some(url) => url.clone_into(&mut example.url),
            None => panic!(
                "the example does not say `{ready}URL`: {first:?}\n{}",
                example.log()
            ),
        }
        example
    }

    /// What the example logged; ends it first.
    pub(super) fn log(&mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.log
            .take()
            .map(|log| log.join().unwrap_or_default())
            .unwrap_or_default()
    }

    /// Ends as an operator would have it: by SIGTERM, in bounded time, without an error.
    pub(super) fn end(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("it is still running");
        let deadline = Instant::now() + END;
        let status = loop {
            match self.child.try_wait().expect("a child can be waited for") {
                Some(status) => break status,
                None if Instant::now() > deadline => {
                    panic!("the example runs on {END:?} after SIGTERM\n{}", self.log())
                }
                None => thread::sleep(Duration::from_millis(20)),
            }
        };
        assert!(
            status.success(),
            "after SIGTERM the example ends with {status}\n{}",
            self.log()
        );
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the program of an example is, built once.
fn executable(name: &'static str) -> PathBuf {
    static BUILT: Mutex<BTreeMap<&str, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let executable = built.entry(name).or_insert_with(|| {
        let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        build(name, workspace, &target_dir(), &["--package", name])
    });
    executable.clone()
}

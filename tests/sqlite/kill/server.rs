//! The server that is killed: this program once more, in a process of its own.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use sockful::{Listener, Sqlite};
use tokio::net::TcpListener;

use crate::sqlite::records;

/// Only the server has these in its environment.
const DATABASE: &str = "SOCKFUL_KILL_DATABASE";
const STAGE: &str = "SOCKFUL_KILL_STAGE";

const OPENING: &str = "the server opens its database";
const LISTENING: &str = "the server listens on ";

/// Longer than any start takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// Serves, if this process is the server; then it does not return but with its client, the test.
pub(super) fn serve_if_told() -> bool {
    let Some(database) = std::env::var_os(DATABASE) else {
        return false;
    };
    let stage = std::env::var(STAGE).expect("the server has a stage");
    thread::spawn(|| {
        // It ends with the test, however that ends.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Runtime::new().expect("there are threads");
    runtime.block_on(serve(
        database.into(),
        stage.parse().expect("a stage is a number"),
    ));
    true
}

#[expect(clippy::print_stdout, reason = "how it tells the test where it is")]
async fn serve(database: PathBuf, stage: usize) {
    println!("{OPENING}");
    let store = Sqlite::open(database).expect("the database opens");
    let app = records::app(store, stage).await;
    let app = app.expect("the records make an app");
    let tcp = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("there is a port");
    let address = tcp.local_addr().expect("a listener has an address");
    let listener = Listener::with_config(tcp, app.config());
    println!("{LISTENING}{address}");
    let served = sockful::serve(listener, app.router()).await;
    served.expect("it serves until it is killed");
}

/// A running server. Dropped it is killed.
pub(super) struct Server {
    child: Child,
    said: mpsc::Receiver<String>,
    log: PathBuf,
}

impl Server {
    /// Starts one, and returns when it begins to open the database. `test` is the name of the test that calls
    /// [`serve_if_told`].
    pub(super) fn start(test: &str, database: &Path, stage: usize) -> Self {
        let log = database.with_extension("log");
        let program = std::env::current_exe().expect("a program knows where it is");
        let mut child = Command::new(program)
            .args([test, "--exact", "--nocapture"])
            .env(DATABASE, database)
            .env(STAGE, stage.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("a file for what it logs"))
            .spawn()
            .expect("the server starts");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (say, said) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                // It may say more than is heard.
                let _ = say.send(line);
            }
        });
        let server = Self { child, said, log };
        let opening = server.says(PATIENCE, |line| line.contains(OPENING).then_some(()));
        opening.unwrap_or_else(|| panic!("it does not open the database: {}", server.log()));
        server
    }

    /// Its address, once it listens; `None` if it does not within this time.
    pub(super) fn listens_within(&self, patience: Duration) -> Option<SocketAddr> {
        self.says(patience, |line| {
            let address = line.split_once(LISTENING)?.1;
            Some(address.parse().expect("an address"))
        })
    }

    /// Its address, once it listens.
    pub(super) fn listens(&self) -> SocketAddr {
        let address = self.listens_within(PATIENCE);
        address.unwrap_or_else(|| panic!("it does not listen: {}", self.log()))
    }

    /// Ends it at once, by SIGKILL.
    pub(super) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        let status = self.child.wait().expect("a child can be waited for");
        assert!(
            status.code().is_none(),
            "it had ended by itself, with {status}: {}",
            self.log()
        );
    }

    fn says<T>(&self, patience: Duration, heard: impl Fn(&str) -> Option<T>) -> Option<T> {
        let until = std::time::Instant::now() + patience;
        loop {
            let left = until.saturating_duration_since(std::time::Instant::now());
            let line = match self.said.recv_timeout(left) {
                Ok(line) => line,
                Err(mpsc::RecvTimeoutError::Timeout) => return None,
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    panic!("it has ended by itself: {}", self.log())
                }
            };
            if let Some(heard) = heard(&line) {
                return Some(heard);
            }
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

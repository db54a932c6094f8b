//! Runs the programs of this folder, and tells what they said when they fail.

use std::io::{ErrorKind, Read};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::example::Example;
use super::install::quiet;

/// A client says on its own what it waits for in vain; this is for one that hangs all the same.
const PATIENCE: Duration = Duration::from_mins(4);

/// For what loads and compiles.
const INSTALL_PATIENCE: Duration = Duration::from_mins(30);

/// Runs a client against a fresh example, which has to end gracefully afterwards.
pub(super) fn keeps_its_promises(client: impl FnOnce(&str) -> Command) {
    let _quiet = quiet();
    let mut example = Example::start("creatures");
    if let Err(failure) = checks(&mut client(&example.url)) {
        panic!("{failure}\nthe example:\n{}", example.log());
    }
    example.end();
}

/// Runs a client that says what it has checked.
pub(super) fn checks(client: &mut Command) -> Result<(), String> {
    let output = run(client, PATIENCE)?;
    if output.contains("kept") {
        Ok(())
    } else {
        Err(format!("the client has checked nothing:\n{output}"))
    }
}

/// The standard output of a program that has to succeed.
pub(super) fn complete(command: &mut Command) -> String {
    run(command, INSTALL_PATIENCE).unwrap_or_else(|failure| panic!("{failure}"))
}

fn run(command: &mut Command, patience: Duration) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| match error.kind() {
            ErrorKind::NotFound => panic!("{}", missing(&name)),
            _ => panic!("{name} does not start: {error}"),
        });
    let stdout = thread::spawn(collect(child.stdout.take().expect("piped")));
    let stderr = thread::spawn(collect(child.stderr.take().expect("piped")));
    let outcome = wait(&mut child, patience);
    let [stdout, stderr] = [stdout, stderr].map(|reader| reader.join().expect("reads to the end"));
    match outcome {
        Ok(()) => Ok(stdout),
        Err(why) => Err(format!("{command:?} {why}\n{stdout}\n{stderr}")),
    }
}

fn wait(child: &mut Child, patience: Duration) -> Result<(), String> {
    let deadline = Instant::now() + patience;
    loop {
        match child.try_wait().expect("a child can be waited for") {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("ended with {status}")),
            None if Instant::now() > deadline => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("still ran after {patience:?}"));
            }
            None => thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Reads to the end, so that the writer never waits for a reader.
pub(super) fn collect(mut stream: impl Read) -> impl FnOnce() -> String {
    move || {
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// A test that cannot run fails: what nobody checked is not kept.
pub(super) fn missing(program: &str) -> String {
    let what = match program {
        "node" => "Node.js 18 or newer (Debian: apt install nodejs)",
        "npm" => "npm (Debian: apt install npm)",
        "python3" => "Python 3.10 or newer (Debian: apt install python3 python3-pip)",
        "pip" => "pip for Python 3 (Debian: apt install python3-pip)",
        "chromium" => "Chromium (Debian: apt install chromium)",
        other => other,
    };
    format!("there is no `{program}` here, which this test needs. Please install {what}")
}

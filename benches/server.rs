//! The servers, as processes.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::Outcome;
use crate::load::{Dialect, Plan, Report};

/// Whose server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Sockful,
    Socketioxide,
    Feathers,
}

impl Side {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sockful => "sockful",
            Self::Socketioxide => "socketioxide",
            Self::Feathers => "Feathers",
        }
    }

    pub(crate) fn dialect(self) -> Dialect {
        match self {
            Self::Sockful | Self::Socketioxide => Dialect::Sockful,
            Self::Feathers => Dialect::Feathers,
        }
    }
}

/// A running server; dropping it ends it.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(side: Side) -> Outcome<Self> {
        let command = match side {
            Side::Sockful => own(["serve", "sockful"])?,
            Side::Socketioxide => own(["serve", "socketioxide"])?,
            Side::Feathers => node()?,
        };
        Self::launch(command, side)
    }

    /// Starts a side by another command than its own.
    pub(crate) fn launch(mut command: Command, side: Side) -> Outcome<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut told = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut told)?;
        }
        match told.trim().strip_prefix("listening on ").map(str::parse) {
            Some(Ok(address)) => Ok(Self { child, address }),
            _ => {
                child.kill()?;
                child.wait()?;
                Err(format!("{} did not start", side.name()).into())
            }
        }
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, and gives what it has told on standard error.
    pub(crate) fn end(mut self) -> Outcome<String> {
        Command::new("kill")
            .arg(self.process().to_string())
            .status()?;
        let mut told = String::new();
        if let Some(mut errors) = self.child.stderr.take() {
            errors.read_to_string(&mut told)?;
        }
        Ok(told)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended by itself when this fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Carries out a plan, in a process of its own.
pub(crate) fn load(plan: &Plan) -> Outcome<Report> {
    let load = own(["load", &serde_json::to_string(plan)?])?
        .stderr(Stdio::inherit())
        .output()?;
    if !load.status.success() {
        return Err(format!("the load failed: {plan:?}").into());
    }
    Ok(serde_json::from_slice(&load.stdout)?)
}

/// This program, in another role.
pub(crate) fn own<const N: usize>(words: [&str; N]) -> Outcome<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(words);
    Ok(command)
}

/// The Feathers server; what it needs is installed the first time.
fn node() -> Outcome<Command> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/feathers");
    if !folder.join("node_modules").exists() {
        crate::note("installing Feathers");
        let installed = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .stdout(Stdio::null())
            .status()?;
        if !installed.success() {
            return Err("npm could not install Feathers".into());
        }
    }
    let mut command = Command::new("node");
    command
        .arg("server.js")
        .current_dir(folder)
        .env("NODE_ENV", "production");
    Ok(command)
}

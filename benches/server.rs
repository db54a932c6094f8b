//! The servers, as processes.

use std::fmt::Debug;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde::Serialize;

use crate::Outcome;
use crate::live;
use crate::load::Plan;
use crate::side::Side;
use crate::stores::{self, Folder};
use crate::window::Report;

/// A running server; dropping it ends it.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Where it keeps what lasts, if it does.
    _folder: Option<Folder>,
}

impl Server {
    pub(crate) fn start(side: Side) -> Outcome<Self> {
        let folder = match side {
            Side::SockfulSqlite
            | Side::FeathersKnex
            | Side::SockfulAlbums
            | Side::FeathersResolvers
            | Side::FeathersLoaders => Some(Folder::new()?),
            _ => None,
        };
        let mut command = match side {
            Side::Sockful => own(["serve", "sockful"])?,
            Side::Socketioxide => own(["serve", "socketioxide"])?,
            Side::SockfulLive => own(["serve", "live"])?,
            Side::Rooms => own(["serve", "rooms"])?,
            Side::Feathers => node("peers/feathers", &["server.js"])?,
            Side::Channels => node("peers/feathers", &["channels.js"])?,
            Side::SockfulSqlite => own(["serve", "sqlite"])?,
            Side::FeathersKnex => node("peers/feathers-knex", &["server.js"])?,
            Side::SockfulAlbums => own(["serve", "albums"])?,
            Side::FeathersResolvers => node("peers/feathers-knex", &["albums.js", "resolvers"])?,
            Side::FeathersLoaders => node("peers/feathers-knex", &["albums.js", "loaders"])?,
            Side::App
            | Side::Store
            | Side::Rusqlite
            | Side::TokioPostgres
            | Side::Streams1k
            | Side::Streams20k
            | Side::Streams100k => {
                return Err(format!("{} is no server", side.name()).into());
            }
        };
        command.args(folder.iter().map(|folder| folder.path().join("records.db")));
        let mut server = Self::launch(command, side)?;
        server._folder = folder;
        Ok(server)
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
            Some(Ok(address)) => Ok(Self {
                child,
                address,
                _folder: None,
            }),
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

/// Carries out a plan over sockets, in a process of its own.
pub(crate) fn load(plan: &Plan) -> Outcome<Report> {
    carry_out("load", plan)
}

/// Carries out a plan of calls, in a process of its own.
pub(crate) fn calls(plan: &stores::Plan) -> Outcome<Report> {
    carry_out("store", plan)
}

/// Carries out a plan of changes and those who are told of them, in a process of its own.
pub(crate) fn watch(plan: &live::Plan) -> Outcome<Report> {
    carry_out("watch", plan)
}

fn carry_out(role: &str, plan: &(impl Serialize + Debug)) -> Outcome<Report> {
    let done = own([role, &serde_json::to_string(plan)?])?
        .stderr(Stdio::inherit())
        .output()?;
    if !done.status.success() {
        return Err(format!("the {role} failed: {plan:?}").into());
    }
    Ok(serde_json::from_slice(&done.stdout)?)
}

/// This program, in another role.
pub(crate) fn own<const N: usize>(words: [&str; N]) -> Outcome<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(words);
    Ok(command)
}

/// Where Debian's `libnode-dev` puts what addons are built against.
const HEADERS: &str = "/usr/include/node/node.h";

/// A server on Node; what it needs is installed the first time.
fn node(folder: &str, words: &[&str]) -> Outcome<Command> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if !folder.join("node_modules").exists() {
        crate::note(&format!("installing what {} needs", folder.display()));
        let mut install = Command::new("npm");
        install
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .stdout(Stdio::null());
        if Path::new(HEADERS).exists() {
            // An addon is built where none can be fetched; the headers need not be fetched either.
            install.env("npm_config_nodedir", "/usr");
        }
        if !install.status()?.success() {
            return Err("npm could not install what it needs".into());
        }
    }
    let mut command = Command::new("node");
    command
        .args(words)
        .current_dir(folder)
        .env("NODE_ENV", "production");
    Ok(command)
}

//! A PostgreSQL server of our own, from the programs of the system: as it comes, so that what is committed is on the
//! disk, in a temporary folder, gone with this process.

use std::ffi::OsStr;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{Database, Folder};
use crate::{Outcome, server};

/// The database that the others are copies of.
const FILLED: &str = "filled";

/// A server that runs.
#[derive(Debug)]
pub(crate) struct Postgres {
    programs: Programs,
    process: u32,
    /// Stops the server when its input ends, which it does with this process, however that ends.
    guard: Child,
    folder: Folder,
}

impl Postgres {
    /// Starts a new server, with one database of the records that every side begins with.
    ///
    /// # Errors
    /// When there is no PostgreSQL, or it does not start.
    pub(crate) fn start() -> Outcome<Self> {
        let programs = Programs::find()?;
        let folder = Folder::new()?;
        if let Some((user, group)) = programs.owner {
            chown(folder.path(), Some(user), Some(group))?;
        }
        let data = folder.path().join("data");
        let mut init = programs.command("initdb");
        init.arg("--pgdata").arg(&data);
        init.args(["--username=benches", "--encoding=UTF8", "--locale=C"]);
        complete(init.arg("--auth=trust"))?;

        let stop = format!(
            "trap '' INT TERM HUP; cat > /dev/null; '{}' --pgdata '{}' --mode immediate stop > /dev/null 2>&1; \
             rm -rf '{}'",
            programs.folder.join("pg_ctl").display(),
            data.display(),
            folder.path().display()
        );
        let mut guard = programs.as_owner("sh");
        let guard = guard.args(["-c", &stop]).stdin(Stdio::piped()).spawn()?;
        let mut server = Self {
            programs,
            process: 0,
            guard,
            folder,
        };
        let mut start = server.programs.command("pg_ctl");
        start.arg("--pgdata").arg(&data);
        start.arg("--log").arg(server.folder.path().join("log"));
        // Nothing else is set: it is asked through its socket alone.
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories={}",
            server.folder.path().display()
        );
        complete(start.args(["--options", &options, "--wait", "start"]))?;
        let process = std::fs::read_to_string(data.join("postmaster.pid"))?;
        server.process = process.lines().next().unwrap_or_default().parse()?;
        server.fill()?;
        Ok(server)
    }

    fn fill(&self) -> Outcome {
        self.ask("postgres", &[&format!("CREATE DATABASE {FILLED}")])?;
        let database = serde_json::to_string(&self.database(FILLED))?;
        let filled = server::own(["fill", &database])?.status()?;
        if !filled.success() {
            return Err("the database could not be filled".into());
        }
        self.ask(FILLED, &["VACUUM ANALYZE"])
    }

    /// Makes databases of these names anew.
    ///
    /// # Errors
    /// When the server does not.
    pub(crate) fn renew<'a>(&self, names: impl Iterator<Item = &'a str>) -> Outcome {
        let mut asked = Vec::new();
        for name in names {
            asked.push(format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"));
            asked.push(format!("CREATE DATABASE \"{name}\" TEMPLATE {FILLED}"));
        }
        // What is to be written for this is written before anything is measured.
        asked.push("CHECKPOINT".to_owned());
        let asked: Vec<_> = asked.iter().map(String::as_str).collect();
        self.ask("postgres", &asked)
    }

    /// One of its databases.
    pub(crate) fn database(&self, name: &str) -> Database {
        let host = self.folder.path().display();
        Database::Postgres {
            url: format!("host={host} user=benches dbname={name}"),
            server: self.process,
        }
    }

    fn ask(&self, database: &str, statements: &[&str]) -> Outcome {
        let mut psql = self.programs.command("psql");
        psql.arg("--host").arg(self.folder.path());
        psql.args(["--username=benches", "--dbname", database, "--no-psqlrc"]);
        psql.args(["--set=ON_ERROR_STOP=1", "--quiet"]);
        for statement in statements {
            psql.args(["--command", statement]);
        }
        complete(&mut psql)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // It has stopped the server by then, or could not.
        let _ = self.guard.wait();
    }
}

/// The programs of PostgreSQL, and who runs them.
#[derive(Debug)]
struct Programs {
    folder: PathBuf,
    /// PostgreSQL does not run as root.
    owner: Option<(u32, u32)>,
}

impl Programs {
    fn find() -> Outcome<Self> {
        // Debian keeps them where no `PATH` leads, by version.
        let versions = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten();
        let mut folders: Vec<_> = versions
            .filter_map(|it| Some(it.ok()?.path().join("bin")))
            .collect();
        folders.sort();
        let path = std::env::var_os("PATH").unwrap_or_default();
        folders.extend(std::env::split_paths(&path));
        let whole = |folder: &&PathBuf| {
            let mut programs = ["initdb", "pg_ctl", "psql"].iter();
            programs.all(|program| folder.join(program).is_file())
        };
        let folder = folders
            .iter()
            .rfind(whole)
            .ok_or("there is no PostgreSQL")?;
        let root = std::fs::metadata("/proc/self")?.uid() == 0;
        Ok(Self {
            folder: folder.clone(),
            owner: root.then(user).transpose()?,
        })
    }

    fn command(&self, program: &str) -> Command {
        self.as_owner(self.folder.join(program))
    }

    fn as_owner(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = match self.owner {
            None => Command::new(program),
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                command.arg(format!("--reuid={user}"));
                command.arg(format!("--regid={group}"));
                command.arg("--clear-groups").arg(program.as_ref());
                command
            }
        };
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command.current_dir(Path::new("/"));
        command
    }
}

/// The numbers of the user and the group that Debian makes for PostgreSQL.
fn user() -> Outcome<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd")?;
    let mut lines = users.lines();
    let user = lines.find(|line| line.starts_with("postgres:"));
    let user: Vec<_> = user.unwrap_or_default().split(':').collect();
    match user[..] {
        [_, _, user, group, ..] => Ok((user.parse()?, group.parse()?)),
        _ => Err("there is no user `postgres`, and root may not run it".into()),
    }
}

/// Runs a program to its end.
fn complete(command: &mut Command) -> Outcome {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}\n{told}", output.status).into())
}

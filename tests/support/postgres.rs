//! A PostgreSQL server of our own, from the programs of the system: in a temporary folder, gone with the tests.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use sockful::Postgres;
use sockful::store::PostgresBuilder;

use super::debian;
use super::folder::Folder;

/// The password that is asked for over TCP.
const PASSWORD: &str = "a secret/of:tests";

/// A store in the schema of this name, of the server that the tests of this process share.
pub(crate) fn store(schema: &str) -> Postgres {
    builder(schema).open().expect("the URL is one")
}

/// The settings of [`store`].
pub(crate) fn builder(schema: &str) -> PostgresBuilder {
    shared().builder().schema(schema).readers(2)
}

/// A name that no other test has: for a schema.
pub(crate) fn fresh_name() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("place_{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The server that the tests of this process share. It does not sync: nothing of it need survive.
pub(crate) fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| {
        Server::start(&[
            "fsync=off",
            "full_page_writes=off",
            // Thousands of small tables come and go: nobody need tidy up after them.
            "autovacuum=off",
            "wal_level=minimal",
            "max_wal_senders=0",
            "checkpoint_timeout=1h",
        ])
    })
}

/// A server that runs. It is stopped and removed when it is dropped, or when this process ends, however it does.
pub(crate) struct Server {
    programs: Programs,
    folder: PathBuf,
    port: u16,
    settings: Vec<String>,
    /// Waits for the end of its input, which is that of this process.
    guard: Child,
}

impl Server {
    /// Starts a new server, with these settings.
    pub(crate) fn start(settings: &[&str]) -> Self {
        let settings: Vec<_> = settings.iter().map(|it| (*it).to_owned()).collect();
        let server = Self::prepare(&settings);
        let password = server.folder.join("password");
        fs::write(&password, PASSWORD).expect("a file");
        if let Some((user, group)) = server.programs.owner {
            chown(&password, Some(user), Some(group)).expect("the file is given away");
        }
        let mut init = server.programs.command("initdb");
        init.arg("--pgdata").arg(server.folder.join("data"));
        init.arg("--pwfile").arg(&password);
        init.args(["--username=tests", "--encoding=UTF8", "--no-sync"]);
        init.args(["--auth-local=trust", "--auth-host=scram-sha-256"]);
        // Not the order of code points, so that nobody relies on that of the database.
        init.args(["--locale-provider=icu", "--icu-locale=en-US"]);
        complete(&mut init);
        server.resume();
        server
    }

    /// A folder for a server, and who removes both.
    fn prepare(settings: &[String]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let programs = Programs::find();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("sockful-postgres-{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        if let Some((user, group)) = programs.owner {
            chown(&folder, Some(user), Some(group)).expect("the folder is given away");
        }
        let stop = format!(
            "trap '' INT TERM HUP; cat > {out}; '{}' --pgdata '{data}' --mode immediate stop > {out} 2>&1; rm -rf '{}'",
            programs.folder.join("pg_ctl").display(),
            folder.display(),
            out = "/dev/null",
            data = folder.join("data").display(),
        );
        let mut guard = programs.as_owner("sh");
        let guard = guard
            .args(["-c", &stop])
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        Self {
            programs,
            folder,
            port: free_port(),
            settings: settings.to_vec(),
            guard,
        }
    }

    /// Starts a new server that can be asked in secret, and answers its certificate, in PEM.
    pub(crate) fn start_secure() -> (Self, Vec<u8>) {
        let folder = Folder::new("certificate");
        let [key, certificate] = ["key", "certificate"].map(|it| folder.path().join(it));
        let mut make = Command::new("openssl");
        make.args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        ]);
        make.args(["-subj", "/CN=localhost"]);
        make.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
        make.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        make.arg("-keyout").arg(&key).arg("-out").arg(&certificate);
        complete(&mut make);
        if let Some((user, group)) = Programs::find().owner {
            chown(&key, Some(user), Some(group)).expect("the key is given away");
        }
        let server = Self::start(&[
            "fsync=off",
            "ssl=on",
            &format!("ssl_key_file={}", key.display()),
            &format!("ssl_cert_file={}", certificate.display()),
        ]);
        (server, fs::read(certificate).expect("the certificate"))
    }

    /// Starts the server again after it was stopped.
    pub(crate) fn resume(&self) {
        let settings = [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", self.port),
            format!("unix_socket_directories={}", self.folder.display()),
            "max_connections=300".to_owned(),
            "shared_buffers=64MB".to_owned(),
        ];
        let settings = settings.iter().chain(&self.settings);
        let settings: Vec<_> = settings.map(|it| format!("-c {it}")).collect();
        let mut start = self.control();
        start.arg("--log").arg(self.folder.join("log"));
        start.args(["--options", &settings.join(" "), "--wait", "start"]);
        complete(&mut start);
    }

    /// Ends the server as a crash does: it has no time to put anything in order.
    pub(crate) fn crash(&self) {
        complete(self.control().args(["--mode", "immediate", "stop"]));
    }

    /// Ends the server in good order.
    pub(crate) fn stop(&self) {
        complete(self.control().args(["--mode", "fast", "stop"]));
    }

    /// Kills a process of the server, which then comes back from a crash by itself. Waits for that.
    pub(crate) fn kill_one(&self) {
        let mut victim = self.psql("SELECT pg_backend_pid() AS victim, pg_sleep(60)");
        let mut victim = victim.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let victim = victim.as_mut().expect("psql");
        let asked = "SELECT pid FROM pg_stat_activity \
                     WHERE query LIKE '%AS victim%' AND wait_event = 'PgSleep'";
        let number = loop {
            let number = self.ask(asked);
            if !number.is_empty() {
                break number;
            }
        };
        complete(Command::new("kill").args(["-KILL", &number]));
        // It is told that the server has crashed.
        let _ = victim.wait();
        while !succeeds(self.psql("SELECT 1")) {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// Starts a standby, which has what this server has now.
    pub(crate) fn standby(&self) -> Self {
        let standby = Self::prepare(&self.settings);
        let mut copy = standby.programs.command("pg_basebackup");
        copy.arg("--pgdata").arg(standby.folder.join("data"));
        copy.arg("--host").arg(&self.folder);
        copy.args(["--username=tests", "--no-sync", "--checkpoint=fast"]);
        copy.args(["--port", &self.port.to_string()]);
        copy.args(["--write-recovery-conf", "--wal-method=stream"]);
        complete(&mut copy);
        standby.resume();
        standby
    }

    /// Lets a standby take over.
    pub(crate) fn promote(&self) {
        complete(self.control().args(["--wait", "promote"]));
    }

    /// What `pg_dump` writes of a schema.
    pub(crate) fn dump(&self, schema: &str) -> String {
        let mut dump = self.programs.command("pg_dump");
        dump.arg("--host").arg(&self.folder);
        dump.args(["--username=tests", "--dbname=postgres", "--inserts"]);
        dump.args(["--port", &self.port.to_string(), "--schema", schema]);
        // What begins with a backslash is for `psql` to read from a file.
        let dump = complete(&mut dump);
        let lines = dump.lines().filter(|line| !line.starts_with('\\'));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Where it listens, and as whom it is asked.
    pub(crate) fn url(&self) -> String {
        self.url_of("tests", PASSWORD, "postgres")
    }

    /// The same for another user, with another password, of another database.
    pub(crate) fn url_of(&self, user: &str, password: &str, database: &str) -> String {
        let password = password.replace(' ', "%20").replace('/', "%2F");
        let password = password.replace(':', "%3A");
        format!(
            "postgres://{user}:{password}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    /// The same through its Unix socket.
    pub(crate) fn url_of_socket(&self) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://tests@{folder}:{}/postgres", self.port)
    }

    /// Settings of a store on this server, through its socket: to prove a password takes long in a build for tests.
    pub(crate) fn builder(&self) -> PostgresBuilder {
        Postgres::builder(self.url_of_socket())
    }

    /// What `psql` answers.
    pub(crate) fn ask(&self, text: &str) -> String {
        complete(&mut self.psql(text)).trim().to_owned()
    }

    /// A `psql` that asks this.
    pub(crate) fn psql(&self, text: &str) -> Command {
        let mut psql = self.programs.command("psql");
        psql.arg("--host").arg(&self.folder);
        psql.args(["--username=tests", "--dbname=postgres", "--no-psqlrc"]);
        psql.args([
            "--port",
            &self.port.to_string(),
            "--tuples-only",
            "--no-align",
        ]);
        psql.args(["--set=ON_ERROR_STOP=1", "--quiet", "--command", text]);
        psql
    }

    fn control(&self) -> Command {
        let mut control = self.programs.command("pg_ctl");
        control.arg("--pgdata").arg(self.folder.join("data"));
        control
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // It has stopped the server by then, or could not.
        let _ = self.guard.wait();
    }
}

/// The programs of PostgreSQL, and who runs them.
struct Programs {
    folder: PathBuf,
    /// PostgreSQL does not run as root.
    owner: Option<(u32, u32)>,
}

impl Programs {
    fn find() -> Self {
        let folder = Self::folder().or_else(|| {
            debian::install("postgresql");
            Self::folder()
        });
        let root = rustix::process::geteuid().is_root();
        Self {
            folder: folder
                .expect("the tests need PostgreSQL 15 or newer: `apt-get install postgresql`"),
            owner: root.then(|| user("postgres").or_else(|| user("nobody")).expect("a user")),
        }
    }

    fn folder() -> Option<PathBuf> {
        // Debian keeps them where no `PATH` leads, by version.
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
        let mut folders: Vec<_> = versions
            .filter_map(|it| Some(it.ok()?.path().join("bin")))
            .collect();
        folders.sort();
        let path = std::env::var_os("PATH").unwrap_or_default();
        folders.extend(std::env::split_paths(&path));
        let whole = |folder: &&PathBuf| {
            ["initdb", "pg_ctl", "postgres", "psql"]
                .iter()
                .all(|program| folder.join(program).is_file())
        };
        folders.iter().rfind(whole).cloned()
    }

    fn command(&self, program: &str) -> Command {
        self.as_owner(self.folder.join(program))
    }

    fn as_owner(&self, program: impl AsRef<Path>) -> Command {
        let mut command = match self.owner {
            None => Command::new(program.as_ref()),
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
        command.current_dir("/");
        command
    }
}

/// The numbers of a user and its group.
fn user(name: &str) -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let mut lines = users
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>());
    let user = lines.find(|user| user.first() == Some(&name))?;
    Some((user.get(2)?.parse().ok()?, user.get(3)?.parse().ok()?))
}

/// Whether a program ends well.
fn succeeds(mut command: Command) -> bool {
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs a program to its end, and answers what it has said.
fn complete(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

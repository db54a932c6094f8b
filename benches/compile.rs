//! What the macros cost those who compile: checks of generated crates, and an example from nothing.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::table::{Budget, Line, Table, median, number};

/// How many resources the generated crates hold.
const COUNTS: [usize; 3] = [1, 10, 50];

/// The smallest whole server.
const EXAMPLE: &str = "creatures";

/// What stands on the structs of a generated crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing: the structs and their methods alone.
    Plain,
    /// What every resource needs anyway: serde and schemars.
    Described,
    /// The same, and ours.
    Resource,
}

const KINDS: [Kind; 3] = [Kind::Plain, Kind::Described, Kind::Resource];

impl Kind {
    fn package(self, count: usize) -> String {
        let kind = match self {
            Self::Plain => "plain",
            Self::Described => "described",
            Self::Resource => "resource",
        };
        format!("{kind}-{count}")
    }

    /// A crate of `count` structs with eight fields and two methods each.
    fn source(self, count: usize) -> String {
        let (imports, derives, block, method) = match self {
            Self::Plain => ("", "", "", ""),
            Self::Described => (
                "use schemars::JsonSchema;\nuse serde::{Deserialize, Serialize};\n",
                "#[derive(Serialize, Deserialize, JsonSchema)]\n",
                "",
                "",
            ),
            Self::Resource => (
                "use schemars::JsonSchema;\nuse serde::{Deserialize, Serialize};\nuse sockful::prelude::*;\n",
                "#[derive(Serialize, Deserialize, JsonSchema, Resource)]\n#[resource(access = public, remote)]\n",
                "#[remote]\n",
                "    #[remote]\n",
            ),
        };
        let mut source = imports.to_owned();
        for index in 0..count {
            let _ = write!(
                source,
                r#"
{derives}pub struct Creature{index} {{
    pub id: String,
    pub name: String,
    pub hunger: u8,
    pub balance: i64,
    pub weight: f64,
    pub awake: bool,
    pub nickname: Option<String>,
    pub tags: Vec<String>,
}}

{block}impl Creature{index} {{
{method}    pub async fn feed(&mut self, food: String) -> String {{
        self.hunger = 0;
        format!("{{}} ate {{food}}", self.name)
    }}
{method}    pub async fn rename(&mut self, name: String, awake: bool) -> bool {{
        self.name = name;
        std::mem::replace(&mut self.awake, awake)
    }}
}}
"#
            );
        }
        if self == Self::Resource {
            source.push_str("\npub fn register() {\n    let _ = App::builder()");
            for index in 0..count {
                let _ = write!(source, "\n        .resource::<Creature{index}>()");
            }
            source.push_str(";\n}\n");
        }
        source
    }
}

/// `cargo check` of each generated crate, touched, not incremental; by turns, median of the rounds.
///
/// # Errors
/// When a generated crate does not compile.
pub(crate) fn check_cost(quick: bool, table: &mut Table) -> Outcome {
    let folder = target()?.join("check-cost");
    generate(&folder)?;
    crate::note("checking the dependencies");
    check(&folder, None)?;

    let crates: Vec<(Kind, usize)> = KINDS
        .iter()
        .flat_map(|kind| COUNTS.map(|count| (*kind, count)))
        .collect();
    let mut times = vec![Vec::new(); crates.len()];
    for _ in 0..if quick { 3 } else { 5 } {
        for ((kind, count), times) in crates.iter().zip(&mut times) {
            let package = kind.package(*count);
            let time = check(&folder, Some(&package))?;
            crate::note(&format!("cargo check of {package}: {} ms", number(time)));
            times.push(time);
        }
    }
    let time = |kind, count| {
        crates
            .iter()
            .position(|known| *known == (kind, count))
            .map_or(f64::NAN, |index| median(times[index].iter().copied()))
    };
    for count in COUNTS {
        let (ours, peer) = (time(Kind::Resource, count), time(Kind::Described, count));
        table.push(Line {
            what: format!("cargo check, resources: {count}"),
            figure: "ms".to_owned(),
            ours: number(ours),
            peer: format!("{} (serde, schemars)", number(peer)),
            judged: ours / peer,
            shown: number(ours / peer),
            budget: Budget::Free,
            budget_text: String::new(),
        });
    }
    let slope =
        |kind| (time(kind, COUNTS[2]) - time(kind, COUNTS[0])) / (COUNTS[2] - COUNTS[0]) as f64;
    let (plain, described, whole) = (
        slope(Kind::Plain),
        slope(Kind::Described),
        slope(Kind::Resource),
    );
    let mut per_resource = |what: &str, judged: f64, peer: String, bound: f64| {
        table.push(Line {
            what: what.to_owned(),
            figure: "ms per extra resource".to_owned(),
            ours: number(judged),
            peer,
            judged,
            shown: String::new(),
            budget: Budget::AtMost(bound),
            budget_text: format!("≤ {bound} ms"),
        });
    };
    per_resource(
        "cargo check, our macros alone",
        whole - described,
        format!("{} (serde, schemars alone)", number(described - plain)),
        15.0,
    );
    per_resource(
        "cargo check, with serde and schemars",
        whole,
        format!("{} (no derives)", number(plain)),
        45.0,
    );
    Ok(())
}

/// Milliseconds of one check, of one package or of all.
fn check(folder: &Path, package: Option<&str>) -> Outcome<f64> {
    let mut command = cargo();
    command
        .args(["check", "--quiet"])
        .current_dir(folder)
        .env("CARGO_INCREMENTAL", "0");
    match package {
        Some(package) => {
            let source = folder.join(package).join("lib.rs");
            fs::File::options()
                .append(true)
                .open(source)?
                .set_modified(std::time::SystemTime::now())?;
            command.args(["--package", package]);
        }
        None => {
            command.arg("--workspace");
        }
    }
    let started = Instant::now();
    if !command.status()?.success() {
        return Err(format!("cargo check of {} failed", package.unwrap_or("the crates")).into());
    }
    Ok(started.elapsed().as_secs_f64() * 1e3)
}

/// Writes a workspace with one package for each kind and count, its versions locked like ours.
fn generate(folder: &Path) -> Outcome {
    let root = root();
    let mut members = String::new();
    for kind in KINDS {
        for count in COUNTS {
            let package = kind.package(count);
            let _ = write!(members, "{package:?}, ");
            let home = folder.join(&package);
            fs::create_dir_all(&home)?;
            fs::write(home.join("lib.rs"), kind.source(count))?;
            fs::write(
                home.join("Cargo.toml"),
                format!(
                    "[package]\nname = {package:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                     [lib]\npath = \"lib.rs\"\n\n[dependencies]\nschemars.workspace = true\n\
                     serde.workspace = true\nsockful.workspace = true\n"
                ),
            )?;
        }
    }
    fs::write(
        folder.join("Cargo.toml"),
        format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{members}]\n\n[workspace.dependencies]\n\
             schemars = \"1\"\nserde = {{ version = \"1\", features = [\"derive\"] }}\n\
             sockful = {{ path = {:?} }}\n",
            root.join("sockful")
        ),
    )?;
    let lock = root.join("Cargo.lock");
    if lock.exists() {
        fs::copy(lock, folder.join("Cargo.lock"))?;
    }
    Ok(())
}

/// Seconds of a debug build of the example with nothing built before.
///
/// # Errors
/// When it does not build.
pub(crate) fn build_time(table: &mut Table) -> Outcome {
    let folder = target()?.join("build-time");
    let build = |folder: &Path| -> Outcome<Duration> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let started = Instant::now();
        let built = cargo()
            .args([
                "build",
                "--quiet",
                "--locked",
                "--offline",
                "--jobs",
                "2",
                "--package",
                EXAMPLE,
                "--target-dir",
            ])
            .arg(folder)
            .current_dir(root())
            .status()?;
        let time = started.elapsed();
        fs::remove_dir_all(folder)?;
        if built.success() {
            Ok(time)
        } else {
            Err("the example does not build".into())
        }
    };
    crate::note("building the example");
    if !cargo()
        .args(["fetch", "--quiet"])
        .current_dir(root())
        .status()?
        .success()
    {
        return Err("the dependencies could not be fetched".into());
    }
    let time = build(&folder)?.as_secs_f64();
    table.push(Line {
        what: "fresh debug build of the creatures example, 2 jobs".to_owned(),
        figure: "s".to_owned(),
        ours: number(time),
        peer: String::new(),
        judged: time,
        shown: String::new(),
        budget: Budget::AtMost(90.0),
        budget_text: "≤ 90 s".to_owned(),
    });
    Ok(())
}

/// Cargo, without what would share work between builds.
fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTC_WRAPPER")
        .stdout(Stdio::null());
    command
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder cargo builds into, found from this program's own place in it.
fn target() -> Outcome<PathBuf> {
    let program = env::current_exe()?;
    Ok(program
        .ancestors()
        .nth(2)
        .ok_or("this program stands in no target folder")?
        .to_owned())
}

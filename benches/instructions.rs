//! Instructions per request, counted by callgrind: request text in, answer text out, in one process, no network.
//!
//! What a run has beside its requests cancels out between a short and a long one. What the client in the process
//! does, writing the request, is counted alone and taken off. The peer of each is `serde_json`
//! alone, reading the same request into the same type and writing the same answer.
//!
//! Whole servers are counted as well, ours and the hand-written one under the same load: what a race would say on a
//! machine that does nothing else. So are calls over records in SQLite.

mod stores;

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use sockful::testing::TestApp;
use sockful::{App, Memory};

use crate::Outcome;
use crate::creature::Creature;
use crate::load::{Action, Plan};
use crate::server::{self, Server};
use crate::side::Side;
use crate::table::{Budget, Line, Table, number};

const ACTIONS: [&str; 4] = ["get", "create", "update", "feed"];
/// Requests of the short and of the long run.
const RUNS: [usize; 2] = [500, 1_500];
/// So many requests are sent before their answers are awaited.
const BURST: usize = 100;

/// What whole servers are asked.
const SERVED: [(&str, Action); 4] = [
    ("get", Action::Get),
    ("create", Action::Create),
    ("update", Action::Update),
    ("feed", Action::Feed),
];
/// Answers of the short and of the long run.
const SERVER_RUNS: [usize; 2] = [4_000, 16_000];

/// How far a count may rise above the one recorded here before it is told.
const GATE: f64 = 1.05;
/// Instructions per request, as last recorded.
const RECORDED: [(&str, f64); 4] = [
    ("get", 7_080.0),
    ("create", 64_483.0),
    ("update", 72_563.0),
    ("feed", 50_771.0),
];

/// Makes `count` requests of an action: of us, of `serde_json` alone, or writes their texts and no more.
///
/// # Errors
/// When the app does not build, or did not do what was asked.
pub(crate) fn run(who: &str, action: &str, count: usize) -> Outcome {
    let requests = (0..count).map(|turn| request(action, turn));
    match who {
        "nobody" => requests.for_each(|request| drop(black_box(text(&request)))),
        "serde_json" => {
            let stored: Creature = serde_json::from_value(record("c0"))?;
            for request in requests {
                let text = text(&request);
                let answer = match action {
                    "get" => {
                        black_box(serde_json::from_str::<(String, String, String)>(&text)?);
                        serde_json::to_string(&((), &stored))?
                    }
                    "feed" => {
                        black_box(serde_json::from_str::<(String, String, Meal)>(&text)?);
                        serde_json::to_string(&((), "a creature ate a pear"))?
                    }
                    _ => {
                        let request: (String, String, Creature) = serde_json::from_str(&text)?;
                        serde_json::to_string(&((), &request.2))?
                    }
                };
                black_box(answer);
            }
        }
        _ => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(sockful(requests, action, count))?;
        }
    }
    Ok(())
}

/// The arguments of `feed`.
#[derive(Deserialize)]
struct Meal {
    #[expect(dead_code, reason = "only read from the request")]
    id: String,
    #[expect(dead_code, reason = "only read from the request")]
    food: String,
}

async fn sockful(
    requests: impl Iterator<Item = [Value; 3]>,
    action: &str,
    count: usize,
) -> Outcome {
    let app = App::builder()
        .store(Memory::new())
        .resource::<Creature>()
        .build()
        .await?;
    let app = TestApp::new(app);
    let client = app.anonymous();
    client.call("creature", "create", record("c0")).await;
    for (turn, request) in requests.enumerate() {
        client.send(&request);
        if turn % BURST == BURST - 1 {
            // Answered behind all the others.
            client.call("creature", "count", json!({})).await;
        }
    }
    let records = client.call("creature", "count", json!({})).await;
    let expected = if action == "create" { count + 1 } else { 1 };
    if *records.result() != json!(expected) {
        return Err(format!(
            "there are {} records instead of {expected}",
            records.result()
        )
        .into());
    }
    let hunger = match action {
        "update" => (count - 1) as u8,
        "feed" => 9_u8.wrapping_sub(count as u8),
        _ => 9,
    };
    let record = client.call("creature", "get", json!("c0")).await;
    if record.result()["hunger"] != json!(hunger) {
        return Err(format!(
            "the creature is {}, not {hunger} hungry",
            record.result()["hunger"]
        )
        .into());
    }
    Ok(())
}

fn request(action: &str, turn: usize) -> [Value; 3] {
    let payload = match action {
        "get" => json!("c0"),
        "create" => record(&format!("s{turn:05}")),
        "feed" => json!({ "id": "c0", "food": "a pear" }),
        _ => {
            let mut record = record("c0");
            record["hunger"] = json!(turn % 256);
            record
        }
    };
    ["creature".into(), action.into(), payload]
}

fn text(request: &[Value]) -> String {
    Value::from(request).to_string()
}

/// A record of one kilobyte as JSON.
fn record(id: &str) -> Value {
    let tags: Vec<String> = (0..34)
        .map(|tag| format!("a tag with number {tag:03}"))
        .collect();
    let record = json!({
        "id": id,
        "name": "a creature with a name, some tags, and a kind of its own".repeat(3),
        "hunger": 9,
        "kind": { "dragon": { "wings": 2 } },
        "tags": tags,
    });
    debug_assert!(
        (1_000..1_100).contains(&record.to_string().len()),
        "about one kilobyte"
    );
    record
}

/// Counts every action and adds it to the table. Left out, with a note, where there is no valgrind.
///
/// # Errors
/// When a run fails.
pub(crate) fn measure(table: &mut Table) -> Outcome {
    if Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        crate::note("no instruction counts: valgrind is not installed");
        return Ok(());
    }
    for action in ACTIONS {
        let writing = per_request("nobody", action)?;
        let ours = per_request("sockful", action)? - writing;
        let peer = per_request("serde_json", action)? - writing;
        let recorded = RECORDED
            .iter()
            .find(|(name, _)| *name == action)
            .map_or(f64::NAN, |it| it.1);
        table.push(Line {
            what: format!("{action}, 1 KB, in one process"),
            figure: "instructions".to_owned(),
            ours: number(ours),
            peer: format!("{} (serde_json alone)", number(peer)),
            judged: ours,
            shown: number(ours / peer),
            budget: Budget::AtMost(recorded * GATE),
            budget_text: format!("≤ {GATE} × {}", number(recorded)),
        });
    }
    for (name, action) in SERVED {
        let ours = of_server_per_request(Side::Sockful, "sockful", action)?;
        let peer = of_server_per_request(Side::Socketioxide, "socketioxide", action)?;
        table.push(Line {
            what: format!("{name}, whole server, 16 sockets × 16"),
            figure: "instructions".to_owned(),
            ours: number(ours),
            peer: format!("{} (socketioxide)", number(peer)),
            judged: ours / peer,
            shown: number(ours / peer),
            budget: Budget::Free,
            budget_text: String::new(),
        });
    }
    stores::measure(table)
}

/// One server under callgrind: instructions and answers.
fn of_server(side: Side, role: &str, action: Action, answers: usize) -> Outcome<[f64; 2]> {
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["serve", role])
        .stderr(Stdio::piped());
    let server = Server::launch(command, side)?;
    let seen = server::load(&Plan {
        server: server.address,
        process: server.process(),
        dialect: side.dialect(),
        action,
        sockets: 16,
        in_flight: 16,
        warm_up: Duration::ZERO,
        measured: Duration::ZERO,
        answers: Some(answers),
    })?;
    Ok([collected(&server.end()?)?, seen.answers as f64])
}

fn of_server_per_request(side: Side, role: &str, action: Action) -> Outcome<f64> {
    let [short, long] = SERVER_RUNS;
    let short = of_server(side, role, action, short)?;
    let long = of_server(side, role, action, long)?;
    Ok((long[0] - short[0]) / (long[1] - short[1]))
}

fn per_request(who: &str, action: &str) -> Outcome<f64> {
    let [short, long] = RUNS;
    let more = instructions(who, action, long)? - instructions(who, action, short)?;
    Ok(more / (long - short) as f64)
}

fn instructions(who: &str, action: &str, count: usize) -> Outcome<f64> {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["calls", who, action, &count.to_string()])
        .output()?;
    let told = String::from_utf8_lossy(&run.stderr);
    if run.status.success() {
        collected(&told)
    } else {
        Err(told.into())
    }
}

/// How many instructions callgrind says there were.
fn collected(told: &str) -> Outcome<f64> {
    let counted = told
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let counted = counted.ok_or("callgrind told no count")?.1;
    Ok(counted.trim().parse()?)
}

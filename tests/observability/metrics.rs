//! What is counted, under which names.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use metrics::{LocalRecorderGuard, set_default_local_recorder};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use serde_json::json;
use sockful::prelude::*;
use sockful::testing::TestApp;
use sockful::{AppBuilder, Config, HookedCall};

use crate::support::beast::{Beast, Cage, beasts};
use crate::support::server::Server;
use crate::support::source::text;

/// A recorder for one test and its thread.
struct Recorder {
    snapshotter: Snapshotter,
    _guard: LocalRecorderGuard<'static>,
}

/// A counter, a gauge, or how many values a histogram has and their sum.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Count(u64),
    Level(f64),
    Times(usize, f64),
}

use Value::{Count, Level, Times};

impl Recorder {
    fn new() -> Self {
        // Counted on for as long as the process runs: some tasks outlive their test.
        let recorder: &'static _ = Box::leak(Box::new(DebuggingRecorder::new()));
        Self {
            snapshotter: recorder.snapshotter(),
            _guard: set_default_local_recorder(recorder),
        }
    }

    /// All that was counted since it was last asked for, `name label=value`, without zeros.
    fn counted(&self) -> BTreeMap<String, Value> {
        let all = self.snapshotter.snapshot().into_vec().into_iter();
        let counted = all.filter_map(|(key, _, _, value)| {
            let key = key.key();
            let labels = key.labels();
            let labels = labels.map(|label| format!(" {}={}", label.key(), label.value()));
            let value = match value {
                DebugValue::Counter(0) => return None,
                DebugValue::Counter(count) => Count(count),
                DebugValue::Gauge(level) if level.0 == 0.0 => return None,
                DebugValue::Gauge(level) => Level(level.0),
                DebugValue::Histogram(times) if times.is_empty() => return None,
                DebugValue::Histogram(times) => {
                    Times(times.len(), times.iter().map(|time| time.0).sum())
                }
            };
            Some((
                format!("{}{}", key.name(), labels.collect::<String>()),
                value,
            ))
        });
        counted.collect()
    }

    /// One of them.
    fn of(&self, name: &str) -> Option<Value> {
        self.counted().remove(name)
    }
}

async fn app(parts: impl FnOnce(AppBuilder) -> AppBuilder) -> TestApp {
    let app = parts(App::builder().store(Memory::new())).build().await;
    TestApp::new(app.expect("an app"))
}

fn calls(resource: &str, action: &str, outcome: &str) -> String {
    format!("sockful_calls_total resource={resource} action={action} outcome={outcome}")
}

fn duration(resource: &str, action: &str) -> String {
    format!("sockful_call_duration_seconds resource={resource} action={action}")
}

#[tokio::test(start_paused = true)]
async fn calls_are_counted_by_resource_action_and_outcome_and_timed() {
    let recorder = Recorder::new();
    let (app, cage) = beasts(Config::default()).await;
    let client = app.anonymous();
    for _ in 0..3 {
        assert!(client.call("beast", "get", json!("rex")).await.is_ok());
    }
    assert!(!client.call("beast", "get", json!("max")).await.is_ok());
    assert!(
        !client
            .call("beast", "fail_after_writing", json!({}))
            .await
            .is_ok()
    );
    assert!(
        !client
            .call("beast", "panic_of_all", json!({}))
            .await
            .is_ok()
    );
    let changes = json!([["beast", "create", { "id": "max" }]]);
    assert!(client.call("sockful", "commit", changes).await.is_ok());
    let slow = client.emit(&[json!("beast"), json!("slow_read"), json!({})]);
    cage.has_begun(1).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    cage.gate.add_permits(1);
    assert!(slow.await.is_ok());

    let counted = recorder.counted();
    for (name, expected) in [
        (calls("beast", "get", "ok"), 3),
        (calls("beast", "get", "not_found"), 1),
        (calls("beast", "fail_after_writing", "enough"), 1),
        (calls("beast", "panic_of_all", "internal"), 1),
        (calls("sockful", "commit", "ok"), 1),
        (calls("beast", "slow_read", "ok"), 1),
        // `rex` and `max`.
        ("sockful_commits_total outcome=ok".to_owned(), 2),
    ] {
        assert_eq!(counted.get(&name), Some(&Count(expected)), "{name}");
    }
    assert_eq!(counted[&duration("beast", "get")], Times(4, 0.0));
    let Times(1, slow) = counted[&duration("beast", "slow_read")] else {
        panic!("{counted:?}");
    };
    assert!((3.0..3.1).contains(&slow), "{slow}");
    assert_eq!(counted["sockful_sessions"], Level(1.0));
    client.disconnect().await;
    // Since it was looked at.
    assert_eq!(recorder.of("sockful_sessions"), Some(Level(-1.0)));
}

#[tokio::test]
async fn names_that_clients_make_up_are_counted_as_one() {
    let recorder = Recorder::new();
    let (app, _cage) = beasts(Config::default()).await;
    let client = app.anonymous();
    for number in 0..100 {
        let name = format!("made_up_{number}");
        assert!(!client.call(&name, "get", json!({})).await.is_ok());
        assert!(!client.call("beast", &name, json!({})).await.is_ok());
        assert!(!client.call("sockful", &name, json!({})).await.is_ok());
        assert!(!client.emit(&[json!("beast"), json!([name])]).await.is_ok());
    }
    let counted = recorder.counted();
    for (outcome, expected) in [
        ("unknown_resource", 100),
        ("unknown_action", 200),
        ("malformed_request", 100),
    ] {
        let name = calls("unknown", "unknown", outcome);
        assert_eq!(counted.get(&name), Some(&Count(expected)), "{name}");
    }
    assert!(!format!("{counted:?}").contains("made_up"), "{counted:?}");
    assert!(counted.len() < 10, "{counted:?}");
}

#[tokio::test]
async fn a_reason_that_is_made_at_run_time_is_counted_as_its_kind() {
    let recorder = Recorder::new();
    let number = AtomicUsize::new(0);
    let refuse = move |_: Cx, _: HookedCall| {
        let number = number.fetch_add(1, Ordering::Relaxed);
        async move { Err(Error::conflict("no").reason(format!("no_{number}"))) }
    };
    let app = app(|app| {
        let app = app.state(Cage::closed()).resource::<Beast>();
        app.before("beast.count", refuse)
    })
    .await;
    let client = app.anonymous();
    for number in 0..50 {
        let refused = client.call("beast", "count", json!({})).await;
        assert_eq!(refused.error()["reason"], format!("no_{number}"));
    }
    let name = calls("beast", "count", "conflict");
    assert_eq!(recorder.of(&name), Some(Count(50)));
}

#[tokio::test(start_paused = true)]
async fn handshakes_and_what_limits_refuse_are_counted() {
    let recorder = Recorder::new();
    let mut config = Config::default();
    config.handshakes_per_minute = 4;
    config.failed_logins_per_minute = 1;
    config.max_sessions_per_address = 1;
    config.requests_per_second = Some(1);
    config.request_burst = 1;
    let app = app(|app| {
        app.config(config)
            .state(Cage::closed())
            .resource::<Beast>()
            .authenticate(async |h: Handshake| match h.bearer() {
                None => Ok(None),
                Some(_) => Err(Error::not_authenticated("no")),
            })
    })
    .await;
    let from = |host: u8| app.handshake().address([192, 0, 2, host].into());
    let inside = from(1).connect().await.expect("the first");
    assert!(from(1).connect().await.is_err());
    for _ in 0..2 {
        assert!(
            from(2)
                .header("authorization", "Bearer x")
                .connect()
                .await
                .is_err()
        );
    }
    for _ in 0..2 {
        assert!(!inside.call("beast", "get", json!("none")).await.is_ok());
    }
    for _ in 0..3 {
        // Beyond that a handshake comes too often.
        let _ = from(1).connect().await;
    }
    let counted = recorder.counted();
    let expected = BTreeMap::from([
        (calls("beast", "get", "not_found"), Count(1)),
        (calls("unknown", "unknown", "rate_limited"), Count(1)),
        (duration("beast", "get"), Times(1, 0.0)),
        (
            "sockful_handshakes_total outcome=not_authenticated".to_owned(),
            Count(1),
        ),
        ("sockful_handshakes_total outcome=ok".to_owned(), Count(4)),
        (
            "sockful_handshakes_total outcome=too_many_failed_logins".to_owned(),
            Count(1),
        ),
        (
            "sockful_handshakes_total outcome=too_many_handshakes".to_owned(),
            Count(1),
        ),
        (
            "sockful_refused_total limit=failed_logins_per_minute".to_owned(),
            Count(1),
        ),
        (
            "sockful_refused_total limit=handshakes_per_minute".to_owned(),
            Count(1),
        ),
        (
            "sockful_refused_total limit=max_sessions_per_address".to_owned(),
            Count(3),
        ),
        (
            "sockful_refused_total limit=requests_per_second".to_owned(),
            Count(1),
        ),
        ("sockful_sessions".to_owned(), Level(1.0)),
    ]);
    assert_eq!(counted, expected);
}

#[tokio::test]
async fn hooks_that_fail_behind_a_call_are_counted() {
    let recorder = Recorder::new();
    let app = app(|app| {
        app.state(Cage::closed())
            .resource::<Beast>()
            .after("beast.count", async |_, _| -> Result<()> {
                Err(Error::conflict("no"))
            })
    })
    .await;
    let client = app.anonymous();
    assert!(client.call("beast", "count", json!({})).await.is_ok());
    while app.app().load().following > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        recorder.of("sockful_hook_failures_total resource=beast"),
        Some(Count(1))
    );
}

#[tokio::test]
async fn connections_that_the_listener_refuses_are_counted() {
    let recorder = Recorder::new();
    let mut config = Config::default();
    config.max_connections_per_address = 1;
    let (app, _cage) = beasts(config).await;
    let server = Server::start(app.app().clone()).await;
    let client = server.client().await;
    for _ in 0..3 {
        assert_eq!(server.http(b"GET / HTTP/1.1\r\n\r\n").await, "");
    }
    let name = "sockful_refused_total limit=max_connections_per_address";
    assert_eq!(recorder.of(name), Some(Count(3)));
    drop(client);
    server.comes_to_rest().await;
}

#[test]
fn the_page_names_everything_that_is_counted() {
    let code = text("sockful/src/meters.rs") + &text("sockful/src/limits/limit.rs");
    let page = text("docs/observability.md");
    let words = code.split('"').skip(1).step_by(2);
    let names: Vec<_> = words.filter(|word| word.starts_with("sockful_")).collect();
    assert_eq!(names.len(), 10, "{names:?}");
    for name in names {
        assert!(
            page.contains(&format!("| `{name}` |")),
            "{name} is not in the page"
        );
    }
}

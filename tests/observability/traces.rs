//! What is logged, and that nothing of it comes from a payload.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use metrics::set_default_local_recorder;
use metrics_util::debugging::DebuggingRecorder;
use serde_json::json;
use sockful::prelude::*;
use sockful::testing::TestApp;
use sockful::{App, Config};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::support::Creature;
use crate::support::beast::beasts;

/// Everything that is logged on this thread, spans as well.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(super) fn new() -> (Self, DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(log.clone())
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        (log, guard)
    }

    fn text(&self) -> String {
        let bytes = self.0.lock().expect("nobody panics").clone();
        String::from_utf8(bytes).expect("text")
    }

    /// The lines with this text.
    pub(super) fn lines(&self, text: &str) -> Vec<String> {
        let all = self.text();
        let lines = all.lines().filter(|line| line.contains(text));
        lines.map(str::to_owned).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_has_a_span_with_its_user_and_what_became_of_it() {
    let (log, _guard) = Log::new();
    let (app, _cage) = beasts(Config::default()).await;
    let ann = app.login("ann");
    assert!(ann.call("beast", "get", json!("rex")).await.is_ok());
    assert!(!ann.call("beast", "get", json!("max")).await.is_ok());
    let closed = log.lines("close");
    assert_eq!(closed.len(), 2, "{}", log.text());
    for (line, outcome) in closed.iter().zip(["ok", "not_found"]) {
        let span = format!(
            r#"call{{resource="beast" action="get" user="ann" outcome="{outcome}" duration_ms=0}}"#
        );
        assert!(line.contains(&span), "{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn slow_calls_are_told_and_detached_ones_are_not_slow() {
    let (log, _guard) = Log::new();
    let mut config = Config::default();
    config.slow_call = Duration::from_secs(2);
    config.call_timeout = Duration::from_secs(5);
    config.detached_timeout = Duration::from_secs(5);
    let (app, cage) = beasts(config).await;
    let client = app.login("ann");
    for (seconds, told) in [(1, 0), (2, 1)] {
        let slow = client.emit(&[json!("beast"), json!("slow_read"), json!({})]);
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        cage.gate.add_permits(1);
        assert!(slow.await.is_ok());
        assert_eq!(log.lines("a slow call").len(), told, "{}", log.text());
    }
    let hung = client.call("beast", "hang_of_all", json!({})).await;
    assert_eq!(hung.error()["reason"], "timeout");
    let hung = client.call("beast", "hang_detached", json!({})).await;
    assert_eq!(hung.error()["reason"], "timeout");
    let told = log.lines("a slow call");
    assert_eq!(told.len(), 2, "{told:?}");
    for (line, fields) in told.iter().zip([
        r#"resource="beast" action="slow_read" outcome="ok" duration_ms=2"#,
        r#"resource="beast" action="hang_of_all" outcome="timeout" duration_ms=5"#,
    ]) {
        assert!(line.contains("WARN") && line.contains(fields), "{line}");
    }
}

const CANARY: &str = "Rk7vQm2xWs9bLd4p";

async fn birdcage() -> TestApp {
    let app = App::builder()
        .store(Memory::new())
        .resource::<Creature>()
        .authenticate(async |h: Handshake| {
            let auth = h.auth::<serde_json::Value>()?;
            match auth["token"].as_str() {
                Some("bad") => Err(Error::not_authenticated(format!("not {auth}"))),
                _ => Ok(None),
            }
        })
        .build();
    TestApp::new(app.await.expect("an app"))
}

#[tokio::test]
async fn what_clients_send_is_in_no_log_no_span_and_no_metric() {
    let recorder = DebuggingRecorder::new();
    let _counting = set_default_local_recorder(&recorder);
    let (log, _guard) = Log::new();
    let app = birdcage().await;
    let c = CANARY;
    let client = app
        .handshake()
        .auth(&json!({ "secret": c }))
        .connect()
        .await;
    let client = client.expect("anybody is let in");
    let mut answered = Vec::new();
    for (resource, action, payload) in [
        ("creature", "create", json!({ "id": c, "name": c })),
        ("creature", "create", json!({ "id": c, "name": c })),
        (
            "creature",
            "create",
            json!({ "id": c, "name": [c], (c): c, "hunger": c }),
        ),
        ("creature", "get", json!(c)),
        ("creature", "get", json!(format!("no {c}"))),
        ("creature", "get", json!({ (c): c })),
        (
            "creature",
            "update",
            json!({ "id": c, "name": c, "kind": c }),
        ),
        (
            "creature",
            "all",
            json!({ "name": c, "$sort": { "name": 1 } }),
        ),
        ("creature", "all", json!({ (c): { "$gt": c }, "$after": c })),
        ("creature", "feed", json!({ "id": c, (c): c })),
        ("creature", c, json!({})),
        (c, "get", json!({})),
        ("sockful", "auth", json!({ "token": "bad", "secret": c })),
        (
            "sockful",
            "commit",
            json!([["creature", "create", { "id": "x", (c): c }]]),
        ),
        ("creature", "destroy", json!(c)),
    ] {
        let answer = client.call(resource, action, payload).await;
        answered.push(answer.is_ok());
    }
    let shown = app
        .handshake()
        .auth(&json!({ "token": "bad", "secret": c }));
    assert!(shown.connect().await.is_err());
    assert!(answered.contains(&true) && answered.contains(&false));
    client.disconnect().await;

    let text = log.text();
    assert!(text.contains("a call was refused"), "{text}");
    assert!(text.contains("outcome=\"ok\""), "{text}");
    assert_eq!(log.lines(CANARY), Vec::<String>::new());
    let counted = format!("{:?}", recorder.snapshotter().snapshot());
    assert!(counted.contains("sockful_calls_total"), "{counted}");
    assert!(!counted.contains(CANARY), "{counted}");
}

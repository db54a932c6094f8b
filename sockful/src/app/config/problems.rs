//! The limits that no server can run with.

use std::time::Duration;

use tokio::sync::Semaphore;

use super::Config;
use crate::identity::Proxies;
use crate::schema::Problem;
use crate::store::MAX_INDEXED_TEXT;

impl Config {
    /// What no server can run with.
    pub(in crate::app) fn problems(&self) -> Vec<Problem> {
        let counts = [
            ("max_payload", self.max_payload),
            ("max_depth", self.max_depth),
            ("max_id", self.max_id),
            ("max_batch", self.max_batch),
            ("max_commit", self.max_commit),
            ("page_max", self.page_max),
            ("page_bytes", self.page_bytes),
            ("query_scan", self.query_scan),
            ("max_answer", self.max_answer),
            ("inbox_requests", self.inbox_requests),
            ("inbox_bytes", self.inbox_bytes),
            ("outbox_bytes", self.outbox_bytes),
            ("carrier_messages", self.carrier_messages),
            ("calls_in_flight", self.calls_in_flight),
            ("detached_in_flight", self.detached_in_flight),
            ("hooks_in_flight", self.hooks_in_flight),
            ("max_calls_per_user", self.max_calls_per_user),
            ("max_tree_depth", self.max_tree_depth),
            ("max_cascade", self.max_cascade),
            ("include_depth", self.include_depth),
            ("max_included", self.max_included),
            ("max_watches", self.max_watches),
            ("max_interest", self.max_interest),
            ("max_snapshot", self.max_snapshot),
            ("watch_scan", self.watch_scan),
            ("push_bytes", self.push_bytes),
            ("max_push", self.max_push),
            ("max_replay", self.max_replay),
            ("max_sessions_per_user", self.max_sessions_per_user),
            ("max_sessions_per_address", self.max_sessions_per_address),
            (
                "max_handshakes_per_address",
                self.max_handshakes_per_address,
            ),
        ];
        let rates = [
            ("requests_per_second", self.requests_per_second.unwrap_or(1)),
            ("request_burst", self.request_burst),
            ("handshakes_per_minute", self.handshakes_per_minute),
            ("failed_logins_per_minute", self.failed_logins_per_minute),
        ];
        let times = [
            ("call_timeout", self.call_timeout),
            ("detached_timeout", self.detached_timeout),
            ("connect_timeout", self.connect_timeout),
            ("identity_timeout", self.identity_timeout),
            ("hook_timeout", self.hook_timeout),
            ("position_interval", self.position_interval),
            ("ping_interval", self.ping_interval),
            ("ping_timeout", self.ping_timeout),
            ("write_deadline", self.write_deadline),
        ];
        let zero = counts
            .iter()
            .filter(|(_, count)| *count == 0)
            .map(|(name, _)| *name);
        let zero = zero.chain(
            times
                .iter()
                .filter(|(_, time)| time.is_zero())
                .map(|(name, _)| *name),
        );
        let zero = zero.chain(
            rates
                .iter()
                .filter(|(_, rate)| *rate == 0)
                .map(|(name, _)| *name),
        );
        let mut problems: Vec<_> = zero
            .map(|name| Problem::of("config", format!("`{name}` cannot be zero")))
            .collect();
        let endless = times.iter().filter(|(_, time)| *time > LONGEST);
        problems.extend(endless.map(|(name, _)| {
            Problem::of("config", format!("`{name}` cannot be longer than a year"))
        }));
        if self.hooks_in_flight > Semaphore::MAX_PERMITS {
            let message = format!("`hooks_in_flight` is at most {}", Semaphore::MAX_PERMITS);
            problems.push(Problem::of("config", message));
        }
        if self.max_id > MAX_INDEXED_TEXT {
            let message = format!(
                "`max_id` is {}: no store takes an id of more than {MAX_INDEXED_TEXT} bytes",
                self.max_id
            );
            problems.push(Problem::of("config", message));
        }
        if self.page_bytes > self.max_answer {
            let message = format!(
                "`page_bytes` is {} and `max_answer` {}: a page is an answer, so it cannot be larger",
                self.page_bytes, self.max_answer
            );
            problems.push(Problem::of("config", message));
        }
        if let Err(text) = Proxies::parse(&self.trusted_proxies) {
            let message = format!(
                "`trusted_proxies` has `{text}`: write an address or a network, such as `10.0.0.0/8`"
            );
            problems.push(Problem::of("config", message));
        }
        if !is_plain(&self.path) {
            let message = format!(
                "`path` is `{}`: write a plain path such as `/socket.io`",
                self.path
            );
            problems.push(Problem::of("config", message));
        }
        problems
    }
}

/// Whether a path is `/` and a name, any number of times. Everything else means something to a router or to a URL.
fn is_plain(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    let plain = |it: char| it.is_ascii_alphanumeric() || "-._~".contains(it);
    let mut names = path.split('/');
    names.next() == Some("")
        && names.clone().next().is_some()
        && names.all(|name| !matches!(name, "" | "." | "..") && name.chars().all(plain))
}

/// Clocks overflow when a deadline lies too far ahead.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

//! Every byte that a server sends to a raw client of this process, searched for what must never leave a server.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Texts that stand in private fields. Nothing else holds them.
pub(crate) const SECRETS: [&str; 5] = [
    "kvq7XbTn3wLhRz0d",
    "pD9sYf2mJc6eUoA4",
    "Hg5rNx8iWk1uQv7t",
    "zB3aMy6lEj0oCq9s",
    "nT4dGw8vXr2hKf5p",
];

/// The same for numbers.
pub(crate) const SECRET_NUMBERS: [u64; 2] = [7_364_518_290_463, 5_918_273_640_517];

static HEARD: AtomicUsize = AtomicUsize::new(0);
static LEAKS: AtomicUsize = AtomicUsize::new(0);

/// Takes note of what a server has sent: one whole message.
#[track_caller]
pub(crate) fn hear(sent: &[u8]) {
    HEARD.fetch_add(sent.len(), Ordering::Relaxed);
    if let Some(secret) = secret_in(sent) {
        LEAKS.fetch_add(1, Ordering::Relaxed);
        panic!(
            "a server has sent {secret} in {}",
            String::from_utf8_lossy(sent)
        );
    }
}

/// The first secret in these bytes.
pub(crate) fn secret_in(sent: &[u8]) -> Option<String> {
    secrets().find(|secret| contains(sent, secret.as_bytes()))
}

/// How many bytes were heard in this process so far, and how many messages held a secret.
pub(crate) fn heard() -> (usize, usize) {
    (HEARD.load(Ordering::Relaxed), LEAKS.load(Ordering::Relaxed))
}

/// All secrets as text.
pub(crate) fn secrets() -> impl Iterator<Item = String> {
    let numbers = SECRET_NUMBERS.iter().map(ToString::to_string);
    SECRETS.iter().map(ToString::to_string).chain(numbers)
}

fn contains(sent: &[u8], secret: &[u8]) -> bool {
    // Long messages are many: looking for the first byte alone skips most of them.
    let mut rest = sent;
    while let Some(at) = rest.iter().position(|byte| *byte == secret[0]) {
        rest = &rest[at..];
        if rest.starts_with(secret) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

//! How long a call may take.

use std::pin::Pin;
use std::sync::OnceLock;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{self, Instant};

use super::call::Call;
use super::step::Allowed;
use crate::error::{Error, Result};

/// When a call has taken too long, counted from when it first waits for something.
#[derive(Debug)]
pub(super) struct Deadline {
    limit: Duration,
    at: OnceLock<Instant>,
}

impl Deadline {
    /// That of a call which begins now.
    pub(super) fn of(call: &Call<'_, Allowed>) -> Self {
        let config = call.app.config();
        let limit = if call.detached() {
            config.detached_timeout
        } else {
            config.call_timeout
        };
        let asked = call.options.timeout;
        Self {
            limit: asked.map_or(limit, |asked| asked.min(limit)),
            at: OnceLock::new(),
        }
    }

    /// Waits for `future`, but not beyond the deadline. For what is ready at once no clock is read and no
    /// timer armed. It is borrowed, because a future that takes another in has room for it twice.
    ///
    /// # Errors
    /// Timeout. What was waited for must be dropped then, so it must be nothing that is done by halves.
    pub(super) async fn within<F: Future>(&self, mut future: Pin<&mut F>) -> Result<F::Output> {
        if let Some(output) = future.as_mut().now_or_never() {
            return Ok(output);
        }
        let at = self.at.get_or_init(|| Instant::now() + self.limit);
        time::timeout_at(*at, future)
            .await
            .map_err(|_| Error::timeout("the call took too long, and was not done"))
    }
}

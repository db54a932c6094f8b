//! How long a call may take.

use futures_util::FutureExt;
use tokio::time::{self, Instant};

use super::call::Call;
use super::step::Allowed;
use crate::error::{Error, Result};

/// When a call has taken too long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Instant);

impl Deadline {
    /// That of a call which begins now.
    pub(super) fn of(call: &Call<'_, Allowed>) -> Self {
        let config = call.cx.app().config();
        let limit = if call.detached() {
            config.detached_timeout
        } else {
            config.call_timeout
        };
        Self(Instant::now() + call.options.timeout.map_or(limit, |asked| asked.min(limit)))
    }

    /// Waits for `future`, but not beyond the deadline. No timer is armed for what is ready at once.
    ///
    /// # Errors
    /// Timeout. What was waited for is dropped, so it must be nothing that is done by halves.
    pub(super) async fn within<F: Future>(self, future: F) -> Result<F::Output> {
        let mut future = std::pin::pin!(future);
        if let Some(output) = future.as_mut().now_or_never() {
            return Ok(output);
        }
        time::timeout_at(self.0, future)
            .await
            .map_err(|_| Error::timeout("the call took too long, and was not done"))
    }
}

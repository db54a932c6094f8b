//! What those who run the server learn of an error: in the log, and by the labels of metrics.

use std::borrow::Cow;

use uuid::Uuid;

use super::{Error, ErrorKind};

impl Error {
    /// The error as a client may see it. Of an internal one it learns an id; the log has it with all the rest. Of any
    /// other the log has what it was about in general: its message may say what the client has sent.
    pub(crate) fn report(mut self) -> Self {
        if self.0.kind == ErrorKind::Internal {
            let id = Uuid::now_v7();
            tracing::error!(%id, error = ?self, "a call failed");
            self.0.message = format!("the server failed; its log knows this as {id}").into();
            self.0.reason = Cow::Borrowed(ErrorKind::Internal.facts().2);
            self.0.fields.clear();
        } else {
            let (code, reason) = (self.code(), self.reason_text());
            tracing::debug!(code, reason, "a call was refused");
        }
        self
    }

    /// The reason, as metrics have it: one that was made while the program ran could be anything, so the word for its
    /// kind stands for it.
    pub(crate) fn outcome(&self) -> &'static str {
        match self.0.reason {
            Cow::Borrowed(reason) => reason,
            Cow::Owned(_) => self.0.kind.facts().2,
        }
    }

    /// Whether an authenticator has found what a client has shown to be wrong. A token that was good is no guess.
    pub(crate) fn is_failed_login(&self) -> bool {
        use ErrorKind::{BadRequest, Forbidden, NotAuthenticated, NotFound, Unprocessable};
        let wrong = matches!(
            self.0.kind,
            BadRequest | NotAuthenticated | Forbidden | NotFound | Unprocessable
        );
        wrong && self.0.reason != "token_expired"
    }
}

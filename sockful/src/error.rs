//! What a client is told when a call fails, and what only the log may know.
//!
//! Nothing outside this file decides how a failure looks on the wire.

mod field;
mod named;
mod outcome;
mod recorded;
mod written;

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::time::Duration;

pub use field::FieldError;

use crate::store::StoreError;

/// The result of everything in sockful that can fail; its error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed: a kind, a stable reason, a message for people, and the fields at fault.
///
/// One pointer wide. Everything in it is sent to the client, except the source, which is only logged:
/// put whatever a client must not see there, by [`Error::internal`].
///
/// ```
/// use sockful::Error;
///
/// let error = Error::conflict("the shop is closed").reason("closed");
/// assert_eq!(error.code(), 409);
/// assert_eq!(
///     serde_json::to_string(&error).unwrap(),
///     r#"{"code":409,"name":"Conflict","reason":"closed","message":"the shop is closed"}"#,
/// );
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    reason: Cow<'static, str>,
    message: Cow<'static, str>,
    fields: BTreeMap<String, Vec<FieldError>>,
    retry_after: Option<Duration>,
    /// Of several items of a payload, which one is at fault.
    item: Option<usize>,
    /// Whether the ledger has told it before.
    replayed: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kinds of failure, each with the HTTP status of the same meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// 400: the request cannot be understood.
    BadRequest,
    /// 401: nobody is logged in.
    NotAuthenticated,
    /// 403: the caller may not.
    Forbidden,
    /// 404: there is no such resource or record, or the caller may not know of it.
    NotFound,
    /// 405: the resource has no such action.
    MethodNotAllowed,
    /// 408: the call took too long, and was not done.
    Timeout,
    /// 409: the call does not fit what is stored.
    Conflict,
    /// 422: the payload is well-formed, but its fields are wrong.
    Unprocessable,
    /// 429: the caller asks too much.
    TooManyRequests,
    /// 500: the server failed. The client learns nothing but an id that stands in the log.
    Internal,
    /// 503: the server cannot do this now.
    Unavailable,
}

impl ErrorKind {
    const ALL: [Self; 11] = [
        Self::BadRequest,
        Self::NotAuthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Timeout,
        Self::Conflict,
        Self::Unprocessable,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The HTTP status of the same meaning.
    #[must_use]
    pub fn code(self) -> u16 {
        self.facts().0
    }

    /// The name on the wire, such as `NotFound`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.facts().1
    }

    /// Code, name, and the reason used where none is given.
    fn facts(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::BadRequest => (400, "BadRequest", "bad_request"),
            Self::NotAuthenticated => (401, "NotAuthenticated", "not_authenticated"),
            Self::Forbidden => (403, "Forbidden", "forbidden"),
            Self::NotFound => (404, "NotFound", "not_found"),
            Self::MethodNotAllowed => (405, "MethodNotAllowed", "method_not_allowed"),
            Self::Timeout => (408, "Timeout", "timeout"),
            Self::Conflict => (409, "Conflict", "conflict"),
            Self::Unprocessable => (422, "Unprocessable", "invalid"),
            Self::TooManyRequests => (429, "TooManyRequests", "too_many_requests"),
            Self::Internal => (500, "Internal", "internal"),
            Self::Unavailable => (503, "Unavailable", "unavailable"),
        }
    }
}

macro_rules! constructors {
    ($($(#[$docs:meta])* $name:ident $kind:ident;)*) => {$(
        $(#[$docs])*
        pub fn $name(message: impl Into<Cow<'static, str>>) -> Self {
            Self::new(ErrorKind::$kind, message)
        }
    )*};
}

impl Error {
    /// An error of any kind, with the kind's own reason.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            reason: Cow::Borrowed(kind.facts().2),
            message: message.into(),
            fields: BTreeMap::new(),
            retry_after: None,
            item: None,
            replayed: false,
            source: None,
        }))
    }

    constructors! {
        /// 400: the request cannot be understood.
        bad_request BadRequest;
        /// 401: nobody is logged in.
        not_authenticated NotAuthenticated;
        /// 403: the caller may not.
        forbidden Forbidden;
        /// 404: there is no such thing, or the caller may not know of it.
        not_found NotFound;
        /// 405: there is no such action.
        method_not_allowed MethodNotAllowed;
        /// 408: it took too long, and was not done.
        timeout Timeout;
        /// 409: it does not fit what is stored.
        conflict Conflict;
        /// 422: the payload's content is wrong.
        unprocessable Unprocessable;
        /// 429: the caller asks too much.
        too_many_requests TooManyRequests;
        /// 503: the server cannot do this now.
        unavailable Unavailable;
    }

    /// 500: the server failed. `source` goes to the log; the client learns nothing of it.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let mut error = Self::new(ErrorKind::Internal, "the server failed");
        error.0.source = Some(source.into());
        error
    }

    /// 422 with every field at fault; the message lists them. This is how hooks and methods say what is wrong with a field,
    /// so that a form shows it there, as it shows wrong types and broken rules.
    ///
    /// ```
    /// use sockful::{Error, FieldError};
    ///
    /// let error = Error::invalid([FieldError::new("title", "too_rude", "is too rude")]);
    /// assert_eq!(error.code(), 422);
    /// assert_eq!(error.message(), "title is too rude");
    /// ```
    #[must_use]
    pub fn invalid(fields: impl IntoIterator<Item = FieldError>) -> Self {
        Self::of_fields(ErrorKind::Unprocessable, fields)
    }

    /// 400 with every key of a query at fault.
    pub(crate) fn invalid_query(keys: Vec<FieldError>) -> Self {
        Self::of_fields(ErrorKind::BadRequest, keys).reason("invalid_query")
    }

    /// 405 for a resource that says `push = none`.
    pub(crate) fn not_pushed(resource: &str) -> Self {
        let message = format!("changes of {resource} are pushed to nobody");
        Self::method_not_allowed(message).reason("not_pushed")
    }

    /// 400 with what in an `auth` payload does not fit.
    pub(crate) fn invalid_auth(wrong: Vec<FieldError>) -> Self {
        Self::of_fields(ErrorKind::BadRequest, wrong).reason("invalid_auth")
    }

    /// The message lists what is wrong, each behind its path.
    fn of_fields(kind: ErrorKind, fields: impl IntoIterator<Item = FieldError>) -> Self {
        let mut error = Self::new(kind, "").with_fields(fields);
        let lines: Vec<_> = error
            .fields()
            .map(|field| format!("{} {}", field.path, field.message))
            .collect();
        error.0.message = lines.join("; ").into();
        error
    }

    /// Replaces the reason: a stable word that programs compare.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.0.reason = reason.into();
        self
    }

    /// Adds fields at fault. Of a path of more than 400 characters the beginning is told: no answer grows with what
    /// was sent.
    #[must_use]
    pub fn with_fields(mut self, fields: impl IntoIterator<Item = FieldError>) -> Self {
        for mut field in fields {
            if let Some((end, _)) = field.path.char_indices().nth(FieldError::LONGEST_PATH) {
                field.path.truncate(end);
            }
            self.0
                .fields
                .entry(field.path.clone())
                .or_default()
                .push(field);
        }
        self
    }

    /// Tells the client when to try again. Such an error is temporary.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Gives it a source, for the log alone.
    pub(crate) fn caused_by(mut self, source: Box<dyn StdError + Send + Sync>) -> Self {
        self.0.source = Some(source);
        self
    }

    /// The same error of one item of the payload: it is told which, and every path begins there.
    pub(crate) fn of_item(mut self, item: usize) -> Self {
        let fields = std::mem::take(&mut self.0.fields).into_values().flatten();
        // What is wrong with an item of an item is told of the outermost.
        self.0.item = Some(item);
        self.with_fields(fields.map(|mut field| {
            field.path = FieldError::path_in(&format!("[{item}]"), &field.path);
            field
        }))
    }

    /// What is behind it, for those who run the server: its source, where it has one.
    pub(crate) fn cause(&self) -> String {
        match &self.0.source {
            Some(source) => source.to_string(),
            None => self.to_string(),
        }
    }

    /// What is left of a panic.
    pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Self::internal(format!("a panic: {}", text.unwrap_or("without text")))
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status of the same meaning.
    #[must_use]
    pub fn code(&self) -> u16 {
        self.0.kind.code()
    }

    /// The stable reason.
    #[must_use]
    pub fn reason_text(&self) -> &str {
        &self.0.reason
    }

    /// The message for people, as the client gets it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Every field at fault, by path.
    pub fn fields(&self) -> impl Iterator<Item = &FieldError> {
        self.0.fields.values().flatten()
    }

    /// Whether the same call may succeed later without any change.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.0.retry_after.is_some()
            || matches!(self.0.kind, ErrorKind::Unavailable | ErrorKind::Timeout)
    }
}

/// What a store says, as a client may hear it.
impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(source) => {
                Self::unavailable("the store cannot be reached now").caused_by(source)
            }
            StoreError::Failed(source) => Self::internal(source),
            // A commit turns these into conflicts; from anywhere else they are a mistake of the store.
            StoreError::Exists { .. }
            | StoreError::Stale
            | StoreError::Unique { .. }
            | StoreError::Dangling(_)
            | StoreError::Answered(_)
            | StoreError::Unfit(_)
            | StoreError::Pruned { .. } => Self::internal(error),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

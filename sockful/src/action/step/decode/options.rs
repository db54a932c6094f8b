//! The options of a request: `timeout_ms`, `if_rev`, `op`, `push`.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use uuid::Uuid;

use super::unreadable;
use crate::action::call::{Act, MethodCall, Options};
use crate::action::{Call, Effect, Once, fingerprint};
use crate::error::{Error, Result};
use crate::protocol::Request;
use crate::store::OperationKey;

/// The longest operation id, in bytes.
const LONGEST_OP: usize = 128;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    timeout_ms: Option<u64>,
    if_rev: Option<u64>,
    op: Option<String>,
    push: Option<bool>,
}

/// Reads the options that come with a call.
///
/// # Errors
/// BadRequest `invalid_options`; `op_unsupported` where an operation cannot be promised to happen once.
pub(super) fn options(call: &Call<'_>, request: &Request) -> Result<Options> {
    let Some(text) = request.options() else {
        return Ok(Options::default());
    };
    let wire = read(text)?;
    let of_a_record = matches!(
        call.act,
        Act::Change { .. } | Act::Destroy(_) | Act::Remote(MethodCall { id: Some(_), .. })
    );
    if wire.if_rev.is_some() && !of_a_record {
        return Err(invalid("if_rev is for calls that change one record"));
    }
    let once = wire.op.map(|op| once(call, request, op)).transpose()?;
    Ok(Options {
        timeout: wire.timeout_ms.map(Duration::from_millis),
        if_rev: wire.if_rev,
        once: once.map(Arc::new),
        quiet: wire.push == Some(false),
    })
}

/// Reads the options of a request that takes `timeout_ms` and no other.
///
/// # Errors
/// BadRequest `invalid_options`.
pub(crate) fn timeout_alone(request: &Request) -> Result<Option<Duration>> {
    match request.options().map(read).transpose()? {
        None => Ok(None),
        Some(Wire {
            timeout_ms,
            if_rev: None,
            op: None,
            push: None,
        }) => Ok(timeout_ms.map(Duration::from_millis)),
        Some(_) => Err(invalid("this takes no option but timeout_ms")),
    }
}

fn read(text: &str) -> Result<Wire> {
    let wire = serde_json::from_str(text);
    wire.map_err(|_| invalid("options are an object with timeout_ms, if_rev, op or push"))
}

fn once(call: &Call<'_>, request: &Request, op: String) -> Result<Once> {
    if call.effect() == Effect::Read {
        return Err(invalid("op is for what may change something"));
    }
    let printable = op.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if op.is_empty() || op.len() > LONGEST_OP || !printable {
        let message = format!("op is 1 to {LONGEST_OP} printable ASCII characters");
        return Err(invalid(message));
    }
    let user = call.cx.user_key().unwrap_or_default();
    // All who have not logged in share one ledger: nobody may guess an id of another.
    if user.is_empty() && Uuid::try_parse(&op).is_err() {
        return Err(invalid("without a login, op is a UUID"));
    }
    if !call.app.store().caps().ledger {
        return Err(unsupported("the store keeps no ledger of operations"));
    }
    if call.detached() {
        let message = "a detached method commits apart from its answer: it takes no op";
        return Err(unsupported(message));
    }
    let asked = fingerprint(request.resource(), request.action(), request.payload());
    Ok(Once {
        key: OperationKey {
            user: user.into(),
            op: op.into(),
        },
        request: asked.ok_or_else(unreadable)?,
    })
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::bad_request(message).reason("invalid_options")
}

fn unsupported(message: &'static str) -> Error {
    Error::bad_request(message).reason("op_unsupported")
}

//! What a client is told when something fails.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use sockful::{Error, ErrorKind, FieldError};

use crate::support;
use crate::support::source::{self, Source};

/// Every kind, with what `docs/protocol.md` says of it: name, code and the reason used where none is given.
const KINDS: [(ErrorKind, u16, &str, &str); 11] = [
    (ErrorKind::BadRequest, 400, "BadRequest", "bad_request"),
    (
        ErrorKind::NotAuthenticated,
        401,
        "NotAuthenticated",
        "not_authenticated",
    ),
    (ErrorKind::Forbidden, 403, "Forbidden", "forbidden"),
    (ErrorKind::NotFound, 404, "NotFound", "not_found"),
    (
        ErrorKind::MethodNotAllowed,
        405,
        "MethodNotAllowed",
        "method_not_allowed",
    ),
    (ErrorKind::Timeout, 408, "Timeout", "timeout"),
    (ErrorKind::Conflict, 409, "Conflict", "conflict"),
    (ErrorKind::Unprocessable, 422, "Unprocessable", "invalid"),
    (
        ErrorKind::TooManyRequests,
        429,
        "TooManyRequests",
        "too_many_requests",
    ),
    (ErrorKind::Internal, 500, "Internal", "internal"),
    (ErrorKind::Unavailable, 503, "Unavailable", "unavailable"),
];

const PAGE: &str = include_str!("../docs/protocol.md");

fn wire(error: &Error) -> Value {
    serde_json::to_value(error).unwrap()
}

#[test]
fn an_error_is_one_pointer_wide() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<sockful::Result<()>>(), size_of::<usize>());
}

#[test]
fn every_kind_has_its_code_its_name_and_a_reason() {
    for (kind, code, name, reason) in KINDS {
        let mut expected = json!({ "code": code, "name": name, "reason": reason, "message": "m" });
        if matches!(kind, ErrorKind::Timeout | ErrorKind::Unavailable) {
            expected["temporary"] = true.into();
        }
        assert_eq!(wire(&Error::new(kind, "m")), expected);
    }
}

#[test]
fn the_page_names_every_kind_with_its_code() {
    for (_, code, name, _) in KINDS {
        assert!(PAGE.contains(&format!("| `{name}` | {code} |")), "{name}");
    }
}

#[test]
fn an_error_is_written_in_one_order() {
    let error = Error::conflict("m")
        .reason("r")
        .with_fields([FieldError::new("f", "c", "fm")])
        .retry_after(Duration::from_secs(2));
    assert_eq!(
        serde_json::to_string(&error).unwrap(),
        r#"{"code":409,"name":"Conflict","reason":"r","message":"m","errors":{"f":[{"code":"c","message":"fm"}]},"retry_after_ms":2000,"temporary":true}"#
    );
}

#[test]
fn several_mistakes_of_one_field_stay_together() {
    let error = Error::invalid(vec![
        FieldError::new("a", "short", "is too short"),
        FieldError::new("b", "required", "is required"),
        FieldError::new("a", "pattern", "has a space"),
    ]);
    assert_eq!(
        wire(&error)["errors"],
        json!({
            "a": [{ "code": "short", "message": "is too short" }, { "code": "pattern", "message": "has a space" }],
            "b": [{ "code": "required", "message": "is required" }]
        })
    );
}

#[test]
fn an_error_is_temporary_when_waiting_may_help() {
    assert!(Error::timeout("m").is_temporary());
    assert!(Error::unavailable("m").is_temporary());
    assert!(!Error::conflict("m").is_temporary());
    assert!(
        Error::conflict("m")
            .retry_after(Duration::ZERO)
            .is_temporary()
    );
}

#[test]
fn the_source_of_an_error_is_for_the_log_alone() {
    let error = Error::internal("the password is 1234");
    assert!(!wire(&error).to_string().contains("1234"));
    assert!(!error.to_string().contains("1234"));
    assert!(format!("{error:?}").contains("1234"));
}

/// A method that fails inside is answered with nothing but an id: the same text but for it.
#[tokio::test]
async fn an_internal_error_tells_nothing_but_an_id() {
    let app = support::app(|app| app.resource::<Broken>()).await;
    let client = app.anonymous();
    let mut ids = BTreeSet::new();
    for action in ["fails", "fails_with_everything", "panics"] {
        let failed = client.call("broken", action, json!({})).await;
        let mut error = failed.error().clone();
        let message = error["message"].take();
        let message = message.as_str().unwrap();
        let id = message.strip_prefix("the server failed; its log knows this as ");
        let id = id.unwrap_or_else(|| panic!("{message}"));
        assert!(id.parse::<uuid::Uuid>().is_ok(), "{message}");
        ids.insert(id.to_owned());
        assert_eq!(
            error,
            json!({ "code": 500, "name": "Internal", "reason": "internal", "message": null }),
            "{action}"
        );
    }
    assert_eq!(ids.len(), 3);
}

mod broken {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};
    use sockful::prelude::*;
    use sockful::{ErrorKind, FieldError};

    #[derive(Serialize, Deserialize, JsonSchema, Resource)]
    #[resource(access = public, remote)]
    pub(super) struct Broken {
        id: String,
    }

    #[remote]
    impl Broken {
        #[remote]
        fn fails() -> Result<()> {
            Err(Error::internal("the password is 1234"))
        }

        #[remote]
        fn fails_with_everything() -> Result<()> {
            let field = FieldError::new("password", "is", "1234");
            Err(Error::new(ErrorKind::Internal, "the password is 1234")
                .reason("password_1234")
                .with_fields([field]))
        }

        #[remote]
        fn panics() {
            panic!("the password is 1234")
        }
    }
}
use broken::Broken;

/// The reasons in the table of the page.
fn written() -> BTreeSet<String> {
    let table = PAGE.split("| name | code | reasons |").nth(1).unwrap();
    let rows = table
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with('|'));
    let cells = rows.filter_map(|row| row.split('|').nth(3));
    // What stands in code is a reason, up to a colon that begins a remark.
    let reasons = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    reasons.map(str::to_owned).collect()
}

/// The reasons that the library gives: where it says so, and those of the kinds it makes without a word.
fn produced() -> BTreeSet<String> {
    let mut reasons = BTreeSet::new();
    let mut made = String::new();
    for Source { path, code } in source::of("sockful/src") {
        for rest in code.split(".reason(\"").skip(1) {
            reasons.extend(rest.split('"').next().map(str::to_owned));
        }
        made.push_str(&match path.contains("/error") {
            true => code.replace("Self::", "Error::"),
            false => code,
        });
    }
    for (_, _, _, reason) in KINDS {
        let constructor = if reason == "invalid" {
            "unprocessable"
        } else {
            reason
        };
        for rest in made.split(&format!("Error::{constructor}(")).skip(1) {
            let statement = rest.split(";\n").next().unwrap_or(rest);
            let statement = statement.split("\n    }\n").next().unwrap_or(statement);
            if !statement.contains(".reason(") {
                reasons.insert(reason.to_owned());
            }
        }
    }
    reasons.extend(
        made.contains("Error::invalid(")
            .then(|| "invalid".to_owned()),
    );
    reasons
}

#[test]
fn the_page_lists_the_reasons_that_the_library_gives_and_no_others() {
    let (written, produced) = (written(), produced());
    // Reasons that only an application gives, by an error of its own.
    let applications = ["forbidden", "too_many_requests", "overloaded"];
    let unwritten: Vec<_> = produced.difference(&written).collect();
    assert!(
        unwritten.is_empty(),
        "not in docs/protocol.md: {unwritten:?}"
    );
    let unknown = written.difference(&produced);
    let unknown: Vec<_> = unknown
        .filter(|it| !applications.contains(&it.as_str()))
        .collect();
    assert!(unknown.is_empty(), "nowhere in the code: {unknown:?}");
}

/// The codes that the page lists for fields.
#[test]
fn the_page_lists_the_codes_of_fields() {
    let listed = PAGE.split("Codes of a field:").nth(1).unwrap();
    let listed = listed.split("\n\n").next().unwrap();
    let listed: BTreeSet<_> = listed.split('`').skip(1).step_by(2).collect();
    for Source { path, code } in source::of("sockful/src") {
        // Rules have a table of their own.
        let rules = path.ends_with("validation/words.rs");
        for said in code.split(".say(").skip(1).filter(|_| rules) {
            let said = said.split('"').nth(1).filter(|it| it.len() < 20);
            let listed = said.is_none_or(|it| PAGE.contains(&format!("`{it}`")));
            assert!(listed, "{path}: `{said:?}` is not in docs/protocol.md");
        }
        for opening in ["FieldError::new(", "Fault::new(", "Self::value("] {
            for rest in code.split(opening).skip(1) {
                // The code is the first text among the arguments that looks like one.
                let arguments = &rest[..rest.find(");").unwrap_or(rest.len()).min(160)];
                let code = arguments.split('"').skip(1).step_by(2).find(|it| {
                    !it.is_empty() && it.bytes().all(|it| it.is_ascii_lowercase() || it == b'_')
                });
                if let Some(code) = code {
                    assert!(
                        listed.contains(code),
                        "{path}: `{code}` is not in docs/protocol.md"
                    );
                }
            }
        }
    }
}

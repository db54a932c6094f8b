//! What the documentation says of each authority, in plain Rust: nothing here calls sockful.

use serde_json::{Value, json};

use super::fixture;

/// A record, as the test keeps it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) owner: String,
    pub(super) public: bool,
    pub(super) readers: Vec<String>,
    pub(super) writer: Option<String>,
    pub(super) text: String,
    /// Private.
    pub(super) keeper: Option<String>,
}

/// Who calls, and by which road.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Role {
    Anonymous,
    Owner,
    Reader,
    Writer,
    Stranger,
    Admin,
    System,
}

impl Role {
    pub(super) const ALL: [Self; 7] = [
        Self::Anonymous,
        Self::Owner,
        Self::Reader,
        Self::Writer,
        Self::Stranger,
        Self::Admin,
        Self::System,
    ];

    /// The key of the user.
    pub(super) fn key(self) -> Option<&'static str> {
        match self {
            Self::Anonymous | Self::System => None,
            Self::Owner => Some("ann"),
            Self::Reader => Some("rita"),
            Self::Writer => Some("will"),
            Self::Stranger => Some("sam"),
            Self::Admin => Some("root"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verb {
    Read,
    Create,
    Update,
    Destroy,
}

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Destroy => "destroy",
        }
    }
}

impl Record {
    /// What everybody finds in every resource, in the order of ids.
    pub(super) fn stored() -> [Self; 3] {
        let bare = |id: &str, owner: &str| Self {
            id: id.to_owned(),
            owner: owner.to_owned(),
            public: false,
            readers: Vec::new(),
            writer: None,
            text: id.to_owned(),
            keeper: None,
        };
        [
            bare("foreign", "zoe"),
            Self {
                readers: vec!["rita".to_owned()],
                writer: Some("will".to_owned()),
                keeper: Some(fixture::badge("ann")),
                ..bare("mine", "ann")
            },
            Self {
                public: true,
                keeper: Some(fixture::badge("root")),
                ..bare("open", "ann")
            },
        ]
    }

    /// What clients may see.
    pub(super) fn shown(&self) -> Value {
        json!({
            "id": self.id, "owner": self.owner, "public": self.public, "readers": self.readers,
            "writer": self.writer, "text": self.text,
        })
    }

    /// What clients send of it.
    pub(super) fn sent(&self) -> Value {
        let mut sent = self.shown();
        sent["code"] = fixture::code().into();
        sent
    }

    /// With what only Rust code may give.
    pub(super) fn whole(&self) -> Value {
        let mut whole = self.sent();
        whole["keeper"] = json!(self.keeper);
        whole
    }
}

/// Whether somebody may call this at all.
pub(super) fn may_call(resource: &str, method: &str, role: Role) -> bool {
    let authenticated = match method {
        "peek" | "readable" => false,
        "show" | "touch" | "titles" | "copy" => true,
        _ => resource == "wiki",
    };
    !(authenticated && role == Role::Anonymous)
}

/// Whether somebody may do this with a record.
#[expect(clippy::match_same_arms, reason = "one line for each rule")]
pub(super) fn may(resource: &str, verb: Verb, role: Role, it: &Record) -> bool {
    if role == Role::System {
        return true;
    }
    let user = role.key();
    let is_user = user.is_some();
    let admin = role == Role::Admin;
    let owns = user == Some(&*it.owner);
    let writes = is_user && user == it.writer.as_deref();
    let reads = user.is_some_and(|user| it.readers.iter().any(|reader| reader == user));
    let keeps = user.is_some_and(|user| it.keeper == Some(fixture::badge(user)));
    match (resource, verb) {
        ("note", Verb::Read) => it.public || owns || reads || writes || admin,
        ("note", Verb::Create | Verb::Destroy) => owns,
        ("note", Verb::Update) => owns || writes,
        ("diary", _) => owns,
        ("page", Verb::Read) => true,
        ("page", _) => owns || admin,
        ("task", Verb::Read) => writes || it.writer.is_none() && it.public,
        ("task", Verb::Create) => writes || admin,
        ("task", Verb::Update) => writes,
        ("task", Verb::Destroy) => admin && it.writer.is_some(),
        ("grave", _) => false,
        ("report", Verb::Read) => admin,
        ("report", Verb::Create | Verb::Destroy) => true,
        ("report", Verb::Update) => owns,
        // A keeper who is no admin, or simply a keeper.
        ("safe", Verb::Read) => keeps,
        ("safe", Verb::Create) => true,
        ("safe", Verb::Update) => keeps && !it.public,
        ("safe", Verb::Destroy) => is_user && !owns,
        ("draft", Verb::Read) => it.public || reads || admin,
        ("draft", Verb::Create) => is_user,
        ("draft", Verb::Update) => reads,
        ("draft", Verb::Destroy) => false,
        // Who may call them at all is decided before.
        ("poster" | "wiki", _) => true,
        _ => panic!("nobody has said who may {verb:?} a {resource}"),
    }
}

/// The error of a call by somebody who must log in.
pub(super) fn not_logged_in() -> Value {
    json!({ "code": 401, "name": "NotAuthenticated", "reason": "not_authenticated", "message": "log in first" })
}

/// The error about a record that is not there, or that the caller may not know of.
pub(super) fn not_found(resource: &str) -> Value {
    let message = format!("there is no such {resource}");
    json!({ "code": 404, "name": "NotFound", "reason": "not_found", "message": message })
}

/// The error about a record that the caller may know of.
pub(super) fn forbidden(resource: &str, verb: Verb) -> Value {
    let message = format!("you may not {} this {resource}", verb.name());
    json!({ "code": 403, "name": "Forbidden", "reason": "policy", "message": message })
}

/// The error about an id that is taken.
pub(super) fn exists(resource: &str, path: &str) -> Value {
    let message = format!("a {resource} with this id exists");
    let errors = json!({ path: [{ "code": "exists", "message": "exists" }] });
    json!({ "code": 409, "name": "Conflict", "reason": "exists", "message": message, "errors": errors })
}

/// The same error as one of an item of a commit.
pub(super) fn of_item(mut error: Value, item: usize) -> Value {
    if let Some(errors) = error["errors"].as_object() {
        let errors = errors.iter();
        error["errors"] = errors
            .map(|(path, wrong)| (format!("[{item}].{path}"), wrong.clone()))
            .collect();
    }
    error["item"] = item.into();
    error
}

/// The error about an action that a commit does not take.
pub(super) fn not_a_mutation(action: &str) -> Value {
    let message = format!("{action} is nothing that a transaction can hold");
    json!({ "code": 400, "name": "BadRequest", "reason": "not_a_mutation", "message": message })
}

/// What becomes of a call that changes a record to another, as far as the policy decides.
pub(super) fn change(
    resource: &str,
    role: Role,
    old: Option<&Record>,
    verb: Verb,
    after: Option<&Record>,
) -> Result<(), Value> {
    let may = |verb, it| may(resource, verb, role, it);
    let old = old.filter(|old| may(Verb::Read, old));
    let old = old.ok_or_else(|| not_found(resource))?;
    if !may(verb, old) || after.is_some_and(|after| !may(verb, after)) {
        return Err(forbidden(resource, verb));
    }
    Ok(())
}

/// What is answered of a record that was written.
pub(super) fn shown(resource: &str, role: Role, it: &Record) -> Value {
    if may(resource, Verb::Read, role, it) {
        it.shown()
    } else {
        Value::Null
    }
}

//! The rules, and what each says in plain Rust.

use serde_json::json;
use sockful::App;

use super::*;

/// Neither of both is `None`, and they are equal.
fn same<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
    one.is_some() && one == other
}

/// Neither of both is `None`, and this is so of them.
fn both<T>(one: Option<T>, other: Option<T>, so: fn(&T, &T) -> bool) -> bool {
    matches!((one, other), (Some(one), Some(other)) if so(&one, &other))
}

/// A resource for each rule, whose fields are those of [`Card`], and the table of all.
macro_rules! forms {
    ($($name:ident: ($($rule:tt)*) => $holds:expr;)*) => {
        $(
            #[derive(Serialize, Deserialize, JsonSchema, Resource)]
            #[policy(user = Person, read($($rule)*), write($($rule)*))]
            struct $name {
                id: String,
                owner: String,
                team: Option<String>,
                tags: Vec<String>,
                stars: i32,
                price: Option<f64>,
                public: bool,
                state: State,
                due: Option<jiff::Timestamp>,
                #[serde(default, skip_serializing)]
                #[resource(private)]
                hidden: Option<String>,
            }
        )*

        pub(super) const FORMS: &[Form] = &[
            $(Form::of::<$name>(stringify!($($rule)*), $holds),)*
        ];

        /// Keeps this card as a record of the resource with this name.
        pub(super) async fn keep(app: &App, name: &str, card: &Card) {
            let card = json!(card);
            $(
                if name == <$name as sockful::Resource>::FACTS.name {
                    let record: $name = serde_json::from_value(card).expect("a card");
                    app.system().create(record).await.expect("there is room");
                    return;
                }
            )*
            panic!("nothing is called {name}");
        }
    };
}

forms! {
    // Whose it is.
    Owner: (owner == user.id) => |u, c| u.is_some_and(|u| c.owner == u.id);
    OwnerBackwards: (user.id == owner) => |u, c| u.is_some_and(|u| c.owner == u.id);
    Borrowed: (&owner == &user.id) => |u, c| u.is_some_and(|u| c.owner == u.id);
    Moved: (owner == user.id.clone()) => |u, c| u.is_some_and(|u| c.owner == u.id);
    Stranger: (owner != user.id) => |u, c| u.is_some_and(|u| c.owner != u.id);
    NotOwner: (!(owner == user.id)) => |u, c| u.is_some_and(|u| c.owner != u.id);
    NotNotOwner: (!!(owner == user.id)) => |u, c| u.is_some_and(|u| c.owner == u.id);
    Formatted: (owner == format!("{}", user.id)) => |u, c| u.is_some_and(|u| c.owner == u.id);
    Captured: (owner == format!("{user}")) => |u, c| u.is_some_and(|u| c.owner == u.id);
    NotCaptured: (owner != format!("{user:}")) => |u, c| u.is_some_and(|u| c.owner != u.id);
    Raw: (owner == r#user.id || !r#user.admin) => |u, c| u.is_some_and(|u| c.owner == u.id || !u.admin);

    // Without a user.
    Public: (public) => |_, c| c.public;
    NotPublic: (!public) => |_, c| !c.public;
    Everybody: (true) => |_, _| true;
    Nobody: (false) => |_, _| false;
    NotNobody: (!false && !!public) => |_, c| c.public;
    Open: (state == State::Open || !(state != State::OnHold)) => |_, c| c.state != State::Closed;

    // What may be `None`.
    Team: (team == user.team) => |u, c| u.is_some_and(|u| same(c.team.as_ref(), u.team.as_ref()));
    OtherTeam: (team != user.team) => |u, c| u.is_some_and(|u| !same(c.team.as_ref(), u.team.as_ref()));
    NotTeam: (!(team == user.team)) => |u, c| u.is_some_and(|u| !same(c.team.as_ref(), u.team.as_ref()));
    NotOtherTeam: (!(team != user.team)) => |u, c| u.is_some_and(|u| same(c.team.as_ref(), u.team.as_ref()));
    Red: (team == "red") => |_, c| c.team.as_deref() == Some("red");
    NotRed: ("red" != team) => |_, c| c.team.as_deref() != Some("red");
    SomeTeam: (team == Some("red".to_owned())) => |_, c| c.team.as_deref() == Some("red");
    NoneIsNothing: (team == None::<String>) => |_, _| false;
    NoneDiffers: (team != None::<String>) => |_, _| true;
    Teamless: (team.is_none()) => |_, c| c.team.is_none();
    InATeam: (team.is_some() && !team.is_none()) => |_, c| c.team.is_some();
    NotTeamless: (!team.is_none()) => |_, c| c.team.is_some();
    // Evaluated from the left, as far as that decides: or these would panic.
    Unwrapped: (user.team.is_some() && team == user.team.clone().unwrap())
        => |u, c| u.is_some_and(|u| same(c.team.as_ref(), u.team.as_ref()));
    NotUnwrapped: (user.team.is_none() || !(team == user.team.clone().unwrap()))
        => |u, c| u.is_some_and(|u| !same(c.team.as_ref(), u.team.as_ref()));
    UnwrappedUnderNot: (!(user.team.is_none() || team != user.team.clone().unwrap()))
        => |u, c| u.is_some_and(|u| same(c.team.as_ref(), u.team.as_ref()));
    Hidden: (hidden == user.name) => |u, c| u.is_some_and(|u| same(c.hidden.as_ref(), u.name.as_ref()));
    NotHidden: (!(hidden == user.name) && public)
        => |u, c| u.is_some_and(|u| !same(c.hidden.as_ref(), u.name.as_ref())) && c.public;

    // Lists and texts.
    OneOfTeams: (user.teams.contains(&team))
        => |u, c| u.is_some_and(|u| c.team.as_ref().is_some_and(|team| u.teams.contains(team)));
    NoneOfTeams: (!user.teams.contains(&team))
        => |u, c| u.is_some_and(|u| !c.team.as_ref().is_some_and(|team| u.teams.contains(team)));
    OneOfWords: (user.words.contains(&team))
        => |u, c| u.is_some_and(|u| c.team.is_some() && u.words.contains(&c.team));
    NoneOfWords: (!user.words.contains(&team))
        => |u, c| u.is_some_and(|u| c.team.is_none() || !u.words.contains(&c.team));
    OneOfTwo: (["ann", "bob"].contains(&owner)) => |_, c| c.owner == "ann" || c.owner == "bob";
    Tagged: (tags.contains(&user.id)) => |u, c| u.is_some_and(|u| c.tags.contains(&u.id));
    NotTagged: (!(tags.contains(&user.id))) => |u, c| u.is_some_and(|u| !c.tags.contains(&u.id));
    Within: (owner.contains(&user.id)) => |u, c| u.is_some_and(|u| c.owner.contains(&u.id));
    NotStart: (!owner.starts_with(&user.id)) => |u, c| u.is_some_and(|u| !c.owner.starts_with(&u.id));
    Start: (owner.starts_with("an")) => |_, c| c.owner.starts_with("an");

    // Numbers and times.
    Above: (stars > user.level) => |u, c| u.is_some_and(|u| c.stars > u.level);
    AtMost: (user.level >= stars) => |u, c| u.is_some_and(|u| u.level >= c.stars);
    NotFew: (!(stars < 2)) => |_, c| c.stars >= 2;
    Cheap: (price < user.budget) => |u, c| u.is_some_and(|u| both(c.price, u.budget, |a, b| a < b));
    NotCheap: (!(price < user.budget)) => |u, c| u.is_some_and(|u| both(c.price, u.budget, |a, b| a >= b));
    Dear: (price > 1.0 || !(price <= 9.99)) => |_, c| c.price.is_some_and(|price| price > 1.0);
    Ten: (price == 10.0) => |_, c| c.price == Some(10.0);
    Due: (due <= user.now) => |u, c| u.is_some_and(|u| c.due.is_some_and(|due| due <= u.now));
    NotDue: (!(due <= user.now)) => |u, c| u.is_some_and(|u| c.due.is_some_and(|due| due > u.now));
    DueNow: (due == user.now) => |u, c| u.is_some_and(|u| c.due == Some(u.now));
    DueOnceElse: (due != user.now) => |u, c| u.is_some_and(|u| c.due != Some(u.now));

    // Joined.
    AndFirst: (public || owner == user.id && !user.banned)
        => |u, c| c.public || u.is_some_and(|u| c.owner == u.id && !u.banned);
    OrFirst: ((public || owner == user.id) && !user.banned)
        => |u, c| u.is_some_and(|u| (c.public || c.owner == u.id) && !u.banned);
    Neither: (!(public || owner == user.id)) => |u, c| !c.public && u.is_some_and(|u| c.owner != u.id);
    NotBoth: (!(public && owner == user.id)) => |u, c| !c.public || u.is_some_and(|u| c.owner != u.id);
    NotUnless: (!(public && !(owner == user.id))) => |u, c| !c.public || u.is_some_and(|u| c.owner == u.id);
    Nested: (!(!(tags.contains(&user.id)) || public))
        => |u, c| u.is_some_and(|u| c.tags.contains(&u.id)) && !c.public;
    Three: (!(public || team.is_none() || !user.admin))
        => |u, c| !c.public && c.team.is_some() && u.is_some_and(|u| u.admin);
    Braces: ({ public } || { (owner == user.id) }) => |u, c| c.public || u.is_some_and(|u| c.owner == u.id);

    // About the user alone: without one it is false, whatever it says.
    Admin: (user.admin) => |u, _| u.is_some_and(|u| u.admin);
    NotBanned: (!user.banned) => |u, _| u.is_some_and(|u| !u.banned);
    TwiceNotBanned: (!(!user.banned)) => |u, _| u.is_some_and(|u| u.banned);
    NeitherOfUser: (!(user.banned || user.level < 2)) => |u, _| u.is_some_and(|u| !u.banned && u.level >= 2);
    NotBothOfUser: (!(user.banned && public)) => |u, c| u.is_some_and(|u| !u.banned) || !c.public;
    LevelOne: (user.level == 1) => |u, _| u.is_some_and(|u| u.level == 1);
    Either: (user.banned ^ user.admin) => |u, _| u.is_some_and(|u| u.banned != u.admin);
    Matches: (matches!(user.role, Role::Admin | Role::Editor) && stars >= 2)
        => |u, c| u.is_some_and(|u| u.role != Role::Guest) && c.stars >= 2;
    NotMatches: (!matches!(user.role, Role::Guest) || public)
        => |u, c| u.is_some_and(|u| u.role != Role::Guest) || c.public;
    IfElse: (if user.admin { true } else { user.level > 2 }) => |u, _| u.is_some_and(|u| u.admin || u.level > 2);
    Counted: (user.teams.iter().any(|it| it == "red") && public)
        => |u, c| u.is_some_and(|u| u.teams.iter().any(|team| team == "red")) && c.public;
}

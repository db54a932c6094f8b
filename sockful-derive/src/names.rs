//! Names: from Rust to the wire, which are allowed there, and which one a misspelt word may mean.

/// How serde renames the fields of a struct: the values of `#[serde(rename_all = "..")]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    /// The case that serde knows by this text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "lowercase" => Self::Lower,
            "UPPERCASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "snake_case" => Self::Snake,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnake,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebab,
            _ => return None,
        })
    }

    /// What serde makes of a field's Rust name, which it takes to be `snake_case`.
    pub(crate) fn apply(self, field: &str) -> String {
        match self {
            Self::Lower | Self::Snake => field.to_owned(),
            Self::Upper | Self::ScreamingSnake => field.to_ascii_uppercase(),
            Self::Pascal => pascal(field),
            Self::Camel => {
                let mut letters = pascal(field).chars().collect::<Vec<_>>();
                if let Some(first) = letters.first_mut() {
                    first.make_ascii_lowercase();
                }
                letters.into_iter().collect()
            }
            Self::Kebab => field.replace('_', "-"),
            Self::ScreamingKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn pascal(field: &str) -> String {
    let mut pascal = String::new();
    let mut starts_word = true;
    for letter in field.chars() {
        match letter {
            '_' => starts_word = true,
            _ if starts_word => {
                pascal.push(letter.to_ascii_uppercase());
                starts_word = false;
            }
            _ => pascal.push(letter),
        }
    }
    pascal
}

/// The name of a resource, from its struct: `WorldMap` is `world_map`, `HTTPServer` is `http_server`.
pub(crate) fn snake_case(rust: &str) -> String {
    let letters = rust.chars().collect::<Vec<_>>();
    let mut snake = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(index + 1);
        let starts_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                before != '_'
                    && (!before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()))
            });
        if starts_word {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// With this begin the names of sockful's own tables.
pub(crate) const OUR_TABLES: &str = "sockful_";

/// Whether a table or a column can have this name.
pub(crate) fn is_stored_name(name: &str) -> bool {
    !(name.is_empty() || name.contains('\0'))
}

/// Whether a resource may be called so: `[a-z][a-z0-9_]*`.
pub(crate) fn is_resource_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The plural of an English noun in `snake_case`, by the rules alone: `songs`, `boxes`, `entries`.
pub(crate) fn plural(noun: &str) -> String {
    let vowels = ['a', 'e', 'i', 'o', 'u', '_'];
    let stem = noun.strip_suffix('y');
    if let Some(stem) = stem.filter(|it| !it.is_empty() && !it.ends_with(vowels)) {
        return format!("{stem}ies");
    }
    let hisses = ["s", "x", "z", "ch", "sh"];
    let hisses = hisses.iter().any(|end| noun.ends_with(end));
    format!("{noun}{}", if hisses { "es" } else { "s" })
}

/// Whether a remote method may be called so: `[A-Za-z_][A-Za-z0-9_]*`.
pub(crate) fn is_action_name(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The events that Socket.IO and sockful keep for themselves: a resource's name is an event's name.
pub(crate) const RESERVED_RESOURCES: [&str; 7] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
    "sockful",
];

/// What every resource answers or sends by itself.
pub(crate) const BUILT_IN_ACTIONS: [&str; 13] = [
    "create", "get", "all", "update", "replace", "destroy", "count", "watch", "unwatch", "batch",
    "enter", "leave", "reset",
];

/// The word that was probably meant: at most two letters away.
pub(crate) fn did_you_mean<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (distance(written, word), word))
        .filter(|(distance, word)| *distance <= 2 && *distance < word.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many letters must be added, removed or changed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b = b.chars().collect::<Vec<_>>();
    let mut row = (0..=b.len()).collect::<Vec<_>>();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

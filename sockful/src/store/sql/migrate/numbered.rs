//! Migrations that somebody has written: which of them are to be run, and what must not be done to them.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// How a migration says that it is about a table which is there already.
const ONLY_IF: (&str, &str) = ("-- sockful: only if ", " exists");

/// Statements under a name that begins with a number, such as `0001_split_names`.
#[derive(Clone, Debug)]
pub(in crate::store) struct Migration {
    pub(in crate::store) name: String,
    /// What stands in its file.
    pub(in crate::store) text: String,
}

/// A migration that was run.
pub(in crate::store) struct Ran {
    pub(in crate::store) name: String,
    pub(in crate::store) checksum: String,
}

impl Migration {
    /// Tells whether the text is that of the time it was run. How its lines end does not count.
    pub(in crate::store) fn checksum(&self) -> String {
        let digest = Sha256::digest(self.text.replace("\r\n", "\n"));
        digest.iter().fold(String::new(), |mut text, byte| {
            // Writing into a `String` cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The table without which there is nothing to do, if a line of the comment it begins with names one.
    pub(in crate::store) fn only_if(&self) -> Option<&str> {
        let lines = self.text.lines().map(str::trim);
        let mut comment = lines.take_while(|line| line.is_empty() || line.starts_with("--"));
        comment.find_map(|line| line.strip_prefix(ONLY_IF.0)?.strip_suffix(ONLY_IF.1))
    }

    /// Whether it may have changed this table.
    pub(in crate::store) fn mentions(&self, table: &str) -> bool {
        // A quotation mark within a name is written twice.
        let plain = |text: &str| text.replace('"', "").to_ascii_lowercase();
        plain(&self.text).contains(&plain(table))
    }

    /// Why a statement cannot be run: its number, counted from 1, and the text that begins with it.
    pub(in crate::store) fn failed(&self, statement: usize, text: &str, error: &str) -> String {
        const SHOWN: usize = 200;
        let text = code(text);
        let shown = text.find(';').unwrap_or(text.len()).min(SHOWN);
        format!(
            "the migration `{}` failed in statement {statement}: {error}, in: {}",
            self.name,
            &text[..text.floor_char_boundary(shown)]
        )
    }

    fn number(&self) -> Option<u64> {
        let end = self.name.find(|it: char| !it.is_ascii_digit());
        let (number, rest) = self.name.split_at(end.unwrap_or(self.name.len()));
        let number = number.parse().ok()?;
        (rest.is_empty() || rest.starts_with('_')).then_some(number)
    }
}

/// What a new database needs to be told when a migration fails in it.
pub(in crate::store) fn hint_for_new() -> String {
    let (start, end) = ONLY_IF;
    format!(
        "the database is new, and the tables of the resources are made after the migrations: one that changes such a \
         table begins with the line `{start}table{end}`"
    )
}

/// Those that are to be run, in their order.
///
/// # Errors
/// Everything that is wrong with the migrations, or with what has become of those that were run.
pub(in crate::store) fn pending<'a>(
    migrations: &'a [Migration],
    ran: &[Ran],
) -> Result<Vec<&'a Migration>, Vec<String>> {
    let mut problems = Vec::new();
    let mut last: Option<(u64, &str)> = None;
    let mut pending = Vec::new();
    let number = |name: &str| {
        let named = migrations.iter().find(|it| it.name == name);
        named.and_then(Migration::number)
    };
    let newest = ran.iter().max_by_key(|it| number(&it.name));
    for migration in migrations {
        let name = &migration.name;
        let Some(number) = migration.number() else {
            problems.push(format!(
                "the migration `{name}` has no number: name it like `0001_split_names`"
            ));
            continue;
        };
        if let Some((before, other)) = last.replace((number, name))
            && before >= number
        {
            problems.push(format!(
                "the migration `{name}` stands after `{other}`: numbers must grow"
            ));
        }
        match ran.iter().find(|it| it.name == *name) {
            Some(ran) if ran.checksum == migration.checksum() => {}
            Some(_) => problems.push(format!(
                "the migration `{name}` has changed since it was run: write another one instead"
            )),
            None => pending.push((number, migration)),
        }
    }
    for ran in ran {
        if !migrations.iter().any(|it| it.name == ran.name) {
            problems.push(format!(
                "the migration `{}` was run on this database, but is not there any more",
                ran.name
            ));
        }
    }
    if let Some(newest) = newest {
        let newest_number = number(&newest.name);
        for (number, migration) in &pending {
            if Some(*number) <= newest_number {
                problems.push(format!(
                    "the migration `{}` comes before `{}`, which was run already: give it a later number",
                    migration.name, newest.name
                ));
            }
        }
    }
    if problems.is_empty() {
        Ok(pending.into_iter().map(|(_, it)| it).collect())
    } else {
        Err(problems)
    }
}

/// A statement without the blanks and comments before it.
pub(in crate::store) fn code(statement: &str) -> &str {
    let mut code = statement.trim_start();
    loop {
        let rest = if let Some(line) = code.strip_prefix("--") {
            line.split_once('\n').map(|(_, rest)| rest)
        } else if let Some(block) = code.strip_prefix("/*") {
            block.split_once("*/").map(|(_, rest)| rest)
        } else {
            return code.trim_end();
        };
        code = rest.unwrap_or_default().trim_start();
    }
}

/// Whether a statement would begin or end a transaction: all migrations happen in one.
pub(in crate::store) fn is_transaction(statement: &str) -> bool {
    const WORDS: [&str; 8] = [
        "ABORT",
        "BEGIN",
        "COMMIT",
        "END",
        "RELEASE",
        "ROLLBACK",
        "SAVEPOINT",
        "START",
    ];
    let code = code(statement);
    let end = code.find(|it: char| !it.is_ascii_alphabetic());
    let word = &code[..end.unwrap_or(code.len())];
    WORDS.iter().any(|it| it.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests;

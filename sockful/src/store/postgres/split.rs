//! Where one statement ends and the next begins: at a semicolon that stands in no text, name or comment.

use crate::store::sql::migrate::numbered::code;

/// The statements of a text, without their semicolons.
pub(super) fn statements(text: &str) -> Vec<&str> {
    let mut statements = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(next) = text.as_bytes().get(at) {
        let rest = &text[at..];
        if *next == b';' {
            statements.push(&text[start..at]);
            start = at + 1;
        }
        at += length(rest, text[..at].chars().next_back());
    }
    statements.push(&text[start..]);
    statements.retain(|statement| !code(statement).is_empty());
    statements
}

/// How long that is which a text begins with: something that is quoted, a comment, or one character.
fn length(text: &str, before: Option<char>) -> usize {
    let whole = |end: Option<usize>| end.unwrap_or(text.len());
    let in_word = before.is_some_and(|it| it.is_alphanumeric() || it == '_' || it == '$');
    match text.as_bytes() {
        // A quotation mark that is doubled ends one text and begins another, which comes to the same.
        [b'\'', ..] if matches!(before, Some('e' | 'E')) => escaped(text),
        [quote @ (b'\'' | b'"'), ..] => {
            let end = text[1..].find(char::from(*quote));
            whole(end.map(|at| at + 2))
        }
        [b'-', b'-', ..] => whole(text.find('\n')),
        [b'/', b'*', ..] => comment(text),
        [b'$', ..] if !in_word => match dollars(text) {
            Some(tag) => {
                let end = text[tag.len()..].find(tag);
                whole(end.map(|at| at + 2 * tag.len()))
            }
            None => 1,
        },
        _ => text.chars().next().map_or(1, char::len_utf8),
    }
}

/// How long a text is in which a backslash takes the next character's meaning.
fn escaped(text: &str) -> usize {
    let mut skip = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if skip => skip = false,
            b'\\' => skip = true,
            b'\'' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// How long a comment is, which may hold others.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    text.len()
}

/// What begins a text between dollars: `$$`, `$body$`.
fn dollars(text: &str) -> Option<&str> {
    let end = text[1..].find('$')? + 2;
    let tag = &text[1..end - 1];
    let word = tag.chars().all(|it| it.is_alphanumeric() || it == '_');
    let digit = tag.starts_with(|it: char| it.is_ascii_digit());
    (word && !digit).then_some(&text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let found = statements(text);
        let found: Vec<_> = found.iter().map(|it| it.trim()).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn a_semicolon_ends_a_statement() {
        check("A; B;\n\nC", &["A", "B", "C"]);
        check("", &[]);
        check(" ;; -- nothing\n;/* nothing */", &[]);
    }

    #[test]
    fn a_semicolon_within_something_does_not() {
        check("A 'a;''b;'; B", &["A 'a;''b;'", "B"]);
        check(r"A E'a\';b'; B '\'; C", &[r"A E'a\';b'", r"B '\'", "C"]);
        check("A \"a;b\"; B", &["A \"a;b\"", "B"]);
        check("A -- b;'\n; B", &["A -- b;'", "B"]);
        check("A /* b; /* ; */ ; */; B", &["A /* b; /* ; */ ; */", "B"]);
        check("A $$ b; $x$ c; $$; B", &["A $$ b; $x$ c; $$", "B"]);
        check(
            "A $x$ b; $$ $x$; B $1; C a$b$c; D",
            &["A $x$ b; $$ $x$", "B $1", "C a$b$c", "D"],
        );
        check("A '\u{e4};\u{1f600}'; B", &["A '\u{e4};\u{1f600}'", "B"]);
    }

    #[test]
    fn what_never_ends_is_one_statement() {
        for text in ["A 'b;", "A \"b;", "A /* b;", "A $$ b;", "A E'b\\';"] {
            check(text, &[text]);
        }
    }
}

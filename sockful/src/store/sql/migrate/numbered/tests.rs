use super::*;

fn migration(name: &str, text: &str) -> Migration {
    Migration {
        name: name.to_owned(),
        text: text.to_owned(),
    }
}

fn migrations(names: &[&str]) -> Vec<Migration> {
    names.iter().map(|name| migration(name, name)).collect()
}

fn ran(names: &[&str]) -> Vec<Ran> {
    let ran = |it: Migration| Ran {
        checksum: it.checksum(),
        name: it.name,
    };
    migrations(names).into_iter().map(ran).collect()
}

/// The names of those that are to be run, or what is wrong, a line each.
fn check(given: &[&str], done: &[&str]) -> String {
    match pending(&migrations(given), &ran(done)) {
        Ok(pending) => {
            let names: Vec<_> = pending.iter().map(|it| &*it.name).collect();
            names.join(" ")
        }
        Err(problems) => problems.join("\n"),
    }
}

#[test]
fn what_was_not_run_is_to_be_run_in_its_order() {
    assert_eq!(check(&["1_a", "2_b", "10_c"], &["1_a"]), "2_b 10_c");
    assert_eq!(check(&["20260101120000_a"], &[]), "20260101120000_a");
    assert_eq!(check(&["1", "2"], &["1", "2"]), "");
}

#[test]
fn everything_that_is_wrong_is_told_and_named() {
    let told = check(&["first", "3_c", "2_b", "2_bb", "4_d"], &["1_gone", "3_c"]);
    let expect = [
        "the migration `first` has no number: name it like `0001_split_names`",
        "the migration `2_b` stands after `3_c`: numbers must grow",
        "the migration `2_bb` stands after `2_b`: numbers must grow",
        "the migration `1_gone` was run on this database, but is not there any more",
        "the migration `2_b` comes before `3_c`, which was run already: give it a later number",
        "the migration `2_bb` comes before `3_c`, which was run already: give it a later number",
    ];
    assert_eq!(told, expect.join("\n"));
}

#[test]
fn a_changed_text_is_refused_but_not_other_ends_of_its_lines() {
    let before = migration("1_a", "SELECT 1;\nSELECT 2;\n");
    let ran = [Ran {
        name: before.name.clone(),
        checksum: before.checksum(),
    }];
    let other_ends = migration("1_a", "SELECT 1;\r\nSELECT 2;\r\n");
    assert!(pending(&[other_ends], &ran).is_ok_and(|it| it.is_empty()));
    let changed = migration("1_a", "SELECT 1;\nSELECT 3;\n");
    let problems = pending(&[changed], &ran).unwrap_err();
    assert_eq!(
        problems,
        ["the migration `1_a` has changed since it was run: write another one instead"]
    );
}

#[test]
fn the_first_comment_may_name_the_table_without_which_there_is_nothing_to_do() {
    for (text, table) in [
        (
            "-- sockful: only if person exists\nUPDATE person",
            Some("person"),
        ),
        ("\n-- Why.\n-- sockful: only if a b exists\n", Some("a b")),
        ("UPDATE person;\n-- sockful: only if person exists", None),
        ("-- only if person exists", None),
    ] {
        assert_eq!(migration("1", text).only_if(), table, "{text}");
    }
}

#[test]
fn what_begins_or_ends_a_transaction_is_recognised_behind_comments() {
    for text in [
        "COMMIT",
        "  begin;",
        "-- so\n/* and */ Rollback TO x",
        "end",
    ] {
        assert!(is_transaction(text), "{text}");
    }
    for text in [
        "UPDATE beginning SET a = 1",
        "-- COMMIT",
        "",
        "SELECT 'COMMIT'",
    ] {
        assert!(!is_transaction(text), "{text}");
    }
}

#[test]
fn a_table_is_mentioned_however_it_is_quoted() {
    let text = migration("1", "ALTER TABLE \"All \"\"Cards\"\"\" DROP COLUMN text");
    assert!(text.mentions("all \"cards\""));
    assert!(!text.mentions("note"));
}

//! What things are called on the wire.

use crate::names::{self, Case};

#[test]
fn resources_are_called_in_snake_case() {
    let names = [
        ("Creature", "creature"),
        ("WorldMap", "world_map"),
        ("HTTPServer", "http_server"),
        ("MyURL", "my_url"),
        ("V2Card", "v2_card"),
        ("Card2", "card2"),
        ("Already_Split", "already_split"),
        ("snake_case", "snake_case"),
        ("X", "x"),
    ];
    for (rust, wire) in names {
        assert_eq!(names::snake_case(rust), wire);
        assert!(names::is_resource_name(wire), "{wire}");
    }
    for wrong in ["", "_a", "1a", "aB", "über", "a-b", "a b", "A"] {
        assert!(!names::is_resource_name(wrong), "{wrong}");
    }
}

#[test]
fn plurals_follow_the_rules_of_english() {
    let plurals = [
        ("song", "songs"),
        ("high_score", "high_scores"),
        ("entry", "entries"),
        ("day", "days"),
        ("boy", "boys"),
        ("box", "boxes"),
        ("bus", "buses"),
        ("branch", "branches"),
        ("dish", "dishes"),
        ("house", "houses"),
        ("y", "ys"),
        ("x", "xes"),
        // Exceptions have the word `children`.
        ("child", "childs"),
        ("leaf", "leafs"),
        ("sheep", "sheeps"),
    ];
    for (one, several) in plurals {
        assert_eq!(names::plural(one), several);
        assert!(names::is_resource_name(&names::plural(one)), "{several}");
    }
}

#[test]
fn actions_keep_their_case() {
    for name in ["move_to", "moveTo", "_private", "A1"] {
        assert!(names::is_action_name(name), "{name}");
    }
    for wrong in ["", "1a", "a-b", "a b", "füttern", "a.b"] {
        assert!(!names::is_action_name(wrong), "{wrong}");
    }
}

#[test]
fn fields_are_renamed_as_serde_does() {
    let cases = [
        ("lowercase", "first_name", "x"),
        ("UPPERCASE", "FIRST_NAME", "X"),
        ("PascalCase", "FirstName", "X"),
        ("camelCase", "firstName", "x"),
        ("snake_case", "first_name", "x"),
        ("SCREAMING_SNAKE_CASE", "FIRST_NAME", "X"),
        ("kebab-case", "first-name", "x"),
        ("SCREAMING-KEBAB-CASE", "FIRST-NAME", "X"),
    ];
    for (case, long, short) in cases {
        let case = Case::parse(case).unwrap();
        assert_eq!(case.apply("first_name"), long);
        assert_eq!(case.apply("x"), short);
        assert_eq!(case.apply(""), "");
    }
    assert_eq!(Case::parse("Title Case"), None);
}

#[test]
fn misspelt_words_are_recognised() {
    let known = ["index", "unique", "id", "private"];
    assert_eq!(names::did_you_mean("uniqe", known), Some("unique"));
    assert_eq!(names::did_you_mean("indexed", known), Some("index"));
    assert_eq!(names::did_you_mean("ids", known), Some("id"));
    assert_eq!(names::did_you_mean("ab", known), None);
    assert_eq!(names::did_you_mean("parent", known), None);
}

//! What holds of the source itself: the rules of how it is written that no compiler checks.

#[path = "support/source.rs"]
mod source;

use std::collections::BTreeSet;

use source::{Source, files, of, text};

/// The library, its macros, what shows them, tests them and measures them.
const FOLDERS: [&str; 5] = ["sockful", "sockful-derive", "examples", "tests", "benches"];

/// A file longer than this has more than one purpose, unless somebody has thought about it.
const QUESTION: usize = 400;
const ERROR: usize = 600;

/// The one package with unsafe code, whose lints are its own: SQLite calls its file system through pointers.
const UNSAFE: &str = "tests/disk/Cargo.toml";

/// Files above [`QUESTION`], each with the reason why it is one purpose.
const LONG: [(&str, &str); 0] = [];

/// The Rust code of the library, but for its tests.
fn library() -> Vec<Source> {
    of("sockful/src")
}

/// Every line of the library that `found` finds, outside the files whose path begins with one of `allowed`.
fn only_in(allowed: &[&str], found: impl Fn(&str) -> bool) -> Vec<String> {
    let mut places = Vec::new();
    for Source { path, code } in library() {
        let within = path.strip_prefix("sockful/src/").unwrap_or(&path);
        if !allowed.iter().any(|allowed| within.starts_with(allowed)) {
            let lines = code.lines().filter(|line| found(line));
            places.extend(lines.map(|line| format!("{path}: {}", line.trim())));
        }
    }
    places
}

/// Whether `word` stands in `line` as a whole word.
fn names(line: &str, word: &str) -> bool {
    let part = |it: char| it.is_alphanumeric() || it == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(part) && !line[at + word.len()..].starts_with(part))
}

#[track_caller]
fn nowhere(places: &[String]) {
    assert!(places.is_empty(), "{}", places.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    let mut long = Vec::new();
    for path in FOLDERS.iter().flat_map(|folder| files(folder, &["rs"])) {
        let lines = text(&path).lines().count();
        let explained = LONG.iter().any(|(file, _)| *file == path);
        if lines > ERROR || lines > QUESTION && !explained {
            long.push(format!("{path}: {lines} lines"));
        }
    }
    nowhere(&long);
}

#[test]
fn a_module_is_a_file_of_its_own_name() {
    let paths = FOLDERS.iter().flat_map(|folder| files(folder, &["rs"]));
    let places: Vec<_> = paths.filter(|path| path.ends_with("/mod.rs")).collect();
    nowhere(&places);
}

#[test]
fn every_module_says_what_it_is() {
    let paths = ["sockful/src", "sockful-derive/src"]
        .iter()
        .flat_map(|it| files(it, &["rs"]))
        .filter(|path| !path.ends_with("/tests.rs"));
    let silent = paths.filter(|path| {
        let text = text(path);
        let first = text.lines().find(|line| !line.trim().is_empty());
        first.is_some_and(|line| !line.starts_with("//!") && !line.starts_with("#![doc"))
    });
    nowhere(&silent.collect::<Vec<_>>());
}

#[test]
fn expanded_code_names_nothing_but_the_private_module() {
    let mut places = Vec::new();
    for Source { path, code } in of("sockful-derive/src") {
        for line in code.lines() {
            for (at, _) in line.match_indices("::sockful::") {
                if !line[at..].starts_with("::sockful::__private") {
                    places.push(format!("{path}: {}", line.trim()));
                }
            }
        }
    }
    nowhere(&places);
}

#[test]
fn a_change_is_born_in_a_store() {
    let made = |line: &str| names(line, "Change {") && !line.contains("struct ");
    nowhere(&only_in(&["store/"], |line| {
        made(line) && !line.contains("Act::Change {") && line.trim() != "Change {"
    }));
    // The act of the same name is a part of its own file.
    nowhere(&only_in(&["store/", "action/call.rs"], |line| {
        line.trim() == "Change {"
    }));
}

#[test]
fn what_describes_does_nothing() {
    const PURE: [&str; 5] = ["schema", "row", "query", "protocol", "change"];
    const ALSO: [&str; 3] = ["live/router", "live/index", "live/ring"];
    const DOES: [&str; 8] = [
        "tokio",
        "axum",
        "socketioxide",
        "spawn",
        "std::net",
        "std::fs",
        "async",
        "await",
    ];
    let mut places = Vec::new();
    for Source { path, code } in library() {
        let within = path.strip_prefix("sockful/src/").unwrap_or(&path);
        let module = within.split(['/', '.']).next().unwrap_or(within);
        let is_pure = PURE.contains(&module) || ALSO.iter().any(|it| within.starts_with(it));
        if is_pure {
            let lines = code.lines();
            let lines = lines.filter(|line| DOES.iter().any(|word| names(line, word)));
            places.extend(lines.map(|line| format!("{path}: {}", line.trim())));
        }
    }
    nowhere(&places);
}

#[test]
fn socketioxide_is_named_in_one_module() {
    nowhere(&only_in(
        &["transport/socket.rs", "transport/socket/"],
        |line| names(line, "socketioxide"),
    ));
}

#[test]
fn axum_is_named_at_the_edge_alone() {
    nowhere(&only_in(&["transport"], |line| names(line, "axum")));
}

#[test]
fn sqlite_is_named_by_its_own_store_alone() {
    nowhere(&only_in(&["store/sqlite"], |line| {
        // The store hands out the crate that its connections are from.
        names(line, "rusqlite") && !line.trim_start().starts_with("pub use sqlite::")
    }));
}

#[test]
fn postgresql_is_named_by_its_own_store_alone() {
    nowhere(&only_in(&["store/postgres"], |line| {
        names(line, "tokio_postgres") || names(line, "tokio_postgres_rustls")
    }));
}

#[test]
fn garde_is_named_where_rules_are_checked_alone() {
    nowhere(&only_in(&["validation"], |line| names(line, "garde")));
}

#[test]
fn every_queue_is_bounded() {
    let unbounded = |line: &str| {
        [
            "unbounded_channel",
            "UnboundedSender",
            "UnboundedReceiver",
            "unbounded",
            "std::sync::mpsc",
        ]
        .iter()
        .any(|word| names(line, word))
    };
    nowhere(&only_in(&[], unbounded));
}

#[test]
fn every_dependency_has_its_reason_beside_it() {
    let mut places = Vec::new();
    let manifests = FOLDERS.iter().flat_map(|folder| files(folder, &["toml"]));
    let manifests = manifests.filter(|path| path.ends_with("/Cargo.toml"));
    for path in manifests {
        let text = text(&path);
        let (mut dependencies, mut before) = (false, "");
        for line in text.lines() {
            if let Some(section) = line.strip_prefix('[') {
                dependencies = section.ends_with("dependencies]");
            } else if dependencies && line.contains('=') {
                let explained = line.contains(" # ") || before.starts_with("# ");
                // Ours needs none.
                let ours = line.starts_with("sockful");
                if !explained && !ours && !line.starts_with('#') {
                    places.push(format!("{path}: {line}"));
                }
            }
            before = line;
        }
    }
    nowhere(&places);
}

#[test]
fn only_one_file_decides_how_an_error_looks() {
    nowhere(&only_in(&["error"], |line| line.contains("\"code\"")));
}

#[test]
fn the_page_names_every_built_in_action() {
    let code = text("sockful/src/action/builtin.rs");
    let table = code
        .split("const BUILTIN")
        .nth(1)
        .expect("the table of actions");
    let table = &table[..table.find("];").expect("its end")];
    let page = text("docs/protocol.md");
    let actions: Vec<_> = table.split('"').skip(1).step_by(2).collect();
    assert_eq!(actions.len(), 9);
    for action in actions {
        assert!(
            page.contains(&format!("| `{action}` |")),
            "{action} is not in docs/protocol.md"
        );
    }
}

#[test]
fn the_page_about_stores_shows_the_code_that_runs() {
    fn lines(text: &str) -> impl Iterator<Item = &str> {
        let lines = text.lines().filter(|line| !line.starts_with("//!"));
        lines.filter(|line| !line.trim().is_empty())
    }
    let page = text("docs/store.md");
    let blocks = page.split("```rust\n").skip(1);
    let shown = blocks.filter_map(|block| block.split("```").next());
    let shown: Vec<_> = shown.flat_map(lines).collect();
    let code = text("tests/stores/redb.rs");
    for (shown, run) in shown.iter().zip(lines(&code)) {
        assert_eq!(*shown, run, "the page and the code differ here");
    }
    assert_eq!(
        shown.len(),
        lines(&code).count(),
        "the page is not the whole"
    );
}

#[test]
fn the_page_about_stores_names_tests_that_exist() {
    let page = text("docs/store.md");
    let table = page.split("## What the suite covers").nth(1);
    let table = table.expect("the table").split("\n## ").next();
    let words = table.expect("its end").split('`').skip(1).step_by(2);
    let tests: Vec<_> = words.filter(|word| word.contains('_')).collect();
    assert!(tests.len() > 20, "{tests:?}");
    let code = of("sockful/src").into_iter().chain(of("tests"));
    let code: String = code.map(|source| source.code).collect();
    for test in tests {
        assert!(names(&code, test), "no test is called {test}");
    }
}

#[test]
fn the_macros_know_every_built_in_action() {
    let code = text("sockful/src/action/builtin.rs");
    let table = code
        .split("const BUILTIN")
        .nth(1)
        .expect("the table of actions");
    let table = &table[..table.find("];").expect("its end")];
    let names = text("sockful-derive/src/names.rs");
    let known = names.split("BUILT_IN_ACTIONS").nth(1).expect("the names");
    let known = &known[..known.find("];").expect("their end")];
    let known: BTreeSet<_> = known.split('"').skip(1).step_by(2).collect();
    for action in table.split('"').skip(1).step_by(2) {
        assert!(known.contains(action), "a method could be called {action}");
    }
}

#[test]
fn nothing_is_left_to_be_done() {
    let mut places = Vec::new();
    for path in FOLDERS.iter().flat_map(|folder| files(folder, &["rs"])) {
        // Where a program is data, its bodies are left out.
        let data = path.starts_with("sockful-derive/src/tests") || path.contains("/snapshots/");
        if data || path == "tests/tidy.rs" {
            continue;
        }
        for (number, line) in text(&path).lines().enumerate() {
            let left = [
                "todo!",
                "unimplemented!",
                "FIXME",
                "TODO",
                "#[ignore",
                "XXX",
            ];
            if left.iter().any(|word| line.contains(word)) {
                places.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    nowhere(&places);
}

#[test]
fn the_lints_that_hold_promises_stay_on() {
    let manifest = text("Cargo.toml");
    for lint in [
        "unsafe_code = \"forbid\"",
        "missing_docs = \"warn\"",
        "await_holding_lock = \"warn\"",
        "allow_attributes_without_reason = \"warn\"",
        "mod_module_files = \"warn\"",
        "todo = \"warn\"",
    ] {
        assert!(manifest.contains(lint), "{lint}");
    }
    for path in FOLDERS.iter().flat_map(|folder| files(folder, &["toml"])) {
        let text = text(&path);
        let member = path.ends_with("/Cargo.toml") && !text.contains("[workspace]\n");
        if path == UNSAFE {
            assert!(text.contains("undocumented_unsafe_blocks = \"warn\""));
        } else if member {
            assert!(
                text.contains("[lints]\nworkspace = true"),
                "{path} has no lints"
            );
        }
    }
}

#[test]
fn the_pages_name_only_files_that_exist() {
    let mut places = Vec::new();
    for page in [
        "CONTRIBUTING.md",
        "README.md",
        "docs/architecture.md",
        "docs/migrations.md",
        "docs/durability.md",
        "docs/protocol.md",
        "docs/store.md",
    ] {
        let text = text(page);
        for word in text.split('`').skip(1).step_by(2) {
            let path = word.trim_end_matches('/');
            let named = FOLDERS
                .iter()
                .any(|folder| path.starts_with(&format!("{folder}/")));
            let whole = !path.contains(['*', '<', '{', ' ', '…', ':']) && !path.contains("..");
            if named && whole && !source::root().join(path).exists() {
                places.push(format!("{page}: {path}"));
            }
        }
    }
    nowhere(&places);
}

#[test]
fn the_pages_link_only_to_what_exists() {
    let mut places = Vec::new();
    for (page, folder) in [
        ("README.md", ""),
        ("CONTRIBUTING.md", ""),
        ("docs/protocol.md", "docs/"),
        ("docs/store.md", "docs/"),
        ("docs/architecture.md", "docs/"),
        ("docs/migrations.md", "docs/"),
        ("docs/durability.md", "docs/"),
        ("examples/README.md", "examples/"),
        ("benches/README.md", "benches/"),
    ] {
        let text = text(page);
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            if !source::root().join(folder).join(target).exists() {
                places.push(format!("{page}: {target}"));
            }
        }
    }
    nowhere(&places);
}

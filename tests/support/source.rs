//! The source of the project, as text.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of Rust code.
pub(crate) struct Source {
    /// From the root of the project.
    pub(crate) path: String,
    /// Without tests and comments: what is compiled into an application.
    pub(crate) code: String,
}

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("a root").to_owned()
}

/// Every file below `folder` with one of these extensions, by its path from the root.
pub(crate) fn files(folder: &str, extensions: &[&str]) -> Vec<String> {
    let root = root();
    let mut found = Vec::new();
    let mut waiting = vec![root.join(folder)];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the project") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let skipped = name.starts_with('.') || ["target", "node_modules"].contains(&&*name);
            if path.is_dir() {
                if !skipped {
                    waiting.push(path);
                }
            } else if path
                .extension()
                .is_some_and(|it| extensions.iter().any(|one| it == *one))
            {
                let path = path.strip_prefix(&root).expect("below the root");
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    assert!(!found.is_empty(), "nothing below {folder}");
    found.sort();
    found
}

/// The text of a file.
pub(crate) fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The code below `folder`, without files of tests.
pub(crate) fn of(folder: &str) -> Vec<Source> {
    let paths = files(folder, &["rs"]).into_iter();
    let paths = paths.filter(|path| !path.ends_with("/tests.rs") && !path.contains("/tests/"));
    let read = |path: String| {
        let code = code(&text(&path));
        Source { path, code }
    };
    paths.map(read).collect()
}

/// What is left of a file without its comments and its module of tests, which stands at the end.
fn code(text: &str) -> String {
    let end = text
        .find("\n#[cfg(test)]\nmod tests {")
        .unwrap_or(text.len());
    let lines = text[..end].lines();
    let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
    let lines = lines.map(|line| match line.find(" // ") {
        Some(comment) => &line[..comment],
        None => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

//! What a query wants of the relatives of what it finds: `$include`, read without knowing who is related to whom.

use super::parse::{Parser, step};
use crate::row::Tree;

/// The relatives of one name that are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// What the record calls them: `songs`, `album`.
    pub(crate) name: String,
    /// Where that stands in the query.
    pub(crate) path: String,
    /// What is asked of them, where it stands.
    pub(crate) query: Vec<(String, Tree)>,
    /// The same of their own relatives, from names such as `songs.notes`.
    pub(crate) nested: Vec<Self>,
}

impl Parser<'_> {
    /// `'songs'`, `['songs', 'songs.notes']`, `{ songs: { $limit: 5 }, album: true }`
    pub(super) fn include(&mut self, key: &str, tree: &Tree) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        match tree {
            Tree::Text(names) => add(&mut wanted, key, names),
            Tree::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let path = format!("{key}[{index}]");
                    match item {
                        Tree::Text(names) => add(&mut wanted, &path, names),
                        _ => self.wrong_type(&path, "the name of a relation", item),
                    }
                }
            }
            Tree::Object(entries) => {
                for (name, tree) in self.distinct(key, entries) {
                    let path = step(key, name);
                    let query = match tree {
                        Tree::Object(query) => query.clone(),
                        Tree::Bool(true) => Vec::new(),
                        _ => {
                            self.wrong_type(&path, "a query, or true", tree);
                            continue;
                        }
                    };
                    wanted.push(Wanted {
                        name: name.to_owned(),
                        path,
                        query,
                        nested: Vec::new(),
                    });
                }
            }
            _ => self.wrong_type(key, "names of relations, or an object of queries", tree),
        }
        wanted
    }
}

/// Adds relatives of relatives, whose names are joined by dots. Named twice, they are included once.
fn add(wanted: &mut Vec<Wanted>, path: &str, names: &str) {
    let (name, more) = match names.split_once('.') {
        Some((name, more)) => (name, Some(more)),
        None => (names, None),
    };
    let known = wanted.iter().position(|it| it.name == name);
    let place = known.unwrap_or_else(|| {
        wanted.push(Wanted {
            name: name.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            nested: Vec::new(),
        });
        wanted.len() - 1
    });
    if let Some(more) = more {
        add(&mut wanted[place].nested, path, more);
    }
}

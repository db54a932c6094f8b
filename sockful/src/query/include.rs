//! What a query wants of the relatives of what it finds: `$include`, read without knowing who is related to whom.

use super::parse::{Parser, step};
use crate::error::FieldError;
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
            Tree::Text(names) => self.add(&mut wanted, key, names),
            Tree::List(items) if self.may_include(key, items.len()) => {
                for (index, item) in items.iter().enumerate() {
                    let path = format!("{key}[{index}]");
                    match item {
                        Tree::Text(names) => self.add(&mut wanted, &path, names),
                        _ => self.wrong_type(&path, "the name of a relation", item),
                    }
                }
            }
            Tree::Object(entries) if self.may_include(key, entries.len()) => {
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
            Tree::List(_) | Tree::Object(_) => {}
            _ => self.wrong_type(key, "names of relations, or an object of queries", tree),
        }
        wanted
    }

    /// Whether so many names may be read: each of them is looked for among those before it.
    fn may_include(&mut self, key: &str, names: usize) -> bool {
        let most = self.config.query_terms;
        if names > most {
            self.refuse(Wanted::too_many(key, most));
        }
        names <= most
    }

    /// Adds relatives of relatives, whose names are joined by dots. Named twice, they are included once.
    fn add(&mut self, wanted: &mut Vec<Wanted>, path: &str, names: &str) {
        let most = self.config.include_depth;
        // Before anything is kept: what is nested so deep is let go of so deep as well.
        if names.split('.').nth(most).is_some() {
            self.refuse(Wanted::too_deep(path, most));
            return;
        }
        let mut level = wanted;
        for name in names.split('.') {
            let known = level.iter().position(|it| it.name == name);
            let place = known.unwrap_or_else(|| {
                level.push(Wanted {
                    name: name.to_owned(),
                    path: path.to_owned(),
                    query: Vec::new(),
                    nested: Vec::new(),
                });
                level.len() - 1
            });
            level = &mut level[place].nested;
        }
    }
}

impl Wanted {
    /// More than `most` levels are included.
    pub(crate) fn too_deep(path: &str, most: usize) -> FieldError {
        FieldError::beyond(path, "too_deep", "levels of what is included", most)
    }

    /// More than `most` relations are included.
    pub(crate) fn too_many(path: &str, most: usize) -> FieldError {
        FieldError::beyond(path, "too_many", "relations that are included", most)
    }
}

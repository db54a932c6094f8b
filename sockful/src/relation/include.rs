//! From what a query wants of relatives to the relations by which they are found.

use crate::app::App;
use crate::error::{Error, FieldError, Result};
use crate::query::{Page, Wanted, parse_included};

/// Relatives of the records that a query finds.
#[derive(Clone, Debug)]
pub(crate) struct Include {
    /// What the records call them.
    pub(crate) name: &'static str,
    /// Which relation.
    pub(crate) relation: usize,
    /// Whether they are the children, and not the parent.
    pub(crate) children: bool,
    /// What is asked of them.
    pub(crate) page: Page,
}

/// Resolves what is wanted of the relatives of records of the resource at this place.
///
/// # Errors
/// BadRequest `invalid_query`, with everything at fault.
pub(crate) fn resolve(app: &App, resource: usize, wanted: &[Wanted]) -> Result<Vec<Include>> {
    let mut resolving = Resolving {
        app,
        included: 0,
        wrong: Vec::new(),
    };
    let included = resolving.level(resource, wanted, 1);
    let mut wrong = resolving.wrong;
    if wrong.is_empty() {
        Ok(included)
    } else {
        wrong.truncate(FieldError::MOST);
        Err(Error::invalid_query(wrong))
    }
}

struct Resolving<'a> {
    app: &'a App,
    /// How many relations are included so far: each is a question to the store.
    included: usize,
    wrong: Vec<FieldError>,
}

impl Resolving<'_> {
    fn level(&mut self, resource: usize, wanted: &[Wanted], depth: usize) -> Vec<Include> {
        let (related, config) = (self.app.registry().related(), self.app.config());
        let mut included: Vec<Include> = Vec::new();
        for it in wanted {
            if self.wrong.len() >= FieldError::MOST {
                return included;
            }
            if depth > config.include_depth {
                self.wrong
                    .push(Wanted::too_deep(&it.path, config.include_depth));
                return included;
            }
            let Some(found) = related
                .relatives(resource)
                .find(|relative| relative.name == it.name)
            else {
                let known = related.relatives(resource).map(|relative| relative.name);
                self.wrong.push(FieldError::unknown(&*it.path, known));
                continue;
            };
            if included.iter().any(|known| known.name == found.name) {
                self.wrong.push(FieldError::duplicate(&*it.path));
                continue;
            }
            self.included += 1;
            if self.included > config.query_terms {
                // Once is enough.
                if self.included == config.query_terms + 1 {
                    self.wrong
                        .push(Wanted::too_many(&it.path, config.query_terms));
                }
                return included;
            }
            let schema = self.app.registry().at(found.resource).schema();
            match parse_included(schema, &it.query, config) {
                Ok(mut page) => {
                    let mut nested = std::mem::take(&mut page.wanted);
                    for wanted in &mut nested {
                        wanted.path = FieldError::path_in(&it.path, &wanted.path);
                    }
                    nested.extend(it.nested.iter().cloned());
                    page.include = self.level(found.resource, &nested, depth + 1);
                    included.push(Include {
                        name: found.name,
                        relation: found.relation,
                        children: found.children,
                        page,
                    });
                }
                Err(errors) => {
                    let errors = errors.into_iter().map(|error| within(&it.path, error));
                    self.wrong.extend(errors);
                }
            }
        }
        included
    }
}

/// The same mistake, of a query that stands at this path.
fn within(path: &str, mut error: FieldError) -> FieldError {
    error.path = FieldError::path_in(path, &error.path);
    error
}

//! The text of a record that several groups are told: written once for each choice of its fields.

use std::sync::{Arc, Mutex, PoisonError};

use crate::row::Select;

/// The texts of one record, shared by whoever tells of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts(Option<Arc<Mutex<Written>>>);

type Written = Vec<(Select, Arc<str>)>;

impl Texts {
    /// Those of a record that so many groups are told: of one that is told to one alone nothing is kept.
    pub(super) fn among(groups: usize) -> Self {
        Self((groups > 1).then(Arc::default))
    }

    /// Adds the text of these fields; `write` writes it.
    pub(crate) fn write(&self, select: &Select, text: &mut String, write: impl Fn(&mut String)) {
        let Some(shared) = &self.0 else {
            return write(text);
        };
        let mut written = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let known = written.iter().find(|(other, _)| other == select);
        if let Some((_, known)) = known {
            return text.push_str(known);
        }
        let from = text.len();
        write(text);
        written.push((select.clone(), text[from..].into()));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// What is written where these fields are told one after the other, and how often.
    fn told(texts: &Texts, selects: &[Select]) -> (String, usize) {
        let (mut text, times) = (String::new(), Cell::new(0));
        for select in selects {
            texts.write(select, &mut text, |text| {
                times.set(times.get() + 1);
                text.push_str(if *select == Select::default() {
                    "all "
                } else {
                    "some "
                });
            });
        }
        (text, times.get())
    }

    #[test]
    fn groups_that_are_told_the_same_fields_share_a_text() {
        let (all, some) = (Select::default(), Select::nothing());
        let selects = [all.clone(), some.clone(), all, some];
        let told = told(&Texts::among(4), &selects);
        assert_eq!(told, ("all some all some ".to_owned(), 2));
    }

    #[test]
    fn of_what_one_group_is_told_nothing_is_kept() {
        let selects = [Select::default(), Select::default()];
        assert_eq!(told(&Texts::among(1), &selects).1, 2);
    }
}

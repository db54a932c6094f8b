//! What a batch of commits touches, and what the database has of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::connection::{Ask, Parameters};
use super::ledger;
use super::row::Row as PgRow;
use super::rows::{self, position, stored};
use super::tables::{Table, Tables};
use crate::row::{Row, Value};
use crate::store::sql::Recorded;
use crate::store::{Answered, Childless, OperationKey, Read, StoreError, Transaction, Write};

/// The records that transactions name, by table, and what else must be known to judge them.
#[derive(Default)]
pub(super) struct Touched {
    tables: BTreeMap<&'static str, Named>,
    keys: Vec<OperationKey>,
}

struct Named {
    table: Arc<Table>,
    written: HashSet<Value>,
    read: HashSet<Value>,
    /// The values that unique fields take, by the place of the field.
    wanted: BTreeMap<usize, HashSet<Value>>,
    /// The parents that no record may name, by the place of the field.
    childless: BTreeMap<usize, HashSet<Value>>,
}

impl Touched {
    pub(super) fn by(transactions: &[Transaction], tables: &Tables) -> Self {
        let mut touched = Self::default();
        for transaction in transactions {
            for Write {
                schema, id, row, ..
            } in &transaction.writes
            {
                // What the store was not opened for is refused later.
                let Ok(table) = tables.of(schema) else {
                    continue;
                };
                let named = touched.named(table);
                named.written.insert(id.clone());
                let Some(row) = row else { continue };
                for (field, _) in &table.holders {
                    if !row[*field].is_null() {
                        let wanted = named.wanted.entry(*field).or_default();
                        wanted.insert(row[*field].clone());
                    }
                }
            }
            for Read { schema, id, .. } in &transaction.reads {
                if let Ok(table) = tables.of(schema) {
                    touched.named(table).read.insert(id.clone());
                }
            }
            for Childless {
                schema,
                field,
                parent,
            } in &transaction.childless
            {
                if let Ok(table) = tables.of(schema) {
                    let parents = touched.named(table).childless.entry(*field).or_default();
                    parents.insert(parent.clone());
                }
            }
            let operation = transaction.operation.as_ref();
            touched.keys.extend(operation.map(|it| it.key.clone()));
        }
        for named in touched.tables.values_mut() {
            named.read.retain(|id| !named.written.contains(id));
        }
        touched
    }

    fn named(&mut self, table: &Arc<Table>) -> &mut Named {
        let named = self.tables.entry(table.schema.name);
        named.or_insert_with(|| Named {
            table: table.clone(),
            written: HashSet::new(),
            read: HashSet::new(),
            wanted: BTreeMap::new(),
            childless: BTreeMap::new(),
        })
    }

    /// Whether values may move between records.
    pub(super) fn has_unique(&self) -> bool {
        self.tables.values().any(|named| !named.wanted.is_empty())
    }

    /// Whether parents may be written beside their children. Within one table that makes no difference: a statement is judged
    /// when it has ended.
    pub(super) fn has_kin(&self) -> bool {
        let written = self.tables.values().filter(|it| !it.written.is_empty());
        let (tables, children) = written.fold((0, false), |(tables, children), it| {
            (tables + 1, children || !it.table.keys.is_empty())
        });
        children && tables > 1
    }

    /// The questions to ask; what is answered goes to [`Known::read`], in the same order.
    pub(super) fn asks(&self) -> Vec<Ask<'_>> {
        let asks = self.questions().into_iter();
        asks.map(|question| match question {
            Question::Written(named) => Ask::new(&named.table.find, array(&named.written)),
            Question::Read(named) => Ask::new(&named.table.revs, array(&named.read)),
            Question::Holders(_, (_, text), wanted) => Ask::new(text, array(wanted)),
            Question::Children(_, (_, text), parents) => Ask::new(text, array(parents)),
            Question::Ledger => ledger::ask(&self.keys),
        })
        .collect()
    }

    fn questions(&self) -> Vec<Question<'_>> {
        let mut questions = Vec::new();
        for named in self.tables.values() {
            if !named.written.is_empty() {
                questions.push(Question::Written(named));
            }
            if !named.read.is_empty() {
                questions.push(Question::Read(named));
            }
            for holder in &named.table.holders {
                if let Some(wanted) = named.wanted.get(&holder.0) {
                    questions.push(Question::Holders(named, holder, wanted));
                }
            }
            for children in &named.table.children {
                if let Some(parents) = named.childless.get(&children.0) {
                    questions.push(Question::Children(named, children, parents));
                }
            }
        }
        if !self.keys.is_empty() {
            questions.push(Question::Ledger);
        }
        questions
    }

    /// Reads what the database has answered.
    pub(super) fn known(&self, answers: &[Vec<PgRow>]) -> Result<Known, StoreError> {
        let mut known = Known::default();
        for (question, rows) in self.questions().iter().zip(answers) {
            if let Question::Children(Named { table, .. }, (field, _), parents) = question {
                let keys = parents
                    .iter()
                    .map(|parent| (table.schema.name, *field, parent.clone()));
                known.children.extend(keys.map(|key| (key, HashSet::new())));
            }
            for row in rows {
                known.read(question, row)?;
            }
        }
        Ok(known)
    }
}

enum Question<'a> {
    Written(&'a Named),
    Read(&'a Named),
    Holders(&'a Named, &'a (usize, String), &'a HashSet<Value>),
    Children(&'a Named, &'a (usize, String), &'a HashSet<Value>),
    Ledger,
}

fn array(values: &HashSet<Value>) -> Parameters {
    let values: Vec<_> = values.iter().cloned().collect();
    vec![Box::new(values)]
}

/// Names a record.
pub(super) type Key = (&'static str, Value);

/// A record, as the commits so far leave it.
#[derive(Default)]
pub(super) struct Record {
    /// Whether the database has it.
    pub(super) stored: bool,
    pub(super) rev: Option<u64>,
    /// Only of records that are written.
    pub(super) row: Option<Row>,
    /// Whether a commit of the batch has written it.
    pub(super) written: bool,
}

/// What is known of what was touched.
#[derive(Default)]
pub(super) struct Known {
    pub(super) records: HashMap<Key, Record>,
    /// Who holds which value of a unique field.
    pub(super) holders: HashMap<(&'static str, usize, Value), Value>,
    /// Of the parents that no record may name: who does.
    pub(super) children: HashMap<(&'static str, usize, Value), HashSet<Value>>,
    pub(super) answers: HashMap<OperationKey, Answered>,
}

impl Known {
    fn read(&mut self, question: &Question<'_>, row: &PgRow) -> Result<(), StoreError> {
        match question {
            Question::Written(Named { table, .. }) => {
                let stored = stored(table, row, 0)?;
                let key = (table.schema.name, stored.row[table.schema.id].clone());
                let record = Record {
                    stored: true,
                    rev: Some(stored.rev),
                    row: Some(stored.row),
                    written: false,
                };
                self.records.insert(key, record);
            }
            Question::Read(Named { table, .. }) => {
                let key = (table.schema.name, rows::id(table, row, 0)?);
                let record = Record {
                    stored: true,
                    rev: Some(position(row, 1)?),
                    ..Record::default()
                };
                self.records.insert(key, record);
            }
            Question::Holders(Named { table, .. }, (field, _), _) => {
                let value = rows::value(&table.schema.fields[*field], row.try_get(0)?);
                if let Some(value) = value {
                    let key = (table.schema.name, *field, value);
                    self.holders.insert(key, rows::id(table, row, 1)?);
                }
            }
            Question::Children(Named { table, .. }, (field, _), _) => {
                let parent = rows::value(&table.schema.fields[*field], row.try_get(0)?);
                let key = parent.map(|parent| (table.schema.name, *field, parent));
                if let Some(children) = key.and_then(|key| self.children.get_mut(&key)) {
                    children.insert(rows::id(table, row, 1)?);
                }
            }
            Question::Ledger => {
                let Recorded { key, answered } = ledger::read(row)?;
                self.answers.insert(key, answered);
            }
        }
        Ok(())
    }

    /// The revision of a record; `None` if there is no record.
    pub(super) fn rev(&self, key: &Key) -> Option<u64> {
        self.records.get(key).and_then(|record| record.rev)
    }
}

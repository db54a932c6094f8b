//! What one transaction is to one group, and its bytes: written once, however many are told. Groups that are told the same fields of
//! a record share its text.

use std::sync::{Arc, OnceLock};

use super::router::{Event, View};
use super::texts::Texts;
use crate::change::Change;
use crate::protocol::PushText;
use crate::row::{Row, Value};

/// What one transaction is to those who have a view.
#[derive(Debug)]
pub(crate) struct Push {
    pub(crate) view: Arc<View>,
    /// The position of the transaction.
    pub(crate) pos: u64,
    /// That of the push before it, or where the group begins.
    pub(crate) prev: u64,
    pub(crate) items: Box<[Item]>,
    /// Another view than before, sealed, where that is why it is told.
    pub(crate) seal: Option<String>,
    /// Asked for several times by everybody who is told.
    size: usize,
    text: OnceLock<PushText>,
}

/// What becomes of one record.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) event: Event,
    pub(crate) id: Value,
    pub(crate) rev: u64,
    /// The record as it is now; `None` where it has left the view.
    pub(crate) row: Option<Row>,
    /// What is written of it, as far as others are told the same.
    pub(crate) texts: Texts,
    /// Whether it is no more.
    pub(crate) gone: bool,
}

impl Item {
    /// What a change is to a view.
    pub(crate) fn of(change: &Change, event: Event) -> Self {
        Self {
            event,
            id: change.id.clone(),
            rev: change.rev,
            gone: change.new.is_none(),
            row: match event {
                Event::Leave => None,
                Event::Enter | Event::Update => change.new.clone(),
            },
            texts: Texts::default(),
        }
    }

    /// The same, whose text is shared.
    pub(super) fn sharing(self, texts: &Texts) -> Self {
        let texts = texts.clone();
        Self { texts, ..self }
    }

    fn size(&self, view: &View) -> usize {
        const BESIDE: usize = 96;
        let row = self.row.as_ref();
        BESIDE + row.map_or_else(|| self.id.size(), |row| view.select.size_of(row))
    }
}

impl Push {
    pub(crate) fn new(view: &Arc<View>, pos: u64, prev: u64, items: Vec<Item>) -> Self {
        Self {
            view: Arc::clone(view),
            pos,
            prev,
            size: items.iter().map(|item| item.size(view)).sum(),
            items: items.into(),
            seal: None,
            text: OnceLock::new(),
        }
    }

    /// The same for one who has this view from now on.
    pub(crate) fn with_seal(self, seal: String) -> Self {
        Self {
            seal: Some(seal),
            ..self
        }
    }

    /// The name of the event that carries it.
    pub(crate) fn resource(&self) -> &'static str {
        self.view.schema.name
    }

    /// The arguments of that event.
    pub(crate) fn text(&self) -> &PushText {
        self.text.get_or_init(|| PushText::of(self))
    }

    /// About how many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        self.size
    }
}

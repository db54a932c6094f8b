//! What is to be watched, before it is known who asks.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::router::View;
use super::subject::Subject;
use crate::query::{Filter, Query, canonical};
use crate::row::Select;
use crate::schema::Schema;
use crate::store::Opened;

/// Which records of a resource, and which fields of them.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) schema: Arc<Schema>,
    /// The place of the resource among those of the app.
    pub(crate) resource: usize,
    pub(crate) subject: Subject,
    pub(crate) filter: Filter,
    pub(crate) select: Select,
    /// What was asked before a hook had a say in it, which may depend on who asks.
    pub(crate) asked: Option<Arc<Query>>,
}

impl Question {
    /// What of it somebody sees who may read these records.
    pub(crate) fn view(&self, readable: Filter) -> Arc<View> {
        Arc::new(View {
            schema: Arc::clone(&self.schema),
            filter: Filter::and(readable, self.filter.clone()).folded(),
            select: self.select.clone(),
            subject: self.subject.clone(),
        })
    }

    /// The same of somebody who may read none.
    pub(super) fn nothing(&self) -> Arc<View> {
        self.view(Filter::none())
    }
}

/// So many bytes of a hash are kept: nobody finds two questions by chance that share them.
const KEPT: usize = 12;

/// The id of a watch: made of the question alone, so that the same question has the same id, whoever asks and whenever.
pub(crate) fn watch_id(schema: &Schema, filter: &Filter, select: &Select) -> Arc<str> {
    let hash = Sha256::digest(canonical(schema, filter, select));
    URL_SAFE_NO_PAD.encode(&hash[..KEPT]).into()
}

impl View {
    /// What it is by, sealed: another one where rights, the schema or the life of the log are others. Nobody can tell anything
    /// else by it.
    pub(crate) fn seal(&self, opened: &Opened) -> String {
        // A block of the hash: the rest of a short key is zero.
        let mut key = [0; 64];
        key[..32].copy_from_slice(&opened.secret);
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(b"view");
        mac.update(&self.name());
        for field in &self.schema.fields {
            mac.update(field.name.as_bytes());
            mac.update(format!("{:?}", field.kind).as_bytes());
        }
        URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..KEPT])
    }
}

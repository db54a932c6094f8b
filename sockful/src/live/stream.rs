//! What is watched, for Rust code.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::vec;

use futures_util::Stream;
use futures_util::task::AtomicWaker;

use super::push::{Item, Push};
use super::router::Event;
use super::subscriber::{Subscriber, Told};
use crate::error::{Error, Result};
use crate::protocol::write_id;
use crate::resource::{Record, Resource};
use crate::row::{self, Value};
use crate::schema::Schema;

/// A change to the records that a query finds, as [`Cx::watch`](crate::Cx::watch) tells it: each by itself, also of those
/// that one transaction has made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pushed<R: Resource> {
    /// This record is found now; or it was before, and is this now.
    Enter(R),
    /// This record has changed, and is found as before.
    Update(R),
    /// The record with this id is found no more.
    Leave(R::Key),
    /// What has changed is not known any more, and nothing else is told: ask anew.
    Reset,
}

/// The records that a query finds, and every change to which these are: made by [`Cx::watch`](crate::Cx::watch).
///
/// A [`Stream`], and without one there is [`next`](Self::next). Ends after a [`Reset`](Pushed::Reset), and never otherwise. Dropped, it
/// costs nothing any more.
pub struct Watched<R> {
    records: Vec<R>,
    subscriber: Arc<Subscriber>,
    woken: Arc<AtomicWaker>,
    /// The changes of one transaction that have not been told yet.
    items: vec::IntoIter<(Arc<Schema>, Item)>,
    ended: bool,
    of: PhantomData<fn() -> R>,
}

impl<R: Resource + Record> Watched<R> {
    pub(crate) fn new(records: Vec<R>, subscriber: Arc<Subscriber>) -> Self {
        let woken = Arc::new(AtomicWaker::new());
        let waker = Arc::clone(&woken);
        subscriber.wakes(move || waker.wake());
        Self {
            records,
            subscriber,
            woken,
            items: Vec::new().into_iter(),
            ended: false,
            of: PhantomData,
        }
    }

    /// Takes the records as they were when this was made, once: what is told from then on happened behind it.
    pub fn records(&mut self) -> Vec<R> {
        std::mem::take(&mut self.records)
    }

    /// The next change; `None` once this has ended.
    ///
    /// # Errors
    /// Internal, for a record that is no `R`.
    pub async fn next(&mut self) -> Option<Result<Pushed<R>>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Pushed<R>>>> {
        loop {
            if self.ended {
                return Poll::Ready(None);
            }
            if let Some((schema, item)) = self.items.next() {
                return Poll::Ready(Some(pushed(&schema, item)));
            }
            self.woken.register(cx.waker());
            match self.subscriber.next() {
                Some(Told::Push(push)) => self.items = items(&push),
                // A beat says nothing that Rust code has to know, and everything else that could be told is that it is over.
                Some(Told::Notice(notice)) if notice.name() == "reset" => {
                    self.ended = true;
                    self.subscriber.close();
                    return Poll::Ready(Some(Ok(Pushed::Reset)));
                }
                Some(Told::Notice(_) | Told::Tell(_)) => {}
                None => return Poll::Pending,
            }
        }
    }
}

impl<R: Resource + Record> Stream for Watched<R> {
    type Item = Result<Pushed<R>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(cx)
    }
}

// Nothing in it is borrowed from itself.
impl<R> Unpin for Watched<R> {}

impl<R> Drop for Watched<R> {
    fn drop(&mut self) {
        self.subscriber.close();
    }
}

fn items(push: &Push) -> vec::IntoIter<(Arc<Schema>, Item)> {
    let items = push.items.iter();
    let items = items.map(|item| (Arc::clone(&push.view.schema), item.clone()));
    items.collect::<Vec<_>>().into_iter()
}

fn pushed<R: Resource + Record>(schema: &Schema, item: Item) -> Result<Pushed<R>> {
    let Some(row) = item.row else {
        return Ok(Pushed::Leave(key::<R>(schema, &item.id)?));
    };
    let record = row::decode(&row, schema)?;
    Ok(match item.event {
        Event::Update => Pushed::Update(record),
        Event::Enter | Event::Leave => Pushed::Enter(record),
    })
}

/// The id of a record from how it is stored.
fn key<R: Resource>(schema: &Schema, id: &Value) -> Result<R::Key> {
    let mut text = String::new();
    write_id(schema, id, &mut text);
    let mut record: serde_json::Map<_, _> = serde_json::from_str(&text).map_err(Error::internal)?;
    let id = record.remove(schema.id_field().name).unwrap_or_default();
    serde_json::from_value(id).map_err(Error::internal)
}

impl<R> fmt::Debug for Watched<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

//! The server of a simulated world: one host, which may crash or end, and come back.

use std::cell::{Cell, RefCell};
use std::future;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use axum::serve::ListenerExt;
use sockful::describe::Schema;
use sockful::query::Query;
use sockful::store::{
    Answered, Caps, Committed, Entry, Listing, LogRange, Opened, OperationKey, Store, StoreFuture,
    Stored, Transaction,
};
use sockful::{App, Memory, Value};
use tokio::sync::OnceCell;
use tokio::time::{Duration, sleep};
use turmoil::net::{TcpListener, TcpStream};

use super::world;

/// The name of the host.
pub(super) const SERVER: &str = "server";
pub(super) const PORT: u16 = 80;

/// What is left of a server that crashes: all of its store, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeps {
    Everything,
    Nothing,
}

/// How often the server looks whether it is to end.
const LOOK: Duration = Duration::from_millis(20);

/// What the simulation and its server tell each other.
#[derive(Default)]
pub(super) struct House {
    store: RefCell<Shared>,
    /// The app that runs, or has run last.
    pub(super) app: RefCell<Option<App>>,
    /// The server is to end.
    pub(super) end: Cell<bool>,
    /// It has ended.
    pub(super) ended: Cell<bool>,
}

impl House {
    /// As a crash leaves it.
    pub(super) fn crashed(&self, keeps: Keeps) {
        self.end.set(false);
        self.ended.set(false);
        if keeps == Keeps::Nothing {
            self.store.take();
        }
    }
}

/// Serves an app of the world until the host crashes.
pub(super) async fn serve(house: Rc<House>) -> turmoil::Result {
    let store = house.store.borrow().clone();
    let app = world::app().store(store).build().await?;
    world::settle(&app).await?;
    house.app.replace(Some(app.clone()));
    let listener = Simulated(TcpListener::bind(("0.0.0.0", PORT)).await?);
    let service = app
        .router()
        .into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(axum::serve(listener.tap_io(|_| {}), service).into_future());
    while !house.end.get() {
        sleep(LOOK).await;
    }
    app.shutdown().await;
    house.ended.set(true);
    // What is on its way out leaves.
    future::pending().await
}

/// The simulated network, for axum.
struct Simulated(TcpListener);

impl axum::serve::Listener for Simulated {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        let accepted = self.0.accept().await;
        accepted.expect("the simulated network accepts")
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A store in memory that outlives the apps on it, with its epoch, as one on a disk does.
#[derive(Clone, Default)]
pub(super) struct Shared {
    memory: Arc<Memory>,
    opened: Arc<OnceCell<Opened>>,
}

impl Store for Shared {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        Box::pin(async {
            let opened = self.opened.get_or_try_init(|| self.memory.open(schemas));
            opened.await.cloned()
        })
    }

    fn caps(&self) -> Caps {
        self.memory.caps()
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        self.memory.get_many(schema, ids)
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        self.memory.list(schema, query)
    }

    fn count<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, u64> {
        self.memory.count(schema, query)
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        self.memory.commit(transaction)
    }

    fn log(&self) -> StoreFuture<'_, LogRange> {
        self.memory.log()
    }

    fn since(&self, pos: u64, limit: usize) -> StoreFuture<'_, Vec<Entry>> {
        self.memory.since(pos, limit)
    }

    fn answered<'a>(&'a self, key: &'a OperationKey) -> StoreFuture<'a, Option<Answered>> {
        self.memory.answered(key)
    }
}

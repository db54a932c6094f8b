//! The server of a simulated world: one host, which may crash or end, and come back.

use std::cell::{Cell, RefCell};
use std::future;
use std::net::SocketAddr;
use std::rc::Rc;

use axum::serve::ListenerExt;
use sockful::App;
use tokio::time::{Duration, sleep};
use turmoil::net::{TcpListener, TcpStream};

use super::kept::{Kept, Kind};
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
pub(super) struct House {
    kind: Kind,
    kept: RefCell<Kept>,
    /// The app that runs, or has run last.
    pub(super) app: RefCell<Option<App>>,
    /// The server is to end.
    pub(super) end: Cell<bool>,
    /// It has ended.
    pub(super) ended: Cell<bool>,
}

impl House {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            kept: RefCell::new(Kept::nothing(kind)),
            app: RefCell::new(None),
            end: Cell::new(false),
            ended: Cell::new(false),
        }
    }

    /// As a crash leaves it.
    pub(super) fn crashed(&self, keeps: Keeps) {
        self.end.set(false);
        self.ended.set(false);
        // The last that holds its store open.
        self.app.replace(None);
        if keeps == Keeps::Nothing {
            self.kept.replace(Kept::nothing(self.kind));
        }
    }
}

/// Serves an app of the world until the host crashes.
pub(super) async fn serve(house: Rc<House>) -> turmoil::Result {
    let store = house.kept.borrow().open();
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

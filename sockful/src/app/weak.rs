//! An app that is held without being kept alive.

use std::sync::{Arc, Weak};

use super::{App, Inner};

/// An app that is kept alive by others.
#[derive(Clone)]
pub(crate) struct WeakApp(Weak<Inner>);

impl WeakApp {
    /// The app, if it still is.
    pub(crate) fn upgrade(&self) -> Option<App> {
        self.0.upgrade().map(App)
    }
}

impl App {
    /// The same app, without keeping it alive.
    pub(crate) fn downgrade(&self) -> WeakApp {
        WeakApp(Arc::downgrade(&self.0))
    }
}

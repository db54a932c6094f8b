//! Who is measured.

use serde::{Deserialize, Serialize};

use crate::load::Dialect;

/// A side of a race.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) enum Side {
    /// Our server, in memory.
    Sockful,
    /// The same by hand on socketioxide.
    Socketioxide,
    /// The same on Feathers.
    Feathers,
    /// Our server on SQLite.
    SockfulSqlite,
    /// Feathers on Knex and better-sqlite3.
    FeathersKnex,
    /// Our server of albums, on SQLite.
    SockfulAlbums,
    /// The same on Feathers, Knex and better-sqlite3: each record asks for its children.
    FeathersResolvers,
    /// The same, where all records ask together.
    FeathersLoaders,
    /// Our app, called from Rust.
    App,
    /// Our store alone.
    Store,
    /// The same by hand on rusqlite.
    Rusqlite,
    /// The same by hand on tokio-postgres.
    TokioPostgres,
}

impl Side {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sockful => "sockful",
            Self::Socketioxide => "socketioxide",
            Self::Feathers => "Feathers",
            Self::SockfulSqlite | Self::SockfulAlbums => "sockful on SQLite",
            Self::FeathersKnex | Self::FeathersResolvers => "Feathers, Knex, better-sqlite3",
            Self::FeathersLoaders => "Feathers with batch loaders",
            Self::App => "app",
            Self::Store => "store",
            Self::Rusqlite => "rusqlite",
            Self::TokioPostgres => "tokio-postgres",
        }
    }

    /// Whether it runs on Node.
    pub(crate) fn is_node(self) -> bool {
        matches!(
            self,
            Self::Feathers | Self::FeathersKnex | Self::FeathersResolvers | Self::FeathersLoaders
        )
    }

    /// The words its server understands.
    pub(crate) fn dialect(self) -> Dialect {
        if self.is_node() {
            Dialect::Feathers
        } else {
            Dialect::Sockful
        }
    }
}

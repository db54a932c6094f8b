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
    /// Our server in memory, with room for thousands of connections of one address.
    SockfulLive,
    /// The same by hand on socketioxide, telling a room of each change.
    Rooms,
    /// The same on Feathers, telling a channel of each change.
    Channels,
    /// Our app, in which Rust code has a thousand streams of changes.
    Streams1k,
    /// The same with 20,000.
    Streams20k,
    /// The same with 100,000.
    Streams100k,
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
            Self::Sockful | Self::SockfulLive => "sockful",
            Self::Socketioxide => "socketioxide",
            Self::Rooms => "socketioxide, a room",
            Self::Feathers => "Feathers",
            Self::Channels => "Feathers, a channel",
            Self::Streams1k => "with 1,000",
            Self::Streams20k => "with 20,000",
            Self::Streams100k => "with 100,000",
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
            Self::Feathers
                | Self::Channels
                | Self::FeathersKnex
                | Self::FeathersResolvers
                | Self::FeathersLoaders
        )
    }

    /// How many streams of changes its process has; 0 for all that have none.
    pub(crate) fn streams(self) -> usize {
        match self {
            Self::Streams1k => 1_000,
            Self::Streams20k => 20_000,
            Self::Streams100k => 100_000,
            _ => 0,
        }
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

//! Where databases are: one for each side of a row, which stays from one measurement to the next.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Folder, Postgres};
use crate::Outcome;
use crate::side::Side;

/// What keeps the records in the end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// A database.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Database {
    /// A file, which may be missing.
    Sqlite(PathBuf),
    /// One of a server: where, and the process of the server.
    Postgres { url: String, server: u32 },
}

impl Database {
    /// Whether it need not be made.
    pub(crate) fn is_there(&self) -> bool {
        match self {
            Self::Sqlite(path) => path.exists(),
            Self::Postgres { .. } => true,
        }
    }

    /// The process of its server, if it has one.
    pub(crate) fn server(&self) -> Option<u32> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres { server, .. } => Some(*server),
        }
    }
}

/// Where the sides of a row have their databases.
#[derive(Debug)]
pub(crate) enum Place<'a> {
    Folder(Folder),
    Server(&'a Postgres),
}

impl<'a> Place<'a> {
    /// A place for these sides. A server is started when it is first needed.
    ///
    /// # Errors
    /// When there can be none.
    pub(crate) fn new(
        engine: Engine,
        sides: &[Side],
        server: &'a mut Option<Postgres>,
    ) -> Outcome<Self> {
        match engine {
            Engine::Sqlite => Ok(Self::Folder(Folder::new()?)),
            Engine::Postgres => {
                if server.is_none() {
                    *server = Some(Postgres::start()?);
                }
                let server = server.as_ref().ok_or("there is no server")?;
                server.renew(sides.iter().map(|side| side.name()))?;
                Ok(Self::Server(server))
            }
        }
    }

    /// The database of one of the sides.
    pub(crate) fn database(&self, side: Side) -> Database {
        match self {
            Self::Folder(folder) => Database::Sqlite(folder.path().join(side.name())),
            Self::Server(server) => server.database(side.name()),
        }
    }
}

//! Where the records of a simulated world are, while no server runs as well.

use sockful::{Memory, Sqlite};

use crate::support::folder::Folder;
use crate::support::postgres;
use crate::support::staged::Staged;
use crate::support::store::TestStore;

/// Which store a world has.
///
/// What a store does is not simulated where it does it on threads of its own, or in another process: the clock of the
/// server stands still for as long as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Memory,
    Sqlite,
    Postgres,
}

/// The records of one world.
pub(super) enum Kept {
    Memory(Staged),
    Sqlite(Folder),
    /// In a schema of this name.
    Postgres(String),
}

impl Kept {
    /// None so far.
    pub(super) fn nothing(kind: Kind) -> Self {
        match kind {
            Kind::Memory => Self::Memory(Staged::new(TestStore::here(Memory::new()))),
            Kind::Sqlite => Self::Sqlite(Folder::new("sim")),
            Kind::Postgres => Self::Postgres(postgres::fresh_name()),
        }
    }

    /// The store of a server that begins.
    pub(super) fn open(&self) -> TestStore {
        match self {
            Self::Memory(store) => TestStore::here(store.clone()),
            Self::Sqlite(folder) => {
                let store = Sqlite::open(folder.path().join("app.db"));
                TestStore::elsewhere(store.expect("a database"))
            }
            Self::Postgres(name) => TestStore::elsewhere(postgres::store(name)),
        }
    }
}

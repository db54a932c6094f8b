//! Connections, and how SQLite is set up on them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::refused;
use super::functions;
use crate::store::{Durability, StoreError};

/// The first version whose write-ahead log keeps everything that several connections write: 3.51.3.
const OLDEST: i32 = 3_051_003;

/// How long a connection waits for another process.
const BUSY: Duration = Duration::from_secs(5);

/// So many statements stay prepared on each connection.
const STATEMENTS: usize = 256;

/// Where a database is.
#[derive(Clone, Debug)]
pub(super) enum Place {
    File(PathBuf),
    /// In the memory of its only connection.
    Memory,
}

/// Opens the connection that writes, and makes the file if there is none.
pub(super) fn writer(place: &Place, durability: Durability) -> Result<Connection, StoreError> {
    if rusqlite::version_number() < OLDEST {
        return Err(refused(format!(
            "SQLite {} can lose what it has acknowledged: 3.51.3 or newer is needed",
            rusqlite::version()
        )));
    }
    let connection = open(place)?;
    if let Place::File(path) = place {
        write_ahead(&connection, path)?;
    }
    connection.pragma_update(None, "synchronous", synchronous(durability))?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    Ok(connection)
}

/// Opens a connection that reads.
pub(super) fn reader(place: &Place) -> Result<Connection, StoreError> {
    let connection = open(place)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn open(place: &Place) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        // Each connection belongs to one thread.
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match place {
        Place::File(path) => Connection::open_with_flags(path, flags)?,
        Place::Memory => Connection::open_in_memory_with_flags(flags)?,
    };
    // First, because the settings that follow may have to wait themselves.
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    // A name in quotation marks is a name, and never text.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    functions::add(&connection)?;
    Ok(connection)
}

fn synchronous(durability: Durability) -> &'static str {
    match durability {
        Durability::Full => "FULL",
        Durability::Relaxed => "NORMAL",
    }
}

/// Does `work` with commits that are on the disk once they are done, whatever is asked of others.
pub(super) fn synced<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let before: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", synchronous(Durability::Full))?;
    let done = work(connection);
    connection.pragma_update(None, "synchronous", before)?;
    done
}

/// Lets readers and the writer go on beside each other.
fn write_ahead(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode == "wal" {
        return Ok(());
    }
    Err(refused(format!(
        "{} cannot have a write-ahead log: its file system is shared or read-only, or another program uses it",
        path.display()
    )))
}

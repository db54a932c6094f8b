//! Files and folders that cannot be written to.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;

use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

use super::{refusal, written};
use crate::sqlite::Database;

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Why this database is refused to a user whom permissions bind. They do not bind root, who has to be rid of that
/// first; the threads of the store inherit what this one may do.
fn refusal_to_a_user(database: &Database) -> String {
    thread::scope(|scope| {
        let user = scope.spawn(|| {
            let mut sets = capabilities(None).expect("Linux tells");
            sets.effective -= CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH;
            set_capabilities(None, sets).expect("less is always allowed");
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            runtime.block_on(refusal(database))
        });
        user.join().unwrap()
    })
}

#[tokio::test]
async fn a_file_that_may_only_be_read_is_refused() {
    let database = written(1).await;
    allow(&database.file("app.db"), 0o444);
    let refusal = refusal_to_a_user(&database);
    assert!(refusal.contains("cannot be written to"), "{refusal}");
}

#[tokio::test]
async fn a_file_that_may_not_even_be_read_is_refused() {
    let database = written(1).await;
    allow(&database.file("app.db"), 0o000);
    let refusal = refusal_to_a_user(&database);
    assert!(refusal.contains("cannot be opened"), "{refusal}");
}

#[tokio::test]
async fn a_folder_that_may_only_be_read_is_refused_with_a_file_and_without() {
    for database in [written(1).await, Database::new()] {
        allow(database.folder.path(), 0o555);
        let refusal = refusal_to_a_user(&database);
        allow(database.folder.path(), 0o755);
        let clear = ["cannot be written to", "cannot be opened"];
        assert!(clear.iter().any(|it| refusal.contains(it)), "{refusal}");
    }
}

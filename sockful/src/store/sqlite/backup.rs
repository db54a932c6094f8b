//! A copy of the whole database, made while it is in use.

use std::path::{Path, PathBuf};
use std::{fs, io, thread};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::connection::{self, Place};
use super::error::{ended, refused};
use super::{Sqlite, mark, meta};
use crate::store::StoreError;

/// So many pages are copied between two looks at the progress.
const PAGES: i32 = 1_000;

/// How far a backup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupProgress {
    /// Pages that are copied.
    pub done: u64,
    /// Pages of the database.
    pub total: u64,
}

impl Sqlite {
    /// Copies the whole database into a new file, while it is in use. The copy is that of one moment, and
    /// begins another life of the log: it has an epoch of its own.
    ///
    /// # Errors
    /// If the file exists, or cannot be written.
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<(), StoreError> {
        self.backup_with(to, |_| {}).await
    }

    /// [`backup`](Self::backup), and tells how far it is.
    ///
    /// # Errors
    /// As [`backup`](Self::backup).
    pub async fn backup_with(
        &self,
        to: impl AsRef<Path>,
        mut progress: impl FnMut(BackupProgress) + Send + 'static,
    ) -> Result<(), StoreError> {
        let to = to.as_ref().to_owned();
        let Place::File(_) = &self.0.place else {
            let copy = move |it: &mut Connection| back_up(it, &to, &mut progress);
            return self.on_reader(copy).await;
        };
        // It takes as long as it takes: on a thread of its own it is in nobody's way.
        let place = self.0.place.clone();
        let (reply, answer) = oneshot::channel();
        let started = thread::Builder::new()
            .name("sockful-backup".to_owned())
            .spawn(move || {
                let done = connection::reader(&place)
                    .and_then(|mut it| back_up(&mut it, &to, &mut progress));
                // Who no longer waits will not be told.
                let _ = reply.send(done);
            });
        started.map_err(|error| refused(format!("no thread could be started: {error}")))?;
        answer.await.map_err(|_| ended())?
    }
}

/// Copies the database as it is now. The copy has its name only once it is complete.
fn back_up(
    connection: &mut Connection,
    to: &Path,
    progress: &mut dyn FnMut(BackupProgress),
) -> Result<(), StoreError> {
    if to.exists() {
        return Err(refused(format!("{} exists already", to.display())));
    }
    let partial = Partial::beside(to);
    // One moment of the database: commits that come meanwhile are not in the copy, and do not begin it anew.
    let moment = connection.transaction()?;
    moment.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mut copy = Connection::open(&partial.0)?;
    {
        let backup = Backup::new(&moment, &mut copy)?;
        loop {
            let step = backup.step(PAGES)?;
            let pages = backup.progress();
            let of = |pages: i32| u64::try_from(pages).unwrap_or(0);
            progress(BackupProgress {
                done: of(pages.pagecount - pages.remaining),
                total: of(pages.pagecount),
            });
            if matches!(step, StepResult::Done) {
                break;
            }
        }
    }
    // The log goes on in two places from here, so the copy's is another life of it.
    meta::renew_epoch(&copy)?;
    mark::clear(&copy, None)?;
    // Into one file, which is then on the disk.
    copy.pragma_update(None, "synchronous", "FULL")?;
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    copy.close().map_err(|(_, error)| error)?;
    partial.complete(to)
}

/// A file that is removed unless it is completed.
struct Partial(PathBuf);

impl Partial {
    fn beside(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        // Another backup may be under way to the same name.
        name.push(format!(".{}.partial", Uuid::new_v4().simple()));
        Self(name.into())
    }

    fn remove(&self) {
        for end in ["", "-wal", "-shm", "-journal"] {
            let mut name = self.0.as_os_str().to_owned();
            name.push(end);
            // There need not be any.
            let _ = fs::remove_file(name);
        }
    }

    fn complete(self, path: &Path) -> Result<(), StoreError> {
        let done = fs::File::open(&self.0)
            .and_then(|file| file.sync_all())
            .and_then(|()| named(&self.0, path));
        done.map_err(|error| refused(format!("{}: {error}", path.display())))?;
        // The name, too, must survive. Some systems cannot sync a folder, and need not.
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        let _ = fs::File::open(folder.unwrap_or(Path::new("."))).and_then(|it| it.sync_all());
        Ok(())
    }
}

/// Gives a file a name that nothing has yet. Where a file can have but one name it cannot be seen to that.
fn named(file: &Path, name: &Path) -> io::Result<()> {
    match fs::hard_link(file, name) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => fs::rename(file, name),
        done => done,
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        self.remove();
    }
}

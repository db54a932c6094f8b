//! A disk under SQLite that loses its power, fills up and fails, when a test says so.
//!
//! SQLite reads and writes files of a real folder, through the file system it always uses. In between this
//! crate keeps a second account: what of each file is on the disk for certain, because it was synced, and what
//! was written since. [`Disk::cut`] stops everything; [`Disk::restore`] then leaves in the folder what a disk
//! might hold: all that was synced, and of the rest whichever sectors happened to arrive.
//!
//! Read `file.rs` for what may survive of a file, `folder.rs` for names, `vfs.rs` for how SQLite comes here.

mod file;
mod folder;
mod vfs;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fastrand::Rng;

use self::folder::Folder;

/// A disk. Its clones are the same disk.
#[derive(Clone)]
pub struct Disk {
    state: Arc<Mutex<State>>,
    folder: PathBuf,
    /// Under which name SQLite knows it.
    name: String,
}

/// What the disk does next, and what it has done.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) folder: Folder,
    rng: Rng,
    fuse: Option<Fuse>,
    /// So many syncs are done before the power fails, right after the next.
    last_sync: Option<u64>,
    cut: bool,
    /// What was being changed when the power failed.
    struck: Option<PathBuf>,
    lies: bool,
    /// So many syncs succeed before one fails.
    failing: Option<u64>,
    failed: bool,
    /// So many bytes may files still grow.
    room: Option<u64>,
    operations: u64,
    /// Files that SQLite has open.
    pub(crate) handles: usize,
}

/// When the power fails.
#[derive(Debug)]
struct Fuse {
    /// The end of the only paths whose operations count.
    of: String,
    /// So many operations are done before; it fails within the next.
    left: u64,
}

/// Why the disk does not do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There is no power, or the disk fails.
    Failed,
    /// There is no room.
    Full,
}

impl Disk {
    /// A disk whose files are in this folder, which must be empty.
    ///
    /// # Panics
    /// If SQLite does not take it.
    #[must_use]
    pub fn new(folder: &Path, seed: u64) -> Self {
        let state = State {
            rng: Rng::with_seed(seed),
            ..State::default()
        };
        let state = Arc::new(Mutex::new(state));
        let name = vfs::register(state.clone());
        Self {
            state,
            folder: folder.to_owned(),
            name,
        }
    }

    /// What SQLite has to be asked for, to have a file of this name on this disk.
    ///
    /// # Panics
    /// If the path of the folder is none that a URI can hold as it is.
    #[must_use]
    pub fn file(&self, name: &str) -> String {
        let path = self.folder.join(name);
        let path = path.to_str().expect("a path of Unicode");
        assert!(
            !path.contains(['?', '#', '%']),
            "{path} is no part of a URI"
        );
        format!("file:{path}?vfs={}", self.name)
    }

    /// Lets the power fail after so many more operations that change anything, in the middle of the next.
    pub fn cut_after(&self, operations: u64) {
        self.cut_after_on("", operations);
    }

    /// The same, counting only operations on files whose path ends so.
    pub fn cut_after_on(&self, end: &str, operations: u64) {
        self.lock().fuse = Some(Fuse {
            of: end.to_owned(),
            left: operations,
        });
    }

    /// Lets the power fail after so many more syncs: the next is done, but nobody is told.
    pub fn cut_after_syncs(&self, syncs: u64) {
        self.lock().last_sync = Some(syncs);
    }

    /// Lets the power fail now.
    pub fn cut(&self) {
        self.lock().cut = true;
    }

    /// Whether the power has failed.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.lock().cut
    }

    /// Whether it failed while a file was changed whose path ends so.
    #[must_use]
    pub fn was_cut_on(&self, end: &str) -> bool {
        let state = self.lock();
        let struck = state.struck.as_ref();
        struck.is_some_and(|path| path.to_string_lossy().ends_with(end))
    }

    /// From now on the disk says that it has synced and does nothing.
    pub fn lie(&self) {
        self.lock().lies = true;
    }

    /// Lets one sync fail, after so many that succeed. What it was to sync never reaches the disk, though
    /// it is still read: so does Linux.
    pub fn fail_sync_after(&self, syncs: u64) {
        self.lock().failing = Some(syncs);
    }

    /// Whether a sync has failed that was to.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.lock().failed
    }

    /// Lets files grow by so many bytes in all; `None` is no limit.
    pub fn leave_room(&self, bytes: Option<u64>) {
        self.lock().room = bytes;
    }

    /// How many operations that change anything there were.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.lock().operations
    }

    /// How many files are open.
    #[must_use]
    pub fn handles(&self) -> usize {
        self.lock().handles
    }

    /// Gives the disk its power back. The folder then holds what has survived.
    ///
    /// # Panics
    /// If a file is open: nobody lives on without power.
    pub fn restore(&self) {
        let mut state = self.lock();
        assert_eq!(state.handles, 0, "a file is still open");
        let State { folder, rng, .. } = &mut *state;
        let survivors = folder.survive(rng);
        for entry in fs::read_dir(&self.folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            fs::remove_file(path).expect("a file can be removed");
        }
        for (path, content) in survivors {
            fs::write(path, content).expect("a file can be written");
        }
        state.cut = false;
        state.fuse = None;
        state.last_sync = None;
        state.struck = None;
        state.failing = None;
        state.failed = false;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// SQLite keeps its file systems for as long as the process runs. What is on this one goes with its last clone.
impl Drop for Disk {
    fn drop(&mut self) {
        // The file system has one of its own.
        let last = Arc::strong_count(&self.state) == 2;
        let mut state = self.lock();
        if last && state.handles == 0 {
            state.folder = Folder::default();
        }
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.folder.display();
        write!(f, "Disk({folder})")
    }
}

/// The state is whole between any two statements, so a panic elsewhere harms nothing.
pub(crate) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// Whether there is power.
    pub(crate) fn powered(&self) -> Result<(), Refused> {
        if self.cut {
            Err(Refused::Failed)
        } else {
            Ok(())
        }
    }

    /// One operation that changes something. `Ok(false)`: the power fails while it is done.
    fn operation(&mut self, path: &Path) -> Result<bool, Refused> {
        self.powered()?;
        self.operations += 1;
        match &mut self.fuse {
            Some(fuse) if path.to_string_lossy().ends_with(&fuse.of) => match &mut fuse.left {
                0 => {
                    self.cut = true;
                    self.struck = Some(path.to_owned());
                    return Ok(false);
                }
                left => *left -= 1,
            },
            _ => {}
        }
        Ok(true)
    }

    /// The same, on a file that is open.
    fn operation_on(&mut self, file: usize) -> Result<bool, Refused> {
        let path = self.folder.file(file).path().to_owned();
        self.operation(&path)
    }

    /// Writes bytes of a file. If that fails because the power does, some of them may survive.
    pub(crate) fn write(&mut self, file: usize, at: u64, bytes: &[u8]) -> Result<(), Refused> {
        let powered = self.operation_on(file)?;
        let file = self.folder.file(file);
        let growth = (at + bytes.len() as u64).saturating_sub(file.size());
        if let Some(room) = &mut self.room {
            if growth > *room {
                return Err(Refused::Full);
            }
            *room -= growth;
        }
        file.write(at, bytes);
        if powered {
            Ok(())
        } else {
            Err(Refused::Failed)
        }
    }

    /// Cuts a file off.
    pub(crate) fn truncate(&mut self, file: usize, size: u64) -> Result<(), Refused> {
        let powered = self.operation_on(file)?;
        let file = self.folder.file(file);
        if let Some(room) = &mut self.room {
            *room += file.size().saturating_sub(size);
        }
        file.truncate(size);
        if powered {
            Ok(())
        } else {
            Err(Refused::Failed)
        }
    }

    /// Syncs a file, and the names of its folder with it if `names`.
    pub(crate) fn sync(&mut self, file: usize, names: bool) -> Result<(), Refused> {
        if !self.operation_on(file)? {
            return Err(Refused::Failed);
        }
        if self.lies {
            return Ok(());
        }
        match &mut self.failing {
            Some(0) => {
                self.failing = None;
                self.failed = true;
                self.folder.file(file).lose();
                return Err(Refused::Failed);
            }
            Some(left) => *left -= 1,
            None => {}
        }
        self.folder.file(file).sync();
        if names {
            self.folder.sync();
        }
        match &mut self.last_sync {
            Some(0) => {
                self.cut = true;
                return Err(Refused::Failed);
            }
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(())
    }

    /// Removes a name, for certain if `synced`.
    pub(crate) fn delete(&mut self, path: &Path, synced: bool) -> Result<(), Refused> {
        let powered = self.operation(path)?;
        self.folder.delete(path);
        if !powered {
            return Err(Refused::Failed);
        }
        if synced && !self.lies {
            self.folder.sync();
        }
        Ok(())
    }
}

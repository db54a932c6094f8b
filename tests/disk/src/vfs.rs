//! How SQLite comes to a disk: a file system of its own name, in front of the one that SQLite always uses.
//!
//! A file of SQLite is memory of SQLite's, of the size that its file system asks for. Here it is a [`Handle`], and
//! behind that, in the same memory, the file of the real file system. Locks, the shared index of the write-ahead
//! log and all reading go straight there; what changes anything is told to the [`State`] first.

use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use sockful::store::rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};

use crate::{Refused, State, lock};

/// What the file system keeps for itself.
struct Data {
    real: *mut sqlite3_vfs,
    state: Arc<Mutex<State>>,
}

/// A file that SQLite has open; the real one lies behind it.
#[repr(C)]
struct Handle {
    base: sqlite3_file,
    open: *mut Open,
}

/// What is known of a file that is open.
struct Open {
    state: Arc<Mutex<State>>,
    /// `None` if it is a temporary file, which nothing survives.
    file: Option<usize>,
    /// Whether the names are synced with the file, as SQLite does at the first sync of a journal and of a
    /// write-ahead log that it has opened.
    names: bool,
}

/// Tells SQLite of a disk. Answers the name under which SQLite knows it.
pub(crate) fn register(state: Arc<Mutex<State>>) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("sockful-disk-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    // SAFETY: SQLite initialises itself; the name is a null pointer, which asks for the default.
    let real = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
    assert!(!real.is_null(), "SQLite has a file system");
    let data = Box::new(Data { real, state });
    let text = CString::new(name.clone()).expect("a name without NUL");
    // SAFETY: SQLite keeps its file systems for as long as the process runs.
    let copy = unsafe { ptr::read(real) };
    // What is not replaced does not look at the file system it is called with: paths, time and chance.
    let vfs = sqlite3_vfs {
        szOsFile: copy.szOsFile + size_of::<Handle>() as c_int,
        pNext: ptr::null_mut(),
        zName: text.into_raw(),
        pAppData: Box::into_raw(data).cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        ..copy
    };
    // SAFETY: the structure and what it points to are never freed, as SQLite asks of file systems.
    let code = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(Box::new(vfs)), 0) };
    assert_eq!(code, ffi::SQLITE_OK, "SQLite takes the disk");
    name
}

/// # Safety
/// `vfs` must be one that [`register`] has made.
unsafe fn data<'a>(vfs: *mut sqlite3_vfs) -> &'a Data {
    // SAFETY: `register` has put it there, and it is never freed.
    unsafe { &*(*vfs).pAppData.cast::<Data>() }
}

/// What is known of an open file, and the real one behind it.
///
/// # Safety
/// `file` must be one that [`open`] has opened.
unsafe fn parts<'a>(file: *mut sqlite3_file) -> (&'a Open, *mut sqlite3_file) {
    let handle = file.cast::<Handle>();
    // SAFETY: `open` has put both there; SQLite uses a file from one thread at a time, and not once it is closed.
    unsafe { (&*(*handle).open, handle.add(1).cast()) }
}

/// # Safety
/// `path` must be null or a C string that outlives the call.
unsafe fn path<'a>(path: *const c_char) -> Option<&'a Path> {
    if path.is_null() {
        return None;
    }
    // SAFETY: as said above.
    let bytes = unsafe { CStr::from_ptr(path) }.to_bytes();
    Some(Path::new(OsStr::from_bytes(bytes)))
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls with what it was given, with a name of its own or none, and with memory of the size
    // that was asked for, which is aligned for pointers.
    unsafe {
        let data = data(vfs);
        let handle = file.cast::<Handle>();
        (*handle).base.pMethods = ptr::null();
        let mut state = lock(&data.state);
        if state.powered().is_err() {
            return ffi::SQLITE_CANTOPEN;
        }
        let real: *mut sqlite3_file = handle.add(1).cast();
        (*real).pMethods = ptr::null();
        let Some(open) = (*data.real).xOpen else {
            return ffi::SQLITE_ERROR;
        };
        let code = open(data.real, name, real, flags, out);
        if code != ffi::SQLITE_OK {
            return code;
        }
        let journal =
            ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL;
        let known = Open {
            state: data.state.clone(),
            file: path(name).map(|path| state.folder.open(path)),
            names: flags & journal != 0 && flags & ffi::SQLITE_OPEN_CREATE != 0,
        };
        state.handles += 1;
        (*handle).open = Box::into_raw(Box::new(known));
        (*handle).base.pMethods = &raw const METHODS;
        ffi::SQLITE_OK
    }
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    // SAFETY: as in `open`.
    unsafe {
        let data = data(vfs);
        let mut state = lock(&data.state);
        let Some(delete) = (*data.real).xDelete else {
            return ffi::SQLITE_ERROR;
        };
        if let Some(path) = path(name)
            && path.exists()
            && state.delete(path, sync != 0).is_err()
        {
            return ffi::SQLITE_IOERR_DELETE;
        }
        delete(data.real, name, 0)
    }
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Nothing is mapped into memory: what is written that way could not be seen.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(set_lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Calls a method of the real file, which every file system of SQLite has.
macro_rules! real {
    ($real:expr, $method:ident $(, $argument:expr)*) => {
        match (*(*$real).pMethods).$method {
            Some(method) => method($real $(, $argument)*),
            None => unreachable!("the file system of SQLite has every method"),
        }
    };
}

/// Methods that go straight to the real file.
macro_rules! passed_on {
    ($($name:ident = $method:ident($($argument:ident: $type:ty),*) $(-> $answer:ty)?;)*) => {
        $(
            unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $type)*) $(-> $answer)? {
                // SAFETY: SQLite calls with a file that `open` has opened, and with arguments for just this method.
                unsafe {
                    let (_, real) = parts(file);
                    real!(real, $method $(, $argument)*)
                }
            }
        )*
    };
}

passed_on! {
    file_size = xFileSize(size: *mut ffi::sqlite3_int64) -> c_int;
    set_lock = xLock(level: c_int) -> c_int;
    unlock = xUnlock(level: c_int) -> c_int;
    check_reserved_lock = xCheckReservedLock(held: *mut c_int) -> c_int;
    file_control = xFileControl(what: c_int, argument: *mut c_void) -> c_int;
    sector_size = xSectorSize() -> c_int;
    device_characteristics = xDeviceCharacteristics() -> c_int;
    shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) -> c_int;
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int) -> c_int;
    shm_barrier = xShmBarrier();
    shm_unmap = xShmUnmap(delete: c_int) -> c_int;
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite closes what `open` has opened, once; then nothing refers to what is known of it.
    unsafe {
        let (_, real) = parts(file);
        let code = real!(real, xClose);
        let open = Box::from_raw((*file.cast::<Handle>()).open);
        lock(&open.state).handles -= 1;
        code
    }
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    bytes: *mut c_void,
    amount: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: as for the methods that are passed on.
    unsafe {
        let (open, real) = parts(file);
        if lock(&open.state).powered().is_err() {
            return ffi::SQLITE_IOERR_READ;
        }
        real!(real, xRead, bytes, amount, at)
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    amount: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: as for the methods that are passed on; SQLite lends as many bytes as it says.
    unsafe {
        let (open, real) = parts(file);
        let lent = std::slice::from_raw_parts(bytes.cast::<u8>(), unsigned(amount.into()));
        // Held until it is done: what one connection has written is in the account before another goes on.
        let mut state = lock(&open.state);
        if let Some(file) = open.file {
            match state.write(file, unsigned(at) as u64, lent) {
                Ok(()) => {}
                Err(Refused::Failed) => return ffi::SQLITE_IOERR_WRITE,
                Err(Refused::Full) => return ffi::SQLITE_FULL,
            }
        }
        real!(real, xWrite, bytes, amount, at)
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: as for the methods that are passed on.
    unsafe {
        let (open, real) = parts(file);
        let mut state = lock(&open.state);
        if let Some(file) = open.file
            && state.truncate(file, unsigned(size) as u64).is_err()
        {
            return ffi::SQLITE_IOERR_TRUNCATE;
        }
        real!(real, xTruncate, size)
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _: c_int) -> c_int {
    // SAFETY: as for the methods that are passed on; nobody else uses this file meanwhile.
    unsafe {
        let open = &mut *(*file.cast::<Handle>()).open;
        let state = open.state.clone();
        let synced = match open.file {
            Some(file) => lock(&state).sync(file, open.names),
            None => Ok(()),
        };
        // The real disk is spared: what matters is in the account.
        match synced {
            Ok(()) => {
                open.names = false;
                ffi::SQLITE_OK
            }
            Err(_) => ffi::SQLITE_IOERR_FSYNC,
        }
    }
}

/// Sizes and places are never negative.
fn unsigned(number: i64) -> usize {
    usize::try_from(number).expect("SQLite counts from zero")
}

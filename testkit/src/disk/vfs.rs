//! Where SQLite's calls pass. All `unsafe` of the simulated disk is here.
//!
//! The layer wraps the system's own VFS: a file of ours is [`Wrapper`], followed in memory by a file of
//! the system's, to which each call is passed on. What holds at every call, by SQLite's contract:
//! - a file pointer points to `szOsFile` bytes that [`open`] has filled in and nobody has closed, at
//!   an alignment of 8, and one thread at a time uses it;
//! - a name is a C string, valid during the call, and a buffer has the length beside it.
#![expect(unsafe_code, reason = "SQLite calls a VFS through C's function pointers")]

use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once};

use rusqlite::ffi;

use super::state::{FileNumber, Refusal, State};
use super::{DatabaseFile, lock};

type Shared = Arc<Mutex<State>>;

/// The folders that are followed.
static DISKS: Mutex<Option<HashMap<PathBuf, Shared>>> = Mutex::new(None);

/// Follows what SQLite does in a folder.
pub(super) fn follow(folder: PathBuf, state: Shared) {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(register);
    lock(&DISKS).get_or_insert_default().insert(folder, state);
}

/// Follows it no more, but for the files that are open.
pub(super) fn forget(folder: &Path) {
    lock(&DISKS).get_or_insert_default().remove(folder);
}

/// A file of ours; the system's own stands right behind it.
#[repr(C)]
struct Wrapper {
    base: ffi::sqlite3_file,
    /// Null where nobody follows the file; else a leaked box.
    followed: *mut Followed,
}

struct Followed {
    disk: Shared,
    number: FileNumber,
    which: DatabaseFile,
    /// Whether the system's VFS syncs the folder with the next sync of the file: the first of a log
    /// that may have been made.
    syncs_folder: Cell<bool>,
}

impl Followed {
    const fn id(&self) -> (FileNumber, DatabaseFile) {
        (self.number, self.which)
    }
}

/// Puts the layer before the system's own, as the process's default.
fn register() {
    // SAFETY: the default VFS lives as long as the process. The copy keeps its functions; those that
    // are not replaced look at nothing of the VFS they are called with but `pAppData`, which is the
    // same. It is leaked, since SQLite keeps the pointer.
    unsafe {
        assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK, "SQLite starts");
        let system = ffi::sqlite3_vfs_find(std::ptr::null());
        let layer = Box::leak(Box::new(std::ptr::read(system)));
        layer.pNext = std::ptr::null_mut();
        layer.zName = c"depaudit-simulated-disk".as_ptr();
        layer.szOsFile += size_of::<Wrapper>() as c_int;
        layer.xOpen = Some(open);
        layer.xDelete = Some(delete);
        assert_eq!(ffi::sqlite3_vfs_register(layer, 1), ffi::SQLITE_OK, "a VFS is taken");
    }
}

/// The system's own VFS: the next in the list behind ours, or any that is not ours.
fn system(ours: *mut ffi::sqlite3_vfs) -> *mut ffi::sqlite3_vfs {
    // SAFETY: SQLite keeps its list of VFS whole; the default one stands before the system's.
    unsafe { (*ours).pNext }
}

fn code(refusal: Refusal, io_error: c_int) -> c_int {
    match refusal {
        Refusal::Dark => io_error,
        Refusal::Full => ffi::SQLITE_FULL,
        Refusal::Sync => ffi::SQLITE_IOERR_FSYNC,
    }
}

/// The disk that a path leads to, and the file's name there.
fn place(path: &Path) -> Option<(Shared, String)> {
    let disk = lock(&DISKS).as_ref()?.get(path.parent()?)?.clone();
    Some((disk, path.file_name()?.to_str()?.to_owned()))
}

/// # Safety
/// `name` is null or a C string.
unsafe fn path(name: *const c_char) -> Option<PathBuf> {
    if name.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    let name = unsafe { CStr::from_ptr(name) };
    name.to_str().ok().map(PathBuf::from)
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let wrapper = file.cast::<Wrapper>();
    // SAFETY: SQLite hands over `szOsFile` bytes to fill in, and a name as it says.
    unsafe {
        // SQLite closes a file whose methods are set, also after a failure; so they come last.
        wrapper.write(Wrapper {
            base: ffi::sqlite3_file { pMethods: std::ptr::null() },
            followed: std::ptr::null_mut(),
        });
        let which = match flags {
            _ if flags & ffi::SQLITE_OPEN_MAIN_DB != 0 => Some(DatabaseFile::Main),
            _ if flags & (ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL) != 0 => {
                Some(DatabaseFile::Log)
            }
            _ => None,
        };
        let followed = which.zip(path(name)).and_then(|(which, path)| {
            let (disk, name) = place(&path)?;
            Some((disk, name, which, path))
        });
        // Read only where no connection can have it open: closing a file lets go of all its locks.
        let found = followed.as_ref().and_then(|(disk, name, _, path)| {
            if lock(disk).knows(name) { None } else { std::fs::read(path).ok() }
        });
        let system = system(vfs);
        let Some(system_open) = (*system).xOpen else { return ffi::SQLITE_CANTOPEN };
        let opened = system_open(system, name, inner(file), flags, out_flags);
        if opened != ffi::SQLITE_OK {
            return opened;
        }
        if let Some((disk, name, which, _)) = followed {
            let number = lock(&disk).open(&name, found);
            match number {
                Ok(number) => {
                    let may_be_new = flags & ffi::SQLITE_OPEN_CREATE != 0;
                    let syncs_folder = Cell::new(which == DatabaseFile::Log && may_be_new);
                    let followed = Followed { disk, number, which, syncs_folder };
                    (*wrapper).followed = Box::into_raw(Box::new(followed));
                }
                Err(refusal) => {
                    close(file);
                    return code(refusal, ffi::SQLITE_CANTOPEN);
                }
            }
        }
        (*wrapper).base.pMethods = &raw const METHODS;
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: as this module says.
    unsafe {
        if let Some((disk, name)) = path(name).as_deref().and_then(place)
            && let Err(refusal) = lock(&disk).delete(&name, sync_folder != 0)
        {
            return code(refusal, ffi::SQLITE_IOERR_DELETE);
        }
        let system = system(vfs);
        (*system)
            .xDelete
            .map_or(ffi::SQLITE_IOERR_DELETE, |delete| delete(system, name, sync_folder))
    }
}

/// The system's file behind ours.
fn inner(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    file.cast::<Wrapper>().wrapping_add(1).cast()
}

/// # Safety
/// `file` is one of ours, and open.
unsafe fn followed<'f>(file: *mut ffi::sqlite3_file) -> Option<&'f Followed> {
    // SAFETY: the box lives until the file is closed, and nobody changes it.
    unsafe { (*file.cast::<Wrapper>()).followed.as_ref() }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: as this module says; nobody uses the file after this, so the box is freed once.
    unsafe {
        let wrapper = file.cast::<Wrapper>();
        let followed = std::mem::replace(&mut (*wrapper).followed, std::ptr::null_mut());
        if !followed.is_null() {
            drop(Box::from_raw(followed));
        }
        let system = inner(file);
        if (*system).pMethods.is_null() {
            return ffi::SQLITE_OK;
        }
        (*(*system).pMethods).xClose.map_or(ffi::SQLITE_OK, |close| close(system))
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    length: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    let (Ok(size), Ok(start)) = (usize::try_from(length), usize::try_from(at)) else {
        return ffi::SQLITE_IOERR_WRITE;
    };
    // SAFETY: as this module says.
    unsafe {
        if let Some(followed) = followed(file) {
            let mut end = 0;
            let sized = file_size(file, &raw mut end);
            if sized != ffi::SQLITE_OK {
                return sized;
            }
            let grows = at + i64::from(length) > end;
            let bytes = std::slice::from_raw_parts(bytes.cast::<u8>(), size);
            if let Err(refusal) = lock(&followed.disk).write(followed.id(), start, bytes, grows) {
                return code(refusal, ffi::SQLITE_IOERR_WRITE);
            }
        }
        let system = inner(file);
        let write = (*(*system).pMethods).xWrite;
        write.map_or(ffi::SQLITE_IOERR_WRITE, |write| write(system, bytes, length, at))
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    let Ok(length) = usize::try_from(size) else { return ffi::SQLITE_IOERR_TRUNCATE };
    // SAFETY: as this module says.
    unsafe {
        if let Some(followed) = followed(file)
            && let Err(refusal) = lock(&followed.disk).set_length(followed.number, length)
        {
            return code(refusal, ffi::SQLITE_IOERR_TRUNCATE);
        }
        let system = inner(file);
        let truncate = (*(*system).pMethods).xTruncate;
        truncate.map_or(ffi::SQLITE_IOERR_TRUNCATE, |truncate| truncate(system, size))
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: as this module says.
    unsafe {
        // A followed file needs no real sync: the power of this machine stays on.
        if let Some(followed) = followed(file) {
            let synced = lock(&followed.disk).sync(followed.id(), followed.syncs_folder.take());
            return synced.map_or_else(
                |refusal| code(refusal, ffi::SQLITE_IOERR_FSYNC),
                |()| ffi::SQLITE_OK,
            );
        }
        let system = inner(file);
        (*(*system).pMethods).xSync.map_or(ffi::SQLITE_OK, |sync| sync(system, flags))
    }
}

/// Passes a call on to the system's file.
macro_rules! passed_on {
    ($($name:ident: $method:ident($($argument:ident: $type:ty),*) -> $result:ty, or $otherwise:expr;)*) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file, $($argument: $type),*) -> $result {
            // SAFETY: as this module says; the arguments are the caller's own.
            unsafe {
                let system = inner(file);
                match (*(*system).pMethods).$method {
                    Some(method) => method(system, $($argument),*),
                    None => $otherwise,
                }
            }
        }
    )*};
}

passed_on! {
    read: xRead(bytes: *mut c_void, length: c_int, at: ffi::sqlite3_int64) -> c_int,
        or ffi::SQLITE_IOERR_READ;
    file_size: xFileSize(size: *mut ffi::sqlite3_int64) -> c_int, or ffi::SQLITE_IOERR_FSTAT;
    lock_file: xLock(level: c_int) -> c_int, or ffi::SQLITE_IOERR_LOCK;
    unlock_file: xUnlock(level: c_int) -> c_int, or ffi::SQLITE_IOERR_UNLOCK;
    is_reserved: xCheckReservedLock(found: *mut c_int) -> c_int, or ffi::SQLITE_IOERR_LOCK;
    control: xFileControl(what: c_int, argument: *mut c_void) -> c_int, or ffi::SQLITE_NOTFOUND;
    sector_size: xSectorSize() -> c_int, or 0;
    characteristics: xDeviceCharacteristics() -> c_int, or 0;
    map_index: xShmMap(region: c_int, size: c_int, extend: c_int, mapped: *mut *mut c_void) -> c_int,
        or ffi::SQLITE_IOERR_SHMMAP;
    lock_index: xShmLock(first: c_int, count: c_int, flags: c_int) -> c_int,
        or ffi::SQLITE_IOERR_SHMLOCK;
    index_barrier: xShmBarrier() -> (), or ();
    unmap_index: xShmUnmap(delete: c_int) -> c_int, or ffi::SQLITE_OK;
}

/// Version 2: the WAL's index is there, and no mapped reading that would pass by.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock_file),
    xUnlock: Some(unlock_file),
    xCheckReservedLock: Some(is_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(map_index),
    xShmLock: Some(lock_index),
    xShmBarrier: Some(index_barrier),
    xShmUnmap: Some(unmap_index),
    xFetch: None,
    xUnfetch: None,
};

//! Filling in `UnixFileAttributes` and `UnixFileStoreAttributes`.

use crate::host::{FileSystemInfo, Stat};
use crate::java_io::offsets::field_offset;
use crate::state;
use std::sync::OnceLock;
use vm::{Handle, Result, Thread, exceptions, link};

/// Fields of a file's attributes with their descriptors, in the order of `values`.
const FILE: [(&str, &str); 16] = [
    ("st_mode", "I"),
    ("st_nlink", "I"),
    ("st_uid", "I"),
    ("st_gid", "I"),
    ("st_ino", "J"),
    ("st_dev", "J"),
    ("st_rdev", "J"),
    ("st_size", "J"),
    ("st_atime_sec", "J"),
    ("st_atime_nsec", "J"),
    ("st_mtime_sec", "J"),
    ("st_mtime_nsec", "J"),
    ("st_ctime_sec", "J"),
    ("st_ctime_nsec", "J"),
    ("st_birthtime_sec", "J"),
    ("st_birthtime_nsec", "J"),
];

/// Fields of a file system's attributes.
const STORE: [(&str, &str); 4] =
    [("f_frsize", "J"), ("f_blocks", "J"), ("f_bfree", "J"), ("f_bavail", "J")];

/// Where the fields are.
#[derive(Default)]
pub(super) struct Places {
    file: OnceLock<[u32; FILE.len()]>,
    store: OnceLock<[u32; STORE.len()]>,
}

fn places<const N: usize>(
    t: &Thread,
    cell: &OnceLock<[u32; N]>,
    class: &str,
    fields: &[(&str, &str); N],
) -> Result<[u32; N]> {
    if let Some(places) = cell.get() {
        return Ok(*places);
    }
    let class = link::class_by_name(t, class)?;
    let mut found = [0; N];
    for (place, (name, descriptor)) in found.iter_mut().zip(fields) {
        *place = field_offset(t, class, name, descriptor)?;
    }
    Ok(*cell.get_or_init(|| found))
}

fn fill<const N: usize>(
    t: &Thread,
    object: Handle,
    fields: &[(&str, &str); N],
    places: [u32; N],
    values: [u64; N],
) -> Result<()> {
    let object = t.get(object);
    if object.is_null() {
        return Err(exceptions::npe(t));
    }
    for (((_, descriptor), place), value) in fields.iter().zip(places).zip(values) {
        match *descriptor {
            "I" => t.vm().set_u32(object, place, value as u32),
            _ => t.vm().set_u64(object, place, value),
        }
    }
    Ok(())
}

/// Fills in a file's attributes. Without a time of creation, that of the last change counts.
pub(super) fn fill_file(t: &Thread, object: Handle, stat: &Stat) -> Result<()> {
    let places = places(t, &state(t).nio.attributes.file, "sun/nio/fs/UnixFileAttributes", &FILE)?;
    let created = stat.created.unwrap_or(stat.modified);
    let values = [
        stat.mode.into(),
        stat.links,
        stat.uid.into(),
        stat.gid.into(),
        stat.inode,
        stat.device,
        stat.special_device,
        stat.size_bytes,
        stat.accessed.seconds as u64,
        stat.accessed.nanos.into(),
        stat.modified.seconds as u64,
        stat.modified.nanos.into(),
        stat.changed.seconds as u64,
        stat.changed.nanos.into(),
        created.seconds as u64,
        created.nanos.into(),
    ];
    fill(t, object, &FILE, places, values)
}

/// Fills in a file system's attributes.
pub(super) fn fill_store(t: &Thread, object: Handle, info: &FileSystemInfo) -> Result<()> {
    let places =
        places(t, &state(t).nio.attributes.store, "sun/nio/fs/UnixFileStoreAttributes", &STORE)?;
    let values = [info.fragment_size_bytes, info.blocks, info.blocks_free, info.blocks_available];
    fill(t, object, &STORE, places, values)
}

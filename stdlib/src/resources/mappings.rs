//! Mapped files: mapped again at the same distance.

use super::image::SavedPath;
use super::obstacle::Obstacle;
use super::reopen::Reopener;
use super::rules::Kind;
use super::save::Saver;
use crate::host::{Errno, Fd, Host, Links, MapAccess, OpenFlags};
use crate::sun_nio::{Mapping, mappings};
use crate::unsafe_natives::guarded;
use serde::{Deserialize, Serialize};
use vm::Vm;

/// A mapped part of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SavedMapping {
    /// Distance from the guest's base in bytes.
    at: u64,
    bytes: usize,
    path: SavedPath,
    inode: Option<u64>,
    /// Where the part begins in the file.
    offset: u64,
    /// Where it ends, or the file did.
    end: u64,
    access: MapAccess,
    /// Of a private one, which needs no file from now on.
    content: Option<Vec<u8>>,
}

/// The pages of a mapping are not part of the image.
pub(super) fn save(
    saver: &Saver<'_>,
    vm: &Vm,
    at: u64,
    mapping: &Mapping,
) -> Result<SavedMapping, Obstacle> {
    let path = mapping.path.clone().unwrap_or_default();
    let mut saved = SavedMapping {
        at,
        bytes: mapping.bytes,
        path: SavedPath::from(&*path),
        inode: Some(mapping.inode),
        offset: mapping.offset,
        end: 0,
        access: mapping.access,
        content: None,
    };
    if mapping.access == MapAccess::Private {
        saved.content = Some(if saver.with_content {
            content(saver.host, vm.heap.base() as usize + at as usize, mapping.bytes)
        } else {
            Vec::new()
        });
        return Ok(saved);
    }
    if let Some(rebound) = saver.policy.rebound(&path) {
        saved.path = SavedPath::from(&*rebound);
        saved.inode = None;
        return Ok(saved);
    }
    let refuse = |reason: &str| {
        Obstacle::new(Kind::Mapping, None, path.display().to_string(), reason)
            .unless(format!("--rebind {}=NEW", path.display()))
    };
    let stat = saver.host.stat(&path, Links::Follow).map_err(|_| refuse("it was removed"))?;
    if mapping.path.is_none() || stat.inode != mapping.inode {
        return Err(refuse("another file has its path now"));
    }
    saved.end = stat.size_bytes.min(mapping.offset + mapping.bytes as u64);
    Ok(saved)
}

/// The pages that can be read; the rest, behind the file's end, is taken for empty.
fn content(host: &dyn Host, address: usize, bytes: usize) -> Vec<u8> {
    let mut content = vec![0; bytes];
    let page = host.page_size_bytes();
    let mut at = 0;
    while at < bytes {
        let got = host.copy_memory(address + at, &mut content[at..]);
        at = if got > 0 { at + got } else { (at / page + 1) * page };
    }
    content
}

/// Opens the file of a mapping; nothing for a private one.
pub(super) fn reopen(
    reopener: &Reopener<'_>,
    saved: &SavedMapping,
) -> Result<Option<Fd>, Obstacle> {
    if saved.content.is_some() {
        return Ok(None);
    }
    let old = saved.path.path();
    let rebound = reopener.policy.rebound(old);
    let path = rebound.as_deref().unwrap_or(old);
    let refuse = |reason: &str| {
        Obstacle::new(Kind::Mapping, None, path.display().to_string(), reason)
            .unless(format!("--rebind {}=NEW", old.display()))
    };
    let host = reopener.host;
    let failed = |error: Errno| refuse(&error.message());
    let stat = host.stat(path, Links::Follow).map_err(failed)?;
    if !stat.is_file() {
        return Err(refuse("it is no file"));
    }
    if rebound.is_none() && saved.inode.is_some_and(|inode| inode != stat.inode) {
        return Err(refuse("another file has its path now"));
    }
    if stat.size_bytes < saved.end {
        return Err(refuse("it is shorter than it was"));
    }
    let flags = match saved.access {
        MapAccess::ReadWrite => OpenFlags::READ_WRITE,
        _ => OpenFlags::READ,
    };
    host.open(path, flags, 0).map(Some).map_err(failed)
}

/// Maps what was opened, in a guest that does not run yet.
pub(super) fn map(vm: &Vm, saved: &SavedMapping, file: Option<&Fd>) -> Result<(), Obstacle> {
    let state = crate::state_of(vm);
    let address = vm.heap.base() as usize + saved.at as usize;
    let path = saved.path.path();
    let refuse =
        |reason: &str| Obstacle::new(Kind::Mapping, None, path.display().to_string(), reason);
    let room = vm.heap.native().size_of(saved.at);
    if room.is_none_or(|room| room < saved.bytes) {
        return Err(refuse("the image has no room for it"));
    }
    match (file, &saved.content) {
        (Some(file), _) => {
            guarded::install();
            // SAFETY: the pages are the guest's, reserved for a mapping, and nothing runs that could look at them.
            let mapped = unsafe {
                state.host.map_file(file, address, saved.bytes, saved.offset, saved.access)
            };
            mapped.map_err(|error| refuse(&error.message()))?;
        }
        (None, Some(content)) => {
            let content = &content[..content.len().min(saved.bytes)];
            // SAFETY: as above; they are memory that can be written.
            unsafe {
                std::ptr::copy_nonoverlapping(content.as_ptr(), address as *mut u8, content.len())
            };
        }
        (None, None) => return Err(refuse("its file was not opened")),
    }
    let mapping = Mapping {
        path: Some(path.into()),
        inode: file.and_then(|file| state.host.fstat(file).ok()).map_or(0, |stat| stat.inode),
        offset: saved.offset,
        bytes: saved.bytes,
        access: saved.access,
    };
    mappings(state).insert(saved.at, mapping);
    Ok(())
}

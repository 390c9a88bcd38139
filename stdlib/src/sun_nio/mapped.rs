//! `java.nio.MappedMemoryUtils`: the pages behind mapped buffers.

use crate::host::{Errno, Host};
use crate::java_io::descriptor::on_host;
use crate::java_io::errors;
use crate::state;
use crate::unsafe_natives::memory;
use vm::{Handle, NativeMethod, Result, Thread, Thrown};

/// Address and length of whole pages that cover a part of the off-heap area.
fn pages(t: &Thread, address: i64, length: i64) -> Result<(usize, usize)> {
    let Ok(length) = usize::try_from(length) else { return Err(memory::fault(t)) };
    let page = state(t).host.page_size_bytes();
    let before = address.rem_euclid(page as i64);
    let length = (length + before as usize).next_multiple_of(page);
    let start = memory::native(t, address - before, length)?;
    Ok((start as usize, length))
}

fn refused(t: &Thread) -> impl Fn(Errno) -> Thrown {
    move |error| errors::io(t, error)
}

fn is_loaded(t: &Thread, address: i64, length: i64, _pages: i64) -> Result<bool> {
    let (start, length) = pages(t, address, length)?;
    let mut loaded = vec![false; length / state(t).host.page_size_bytes()];
    // SAFETY: pages of the off-heap area, which `pages` has checked.
    let done = on_host(t, |host| unsafe { host.resident_pages(start, &mut loaded) });
    done.map_err(refused(t))?;
    Ok(loaded.into_iter().all(|it| it))
}

fn advise(t: &Thread, address: i64, length: i64, will_need: bool) -> Result<()> {
    let (start, length) = pages(t, address, length)?;
    let advise = |host: &dyn Host| {
        // SAFETY: pages of the off-heap area, which `pages` has checked.
        unsafe { host.advise(start, length, will_need) }
    };
    on_host(t, advise).map_err(refused(t))
}

fn load(t: &Thread, address: i64, length: i64) -> Result<()> {
    advise(t, address, length, true)
}

fn unload(t: &Thread, address: i64, length: i64) -> Result<()> {
    advise(t, address, length, false)
}

fn force(t: &Thread, _fd: Handle, address: i64, length: i64) -> Result<()> {
    let (start, length) = pages(t, address, length)?;
    let sync = |host: &dyn Host| {
        // SAFETY: pages of the off-heap area, which `pages` has checked.
        unsafe { host.sync_mapping(start, length) }
    };
    on_host(t, sync).map_err(refused(t))
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/nio/MappedMemoryUtils" {
            "registerNatives" "()V" => leaf crate::java_io::nop;
            "isLoaded0" "(JJJ)Z" => full is_loaded;
            "load0" "(JJ)V" => full load;
            "unload0" "(JJ)V" => full unload;
            "force0" "(Ljava/io/FileDescriptor;JJ)V" => full force;
        }
    }
}

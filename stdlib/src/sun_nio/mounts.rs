//! `sun.nio.fs.LinuxNativeDispatcher`: reading a table of mounted file systems (`fstab(5)`).
//!
//! A table is read as a whole when it is opened. Java then asks for the lengths of its lines, goes
//! back to the beginning, and asks for the entries.

use super::memory::path;
use super::paths::{bytes, checked};
use crate::host::{Errno, OpenFlags};
use crate::java_io::descriptor::on_host;
use crate::java_io::offsets::field_offset;
use crate::{State, state};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use vm::{Handle, NativeMethod, Result, Thread, exceptions, link};

/// Open tables by number; a number is not used again.
#[derive(Default)]
pub(super) struct MountTables {
    open: Mutex<(i64, HashMap<i64, Table>)>,
}

struct Table {
    lines: Vec<Vec<u8>>,
    next: usize,
}

fn tables(t: &Thread) -> MutexGuard<'_, (i64, HashMap<i64, Table>)> {
    state(t).nio.mounts.open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many tables are being read.
pub(crate) fn open_mount_tables(state: &State) -> usize {
    state.nio.mounts.open.lock().unwrap_or_else(PoisonError::into_inner).1.len()
}

/// `setmntent0`
fn open(t: &Thread, file: i64, _mode: i64) -> Result<i64> {
    let file = path(t, file)?;
    let content = on_host(t, |host| {
        let fd = host.open(&file, OpenFlags::READ, 0)?;
        let (mut all, mut buffer) = (Vec::new(), vec![0; 16 << 10]);
        loop {
            match host.read(&fd, &mut buffer) {
                Ok(0) => return Ok(all),
                Ok(n) => all.extend_from_slice(&buffer[..n]),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
    });
    let content = checked(t, content)?;
    let lines = content.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect();
    let mut tables = tables(t);
    tables.0 += 1;
    let number = tables.0;
    tables.1.insert(number, Table { lines, next: 0 });
    Ok(number)
}

/// `endmntent`
fn close(t: &Thread, table: i64) -> Result<()> {
    tables(t).1.remove(&table);
    Ok(())
}

fn next_line(t: &Thread, table: i64) -> Option<Vec<u8>> {
    let mut tables = tables(t);
    let table = tables.1.get_mut(&table)?;
    let line = table.lines.get(table.next)?.clone();
    table.next += 1;
    Some(line)
}

/// `getlinelen`: of the next line, -1 at the end.
fn line_length(t: &Thread, table: i64) -> Result<i32> {
    Ok(next_line(t, table).map_or(-1, |line| line.len() as i32))
}

fn rewind(t: &Thread, table: i64) -> Result<()> {
    if let Some(table) = tables(t).1.get_mut(&table) {
        table.next = 0;
    }
    Ok(())
}

/// `getmntent0`: fills in the next entry; -1 at the end.
fn next(t: &Thread, table: i64, entry: Handle, _buffer: i64, _length: i32) -> Result<i32> {
    let fields = loop {
        let Some(line) = next_line(t, table) else { return Ok(-1) };
        if let Some(fields) = parse(&line) {
            break fields;
        }
    };
    let class = link::class_by_name(t, "sun/nio/fs/UnixMountEntry")?;
    for (name, value) in ["name", "dir", "fstype", "opts"].into_iter().zip(fields) {
        let offset = field_offset(t, class, name, "[B")?;
        let value = bytes(t, &value)?;
        let entry = t.get(entry);
        if entry.is_null() {
            return Err(exceptions::npe(t));
        }
        t.vm().set_ref(entry, offset, t.get(value));
    }
    Ok(0)
}

/// Device, directory, type and options of a line; nothing for empty lines and comments.
fn parse(line: &[u8]) -> Option<[Vec<u8>; 4]> {
    let mut words = line.split(|b| b" \t\n".contains(b)).filter(|word| !word.is_empty());
    let first = words.next().filter(|word| word[0] != b'#')?;
    let mut next = || unescape(words.next().unwrap_or_default());
    Some([unescape(first), next(), next(), next()])
}

/// Resolves `\040` and the like, as spaces, tabs, line ends and backslashes are written.
fn unescape(word: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(word.len());
    let mut at = 0;
    while at < word.len() {
        let escaped = match word.get(at..at + 4) {
            Some(b"\\040") => Some(b' '),
            Some(b"\\011") => Some(b'\t'),
            Some(b"\\012") => Some(b'\n'),
            Some(b"\\134") => Some(b'\\'),
            _ => None,
        };
        out.push(escaped.unwrap_or(word[at]));
        at += if escaped.is_some() { 4 } else { 1 };
    }
    out
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "sun/nio/fs/LinuxNativeDispatcher" {
            "setmntent0" "(JJ)J" => full open;
            "getmntent0" "(JLsun/nio/fs/UnixMountEntry;JI)I" => full next;
            "endmntent" "(J)V" => full close;
        }
        "sun/nio/fs/UnixNativeDispatcher" {
            "rewind" "(J)V" => full rewind;
            "getlinelen" "(J)I" => full line_length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        let entry = parse(b"/dev/sda1 /with\\040space ext4 rw,noatime 0 0\n").expect("an entry");
        assert_eq!(entry, [&b"/dev/sda1"[..], b"/with space", b"ext4", b"rw,noatime"]);
        assert_eq!(parse(b"# comment\n"), None);
        assert_eq!(parse(b" \n"), None);
        assert_eq!(unescape(b"a\\134\\011\\0"), b"a\\\t\\0");
    }
}

//! `UnixFileSystem`: operations of `java.io.File`, most of which answer failure by `false` or 0.

use super::descriptor::on_host;
use super::{errors, nop, text};
use crate::host::{AccessMode, Errno, FileSystemInfo, Links, OpenFlags, SetTime, Stat, Timestamp};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use vm::{Handle, NativeMethod, Ref, Result, Thread, object};

/// Bits of `FileSystem.getBooleanAttributes`.
mod attribute {
    pub(super) const EXISTS: i32 = 1;
    pub(super) const REGULAR: i32 = 2;
    pub(super) const DIRECTORY: i32 = 4;
}

/// What `getSpace` is asked for.
mod space {
    pub(super) const TOTAL: i32 = 0;
    pub(super) const FREE: i32 = 1;
    pub(super) const USABLE: i32 = 2;
}

fn stat(t: &Thread, file: Handle) -> Result<Option<Stat>> {
    let path = text::path_of_file(t, file)?;
    Ok(on_host(t, |host| host.stat(&path, Links::Follow)).ok())
}

fn boolean_attributes(t: &Thread, _this: Handle, file: Handle) -> Result<i32> {
    let Some(stat) = stat(t, file)? else { return Ok(0) };
    let mut bits = attribute::EXISTS;
    if stat.is_file() {
        bits |= attribute::REGULAR;
    }
    if stat.is_directory() {
        bits |= attribute::DIRECTORY;
    }
    Ok(bits)
}

fn check_access(t: &Thread, _this: Handle, file: Handle, mode: i32) -> Result<bool> {
    let path = text::path_of_file(t, file)?;
    Ok(on_host(t, |host| host.access(&path, AccessMode(mode as u32 & 7))).is_ok())
}

fn last_modified_time(t: &Thread, _this: Handle, file: Handle) -> Result<i64> {
    let millis = |time: Timestamp| time.seconds * 1000 + i64::from(time.nanos / 1_000_000);
    Ok(stat(t, file)?.map_or(0, |stat| millis(stat.modified)))
}

fn length(t: &Thread, _this: Handle, file: Handle) -> Result<i64> {
    Ok(stat(t, file)?.map_or(0, |stat| stat.size_bytes as i64))
}

/// Changes permission bits by what they are now.
fn change_mode(t: &Thread, file: Handle, change: impl Fn(u32) -> u32) -> Result<bool> {
    let path = text::path_of_file(t, file)?;
    let done = on_host(t, |host| {
        let mode = host.stat(&path, Links::Follow)?.mode & 0o7777;
        host.chmod(&path, change(mode))
    });
    Ok(done.is_ok())
}

fn set_permission(
    t: &Thread,
    _this: Handle,
    file: Handle,
    access: i32,
    enable: bool,
    owner_only: bool,
) -> Result<bool> {
    // The three bits of `access` are those of "others"; group and owner are three bits further each.
    let bits = (access as u32 & 7) * if owner_only { 0o100 } else { 0o111 };
    change_mode(t, file, |mode| if enable { mode | bits } else { mode & !bits })
}

fn set_read_only(t: &Thread, _this: Handle, file: Handle) -> Result<bool> {
    change_mode(t, file, |mode| mode & !0o222)
}

fn create_file_exclusively(t: &Thread, _this: Handle, path: Handle) -> Result<bool> {
    let path = text::path(t, path)?;
    let flags = OpenFlags::READ_WRITE | OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
    let made = match path == Path::new("/") {
        true => Err(Errno::EXIST),
        false => on_host(t, |host| host.open(&path, flags, 0o666).and_then(|fd| host.close(fd))),
    };
    match made {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        Err(error) => Err(errors::io(t, error)),
    }
}

fn delete(t: &Thread, _this: Handle, file: Handle) -> Result<bool> {
    let path = text::path_of_file(t, file)?;
    let done = on_host(t, |host| match host.unlink(&path) {
        Err(Errno::ISDIR | Errno::PERM) => host.remove_dir(&path),
        result => result,
    });
    Ok(done.is_ok())
}

fn create_directory(t: &Thread, _this: Handle, file: Handle) -> Result<bool> {
    let path = text::path_of_file(t, file)?;
    Ok(on_host(t, |host| host.make_dir(&path, 0o777)).is_ok())
}

fn rename(t: &Thread, _this: Handle, from: Handle, to: Handle) -> Result<bool> {
    let (from, to) = (text::path_of_file(t, from)?, text::path_of_file(t, to)?);
    Ok(on_host(t, |host| host.rename(&from, &to)).is_ok())
}

fn set_last_modified_time(t: &Thread, _this: Handle, file: Handle, millis: i64) -> Result<bool> {
    let path = text::path_of_file(t, file)?;
    let time = Timestamp {
        seconds: millis.div_euclid(1000),
        nanos: millis.rem_euclid(1000) as u32 * 1_000_000,
    };
    let set = SetTime::At(time);
    Ok(on_host(t, |host| host.set_times(&path, SetTime::Keep, set, Links::Follow)).is_ok())
}

fn list(t: &Thread, _this: Handle, file: Handle) -> Result<Handle> {
    let path = text::path_of_file(t, file)?;
    let names = on_host(t, |host| {
        let dir = host.open_dir(&path)?;
        let mut names = Vec::new();
        while let Some(entry) = host.next_dir_entry(&dir)? {
            names.push(entry.name);
        }
        Ok(names)
    });
    let Ok(names) = names else { return Ok(t.handle(Ref::NULL)) };
    let array = t.handle(object::alloc_ref_array(t, t.vm().known.string, names.len())?);
    for (i, name) in names.iter().enumerate() {
        let name = text::from_platform(t, name.as_bytes())?;
        t.vm().set_element(t.get(array), i, name);
    }
    Ok(array)
}

fn canonicalize(t: &Thread, _this: Handle, path: Handle) -> Result<Handle> {
    let path = text::path(t, path)?;
    match on_host(t, |host| host.canonicalize(&path)) {
        Ok(found) => Ok(t.handle(text::from_path(t, &found)?)),
        Err(error) => Err(errors::io(t, error)),
    }
}

fn file_system_info(t: &Thread, path: &Path) -> Option<FileSystemInfo> {
    on_host(t, |host| host.file_system_info(path)).ok()
}

fn space(t: &Thread, _this: Handle, file: Handle, which: i32) -> Result<i64> {
    let path = text::path_of_file(t, file)?;
    let Some(info) = file_system_info(t, &path) else { return Ok(0) };
    let blocks = match which {
        space::TOTAL => info.blocks,
        space::FREE => info.blocks_free,
        space::USABLE => info.blocks_available,
        _ => 0,
    };
    Ok(blocks.saturating_mul(info.fragment_size_bytes) as i64)
}

fn name_max(t: &Thread, _this: Handle, path: Handle) -> Result<i64> {
    let path = text::path(t, path)?;
    Ok(file_system_info(t, &path).map_or(255, |info| info.name_max_bytes as i64))
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/io/UnixFileSystem" {
            "initIDs" "()V" => leaf nop;
            "canonicalize0" "(Ljava/lang/String;)Ljava/lang/String;" => full canonicalize;
            "getBooleanAttributes0" "(Ljava/io/File;)I" => full boolean_attributes;
            "checkAccess" "(Ljava/io/File;I)Z" => full check_access;
            "checkAccess0" "(Ljava/io/File;I)Z" => full check_access;
            "getLastModifiedTime" "(Ljava/io/File;)J" => full last_modified_time;
            "getLastModifiedTime0" "(Ljava/io/File;)J" => full last_modified_time;
            "getLength" "(Ljava/io/File;)J" => full length;
            "getLength0" "(Ljava/io/File;)J" => full length;
            "setPermission" "(Ljava/io/File;IZZ)Z" => full set_permission;
            "setPermission0" "(Ljava/io/File;IZZ)Z" => full set_permission;
            "createFileExclusively" "(Ljava/lang/String;)Z" => full create_file_exclusively;
            "createFileExclusively0" "(Ljava/lang/String;)Z" => full create_file_exclusively;
            "delete0" "(Ljava/io/File;)Z" => full delete;
            "list" "(Ljava/io/File;)[Ljava/lang/String;" => full list;
            "list0" "(Ljava/io/File;)[Ljava/lang/String;" => full list;
            "createDirectory" "(Ljava/io/File;)Z" => full create_directory;
            "createDirectory0" "(Ljava/io/File;)Z" => full create_directory;
            "rename0" "(Ljava/io/File;Ljava/io/File;)Z" => full rename;
            "setLastModifiedTime" "(Ljava/io/File;J)Z" => full set_last_modified_time;
            "setLastModifiedTime0" "(Ljava/io/File;J)Z" => full set_last_modified_time;
            "setReadOnly" "(Ljava/io/File;)Z" => full set_read_only;
            "setReadOnly0" "(Ljava/io/File;)Z" => full set_read_only;
            "getSpace" "(Ljava/io/File;I)J" => full space;
            "getSpace0" "(Ljava/io/File;I)J" => full space;
            "getNameMax0" "(Ljava/lang/String;)J" => full name_max;
        }
    }
}

//! The jar file that programs are compiled with to use [our interface for guests](../docs/checkpoint-api.md).
//!
//! rvm itself does not need it: the boot loader has the same classes. On another VM they come from this file, and refuse.

use stdlib::own_classes::own_class;
use stdlib::zip_stream::crc32;

/// What its class path or module path finds it as.
const MANIFEST: &[u8] =
    b"Manifest-Version: 1.0\r\nAutomatic-Module-Name: rvm.guest\r\nImplementation-Title: rvm\r\n\r\n";
/// The classes that are the same here and there.
const SHARED: [&str; 3] = ["rvm/guest/Guest", "rvm/guest/GuestException", "rvm/guest/GuestHooks"];
/// The one that is not.
const BACKEND: &str = "rvm/guest/Backend.class";
const ELSEWHERE: &[u8] = include_bytes!("../../stdlib/java/elsewhere/rvm/guest/Backend.class");

/// 1980-01-01, the first day that such files know: the same file each time.
const DATE: u16 = 1 << 5 | 1;
/// Version 1.0 of the format is enough.
const VERSION: u16 = 10;

/// The file.
#[must_use]
pub fn guest_api_jar() -> Vec<u8> {
    let mut entries = vec![("META-INF/MANIFEST.MF".to_owned(), MANIFEST)];
    for name in SHARED {
        entries.extend(own_class(name).map(|bytes| (format!("{name}.class"), bytes)));
    }
    entries.push((BACKEND.to_owned(), ELSEWHERE));
    zip(&entries)
}

/// A zip file (APPNOTE 6.3) of files that are stored as they are.
fn zip(entries: &[(String, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in entries {
        let at = file.len() as u32;
        let size = bytes.len() as u32;
        let mut common = Vec::new();
        for half in [VERSION, 0, 0, 0, DATE] {
            common.extend(half.to_le_bytes());
        }
        for word in [crc32(0, bytes), size, size] {
            common.extend(word.to_le_bytes());
        }
        common.extend((name.len() as u16).to_le_bytes());
        common.extend(0u16.to_le_bytes());
        file.extend(b"PK\x03\x04");
        file.extend(&common);
        file.extend(name.as_bytes());
        file.extend(*bytes);
        directory.extend(b"PK\x01\x02");
        directory.extend(VERSION.to_le_bytes());
        directory.extend(&common);
        // No remark, first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let at = file.len() as u32;
    file.extend(&directory);
    file.extend(b"PK\x05\x06");
    file.extend([0; 4]);
    for _ in 0..2 {
        file.extend((entries.len() as u16).to_le_bytes());
    }
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(at.to_le_bytes());
    file.extend([0; 2]);
    file
}

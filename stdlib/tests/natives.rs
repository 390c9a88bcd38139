//! The table of natives against the native methods that the class libraries declare.

use classfile::ClassFile;
use std::collections::HashMap;
use std::path::PathBuf;
use stdlib::jimage::JImage;

const ACC_STATIC: u16 = 0x0008;
const ACC_NATIVE: u16 = 0x0100;

/// Images of the JDKs of this machine that this VM supports, by release.
fn images() -> Vec<(u32, JImage)> {
    let mut images = Vec::new();
    for entry in std::fs::read_dir("/usr/lib/jvm").into_iter().flatten().flatten() {
        let home: PathBuf = entry.path();
        let release = std::fs::read_to_string(home.join("release")).unwrap_or_default();
        let version = release.lines().find_map(|l| l.strip_prefix("JAVA_VERSION=\""));
        let major = version.and_then(|v| v.split(['.', '"']).next()?.parse().ok());
        let Some(major @ (17 | 25)) = major else { continue };
        if images.iter().any(|(m, _)| *m == major) {
            continue;
        }
        if let Ok(image) = JImage::open(&home.join("lib/modules")) {
            images.push((major, image));
        }
    }
    images
}

type Key = (String, String, String);

/// Native methods of a class, and whether they are static.
fn declared(image: &JImage, class: &str) -> HashMap<Key, bool> {
    let own = stdlib::own_classes::own_class(class).map(|bytes| bytes.into());
    let of_image = || Some(image.find_class(class).ok()??.1);
    let Some(bytes) = own.or_else(of_image) else { return HashMap::new() };
    let options = classfile::Options { max_major: 69, ..Default::default() };
    let file = ClassFile::parse_with(&bytes, &options).expect("a class of the library");
    let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    file.methods
        .iter()
        .filter(|m| m.access_flags & ACC_NATIVE != 0)
        .map(|m| {
            let key = (class.to_string(), text(m.name), text(m.descriptor));
            (key, m.access_flags & ACC_STATIC != 0)
        })
        .collect()
}

#[test]
fn every_row_is_declared_with_its_signature() {
    let images = images();
    assert!(!images.is_empty(), "no JDK 17 or 25 under /usr/lib/jvm");
    let mut cache: HashMap<(u32, &str), HashMap<Key, bool>> = HashMap::new();
    let mut wrong = Vec::new();
    let mut seen = HashMap::new();
    for row in stdlib::natives() {
        let key = (row.class.to_string(), row.name.to_string(), row.descriptor.to_string());
        let what = format!("{}.{}{}", row.class, row.name, row.descriptor);
        if seen.insert(key.clone(), ()).is_some() {
            wrong.push(format!("{what}: twice"));
        }
        let mut found = false;
        for (release, image) in &images {
            let methods =
                cache.entry((*release, row.class)).or_insert_with(|| declared(image, row.class));
            let Some(&is_static) = methods.get(&key) else { continue };
            found = true;
            if !row.matches(is_static) {
                wrong.push(format!("{what}: another signature in Rust (release {release})"));
            }
        }
        if !found {
            wrong.push(format!("{what}: declared by no release"));
        }
    }
    assert!(wrong.is_empty(), "{} rows are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The list of natives in `RVM_NATIVES_LIST` (one per line, `java.lang.X.name(desc)`) of which rows are
/// missing; prints them.
#[test]
fn missing_rows_are_listed() {
    let Ok(path) = std::env::var("RVM_NATIVES_LIST") else { return };
    let list = std::fs::read_to_string(path).expect("the list of natives");
    let have: std::collections::HashSet<String> = stdlib::natives()
        .iter()
        .map(|r| format!("{}.{}{}", r.class.replace('/', "."), r.name, r.descriptor))
        .collect();
    for line in list.lines().filter(|l| !have.contains(*l)) {
        println!("missing: {line}");
    }
}

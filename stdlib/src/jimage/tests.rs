use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use super::*;

const HOMES: [&str; 2] =
    ["/usr/lib/jvm/java-17-openjdk-amd64", "/usr/lib/jvm/temurin-25-jdk-amd64"];

/// The images of the JDKs on this machine; the tests have nothing to say without one.
fn installed() -> Vec<(PathBuf, JImage)> {
    let paths =
        HOMES.iter().map(|home| Path::new(home).join("lib/modules")).filter(|path| path.exists());
    paths.map(|path| (path.clone(), JImage::open(&path).expect("installed image opens"))).collect()
}

/// An anonymous mapping holding `bytes`.
fn image_of(bytes: &[u8]) -> Result<JImage, JImageError> {
    let mut map = memmap2::MmapMut::map_anon(bytes.len().max(1)).expect("mapping");
    map[..bytes.len()].copy_from_slice(bytes);
    JImage::over(Bytes::Map(map.make_read_only().expect("protecting")))
}

#[test]
fn every_resource_is_found_by_its_name() {
    for (path, image) in installed() {
        let mut classes = 0;
        for resource in image.resources() {
            let name = resource.path();
            let found = image
                .find(&name)
                .unwrap_or_else(|| panic!("{name} not found in {}", path.display()));
            let bytes = found.bytes().expect("bytes");
            assert_eq!(bytes.len() as u64, resource.size_bytes());
            assert_eq!(bytes.as_ptr(), resource.bytes().expect("bytes").as_ptr());
            classes +=
                u32::from(name.ends_with(".class") && bytes.starts_with(&[0xCA, 0xFE, 0xBA, 0xBE]));
        }
        assert!(classes > 20_000, "{} has {classes} classes", path.display());
    }
}

#[test]
fn every_class_is_found_by_its_internal_name() {
    for (_, image) in installed() {
        for resource in image.resources() {
            let (path, module) = (resource.path(), resource.module());
            let name = path
                .strip_prefix(&format!("/{module}/"))
                .and_then(|name| name.strip_suffix(".class"));
            let Some(name) =
                name.filter(|name| name.contains('/') && !name.starts_with("META-INF"))
            else {
                continue;
            };
            let (found_module, bytes) =
                image.find_class(name).expect("readable").unwrap_or_else(|| panic!("{name}"));
            assert_eq!(found_module, module, "{name}");
            assert!(matches!(bytes, Cow::Borrowed(_)));
        }
    }
}

#[test]
fn names_that_do_not_exist() {
    for (_, image) in installed() {
        for name in [
            "",
            "/",
            "Object",
            "java/lang/Objekt",
            "java/Object",
            "nope/Nope",
            "/java/lang/Object",
            "java/lang/",
        ] {
            assert!(image.find_class(name).expect("readable").is_none(), "{name}");
        }
        for path in [
            "",
            "/",
            "java.base/java/lang/Object.class",
            "/java.base/java/lang/Object",
            "/packages/",
        ] {
            assert!(image.find(path).is_none(), "{path}");
        }
        assert_eq!(image.module_of_package("java"), None);
        assert_eq!(image.module_of_package("java/lang"), Some("java.base"));
        assert_eq!(image.module_of_package("java.util.logging"), Some("java.logging"));
        assert!(image.find_in_module("java.base", "java/lang/Object.class").is_some());
        assert!(image.find_in_module("java.sql", "java/lang/Object.class").is_none());
    }
}

#[test]
fn modules_are_those_of_the_release_file() {
    for (path, image) in installed() {
        let home = path.ancestors().nth(2).expect("home");
        let release = std::fs::read_to_string(home.join("release")).expect("release file");
        let line = release.lines().find_map(|line| line.strip_prefix("MODULES=")).expect("MODULES");
        let mut expected: Vec<&str> = line.trim_matches('"').split(' ').collect();
        expected.sort_unstable();
        assert_eq!(image.modules(), expected);
    }
}

#[test]
fn finding_a_class_is_quick() {
    for (path, image) in installed() {
        let names: Vec<String> = image
            .resources()
            .filter_map(|it| {
                Some(it.path().strip_prefix("/java.base/")?.strip_suffix(".class")?.to_owned())
            })
            .collect();
        let fresh = JImage::open(&path).expect("image");
        let start = Instant::now();
        let found =
            names.iter().filter(|name| matches!(fresh.find_class(name), Ok(Some(_)))).count();
        let each = start.elapsed() / u32::try_from(names.len()).expect("few");
        println!(
            "{}: {found} of {} classes, {each:?} each on a fresh mapping",
            path.display(),
            names.len()
        );
        assert!(each.as_micros() < 50, "{each:?}");
    }
}

#[test]
fn files_that_are_no_image() {
    assert!(matches!(JImage::open(Path::new("/nonexistent/modules")), Err(JImageError::Io(_))));
    assert!(matches!(
        image_of(b"PK\x03\x04 and more bytes follow here"),
        Err(JImageError::BadMagic(0x0403_4B50))
    ));
    assert!(matches!(image_of(&0xCAFE_DADA_u32.to_le_bytes()), Err(JImageError::Truncated)));
    assert!(matches!(image_of(&0xCAFE_DADA_u32.to_be_bytes()), Err(JImageError::ForeignByteOrder)));
    let header =
        |words: [u32; 7]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let version = image_of(&header([MAGIC, 2 << 16, 0, 0, 0, 0, 0]));
    assert!(matches!(version, Err(JImageError::UnsupportedVersion { major: 2, minor: 0 })));
    for (table, locations, strings) in [(u32::MAX, 0, 0), (0, u32::MAX, 1), (1, 0, 0), (0, 0, 1)] {
        let image = image_of(&header([MAGIC, 1 << 16, 0, 1, table, locations, strings]));
        assert!(matches!(image, Err(JImageError::Truncated)), "{table} {locations} {strings}");
    }
    let empty = image_of(&header([MAGIC, 1 << 16, 0, 0, 0, 0, 0])).expect("an empty image");
    assert!(empty.find("/java.base/java/lang/Object.class").is_none());
    assert!(empty.modules().is_empty());
}

/// A small image with one entry, every byte of which is then damaged in turn.
#[test]
fn damage_is_never_a_panic() {
    let strings = b"\0m\0p\0Base\0ext\0zip\0compact-cp\0";
    let locations: Vec<u8> =
        vec![0, 1 << 3, 1, 2 << 3, 3, 3 << 3, 5, 4 << 3, 10, 5 << 3, 0, 6 << 3, 40, 7 << 3, 64, 0];
    let mut bytes: Vec<u8> = Vec::new();
    for word in [MAGIC, 1 << 16, 0, 1, 1, locations.len() as u32, strings.len() as u32, u32::MAX, 1]
    {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes.extend_from_slice(&locations);
    bytes.extend_from_slice(strings);
    bytes.extend_from_slice(&0xCAFE_FAFA_u32.to_le_bytes());
    bytes.extend_from_slice(&11_u64.to_le_bytes());
    bytes.extend_from_slice(&64_u64.to_le_bytes());
    bytes.extend_from_slice(&14_u32.to_le_bytes());
    bytes.extend_from_slice(&[0; 5]);
    bytes.extend_from_slice(&[7; 11]);
    let sound = image_of(&bytes).expect("image");
    assert!(sound.find("/m/p/Base.ext").is_some());
    for position in 0..bytes.len() {
        for value in [0, 1, 0x7F, 0x80, 0xFF, bytes[position] ^ 1, 18] {
            let mut damaged = bytes.clone();
            damaged[position] = value;
            let Ok(image) = image_of(&damaged) else { continue };
            let _ = image
                .find("/m/p/Base.ext")
                .map(|resource| resource.bytes().map(|bytes| bytes.len()));
            let _ = image.find_class("p/Base");
            image.resources().for_each(|it| drop((it.path(), it.bytes())));
        }
    }
}

#[test]
fn locations_that_end_early() {
    assert!(Location::decode(&[]).is_none());
    assert!(Location::decode(&[1 << 3 | 7, 1, 2, 3]).is_none());
    assert!(Location::decode(&[8 << 3, 0, 0]).is_none(), "unknown kind");
    let location = Location::decode(&[5 << 3 | 1, 1, 2, 0]).expect("location");
    assert_eq!(location.get(Attribute::Offset), 0x102);
}

/// Compressed images hold the same bytes as the plain one that they were linked from (needs `jlink` and `jmods`).
#[test]
fn compressed_images() {
    let home = Path::new(HOMES[0]);
    if !home.join("jmods/java.base.jmod").exists() {
        return;
    }
    let plain = JImage::open(&home.join("lib/modules")).expect("image");
    for level in ["1", "2"] {
        let output = std::env::temp_dir().join(format!("rvm-jlink-{level}-{}", std::process::id()));
        let link = Command::new(home.join("bin/jlink"))
            .args(["--add-modules", "java.base", "--compress", level, "--output"])
            .arg(&output)
            .status();
        assert!(link.expect("jlink runs").success());
        let image = JImage::open(&output.join("lib/modules")).expect("image");
        let mut compressed = 0;
        for resource in image.resources() {
            let bytes =
                resource.bytes().unwrap_or_else(|error| panic!("{}: {error}", resource.path()));
            compressed += usize::from(matches!(bytes, Cow::Owned(_)));
            let original = plain.find(&resource.path()).and_then(|it| it.bytes().ok());
            // `jlink` itself rewrites what depends on the set of modules.
            let rewritten =
                ["SystemModules", "/module-info.class", "Holder.class", "/packages", "/modules"];
            if !rewritten.iter().any(|name| resource.path().contains(name)) {
                assert!(original.as_deref() == Some(&*bytes), "{}", resource.path());
            }
        }
        std::fs::remove_dir_all(&output).expect("clean up");
        assert!(compressed > 5000, "only {compressed} of level {level} are compressed");
    }
}

#[test]
fn a_part_of_an_image() {
    installed().iter().for_each(|(_, image)| check_part(image));
}

fn check_part(image: &JImage) {
    let has = |module: &str| ["java.xml", "java.logging"].contains(&module);
    let plain = super::subset(image, &has, &|_| None).expect("a part");
    let part = JImage::over(Bytes::Static(Box::leak(plain.into()))).expect("an image");
    assert_eq!(part.modules(), ["java.logging", "java.xml"]);
    let mut count = 0;
    for resource in image.resources().filter(|resource| has(resource.module())) {
        let path = resource.path();
        if path.starts_with("/modules") || path.starts_with("/packages") {
            continue;
        }
        let found = part.find(&path).unwrap_or_else(|| panic!("{path} is missing"));
        assert_eq!(found.bytes().expect("bytes"), resource.bytes().expect("bytes"), "{path}");
        count += 1;
    }
    assert!(count > 1000);
    assert_eq!(part.module_of_package("java.util.logging"), Some("java.logging"));
    assert_eq!(part.module_of_package("java/lang"), None);
    assert!(part.find_class("java/lang/Object").expect("readable").is_none());
    let folder = |path: &str| part.find(path).map(|found| found.size_bytes());
    assert_eq!(folder("/modules"), Some(8), "two modules");
    assert!(folder("/modules/java.logging/java/util").is_some());
    assert_eq!(folder("/modules/java.base"), None);
    assert_eq!(folder("/packages/java.lang"), None);
}

#[test]
fn a_packed_part_of_an_image() {
    installed().iter().for_each(|(_, image)| check_packed_part(image));
}

fn check_packed_part(image: &JImage) {
    let deflate = |content: &[u8]| {
        use crate::zip_stream::{Deflater, Flush, Strategy};
        let mut out = vec![0; content.len()];
        let mut deflater = Deflater::new(1, Strategy::Default, false).expect("a deflater");
        let step = deflater.deflate(content, &mut out, Flush::Finish, None).expect("deflates");
        out.truncate(step.produced);
        step.finished.then_some(out)
    };
    let has = |module: &str| module == "java.logging";
    let plain = super::subset(image, &has, &|_| None).expect("a part");
    let packed = super::subset(image, &has, &deflate).expect("a part");
    assert!(packed.len() < plain.len());
    let part = JImage::over(Bytes::Static(Box::leak(packed.into()))).expect("an image");
    let name = "java/util/logging/Logger";
    let found = part.find_class(name).expect("readable").expect("the class");
    let own = image.find_class(name).expect("readable").expect("the class");
    assert!(found == own);
}

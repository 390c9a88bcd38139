//! Spoilt class files never make the parser or the decoders panic, and are judged alike twice.
//!
//! `RVM_DUMP_MUTANTS=DIR` writes some with our verdicts, for `java tests/oracle/Oracle.java DIR Sample`.

#[path = "support/walk.rs"]
mod walk;

use classfile::{ClassFile, ErrorKind, Options};

const SAMPLE: &[u8] = include_bytes!("data/Sample.class");
const POINT: &[u8] = include_bytes!("data/Sample$Point.class");

struct XorShift(u64);

impl XorShift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// Sometimes makes the version older; changes one to four places: a bit, a byte, a likely number, a missing or doubled stretch, or the end.
fn mutate(original: &[u8], random: &mut XorShift) -> Vec<u8> {
    const LIKELY: [u16; 12] = [0, 1, 2, 3, 4, 5, 7, 0x7f, 0xff, 0x8000, 0x7fff, 0xffff];
    const MAJORS: [u8; 8] = [45, 47, 48, 49, 51, 54, 55, 60];
    let mut bytes = original.to_vec();
    if random.below(8) == 0 {
        bytes[7] = MAJORS[random.below(MAJORS.len())];
    }
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        match random.below(12) {
            0..4 => bytes[at] ^= 1 << random.below(8),
            4..7 => bytes[at] = random.next() as u8,
            7..10 => {
                let number = LIKELY[random.below(LIKELY.len())].to_be_bytes();
                bytes[at..].iter_mut().zip(number).for_each(|(byte, new)| *byte = new);
            }
            10 => {
                let end = (at + 1 + random.below(8)).min(bytes.len());
                if random.below(2) == 0 && end - at < bytes.len() {
                    bytes.drain(at..end);
                } else {
                    let copy = bytes[at..end].to_vec();
                    bytes.splice(at..at, copy);
                }
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

fn verdict(bytes: &[u8]) -> String {
    let options = Options { max_major: 61, name: Some(b"Sample"), ..Options::default() };
    match ClassFile::parse_with(bytes, &options) {
        Ok(_) => "ok".into(),
        Err(error) => match error.kind {
            ErrorKind::ClassFormat => format!("ClassFormatError: {error}"),
            ErrorKind::UnsupportedVersion => format!("UnsupportedClassVersionError: {error}"),
            ErrorKind::NoClassDef => format!("NoClassDefFoundError: {error}"),
        },
    }
}

fn dump(folder: &std::path::Path, number: usize, bytes: &[u8]) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join(format!("{number:05}.class")), bytes).unwrap();
    std::fs::write(folder.join(format!("{number:05}.expect")), verdict(bytes)).unwrap();
}

#[test]
fn no_mutant_makes_the_parser_panic() {
    let folder = std::env::var_os("RVM_DUMP_MUTANTS").map(std::path::PathBuf::from);
    let relaxed = Options { relax: true, modules: true, ..Options::default() };
    let mut random = XorShift(0x9e37_79b9_7f4a_7c15);
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..40_000 {
        let original = if round % 4 == 3 { POINT } else { SAMPLE };
        let bytes = mutate(original, &mut random);
        match ClassFile::parse(&bytes) {
            Ok(class) => {
                accepted += 1;
                walk::everything(&class);
            }
            Err(error) => {
                refused += 1;
                assert!(error.offset <= bytes.len() && !error.message.is_empty());
            }
        }
        if let Ok(class) = ClassFile::parse_with(&bytes, &relaxed) {
            walk::everything(&class);
        }
        if let Some(folder) = folder.as_ref().filter(|_| round % 4 != 3) {
            dump(folder, round, &bytes);
        }
    }
    assert!(accepted > 1000 && refused > 1000, "{accepted} accepted, {refused} refused");
}

#[test]
fn every_prefix_is_truncated() {
    for end in 0..SAMPLE.len() {
        let error = ClassFile::parse(&SAMPLE[..end]).expect_err("a prefix is no class");
        assert_eq!(error.message, "Truncated class file", "{end}");
    }
}

//! Verdicts over class files, to be compared with another VM's.
//!
//! `verdicts corpus FILE DIR...` verifies the class files in FILE, each with its length in four bytes before it,
//! and prints a line each; `verdicts tree DIR...` verifies all class files under the first DIR and prints those
//! that are refused. Other classes are looked up under the DIRs; those under the first one share the class
//! loader of the classes that are verified. `LIMIT` in the environment limits the work, `MAJOR` stands for all
//! files' major version.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use classfile::{ClassFile, access, class};
use verifier::{Member, Options, TypeOracle, VerifyError, verify_class};

/// Name, descriptor, flags.
type Row = (Vec<u8>, Vec<u8>, u16);

struct Known {
    superclass: Option<Vec<u8>>,
    interfaces: Vec<Vec<u8>>,
    is_interface: bool,
    own_loader: bool,
    /// Fields, then methods.
    members: [Vec<Row>; 2],
}

#[derive(Default)]
struct Classes {
    paths: HashMap<Vec<u8>, (PathBuf, bool)>,
    known: RefCell<HashMap<Vec<u8>, Rc<Known>>>,
}

#[derive(Debug)]
struct Missing(String);

/// The classes, as the one with this name sees them.
struct View<'v> {
    classes: &'v Classes,
    name: &'v [u8],
    this: Rc<Known>,
}

fn known(file: &ClassFile<'_>, own_loader: bool) -> Known {
    Known {
        superclass: file.super_name.map(<[u8]>::to_vec),
        interfaces: file.interface_names().map(<[u8]>::to_vec).collect(),
        is_interface: file.access_flags & access::INTERFACE != 0,
        own_loader,
        members: [
            file.fields
                .iter()
                .map(|field| (field.name.to_vec(), field.descriptor.to_vec(), field.access_flags))
                .collect(),
            file.methods
                .iter()
                .map(|method| {
                    (method.name.to_vec(), method.descriptor.to_vec(), method.access_flags)
                })
                .collect(),
        ],
    }
}

fn parse<'a>(bytes: &'a [u8]) -> classfile::error::Result<ClassFile<'a>> {
    ClassFile::parse_with(bytes, &class::Options { max_major: 61, ..class::Options::default() })
}

fn package(name: &[u8]) -> &[u8] {
    &name[..name.iter().rposition(|&byte| byte == b'/').unwrap_or(0)]
}

impl Classes {
    fn new(folders: &[String]) -> Self {
        let mut classes = Classes::default();
        for (number, folder) in folders.iter().enumerate() {
            classes.scan(Path::new(folder), Path::new(folder), number == 0);
        }
        classes
    }

    fn scan(&mut self, root: &Path, folder: &Path, own: bool) {
        let mut root = root;
        if folder.join("module-info.class").exists() || folder.join("META-INF").exists() {
            root = folder;
        }
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.scan(root, &path, own);
            } else if path.extension().is_some_and(|ext| ext == "class") {
                let name = path.strip_prefix(root).unwrap_or(&path).with_extension("");
                let name = name.to_string_lossy().into_owned().into_bytes();
                self.paths.entry(name).or_insert((path, own));
            }
        }
    }

    fn load(&self, name: &[u8]) -> Result<Rc<Known>, Missing> {
        if let Some(known) = self.known.borrow().get(name) {
            return Ok(known.clone());
        }
        let missing = || Missing(String::from_utf8_lossy(name).into_owned());
        let (path, own) = self.paths.get(name).ok_or_else(missing)?;
        let bytes = std::fs::read(path).map_err(|_| missing())?;
        let found = Rc::new(known(&parse(&bytes).map_err(|_| missing())?, *own));
        self.known.borrow_mut().insert(name.to_vec(), found.clone());
        Ok(found)
    }
}

impl View<'_> {
    fn load(&self, name: &[u8]) -> Result<Rc<Known>, Missing> {
        if name == self.name { Ok(self.this.clone()) } else { self.classes.load(name) }
    }

    /// The class and its superclasses, nearest first.
    fn lineage(&self, name: &[u8]) -> Result<Vec<Vec<u8>>, Missing> {
        let mut names = vec![name.to_vec()];
        while let Some(next) = self.load(names.last().unwrap())?.superclass.clone() {
            if names.contains(&next) {
                return Err(Missing("circular".into()));
            }
            names.push(next);
        }
        Ok(names)
    }

    fn find(
        &self,
        holder: &[u8],
        key: (&[u8], &[u8]),
        kind: Member,
    ) -> Result<Option<(Vec<u8>, u16)>, Missing> {
        for name in self.lineage(holder)? {
            let class = self.load(&name)?;
            let found = class.members[kind as usize].iter().find(|it| (&*it.0, &*it.1) == key);
            if let Some(found) = found {
                return Ok(Some((name, found.2)));
            }
            for interface in class.interfaces.iter().filter(|_| kind == Member::Field) {
                if let Some(found) = self.find(interface, key, kind)? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }
}

impl TypeOracle for View<'_> {
    type Error = Missing;

    fn is_interface(&self, name: &[u8]) -> Result<bool, Missing> {
        Ok(self.load(name)?.is_interface)
    }

    fn is_subclass(&self, sub: &[u8], sup: &[u8]) -> Result<bool, Missing> {
        Ok(self.lineage(sub)?.iter().any(|name| name == sup))
    }

    fn is_superclass(&self, name: &[u8]) -> bool {
        self.lineage(self.name).is_ok_and(|names| names[1..].iter().any(|known| known == name))
    }

    fn is_protected_elsewhere(
        &self,
        holder: &[u8],
        name: &[u8],
        descriptor: &[u8],
        member: Member,
    ) -> Result<bool, Missing> {
        let Some((class, flags)) = self.find(holder, (name, descriptor), member)? else {
            return Ok(false);
        };
        let same = package(&class) == package(self.name)
            && self.load(&class)?.own_loader == self.this.own_loader;
        Ok(flags & access::PROTECTED != 0 && !same)
    }

    fn common_superclass(&self, a: &[u8], b: &[u8]) -> Result<Vec<u8>, Missing> {
        let (a, b) = (self.lineage(a)?, self.lineage(b)?);
        let common = a.iter().rev().zip(b.iter().rev()).take_while(|pair| pair.0 == pair.1);
        Ok(common.last().map_or(b"java/lang/Object".to_vec(), |pair| pair.0.clone()))
    }
}

fn verdict(classes: &Classes, bytes: &[u8], spent: &mut (Duration, u64)) -> String {
    let mut file = match parse(bytes) {
        Ok(file) => file,
        Err(error) => {
            return format!(
                "D {}: {}",
                error.kind.exception_class().replace('/', "."),
                error.message
            );
        }
    };
    if file.access_flags & access::MODULE != 0 {
        return "ok".into();
    }
    let view = View { classes, name: file.name, this: Rc::new(known(&file, true)) };
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    file.major = number("MAJOR").map_or(file.major, |major| major as u16);
    let work_limit = number("LIMIT").unwrap_or(Options::default().work_limit);
    let start = Instant::now();
    let options = Options { work_limit, ..Options::default() };
    let result = verify_class(&file, &view, &options);
    spent.0 += start.elapsed();
    spent.1 += file
        .methods
        .iter()
        .filter_map(|method| method.code.as_ref())
        .map(|code| code.bytes.len() as u64)
        .sum::<u64>();
    match result {
        Ok(()) => "ok".into(),
        Err(VerifyError::Load(Missing(name))) => {
            format!("L java.lang.NoClassDefFoundError: {name}")
        }
        Err(error @ VerifyError::Format { .. }) => format!("L java.lang.ClassFormatError: {error}"),
        Err(error) => format!("L java.lang.VerifyError: {error}"),
    }
}

/// The text in one line of ASCII.
fn escaped(line: &str) -> String {
    let mut out = String::new();
    for unit in line.encode_utf16() {
        match u8::try_from(unit) {
            Ok(b'\n') => out.push_str("\\n"),
            Ok(b'\\') => out.push_str("\\\\"),
            Ok(byte @ b' '..=b'~') => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut spent = (Duration::ZERO, 0);
    let (mut count, mut refused) = (0, 0);
    if args[0] == "corpus" {
        let classes = Classes::new(&args[2..]);
        let data = std::fs::read(&args[1]).unwrap();
        let mut rest = &data[..];
        while let Some((length, after)) = rest.split_first_chunk() {
            let (bytes, after) = after.split_at(u32::from_be_bytes(*length) as usize);
            rest = after;
            let line = verdict(&classes, bytes, &mut spent);
            println!("{}", escaped(&line));
        }
        return;
    }
    let classes = Classes::new(&args[1..]);
    let files: Vec<_> = classes.paths.values().filter(|entry| entry.1).collect();
    for (path, _) in files {
        let bytes = std::fs::read(path).unwrap();
        // Once for the verdict and to fill the oracle's caches, once for the time.
        let line = verdict(&classes, &bytes, &mut (Duration::ZERO, 0));
        verdict(&classes, &bytes, &mut spent);
        count += 1;
        if line != "ok" {
            refused += 1;
            println!("{}: {line}", path.display());
        }
    }
    let speed = spent.1 as f64 / spent.0.as_secs_f64() / 1e6;
    println!("{count} classes, {refused} refused, {} bytes of code, {speed:.1} MB/s", spent.1);
}

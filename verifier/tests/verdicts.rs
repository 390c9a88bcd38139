//! Class files from `cases/*.txt` get HotSpot's verdict, to the byte.
//!
//! A case is `=== name`, the class for the [`assembler`], `---`, and what HotSpot 17 says. With `RVM_BLESS_JAVA`
//! set to a `java` command, what HotSpot says is recorded anew.

mod assembler;

use std::path::{Path, PathBuf};
use std::process::Command;

use classfile::class;
use classfile::{ClassFile, access};
use verifier::{Member, Options, TypeOracle, VerifyError, verify_class};

/// Name, superclass, whether it is an interface, protected methods.
type Row = (&'static str, &'static str, bool, &'static [&'static str]);

const CLASSES: &[Row] = &[
    ("java/lang/Object", "", false, &["clone", "finalize"]),
    ("java/lang/String", "java/lang/Object", false, &[]),
    ("java/lang/StringBuffer", "java/lang/AbstractStringBuilder", false, &[]),
    ("java/lang/AbstractStringBuilder", "java/lang/Object", false, &[]),
    ("java/lang/Number", "java/lang/Object", false, &[]),
    ("java/lang/Integer", "java/lang/Number", false, &[]),
    ("java/lang/Long", "java/lang/Number", false, &[]),
    ("java/lang/Throwable", "java/lang/Object", false, &[]),
    ("java/lang/Exception", "java/lang/Throwable", false, &[]),
    ("java/lang/Runnable", "java/lang/Object", true, &[]),
    ("java/lang/Cloneable", "java/lang/Object", true, &[]),
    ("java/util/List", "java/lang/Object", true, &[]),
    ("java/util/Dictionary", "java/lang/Object", false, &[]),
    ("java/util/Hashtable", "java/util/Dictionary", false, &["rehash"]),
    ("java/io/InputStream", "java/lang/Object", false, &[]),
];

struct Table<'t> {
    superclass: &'t str,
}

impl Table<'_> {
    fn row(&self, name: &str) -> Result<(&str, bool, &[&str]), String> {
        if name == "Made" {
            return Ok((self.superclass, false, &[]));
        }
        let row = CLASSES.iter().find(|row| row.0 == name);
        row.map(|row| (row.1, row.2, row.3)).ok_or_else(|| name.to_owned())
    }

    fn lineage(&self, name: &[u8]) -> Result<Vec<String>, String> {
        let mut names = vec![String::from_utf8_lossy(name).into_owned()];
        loop {
            match self.row(&names[names.len() - 1])?.0 {
                "" => return Ok(names),
                superclass => names.push(superclass.to_owned()),
            }
        }
    }
}

impl TypeOracle for Table<'_> {
    type Error = String;

    fn is_interface(&self, name: &[u8]) -> Result<bool, String> {
        Ok(self.row(&String::from_utf8_lossy(name))?.1)
    }

    fn is_subclass(&self, sub: &[u8], sup: &[u8]) -> Result<bool, String> {
        Ok(self.lineage(sub)?.iter().any(|name| name.as_bytes() == sup))
    }

    fn is_superclass(&self, name: &[u8]) -> bool {
        self.lineage(b"Made").is_ok_and(|all| all[1..].iter().any(|it| it.as_bytes() == name))
    }

    fn is_protected_elsewhere(
        &self,
        holder: &[u8],
        name: &[u8],
        _: &[u8],
        member: Member,
    ) -> Result<bool, String> {
        let has = |class: &String| {
            self.row(class).is_ok_and(|row| row.2.iter().any(|it| it.as_bytes() == name))
        };
        Ok(member == Member::Method && self.lineage(holder)?.iter().any(has))
    }

    fn common_superclass(&self, a: &[u8], b: &[u8]) -> Result<Vec<u8>, String> {
        let (a, b) = (self.lineage(a)?, self.lineage(b)?);
        let common = a.iter().find(|name| b.contains(name));
        Ok(common.map_or_else(|| b"java/lang/Object".to_vec(), |name| name.clone().into_bytes()))
    }
}

fn verdict_with(bytes: &[u8], options: &Options<'_>) -> String {
    let parse = class::Options { max_major: 61, ..class::Options::default() };
    let file = match ClassFile::parse_with(bytes, &parse) {
        Ok(file) => file,
        Err(error) => return format!("java.lang.ClassFormatError: {error}"),
    };
    assert_eq!(file.access_flags & access::INTERFACE, 0);
    let superclass = String::from_utf8_lossy(file.super_name.unwrap_or_default()).into_owned();
    match verify_class(&file, &Table { superclass: &superclass }, options) {
        Ok(()) => "ok".into(),
        Err(VerifyError::Load(name)) => format!("java.lang.NoClassDefFoundError: {name}"),
        Err(error @ VerifyError::Format { .. }) => format!("java.lang.ClassFormatError: {error}"),
        Err(error) => format!("java.lang.VerifyError: {error}"),
    }
}

fn verdict(bytes: &[u8]) -> String {
    verdict_with(bytes, &Options::default())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// What HotSpot says of class files.
fn ask_java(java: &str, classes: &[Vec<u8>]) -> Vec<String> {
    let file = std::env::temp_dir().join(format!("verifier-cases-{}", std::process::id()));
    let mut data = Vec::new();
    for class in classes {
        data.extend((class.len() as u32).to_be_bytes());
        data.extend(class);
    }
    std::fs::write(&file, data).unwrap();
    let output = Command::new(java).arg(folder().join("Verdict.java")).arg(&file).output().unwrap();
    std::fs::remove_file(&file).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split('\0').map(str::to_owned).collect()
}

/// Name, text, verdict.
fn cases(text: &str) -> Vec<(&str, &str, &str)> {
    let all = text.split("=== ").skip(1);
    all.map(|case| {
        let (name, rest) = case.split_once('\n').expect("a name");
        let (class, verdict) = rest.split_once("---\n").expect("a verdict");
        (name, class, verdict)
    })
    .collect()
}

/// Verdicts stand in the files without blanks at ends of lines.
fn trimmed(verdict: &str) -> String {
    let lines: Vec<_> = verdict.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n")
}

#[test]
fn verdicts_are_those_of_hotspot() {
    let mut files: Vec<_> =
        std::fs::read_dir(folder().join("cases")).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    let mut failed = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let cases = cases(&text);
        let classes: Vec<_> = cases.iter().map(|case| assembler::assemble(case.1)).collect();
        if let Ok(java) = std::env::var("RVM_BLESS_JAVA") {
            let verdicts = ask_java(&java, &classes);
            let mut out = String::new();
            for (case, verdict) in cases.iter().zip(&verdicts) {
                let (name, class) = (case.0, case.1);
                out += &format!("=== {name}\n{class}---\n{}\n\n", trimmed(verdict));
            }
            std::fs::write(&file, out.trim_end().to_owned() + "\n").unwrap();
            for ((name, ..), (class, theirs)) in cases.iter().zip(classes.iter().zip(&verdicts)) {
                assert_eq!(&verdict(class), theirs, "{name}, to the byte");
            }
            continue;
        }
        for ((name, _, wanted), class) in cases.iter().zip(&classes) {
            let ours = trimmed(&verdict(class));
            if ours != trimmed(wanted) {
                failed.push(format!("{name}:\n{ours}\n--- not\n{wanted}"));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn messages_end_as_hotspots_do() {
    let class =
        assembler::assemble("class 61 java/lang/Object\nmethod 9 f ()I stack 1 locals 0\n ireturn");
    let message = verdict(&class);
    assert!(
        message.ends_with("  Bytecode:\n    0000000: ac                                     \n")
    );
}

#[test]
fn hidden_classes_have_their_names() {
    let text =
        "class 61 java/lang/Object\nmethod 9 f ()V stack 1 locals 0\n new #99\n new class:Made\n";
    let options = Options { hidden_name: Some(b"Made+0x0000000800c03000"), ..Options::default() };
    let message = verdict_with(&assembler::assemble(text), &options);
    let mut lines = message.lines();
    let first =
        "java.lang.VerifyError: Illegal constant pool index 99 in class Made/0x0000000800c03000";
    assert_eq!(lines.next(), Some(first));
    assert_eq!(lines.nth(2), Some("    Made+0x0000000800c03000.f()V @0: new"));
}

#[test]
fn work_is_limited() {
    let mut text = String::from("class 61 java/lang/Object\nmethod 9 f ()V stack 1 locals 60000\n");
    for _ in 0..2000 {
        text += " iconst_0\n ifeq @0\n";
    }
    text += " return\n map 0001 00\n";
    let class = assembler::assemble(&text);
    assert_eq!(verdict(&class), "ok");
    let options = Options { work_limit: 1000, ..Options::default() };
    let message = "java.lang.VerifyError: verifying Made took more than 1000 steps";
    assert_eq!(verdict_with(&class, &options), message);
    let old = assembler::assemble(&text.replace("class 61", "class 49"));
    assert_eq!(verdict_with(&old, &options), message);
}

#[test]
fn no_mutant_makes_it_panic() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for file in std::fs::read_dir(folder().join("cases")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for (_, class, _) in cases(&text) {
            let class = assembler::assemble(class);
            for _ in 0..200 {
                let mut mutant = class.clone();
                for _ in 0..1 + random(3) {
                    let at = 8 + random(mutant.len() - 8);
                    mutant[at] = random(256) as u8;
                }
                verdict(&mutant);
            }
        }
    }
}

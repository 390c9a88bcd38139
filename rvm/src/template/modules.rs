//! Which modules of the class library an application needs.
//!
//! Those that any constant of its classes names a class of, and those that these require. What is found only while the
//! program runs, through services, is not among them.

use std::collections::BTreeSet;

use stdlib::jimage::{JImage, JImageError};

use super::{TemplateError, classes};

/// Without it there is no class library.
const BASE: &str = "java.base";
/// `requires static`: absent when the program runs (JVMS 4.7.25).
const ACC_STATIC: u16 = 0x40;
/// Stands for all modules, as with `java --add-modules`.
const ALL: &str = "ALL-SYSTEM";

/// The modules that `roots` and the classes on the class path need; all of the image's if one of the roots is `ALL-SYSTEM`.
///
/// # Errors
/// If a root is no module of the image, or something can not be read.
pub(super) fn needed(
    image: &JImage,
    roots: &[String],
    main_class: &str,
    class_path: &str,
) -> Result<Vec<String>, TemplateError> {
    let all: BTreeSet<String> = image.modules().into_iter().map(str::to_owned).collect();
    if roots.iter().any(|root| root == ALL) {
        return Ok(all.into_iter().collect());
    }
    if let Some(root) = roots.iter().find(|root| !all.contains(*root)) {
        return Err(TemplateError::NoModule(root.clone()));
    }
    let mut open: Vec<String> = roots.to_vec();
    open.push(BASE.into());
    open.extend(module_of(image, &main_class.replace('.', "/"))?);
    let mut seen = BTreeSet::new();
    let mut failed = None;
    classes::visit(class_path, &mut |_, bytes| {
        for text in Pool::read(bytes).map(|(pool, _)| pool.texts).unwrap_or_default() {
            match named(image, &text, &mut seen) {
                Ok(modules) => open.extend(modules),
                Err(error) => failed = failed.take().or(Some(error)),
            }
        }
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    let mut found = BTreeSet::new();
    while let Some(module) = open.pop() {
        if found.insert(module.clone()) {
            open.extend(requires(image, &module)?.into_iter().filter(|it| all.contains(it)));
        }
    }
    Ok(found.into_iter().collect())
}

/// The modules of the classes that a text names, written in any way: `a.b.C`, `a/b/C`, `(La/b/C;)V`.
fn named(
    image: &JImage,
    text: &str,
    seen: &mut BTreeSet<String>,
) -> Result<Vec<String>, JImageError> {
    let mut modules = Vec::new();
    let is_part = |c: char| c.is_alphanumeric() || "_$/.".contains(c);
    for word in text.split(|c| !is_part(c)).filter(|word| word.contains(['/', '.'])) {
        let name = word.replace('.', "/");
        let without_tag = name.find('L').map(|at| name[at + 1..].to_owned());
        for name in [Some(name), without_tag].into_iter().flatten() {
            if seen.insert(name.clone()) {
                modules.extend(module_of(image, &name)?);
            }
        }
    }
    Ok(modules)
}

fn module_of(image: &JImage, class: &str) -> Result<Option<String>, JImageError> {
    Ok(image.find_class(class)?.map(|(module, _)| module.to_owned()))
}

/// The modules that a module of the image requires when it runs.
fn requires(image: &JImage, module: &str) -> Result<Vec<String>, JImageError> {
    let Some(resource) = image.find_in_module(module, "module-info.class") else {
        return Ok(Vec::new());
    };
    let bytes = resource.bytes()?;
    Ok(required(&bytes).unwrap_or_default())
}

fn required(bytes: &[u8]) -> Option<Vec<String>> {
    let (pool, mut at) = Pool::read(bytes)?;
    // Flags, this, super, and no interfaces, fields or methods.
    at += 12;
    let attributes = number(bytes, at, 2)?;
    at += 2;
    for _ in 0..attributes {
        let (name, length) = (number(bytes, at, 2)?, number(bytes, at + 2, 4)? as usize);
        at += 6;
        if pool.text(name as u16) == Some("Module") {
            // Behind name, flags and version.
            let count = number(bytes, at + 6, 2)? as usize;
            let require = |i: usize| {
                let at = at + 8 + i * 6;
                let flags = number(bytes, at + 2, 2)? as u16;
                Some((pool.name(number(bytes, at, 2)? as u16)?.to_owned(), flags))
            };
            let all: Option<Vec<_>> = (0..count).map(require).collect();
            let needed = all?.into_iter().filter(|(_, flags)| flags & ACC_STATIC == 0);
            return Some(needed.map(|(name, _)| name).collect());
        }
        at += length;
    }
    None
}

/// Texts and names of a constant pool (JVMS 4.4).
#[derive(Default)]
struct Pool {
    texts: Vec<String>,
    /// For each entry the number of its text.
    text_of: Vec<Option<usize>>,
    /// For each entry that is nothing but a name, the entry with its text.
    name_of: Vec<Option<u16>>,
}

impl Pool {
    /// Reads the pool of a class file; answers what is behind it, too.
    fn read(bytes: &[u8]) -> Option<(Pool, usize)> {
        let mut pool = Pool::default();
        let count = number(bytes, 8, 2)? as usize;
        let mut at = 10;
        let mut index = 0;
        pool.text_of = vec![None; count];
        pool.name_of = vec![None; count];
        while index + 1 < count {
            index += 1;
            let tag = *bytes.get(at)?;
            at += 1;
            match tag {
                1 => {
                    let length = number(bytes, at, 2)? as usize;
                    let text = bytes.get(at + 2..at + 2 + length)?;
                    pool.text_of[index] = Some(pool.texts.len());
                    pool.texts.push(String::from_utf8_lossy(text).into_owned());
                    at += 2 + length;
                }
                7 | 8 | 16 | 19 | 20 => {
                    pool.name_of[index] = Some(number(bytes, at, 2)? as u16);
                    at += 2;
                }
                15 => at += 3,
                3 | 4 | 9..=12 | 17 | 18 => at += 4,
                // They take two numbers.
                5 | 6 => {
                    at += 8;
                    index += 1;
                }
                _ => return None,
            }
        }
        Some((pool, at))
    }

    fn text(&self, index: u16) -> Option<&str> {
        let number = (*self.text_of.get(usize::from(index))?)?;
        self.texts.get(number).map(String::as_str)
    }

    fn name(&self, index: u16) -> Option<&str> {
        self.text((*self.name_of.get(usize::from(index))?)?)
    }
}

/// A big-endian number.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Library, Settings};

    #[test]
    fn modules_of_the_library() {
        let image = Library::find(&Settings::default()).expect("a class library").image;
        let needed = |roots: &[&str], main: &str| {
            let roots: Vec<String> = roots.iter().map(|root| (*root).to_owned()).collect();
            super::needed(&image, &roots, main, "").expect("modules")
        };
        assert_eq!(needed(&[], "Main"), [BASE]);
        assert_eq!(needed(&["java.sql"], "Main").join(" "), {
            "java.base java.logging java.sql java.transaction.xa java.xml"
        });
        assert!(needed(&[], "com.sun.tools.javac.Main").contains(&"java.compiler".to_owned()));
        assert!(needed(&[ALL], "Main").len() > 20);
        let none = super::needed(&image, &["no.such".into()], "Main", "");
        assert!(matches!(none, Err(TemplateError::NoModule(name)) if name == "no.such"));
    }

    #[test]
    fn names_in_texts() {
        let image = Library::find(&Settings::default()).expect("a class library").image;
        let named = |text: &str| named(&image, text, &mut BTreeSet::new()).expect("readable");
        assert_eq!(named("(ILjava/sql/Driver;)V"), ["java.sql"]);
        assert_eq!(named("java.util.logging.Logger"), ["java.logging"]);
        assert_eq!(named("java/lang/String"), [BASE]);
        assert!(named("a.b.c and java.sql").is_empty());
    }
}

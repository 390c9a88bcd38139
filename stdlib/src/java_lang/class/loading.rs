//! `Class.forName` and assertion status.

use crate::java_lang::support::{class_of_mirror, text};
use vm::meta::SymbolId;
use vm::{Config, Handle, NativeMethod, Ref, Result, Thread, Thrown, exceptions, link, strings};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/Class" {
            "forName0" "(Ljava/lang/String;ZLjava/lang/ClassLoader;Ljava/lang/Class;)Ljava/lang/Class;" =>
                full for_name;
            "desiredAssertionStatus0" "(Ljava/lang/Class;)Z" => full desired_assertion_status;
        }
    }
}

#[cold]
fn not_found(t: &Thread, name: &str) -> Thrown {
    exceptions::throw(t, "java/lang/ClassNotFoundException", name)
}

/// The internal name that a binary name with dots stands for; none if it has a slash, or is longer
/// than names can be.
pub(crate) fn internal_name(t: &Thread, name: Handle) -> Option<SymbolId> {
    let vm = t.vm();
    let mut bytes = strings::to_mutf8(vm, t.get(name));
    if bytes.len() > u16::MAX as usize || bytes.is_empty() || bytes.contains(&b'/') {
        return None;
    }
    bytes.iter_mut().filter(|b| **b == b'.').for_each(|b| *b = b'/');
    Some(vm.symbols.intern(&vm.meta, &bytes))
}

/// Whether an internal name is that of a class or an array type (JVMS 4.2.1, 4.3.2).
fn is_well_formed(name: &[u8]) -> bool {
    match name.first() {
        Some(b'[') => classfile::FieldType::parse(name).is_ok(),
        _ => name
            .split(|&b| b == b'/')
            .all(|part| !part.is_empty() && !part.iter().any(|b| matches!(b, b'.' | b';' | b'['))),
    }
}

fn for_name(
    t: &Thread,
    name: Handle,
    initialize: bool,
    loader: Handle,
    _caller: Handle,
) -> Result<Ref> {
    let vm = t.vm();
    let dotted = text(t, name)?;
    // What is no name, and what the boot loader lacks, HotSpot reports with slashes.
    let slashed = || dotted.replace('.', "/");
    let Some(symbol) = internal_name(t, name).filter(|&s| is_well_formed(vm.bytes(s))) else {
        return Err(not_found(t, &slashed()));
    };
    let loader = vm.loaders.number_of(vm, t.get(loader));
    let class = if loader == link::loaders::BOOT && !dotted.starts_with('[') {
        match link::loaders::load_boot(t, symbol)? {
            Some(class) => class,
            None => return Err(not_found(t, &slashed())),
        }
    } else {
        link::load_class(t, loader, symbol)?
    };
    if initialize {
        link::init::init_class(t, class)?;
    }
    Ok(vm.mirror(class))
}

fn desired_assertion_status(t: &Thread, class: Handle) -> Result<bool> {
    let vm = t.vm();
    let class = class_of_mirror(t, class)?;
    let system = vm.class(class).loader == link::loaders::BOOT;
    Ok(enabled(&vm.config, &vm.external_name(class), system))
}

/// The setting for a class: the last rule for it, else the last one for the longest prefix of its
/// package, else the default (`java -ea` in its manual).
fn enabled(config: &Config, class: &str, system: bool) -> bool {
    let default = if system { config.system_assertions } else { config.assertions };
    let rule = |what: &str| {
        config.assertion_rules.iter().rev().find(|(r, _)| r == what).map(|&(_, on)| on)
    };
    if let Some(on) = rule(class) {
        return on;
    }
    let mut package = class.rsplit_once('.').map_or("", |(p, _)| p);
    loop {
        if let Some(on) = rule(&format!("{package}...")) {
            return on;
        }
        match package.rsplit_once('.') {
            Some((p, _)) => package = p,
            None => return default,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_rule_wins() {
        let rule = |r: &str, on| (r.to_string(), on);
        let config = Config {
            assertions: true,
            assertion_rules: vec![
                rule("a...", false),
                rule("a.b...", true),
                rule("a.b.C", false),
                rule("...", false),
            ],
            ..Config::default()
        };
        let of = |class: &str| enabled(&config, class, false);
        assert!(
            !of("a.b.C") && of("a.b.D") && of("a.b.c.D") && !of("a.D") && of("x.Y") && !of("Main")
        );
        assert!(!enabled(&config, "x.Y", true));
    }
}

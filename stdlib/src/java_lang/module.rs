//! `java.lang.Module`: what the library tells the VM of modules.

use super::support::{non_null, text};
use vm::meta::SymbolId;
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions, link, strings};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/Module" {
            "defineModule0" "(Ljava/lang/Module;ZLjava/lang/String;Ljava/lang/String;[Ljava/lang/Object;)V" =>
                full define_module;
            "addReads0" "(Ljava/lang/Module;Ljava/lang/Module;)V" => full add_reads;
            "addExports0" "(Ljava/lang/Module;Ljava/lang/String;Ljava/lang/Module;)V" => full add_exports;
            "addExportsToAll0" "(Ljava/lang/Module;Ljava/lang/String;)V" => full add_exports_to_all;
            "addExportsToAllUnnamed0" "(Ljava/lang/Module;Ljava/lang/String;)V" =>
                full add_exports_to_all_unnamed;
        }
    }
}

fn package(t: &Thread, name: Handle) -> Result<SymbolId> {
    Ok(strings::to_symbol(t.vm(), non_null(t, name)?, true))
}

fn define_module(
    t: &Thread,
    module: Handle,
    is_open: bool,
    _version: Handle,
    _location: Handle,
    packages: Handle,
) -> Result<()> {
    let vm = t.vm();
    let m = non_null(t, module)?;
    let loader = vm.loaders.number_of(vm, vm.get_ref(m, vm.known.module_loader));
    let mut names = Vec::new();
    if !t.get(packages).is_null() {
        for i in 0..vm.array_len(t.get(packages)) {
            names.push(strings::to_symbol(vm, vm.element(t.get(packages), i), true));
        }
    }
    let taken = vm
        .loaders
        .with(loader, |l| names.iter().find_map(|n| l.packages.get(n).map(|&owner| (*n, owner))));
    if let Some((package, owner)) = taken {
        return Err(package_taken(t, module, package, owner));
    }
    let m = t.get(module);
    let number = vm.modules.define(vm, m);
    vm.loaders.with_mut(loader, |l| {
        for &name in &names {
            l.packages.insert(name, m);
        }
    });
    if is_open {
        for &name in &names {
            vm.modules.add_export(number, name, None);
        }
    }
    if number == 1 {
        vm.boot_phase.fetch_max(1, std::sync::atomic::Ordering::AcqRel);
    }
    link::mirror::fix_modules(vm, loader);
    Ok(())
}

#[cold]
fn package_taken(t: &Thread, module: Handle, package: SymbolId, owner: Ref) -> vm::Thrown {
    let vm = t.vm();
    let name = |m: Ref| {
        let name = vm.get_ref(m, vm.known.module_name);
        if name.is_null() { String::new() } else { strings::to_rust(vm, name) }
    };
    let (own, other) = (name(t.get(module)), name(owner));
    let msg = if own == other {
        format!("Module {own} is already defined")
    } else {
        format!(
            "Package {} for module {own} is already in another module, {other}, defined to the \
             class loader",
            vm.text(package).replace('/', ".")
        )
    };
    exceptions::throw(t, "java/lang/IllegalStateException", &msg)
}

fn add_reads(t: &Thread, from: Handle, to: Handle) -> Result<()> {
    let vm = t.vm();
    let from = vm.modules.number(vm, non_null(t, from)?);
    let to = vm.modules.number(vm, t.get(to));
    if from != 0 && from != to {
        vm.modules.add_reads(from, to);
    }
    Ok(())
}

/// Records an export; the package must be the module's.
fn export(t: &Thread, from: Handle, name: Handle, to: Option<u32>) -> Result<()> {
    let vm = t.vm();
    let number = vm.modules.number(vm, non_null(t, from)?);
    let package = package(t, name)?;
    if number == 0 {
        return Ok(());
    }
    let from_ref = t.get(from);
    let loader = vm.loaders.number_of(vm, vm.get_ref(from_ref, vm.known.module_loader));
    if vm.loaders.with(loader, |l| l.packages.get(&package) != Some(&from_ref)) {
        let module = strings::to_rust(vm, vm.get_ref(from_ref, vm.known.module_name));
        let msg = format!("Package {} not found in from_module {module}", text(t, name)?);
        return Err(exceptions::throw(t, "java/lang/IllegalArgumentException", &msg));
    }
    vm.modules.add_export(number, package, to);
    Ok(())
}

fn add_exports(t: &Thread, from: Handle, name: Handle, to: Handle) -> Result<()> {
    let to = t.vm().modules.number(t.vm(), non_null(t, to)?);
    export(t, from, name, Some(to))
}

fn add_exports_to_all(t: &Thread, from: Handle, name: Handle) -> Result<()> {
    export(t, from, name, None)
}

fn add_exports_to_all_unnamed(t: &Thread, from: Handle, name: Handle) -> Result<()> {
    export(t, from, name, Some(0))
}

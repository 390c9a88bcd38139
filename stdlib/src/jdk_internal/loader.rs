//! `jdk.internal.loader` and `jdk.internal.jimage`: the boot loader's packages, native libraries.

use crate::java_lang::support::{field_offset, non_null, string, text};
use crate::state;
use std::collections::BTreeMap;
use vm::link::{self, loaders::BOOT};
use vm::{Handle, NativeMethod, Ref, Result, Thread, Vm, exceptions, object, strings};

/// Libraries of the JDK whose natives are in this VM.
const BUILTIN: &[&str] = &[
    "java",
    "net",
    "nio",
    "zip",
    "jimage",
    "verify",
    "prefs",
    "management",
    "management_ext",
    "extnet",
    "instrument",
    "rmi",
    "awt",
];
/// `JNI_VERSION_1_8`, which all of them ask for.
const JNI_VERSION: u32 = 0x0001_0008;

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "jdk/internal/loader/BootLoader" {
            "setBootLoaderUnnamedModule0" "(Ljava/lang/Module;)V" => full set_unnamed_module;
            "getSystemPackageLocation" "(Ljava/lang/String;)Ljava/lang/String;" => full get_package_location;
            "getSystemPackageNames" "()[Ljava/lang/String;" => full get_package_names;
        }
        "jdk/internal/loader/NativeLibraries" {
            "findBuiltinLib" "(Ljava/lang/String;)Ljava/lang/String;" => full find_builtin;
            "load" "(Ljdk/internal/loader/NativeLibraries$NativeLibraryImpl;Ljava/lang/String;ZZZ)Z" =>
                full load;
            "load" "(Ljdk/internal/loader/NativeLibraries$NativeLibraryImpl;Ljava/lang/String;ZZ)Z" =>
                full load_25;
            "unload" "(Ljava/lang/String;ZZJ)V" => full unload;
            "unload" "(Ljava/lang/String;ZJ)V" => full unload_25;
            "findEntry0" "(Ljdk/internal/loader/NativeLibraries$NativeLibraryImpl;Ljava/lang/String;)J" =>
                full find_entry;
        }
        "jdk/internal/loader/NativeLibrary" {
            "findEntry0" "(JLjava/lang/String;)J" => full find_entry_25;
        }
        "jdk/internal/jimage/NativeImageBuffer" {
            "getNativeMap" "(Ljava/lang/String;)Ljava/nio/ByteBuffer;" => full get_native_map;
        }
    }
}

fn set_unnamed_module(t: &Thread, module: Handle) -> Result<()> {
    let vm = t.vm();
    let module = non_null(t, module)?;
    vm.loaders.with_mut(BOOT, |l| l.unnamed_module = module);
    link::mirror::fix_modules(vm, BOOT);
    Ok(())
}

/// Packages of which the boot loader has defined classes of the image, each with its module. Those of modules
/// made at run time (for proxies) are in no place that could be named.
fn packages(vm: &Vm) -> BTreeMap<String, Ref> {
    let mut packages = BTreeMap::new();
    for class in vm.loaders.with(BOOT, |l| l.defined.clone()) {
        let name = vm.text(vm.class(class).name);
        let Some((package, _)) = name.rsplit_once('/') else { continue };
        if !packages.contains_key(package) && vm.boot.find(&name).is_some() {
            let module = vm.get_ref(vm.mirror(class), vm.known.class_module);
            packages.insert(package.to_string(), module);
        }
    }
    packages
}

/// `jrt:/module` for a package of the boot loader; for those of our own, which are in none, where the library is.
fn get_package_location(t: &Thread, package: Handle) -> Result<Ref> {
    let vm = t.vm();
    let package = text(t, package)?.replace('.', "/");
    let Some(&module) = packages(vm).get(&package) else { return Ok(Ref::NULL) };
    if module.is_null() {
        return Ok(Ref::NULL);
    }
    let name = vm.get_ref(module, vm.known.module_name);
    if name.is_null() {
        return string(t, &state(t).java_home.display().to_string());
    }
    string(t, &format!("jrt:/{}", strings::to_rust(vm, name)))
}

fn get_package_names(t: &Thread) -> Result<Ref> {
    let vm = t.vm();
    let names: Vec<String> = packages(vm).into_keys().collect();
    let array = object::alloc_array(t, vm.known.string_array, names.len() as i32)?;
    let array = t.handle(array);
    for (i, name) in names.iter().enumerate() {
        let s = string(t, name)?;
        vm.set_element(t.get(array), i, s);
    }
    Ok(t.get(array))
}

/// The short name of a library that is part of the VM, by its file name; null for others.
fn find_builtin(t: &Thread, file: Handle) -> Result<Ref> {
    let file = text(t, file)?;
    let short = file.strip_prefix("lib").and_then(|f| f.strip_suffix(".so"));
    match short.filter(|s| BUILTIN.contains(s)) {
        Some(name) => string(t, name),
        None => Ok(Ref::NULL),
    }
}

fn load(
    t: &Thread,
    library: Handle,
    name: Handle,
    builtin: bool,
    _jni: bool,
    throws: bool,
) -> Result<bool> {
    let vm = t.vm();
    if builtin {
        let class = vm.class_of(non_null(t, library)?);
        let handle = field_offset(t, class, "handle", "J")?;
        let version = field_offset(t, class, "jniVersion", "I")?;
        vm.set_u64(t.get(library), handle, 1);
        vm.set_u32(t.get(library), version, JNI_VERSION);
        return Ok(true);
    }
    if !throws {
        return Ok(false);
    }
    let msg = format!("{}: native libraries are not supported by this VM", text(t, name)?);
    Err(exceptions::throw(t, "java/lang/UnsatisfiedLinkError", &msg))
}

fn load_25(t: &Thread, library: Handle, name: Handle, builtin: bool, throws: bool) -> Result<bool> {
    load(t, library, name, builtin, true, throws)
}

fn unload(_: &Thread, _name: Handle, _builtin: bool, _jni: bool, _handle: i64) -> Result<()> {
    Ok(())
}

fn unload_25(_: &Thread, _name: Handle, _builtin: bool, _handle: i64) -> Result<()> {
    Ok(())
}

fn find_entry(_: &Thread, _library: Handle, _name: Handle) -> Result<i64> {
    Ok(0)
}

fn find_entry_25(_: &Thread, _library: i64, _name: Handle) -> Result<i64> {
    Ok(0)
}

/// The library reads the image's file by itself.
fn get_native_map(_: &Thread, _path: Handle) -> Result<Ref> {
    Ok(Ref::NULL)
}

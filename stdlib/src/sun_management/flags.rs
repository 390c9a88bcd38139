//! `Flag`: the settings that this VM shares with HotSpot, by HotSpot's names. None can be changed while it runs.

use crate::java_lang::support::{non_null, string, text};
use vm::call::{self, Value};
use vm::{Handle, NativeMethod, Ref, Result, Thread, exceptions, link, object};

const FLAG: &str = "com/sun/management/internal/Flag";
const ORIGIN: &str = "com/sun/management/VMOption$Origin";

/// A setting's name, and its value in the unit that HotSpot uses.
type Setting = (&'static str, fn(&Thread) -> i64);

const SETTINGS: [Setting; 4] = [
    ("InitialHeapSize", |t| t.vm().config.heap.initial_heap_bytes as i64),
    ("MaxHeapSize", |t| t.vm().config.heap.max_heap_bytes as i64),
    ("MaxJavaStackTraceDepth", |t| t.vm().config.max_trace_depth as i64),
    ("ThreadStackSize", |t| (t.vm().config.stack_bytes >> 10) as i64),
];

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "com/sun/management/internal/Flag" {
            "initialize" "()V" => full initialize;
            "getInternalFlagCount" "()I" => full count;
            "getAllFlagNames" "()[Ljava/lang/String;" => full names;
            "getFlags" "([Ljava/lang/String;[Lcom/sun/management/internal/Flag;I)I" => full fill;
            "setLongValue" "(Ljava/lang/String;J)V" => full set_long;
            "setDoubleValue" "(Ljava/lang/String;D)V" => full set_double;
            "setBooleanValue" "(Ljava/lang/String;Z)V" => full set_boolean;
            "setStringValue" "(Ljava/lang/String;Ljava/lang/String;)V" => full set_string;
        }
    }
}

fn initialize(t: &Thread) -> Result<()> {
    let origin = link::class_by_name(t, ORIGIN)?;
    link::init::init_class(t, origin)
}

fn count(_: &Thread) -> Result<i32> {
    Ok(SETTINGS.len() as i32)
}

fn names(t: &Thread) -> Result<Ref> {
    let class = t.vm().known.string_array;
    let array = t.handle(object::alloc_array(t, class, SETTINGS.len() as i32)?);
    for (i, (name, _)) in SETTINGS.iter().enumerate() {
        let name = string(t, name)?;
        t.vm().set_element(t.get(array), i, name);
    }
    Ok(t.get(array))
}

/// Makes the flags of these names, of all for null; the others stay null. Answers how many were made.
fn fill(t: &Thread, names: Handle, flags: Handle, count: i32) -> Result<i32> {
    let vm = t.vm();
    let length = vm.array_len(non_null(t, flags)?);
    let mut made = 0;
    for i in 0..length.min(usize::try_from(count).unwrap_or(0)) {
        let setting = match t.get(names).is_null() {
            true => SETTINGS.get(i),
            false => {
                let name = t.handle(vm.element(t.get(names), i));
                let name = text(t, name)?;
                SETTINGS.iter().find(|(known, _)| *known == name)
            }
        };
        let Some(setting) = setting else { continue };
        let flag = t.scope(|| make(t, setting))?;
        vm.set_element(t.get(flags), i, flag);
        made += 1;
    }
    Ok(made)
}

fn make(t: &Thread, (name, value): &Setting) -> Result<Ref> {
    let name = t.handle(string(t, name)?);
    let args = [Value::Long(value(t))];
    let boxed = call::call_static(t, "java/lang/Long", "valueOf", "(J)Ljava/lang/Long;", &args)?;
    let boxed = t.handle(Ref::from_bits(boxed as u32));
    // Most follow from the machine; which were given is not kept.
    let args = [Value::Object(t.handle(string(t, "ERGONOMIC")?))];
    let descriptor = "(Ljava/lang/String;)Lcom/sun/management/VMOption$Origin;";
    let origin = call::call_static(t, ORIGIN, "valueOf", descriptor, &args)?;
    let origin = t.handle(Ref::from_bits(origin as u32));
    let args = [
        Value::Object(name),
        Value::Object(boxed),
        Value::Int(0),
        Value::Int(1),
        Value::Object(origin),
    ];
    let descriptor =
        "(Ljava/lang/String;Ljava/lang/Object;ZZLcom/sun/management/VMOption$Origin;)V";
    object::new_object(t, link::class_by_name(t, FLAG)?, descriptor, &args)
}

/// Java code asks only for flags that it was told can be changed: there is none.
fn refuse(t: &Thread, name: Handle) -> Result<()> {
    let text = format!("VM Option \"{}\" is not writeable", text(t, name)?);
    Err(exceptions::throw(t, "java/lang/IllegalArgumentException", &text))
}

fn set_long(t: &Thread, name: Handle, _value: i64) -> Result<()> {
    refuse(t, name)
}

fn set_double(t: &Thread, name: Handle, _value: f64) -> Result<()> {
    refuse(t, name)
}

fn set_boolean(t: &Thread, name: Handle, _value: bool) -> Result<()> {
    refuse(t, name)
}

fn set_string(t: &Thread, name: Handle, _value: Handle) -> Result<()> {
    refuse(t, name)
}

//! `java.lang.Throwable`, `StackTraceElement`, `NullPointerException`.

use super::stack_walk::method_of_info;
use super::support::{field_offset, non_null, string};
use vm::{Handle, NativeMethod, Ref, Result, Thread, backtrace, exceptions};

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/lang/Throwable" {
            "fillInStackTrace" "(I)Ljava/lang/Throwable;" => full fill_in_stack_trace;
        }
        "java/lang/StackTraceElement" {
            "initStackTraceElements" "([Ljava/lang/StackTraceElement;Ljava/lang/Throwable;)V" =>
                full init_elements;
            "initStackTraceElements" "([Ljava/lang/StackTraceElement;Ljava/lang/Object;I)V" =>
                full init_elements_of;
            "initStackTraceElement" "(Ljava/lang/StackTraceElement;Ljava/lang/StackFrameInfo;)V" =>
                full init_element;
        }
        "java/lang/NullPointerException" {
            "getExtendedNPEMessage" "()Ljava/lang/String;" => full get_extended_message;
        }
    }
}

fn fill_in_stack_trace(t: &Thread, this: Handle, _dummy: i32) -> Result<Ref> {
    backtrace::fill_in(t, this);
    Ok(t.get(this))
}

fn init_elements(t: &Thread, array: Handle, throwable: Handle) -> Result<()> {
    backtrace::elements(t, throwable, array)
}

fn init_elements_of(t: &Thread, array: Handle, trace: Handle, depth: i32) -> Result<()> {
    backtrace::elements_of(t, trace, depth, array)
}

fn init_element(t: &Thread, element: Handle, frame: Handle) -> Result<()> {
    let vm = t.vm();
    non_null(t, element)?;
    let Some(method) = method_of_info(t, frame)? else {
        return Err(exceptions::throw(t, "java/lang/InternalError", "frame without a method"));
    };
    let at = field_offset(t, vm.class_of(t.get(frame)), "bci", "I")?;
    let bci = vm.get_u32(t.get(frame), at) as i32;
    backtrace::fill_element(t, element, method, bci.max(0) as usize)
}

fn get_extended_message(t: &Thread, this: Handle) -> Result<Ref> {
    match backtrace::npe_message(t.vm(), t.get(this)) {
        Some(message) => string(t, &message),
        None => Ok(Ref::NULL),
    }
}

//! Classes, fields and methods of the class library that the VM itself uses.
//!
//! Resolved while booting, read-only afterwards. What a release lacks stays 0.

use crate::meta::{BasicType, MethodId};
use gc::{ClassId, Ref};
use std::cell::UnsafeCell;

macro_rules! known {
    (
        classes { $($class:ident = $cname:literal;)* }
        fields { $($field:ident = $fclass:ident . $fname:literal : $fdesc:literal;)* }
        alternatives { $($afield:ident = $aclass:ident . $aname:literal : $adesc:literal;)* }
        methods { $($method:ident = $mclass:ident . $mname:literal $mdesc:literal;)* }
    ) => {
        /// Ids and offsets; fields are named `class_field`, their value is the byte offset.
        #[derive(Default)]
        #[allow(missing_docs, reason = "each is named after what it stands for in the table below")]
        pub struct Known {
            $(pub $class: ClassId,)*
            $(pub $field: u32,)*
            $(pub $method: MethodId,)*
            pub prim_mirrors: [Ref; 16],
            pub prim_classes: [ClassId; 16],
            pub prim_arrays: [ClassId; 16],
            pub object_array: ClassId,
            pub string_array: ClassId,
            pub class_array: ClassId,
            /// Injected fields.
            pub class_klass: u32,
            pub class_mirror_size: u32,
            pub class_static_refs: u32,
            pub class_static_ref_count: u32,
            pub class_resolved_refs: u32,
            pub class_protection_domain: u32,
            pub class_signers: u32,
            pub class_source_file: u32,
            /// `Class.modifiers` and `Class.primitive`, which the VM sets where they are fields (JDK 25).
            pub class_modifiers: u32,
            pub class_primitive: u32,
            pub rmn_vmtarget: u32,
            pub rmn_vmholder: u32,
            pub mn_vmindex: u32,
            pub class_loader_id: u32,
            pub module_index: u32,
        }

        impl Known {
            /// Shows every number in an order that is the same in all processes of one build.
            pub(crate) fn each_word(&mut self, f: &mut dyn FnMut(&mut u32)) {
                $(f(&mut self.$class.0);)*
                $(f(&mut self.$field);)*
                $(f(&mut self.$method.0);)*
                for mirror in &mut self.prim_mirrors {
                    let mut bits = mirror.bits();
                    f(&mut bits);
                    *mirror = Ref::from_bits(bits);
                }
                for class in self.prim_classes.iter_mut().chain(&mut self.prim_arrays) {
                    f(&mut class.0);
                }
                for class in [&mut self.object_array, &mut self.string_array, &mut self.class_array] {
                    f(&mut class.0);
                }
                for field in [
                    &mut self.class_klass,
                    &mut self.class_mirror_size,
                    &mut self.class_static_refs,
                    &mut self.class_static_ref_count,
                    &mut self.class_resolved_refs,
                    &mut self.class_protection_domain,
                    &mut self.class_signers,
                    &mut self.class_source_file,
                    &mut self.class_modifiers,
                    &mut self.class_primitive,
                    &mut self.rmn_vmtarget,
                    &mut self.rmn_vmholder,
                    &mut self.mn_vmindex,
                    &mut self.class_loader_id,
                    &mut self.module_index,
                ] {
                    f(field);
                }
            }

            /// Classes by field, with the internal name.
            pub(crate) const CLASSES: &'static [(&'static str, fn(&mut Known) -> &mut ClassId)] =
                &[$(($cname, |k| &mut k.$class),)*];
            /// Fields: class, name, descriptor.
            #[allow(clippy::type_complexity, reason = "a table of accessors")]
            pub(crate) const FIELDS: &'static [(fn(&Known) -> ClassId, &'static str, &'static str, fn(&mut Known) -> &mut u32)] =
                &[
                    $((|k| k.$fclass, $fname, $fdesc, |k| &mut k.$field),)*
                    $((|k| k.$aclass, $aname, $adesc, |k| &mut k.$afield),)*
                ];
            /// Methods: class, name, descriptor.
            #[allow(clippy::type_complexity, reason = "a table of accessors")]
            pub(crate) const METHODS: &'static [(fn(&Known) -> ClassId, &'static str, &'static str, fn(&mut Known) -> &mut MethodId)] =
                &[$((|k| k.$mclass, $mname, $mdesc, |k| &mut k.$method),)*];
        }
    };
}

known! {
    classes {
        object = "java/lang/Object";
        cloneable = "java/lang/Cloneable";
        serializable = "java/io/Serializable";
        class = "java/lang/Class";
        string = "java/lang/String";
        system = "java/lang/System";
        throwable = "java/lang/Throwable";
        error = "java/lang/Error";
        exception_in_initializer = "java/lang/ExceptionInInitializerError";
        class_not_found = "java/lang/ClassNotFoundException";
        class_loader = "java/lang/ClassLoader";
        thread = "java/lang/Thread";
        thread_field_holder = "java/lang/Thread$FieldHolder";
        thread_group = "java/lang/ThreadGroup";
        module = "java/lang/Module";
        reference = "java/lang/ref/Reference";
        soft_reference = "java/lang/ref/SoftReference";
        weak_reference = "java/lang/ref/WeakReference";
        final_reference = "java/lang/ref/FinalReference";
        phantom_reference = "java/lang/ref/PhantomReference";
        finalizer = "java/lang/ref/Finalizer";
        stack_trace_element = "java/lang/StackTraceElement";
        record = "java/lang/Record";
        magic_accessor = "jdk/internal/reflect/MagicAccessorImpl";
        method_handle = "java/lang/invoke/MethodHandle";
        var_handle = "java/lang/invoke/VarHandle";
        direct_method_handle = "java/lang/invoke/DirectMethodHandle";
        member_name = "java/lang/invoke/MemberName";
        lambda_form = "java/lang/invoke/LambdaForm";
        resolved_method_name = "java/lang/invoke/ResolvedMethodName";
        method_type = "java/lang/invoke/MethodType";
        method_handle_natives = "java/lang/invoke/MethodHandleNatives";
        call_site = "java/lang/invoke/CallSite";
        reflect_method = "java/lang/reflect/Method";
        reflect_constructor = "java/lang/reflect/Constructor";
        reflect_field = "java/lang/reflect/Field";
        reflect_parameter = "java/lang/reflect/Parameter";
        record_component = "java/lang/reflect/RecordComponent";
        boxed_boolean = "java/lang/Boolean";
        boxed_char = "java/lang/Character";
        boxed_float = "java/lang/Float";
        boxed_double = "java/lang/Double";
        boxed_byte = "java/lang/Byte";
        boxed_short = "java/lang/Short";
        boxed_int = "java/lang/Integer";
        boxed_long = "java/lang/Long";
        stack_overflow_error = "java/lang/StackOverflowError";
        out_of_memory_error = "java/lang/OutOfMemoryError";
        protection_domain = "java/security/ProtectionDomain";
        access_control_context = "java/security/AccessControlContext";
        stack_frame_info = "java/lang/StackFrameInfo";
        stack_stream_factory = "java/lang/StackStreamFactory";
    }
    fields {
        string_value = string."value": "[B";
        string_hash = string."hash": "I";
        string_coder = string."coder": "B";
        class_component_type = class."componentType": "Ljava/lang/Class;";
        class_class_loader = class."classLoader": "Ljava/lang/ClassLoader;";
        class_module = class."module": "Ljava/lang/Module;";
        class_name = class."name": "Ljava/lang/String;";
        class_class_data = class."classData": "Ljava/lang/Object;";
        class_package_name = class."packageName": "Ljava/lang/String;";
        throwable_backtrace = throwable."backtrace": "Ljava/lang/Object;";
        throwable_message = throwable."detailMessage": "Ljava/lang/String;";
        throwable_cause = throwable."cause": "Ljava/lang/Throwable;";
        throwable_stack_trace = throwable."stackTrace": "[Ljava/lang/StackTraceElement;";
        throwable_depth = throwable."depth": "I";
        throwable_unassigned_stack = throwable."UNASSIGNED_STACK": "[Ljava/lang/StackTraceElement;";
        class_loader_parent = class_loader."parent": "Ljava/lang/ClassLoader;";
        class_loader_name = class_loader."name": "Ljava/lang/String;";
        class_loader_name_and_id = class_loader."nameAndId": "Ljava/lang/String;";
        class_loader_unnamed_module = class_loader."unnamedModule": "Ljava/lang/Module;";
        class_loader_parallel_lock_map = class_loader."parallelLockMap": "Ljava/util/concurrent/ConcurrentHashMap;";
        module_name = module."name": "Ljava/lang/String;";
        module_loader = module."loader": "Ljava/lang/ClassLoader;";
        thread_name = thread."name": "Ljava/lang/String;";
        thread_holder = thread."holder": "Ljava/lang/Thread$FieldHolder;";
        thread_group_field = thread."group": "Ljava/lang/ThreadGroup;";
        thread_priority = thread."priority": "I";
        thread_daemon = thread."daemon": "Z";
        thread_eetop = thread."eetop": "J";
        thread_interrupted = thread."interrupted": "Z";
        thread_stack_size = thread."stackSize": "J";
        thread_tid = thread."tid": "J";
        thread_status = thread."threadStatus": "I";
        thread_park_blocker = thread."parkBlocker": "Ljava/lang/Object;";
        thread_context_loader = thread."contextClassLoader": "Ljava/lang/ClassLoader;";
        thread_inherited_acc = thread."inheritedAccessControlContext": "Ljava/security/AccessControlContext;";
        reference_referent = reference."referent": "Ljava/lang/Object;";
        reference_queue = reference."queue": "Ljava/lang/ref/ReferenceQueue;";
        reference_next = reference."next": "Ljava/lang/ref/Reference;";
        reference_discovered = reference."discovered": "Ljava/lang/ref/Reference;";
        soft_reference_timestamp = soft_reference."timestamp": "J";
        soft_reference_clock = soft_reference."clock": "J";
        ste_declaring_class_object = stack_trace_element."declaringClassObject": "Ljava/lang/Class;";
        ste_class_loader_name = stack_trace_element."classLoaderName": "Ljava/lang/String;";
        ste_module_name = stack_trace_element."moduleName": "Ljava/lang/String;";
        ste_module_version = stack_trace_element."moduleVersion": "Ljava/lang/String;";
        ste_declaring_class = stack_trace_element."declaringClass": "Ljava/lang/String;";
        ste_method_name = stack_trace_element."methodName": "Ljava/lang/String;";
        ste_file_name = stack_trace_element."fileName": "Ljava/lang/String;";
        ste_line_number = stack_trace_element."lineNumber": "I";
        mh_type = method_handle."type": "Ljava/lang/invoke/MethodType;";
        mh_form = method_handle."form": "Ljava/lang/invoke/LambdaForm;";
        dmh_member = direct_method_handle."member": "Ljava/lang/invoke/MemberName;";
        mn_clazz = member_name."clazz": "Ljava/lang/Class;";
        mn_name = member_name."name": "Ljava/lang/String;";
        mn_type = member_name."type": "Ljava/lang/Object;";
        mn_flags = member_name."flags": "I";
        mn_method = member_name."method": "Ljava/lang/invoke/ResolvedMethodName;";
        lf_vmentry = lambda_form."vmentry": "Ljava/lang/invoke/MemberName;";
        mt_rtype = method_type."rtype": "Ljava/lang/Class;";
        mt_ptypes = method_type."ptypes": "[Ljava/lang/Class;";
        call_site_target = call_site."target": "Ljava/lang/invoke/MethodHandle;";
        box_boolean = boxed_boolean."value": "Z";
        box_char = boxed_char."value": "C";
        box_float = boxed_float."value": "F";
        box_double = boxed_double."value": "D";
        box_byte = boxed_byte."value": "B";
        box_short = boxed_short."value": "S";
        box_int = boxed_int."value": "I";
        box_long = boxed_long."value": "J";
        method_clazz = reflect_method."clazz": "Ljava/lang/Class;";
        method_slot = reflect_method."slot": "I";
        method_name = reflect_method."name": "Ljava/lang/String;";
        method_return_type = reflect_method."returnType": "Ljava/lang/Class;";
        method_parameter_types = reflect_method."parameterTypes": "[Ljava/lang/Class;";
        method_exception_types = reflect_method."exceptionTypes": "[Ljava/lang/Class;";
        method_modifiers = reflect_method."modifiers": "I";
        method_signature = reflect_method."signature": "Ljava/lang/String;";
        method_annotations = reflect_method."annotations": "[B";
        method_parameter_annotations = reflect_method."parameterAnnotations": "[B";
        method_annotation_default = reflect_method."annotationDefault": "[B";
        constructor_clazz = reflect_constructor."clazz": "Ljava/lang/Class;";
        constructor_slot = reflect_constructor."slot": "I";
        constructor_parameter_types = reflect_constructor."parameterTypes": "[Ljava/lang/Class;";
        constructor_exception_types = reflect_constructor."exceptionTypes": "[Ljava/lang/Class;";
        constructor_modifiers = reflect_constructor."modifiers": "I";
        constructor_signature = reflect_constructor."signature": "Ljava/lang/String;";
        constructor_annotations = reflect_constructor."annotations": "[B";
        constructor_parameter_annotations = reflect_constructor."parameterAnnotations": "[B";
        field_clazz = reflect_field."clazz": "Ljava/lang/Class;";
        field_slot = reflect_field."slot": "I";
        field_name = reflect_field."name": "Ljava/lang/String;";
        field_type = reflect_field."type": "Ljava/lang/Class;";
        field_modifiers = reflect_field."modifiers": "I";
        field_trusted_final = reflect_field."trustedFinal": "Z";
        field_signature = reflect_field."signature": "Ljava/lang/String;";
        field_annotations = reflect_field."annotations": "[B";
    }
    // Where other releases have what is a field above.
    alternatives {
        thread_group_field = thread_field_holder."group": "Ljava/lang/ThreadGroup;";
        thread_priority = thread_field_holder."priority": "I";
        thread_daemon = thread_field_holder."daemon": "Z";
        thread_stack_size = thread_field_holder."stackSize": "J";
        thread_status = thread_field_holder."threadStatus": "I";
    }
    methods {
        class_loader_load_class = class_loader."loadClass" "(Ljava/lang/String;)Ljava/lang/Class;";
        class_loader_add_class = class_loader."addClass" "(Ljava/lang/Class;)V";
        finalizer_register = finalizer."register" "(Ljava/lang/Object;)V";
        thread_run = thread."run" "()V";
        thread_exit = thread."exit" "()V";
        thread_dispatch_uncaught = thread."dispatchUncaughtException" "(Ljava/lang/Throwable;)V";
        mhn_link_method = method_handle_natives."linkMethod" "(Ljava/lang/Class;ILjava/lang/Class;Ljava/lang/String;Ljava/lang/Object;[Ljava/lang/Object;)Ljava/lang/invoke/MemberName;";
        mhn_link_call_site = method_handle_natives."linkCallSite" "(Ljava/lang/Object;ILjava/lang/Object;Ljava/lang/Object;Ljava/lang/Object;Ljava/lang/Object;[Ljava/lang/Object;)Ljava/lang/invoke/MemberName;";
        mhn_link_call_site_25 = method_handle_natives."linkCallSite" "(Ljava/lang/Object;Ljava/lang/Object;Ljava/lang/Object;Ljava/lang/Object;Ljava/lang/Object;[Ljava/lang/Object;)Ljava/lang/invoke/MemberName;";
        mhn_link_constant = method_handle_natives."linkDynamicConstant" "(Ljava/lang/Object;ILjava/lang/Object;Ljava/lang/Object;Ljava/lang/Object;Ljava/lang/Object;)Ljava/lang/Object;";
        mhn_link_constant_25 = method_handle_natives."linkDynamicConstant" "(Ljava/lang/Object;Ljava/lang/Object;Ljava/lang/Object;Ljava/lang/Object;Ljava/lang/Object;)Ljava/lang/Object;";
        mhn_link_mh_constant = method_handle_natives."linkMethodHandleConstant" "(Ljava/lang/Class;ILjava/lang/Class;Ljava/lang/String;Ljava/lang/Object;)Ljava/lang/invoke/MethodHandle;";
        mhn_find_type = method_handle_natives."findMethodHandleType" "(Ljava/lang/Class;[Ljava/lang/Class;)Ljava/lang/invoke/MethodType;";
        throwable_init_cause = throwable."initCause" "(Ljava/lang/Throwable;)Ljava/lang/Throwable;";
        object_finalize = object."finalize" "()V";
    }
}

impl Known {
    /// The wrapper class of a primitive type and the offset of its `value`.
    pub fn boxed(&self, t: BasicType) -> (ClassId, u32) {
        match t {
            BasicType::Boolean => (self.boxed_boolean, self.box_boolean),
            BasicType::Char => (self.boxed_char, self.box_char),
            BasicType::Float => (self.boxed_float, self.box_float),
            BasicType::Double => (self.boxed_double, self.box_double),
            BasicType::Byte => (self.boxed_byte, self.box_byte),
            BasicType::Short => (self.boxed_short, self.box_short),
            BasicType::Int => (self.boxed_int, self.box_int),
            BasicType::Long => (self.boxed_long, self.box_long),
            BasicType::Object | BasicType::Void => (ClassId::NONE, 0),
        }
    }
}

/// [`Known`], written only while booting (one thread), read by everybody after.
pub struct KnownCell(UnsafeCell<Known>);

// SAFETY: written only by the booting thread before others exist.
unsafe impl Sync for KnownCell {}
// SAFETY: plain data.
unsafe impl Send for KnownCell {}

impl KnownCell {
    /// Nothing known yet.
    pub fn new() -> KnownCell {
        KnownCell(UnsafeCell::new(Known::default()))
    }

    /// A copy of everything, for an image.
    pub fn capture(&self) -> Vec<u32> {
        // SAFETY: nobody writes after the boot; what is copied is plain data.
        let mut copy = unsafe { std::ptr::read(self.0.get()) };
        let mut words = Vec::new();
        copy.each_word(&mut |word| words.push(*word));
        words
    }

    /// What [`KnownCell::capture`] copied; `None` if that was another build's.
    pub fn restore(words: &[u32]) -> Option<KnownCell> {
        let mut known = Known::default();
        let mut from = words.iter();
        let mut complete = true;
        known.each_word(&mut |word| match from.next() {
            Some(w) => *word = *w,
            None => complete = false,
        });
        (complete && from.next().is_none()).then(|| KnownCell(UnsafeCell::new(known)))
    }

    /// To fill in while booting.
    ///
    /// # Safety
    /// No other thread runs yet, and the reference is dropped before the next read.
    #[allow(clippy::mut_from_ref, reason = "interior mutability during the single-threaded boot")]
    pub unsafe fn get_mut(&self) -> &mut Known {
        // SAFETY: by the contract of this function.
        unsafe { &mut *self.0.get() }
    }
}

impl Default for KnownCell {
    fn default() -> Self {
        KnownCell::new()
    }
}

impl std::ops::Deref for KnownCell {
    type Target = Known;
    #[inline(always)]
    fn deref(&self) -> &Known {
        // SAFETY: no writer after boot, see `get_mut`.
        unsafe { &*self.0.get() }
    }
}

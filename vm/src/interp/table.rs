//! Which handler runs which opcode.

use super as exit;
use super::regs::Handler;
use super::{
    arith, arrays, branch, calls, constants, fields, fused, objects, returns, stack_ops, types,
};
use classfile::opcode as o;

macro_rules! table {
    ($($module:ident { $($handler:ident: $($op:expr),+;)* })*) => {{
        let mut table: [Handler; 256] = [objects::undefined; 256];
        $($($(table[$op as usize] = $module::$handler;)+)*)*
        table
    }};
}

/// Handlers by opcode.
pub(super) static TABLE: [Handler; 256] = table! {
    stack_ops {
        nop: o::NOP;
        iconst_m1: o::ICONST_M1;
        iconst_0: o::ICONST_0, o::ACONST_NULL, o::FCONST_0;
        iconst_1: o::ICONST_1;
        iconst_2: o::ICONST_2;
        iconst_3: o::ICONST_3;
        iconst_4: o::ICONST_4;
        iconst_5: o::ICONST_5;
        lconst_0: o::LCONST_0, o::DCONST_0;
        lconst_1: o::LCONST_1;
        fconst_1: o::FCONST_1;
        fconst_2: o::FCONST_2;
        dconst_1: o::DCONST_1;
        bipush: o::BIPUSH;
        sipush: o::SIPUSH;
        load: o::ILOAD, o::FLOAD, o::ALOAD;
        load_wide: o::LLOAD, o::DLOAD;
        load_0: o::ILOAD_0, o::FLOAD_0, o::ALOAD_0_PLAIN;
        load_1: o::ILOAD_1, o::FLOAD_1, o::ALOAD_1;
        load_2: o::ILOAD_2, o::FLOAD_2, o::ALOAD_2;
        load_3: o::ILOAD_3, o::FLOAD_3, o::ALOAD_3;
        load_wide_0: o::LLOAD_0, o::DLOAD_0;
        load_wide_1: o::LLOAD_1, o::DLOAD_1;
        load_wide_2: o::LLOAD_2, o::DLOAD_2;
        load_wide_3: o::LLOAD_3, o::DLOAD_3;
        store: o::ISTORE, o::FSTORE, o::ASTORE;
        store_wide: o::LSTORE, o::DSTORE;
        store_0: o::ISTORE_0, o::FSTORE_0, o::ASTORE_0;
        store_1: o::ISTORE_1, o::FSTORE_1, o::ASTORE_1;
        store_2: o::ISTORE_2, o::FSTORE_2, o::ASTORE_2;
        store_3: o::ISTORE_3, o::FSTORE_3, o::ASTORE_3;
        store_wide_0: o::LSTORE_0, o::DSTORE_0;
        store_wide_1: o::LSTORE_1, o::DSTORE_1;
        store_wide_2: o::LSTORE_2, o::DSTORE_2;
        store_wide_3: o::LSTORE_3, o::DSTORE_3;
        pop: o::POP;
        pop2: o::POP2;
        dup: o::DUP;
        dup_x1: o::DUP_X1;
        dup_x2: o::DUP_X2;
        dup2: o::DUP2;
        dup2_x1: o::DUP2_X1;
        dup2_x2: o::DUP2_X2;
        swap: o::SWAP;
        iinc: o::IINC;
        wide: o::WIDE;
    }
    fused {
        aload_0: o::ALOAD_0;
        aload_0_getfield_w: o::ALOAD_0_GETFIELD_W;
        aload_0_getfield_l: o::ALOAD_0_GETFIELD_L;
        iload_iload: o::ILOAD_ILOAD;
    }
    constants {
        ldc: o::LDC;
        ldc_w: o::LDC_W;
        ldc2_w: o::LDC2_W;
        ldc_ref_q: o::LDC_REF_Q;
        ldc_w_ref_q: o::LDC_W_REF_Q;
        ldc_word_q: o::LDC_WORD_Q;
        ldc_w_word_q: o::LDC_W_WORD_Q;
        ldc2_w_q: o::LDC2_W_Q;
        ldc_class_q: o::LDC_CLASS_Q;
        ldc_w_class_q: o::LDC_W_CLASS_Q;
    }
    arith {
        iadd: o::IADD; isub: o::ISUB; imul: o::IMUL; idiv: o::IDIV; irem: o::IREM; ineg: o::INEG;
        ladd: o::LADD; lsub: o::LSUB; lmul: o::LMUL; ldiv: o::LDIV; lrem: o::LREM; lneg: o::LNEG;
        fadd: o::FADD; fsub: o::FSUB; fmul: o::FMUL; fdiv: o::FDIV; frem: o::FREM; fneg: o::FNEG;
        dadd: o::DADD; dsub: o::DSUB; dmul: o::DMUL; ddiv: o::DDIV; drem: o::DREM; dneg: o::DNEG;
        ishl: o::ISHL; ishr: o::ISHR; iushr: o::IUSHR; iand: o::IAND; ior: o::IOR; ixor: o::IXOR;
        lshl: o::LSHL; lshr: o::LSHR; lushr: o::LUSHR; land: o::LAND; lor: o::LOR; lxor: o::LXOR;
        i2l: o::I2L; i2f: o::I2F; i2d: o::I2D; l2i: o::L2I; l2f: o::L2F; l2d: o::L2D;
        f2i: o::F2I; f2l: o::F2L; f2d: o::F2D; d2i: o::D2I; d2l: o::D2L; d2f: o::D2F;
        i2b: o::I2B; i2c: o::I2C; i2s: o::I2S;
        lcmp: o::LCMP; fcmpl: o::FCMPL; fcmpg: o::FCMPG; dcmpl: o::DCMPL; dcmpg: o::DCMPG;
    }
    branch {
        ifeq: o::IFEQ, o::IFNULL;
        ifne: o::IFNE, o::IFNONNULL;
        iflt: o::IFLT;
        ifge: o::IFGE;
        ifgt: o::IFGT;
        ifle: o::IFLE;
        if_icmpeq: o::IF_ICMPEQ, o::IF_ACMPEQ;
        if_icmpne: o::IF_ICMPNE, o::IF_ACMPNE;
        if_icmplt: o::IF_ICMPLT;
        if_icmpge: o::IF_ICMPGE;
        if_icmpgt: o::IF_ICMPGT;
        if_icmple: o::IF_ICMPLE;
        goto: o::GOTO;
        goto_w: o::GOTO_W;
        jsr: o::JSR;
        jsr_w: o::JSR_W;
        ret: o::RET;
        tableswitch: o::TABLESWITCH;
        lookupswitch: o::LOOKUPSWITCH;
        athrow: o::ATHROW;
    }
    arrays {
        baload: o::BALOAD;
        caload: o::CALOAD;
        saload: o::SALOAD;
        waload: o::IALOAD, o::FALOAD, o::AALOAD;
        laload: o::LALOAD, o::DALOAD;
        bastore: o::BASTORE;
        castore: o::CASTORE, o::SASTORE;
        wastore: o::IASTORE, o::FASTORE;
        lastore: o::LASTORE, o::DASTORE;
        aastore: o::AASTORE;
        arraylength: o::ARRAYLENGTH;
        newarray: o::NEWARRAY;
        anewarray: o::ANEWARRAY;
        anewarray_q: o::ANEWARRAY_Q;
        multianewarray: o::MULTIANEWARRAY;
    }
    fields {
        getfield: o::GETFIELD;
        putfield: o::PUTFIELD;
        getstatic: o::GETSTATIC;
        putstatic: o::PUTSTATIC;
        getfield_b: o::GETFIELD_B;
        getfield_c: o::GETFIELD_C;
        getfield_s: o::GETFIELD_S;
        getfield_w: o::GETFIELD_W;
        getfield_l: o::GETFIELD_L;
        putfield_z: o::PUTFIELD_Z;
        putfield_b: o::PUTFIELD_B;
        putfield_c: o::PUTFIELD_C;
        putfield_w: o::PUTFIELD_W;
        putfield_l: o::PUTFIELD_L;
        putfield_a: o::PUTFIELD_A;
        getfield_volatile: o::GETFIELD_VOLATILE;
        putfield_volatile: o::PUTFIELD_VOLATILE;
        getstatic_b: o::GETSTATIC_B;
        getstatic_c: o::GETSTATIC_C;
        getstatic_s: o::GETSTATIC_S;
        getstatic_w: o::GETSTATIC_W;
        getstatic_l: o::GETSTATIC_L;
        putstatic_z: o::PUTSTATIC_Z;
        putstatic_b: o::PUTSTATIC_B;
        putstatic_c: o::PUTSTATIC_C;
        putstatic_w: o::PUTSTATIC_W;
        putstatic_l: o::PUTSTATIC_L;
        putstatic_a: o::PUTSTATIC_A;
        getstatic_volatile: o::GETSTATIC_VOLATILE;
        putstatic_volatile: o::PUTSTATIC_VOLATILE;
    }
    calls {
        invokevirtual: o::INVOKEVIRTUAL;
        invokespecial: o::INVOKESPECIAL;
        invokestatic: o::INVOKESTATIC;
        invokeinterface: o::INVOKEINTERFACE;
        invokedynamic: o::INVOKEDYNAMIC;
        invokevirtual_v: o::INVOKEVIRTUAL_V;
        invokespecial_q: o::INVOKESPECIAL_Q, o::INVOKEVIRTUAL_F;
        invokestatic_q: o::INVOKESTATIC_Q;
        invokeinterface_q: o::INVOKEINTERFACE_Q;
        invokeinterface_object: o::INVOKEINTERFACE_OBJECT;
        invokevirtual_handle: o::INVOKEVIRTUAL_HANDLE;
        invokedynamic_q: o::INVOKEDYNAMIC_Q;
    }
    returns {
        ireturn: o::IRETURN;
        return_one: o::FRETURN, o::ARETURN;
        return_two: o::LRETURN, o::DRETURN;
        return_void: o::RETURN;
        return_register_finalizer: o::RETURN_REGISTER_FINALIZER;
    }
    objects {
        new: o::NEW;
        new_q: o::NEW_Q;
        monitorenter: o::MONITORENTER;
        monitorexit: o::MONITOREXIT;
    }
    types {
        checkcast: o::CHECKCAST;
        checkcast_q: o::CHECKCAST_Q;
        instanceof: o::INSTANCEOF;
        instanceof_q: o::INSTANCEOF_Q;
    }
    exit {
        java_exit: o::JAVA_EXIT;
    }
};

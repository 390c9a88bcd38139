//! The opcode table: the one place where an instruction is declared (JVMS chapter 6).
//!
//! A row is `number NAME "mnemonic" Format "pops" > "pushes" throws|silent [of BASE];`, after one line that
//! says what it does. Stack strings list types from bottom to top: `i l f d a` (with `l` and `d` taking two
//! slots), `r` a return address, `w` one untyped slot, `?` what the operand decides. `throws` marks an
//! instruction that can complete with an exception of its own (asynchronous ones aside); returns count,
//! since they may find the monitors unbalanced. `of` names the class-file instruction that a quick
//! instruction stands for.
//!
//! The module consists of constants and of [`ALL`]; everything else derives from them.

use super::{Format, OpcodeInfo};

macro_rules! can_throw {
    (throws) => {
        true
    };
    (silent) => {
        false
    };
}

macro_rules! base {
    ($own:ident) => {
        $own
    };
    ($own:ident $base:ident) => {
        $base
    };
}

macro_rules! opcodes {
    ($($(#[$doc:meta])* $number:literal $name:ident $mnemonic:literal $format:ident
       $pops:literal > $pushes:literal $throws:ident $(of $base:ident)?;)*) => {
        $($(#[$doc])* pub const $name: u8 = $number;)*

        /// Every declared opcode, in the table's order: standard ones, reserved ones, quick ones.
        pub static ALL: &[OpcodeInfo] = &[$(OpcodeInfo {
            op: $number,
            base: base!($name $($base)?),
            mnemonic: $mnemonic,
            format: Format::$format,
            pops: $pops,
            pushes: $pushes,
            can_throw: can_throw!($throws),
        },)*];
    };
}

#[rustfmt::skip]
opcodes! {
    /// Does nothing.
    0 NOP "nop" None "" > "" silent;
    /// Pushes null.
    1 ACONST_NULL "aconst_null" None "" > "a" silent;
    /// Pushes int -1.
    2 ICONST_M1 "iconst_m1" None "" > "i" silent;
    /// Pushes int 0.
    3 ICONST_0 "iconst_0" None "" > "i" silent;
    /// Pushes int 1.
    4 ICONST_1 "iconst_1" None "" > "i" silent;
    /// Pushes int 2.
    5 ICONST_2 "iconst_2" None "" > "i" silent;
    /// Pushes int 3.
    6 ICONST_3 "iconst_3" None "" > "i" silent;
    /// Pushes int 4.
    7 ICONST_4 "iconst_4" None "" > "i" silent;
    /// Pushes int 5.
    8 ICONST_5 "iconst_5" None "" > "i" silent;
    /// Pushes long 0.
    9 LCONST_0 "lconst_0" None "" > "l" silent;
    /// Pushes long 1.
    10 LCONST_1 "lconst_1" None "" > "l" silent;
    /// Pushes float 0.
    11 FCONST_0 "fconst_0" None "" > "f" silent;
    /// Pushes float 1.
    12 FCONST_1 "fconst_1" None "" > "f" silent;
    /// Pushes float 2.
    13 FCONST_2 "fconst_2" None "" > "f" silent;
    /// Pushes double 0.
    14 DCONST_0 "dconst_0" None "" > "d" silent;
    /// Pushes double 1.
    15 DCONST_1 "dconst_1" None "" > "d" silent;
    /// Pushes a signed byte.
    16 BIPUSH "bipush" I8 "" > "i" silent;
    /// Pushes a signed short.
    17 SIPUSH "sipush" I16 "" > "i" silent;
    /// Pushes a one-slot constant, resolving it first.
    18 LDC "ldc" CpU8 "" > "?" throws;
    /// `ldc` with a wide index.
    19 LDC_W "ldc_w" CpU16 "" > "?" throws;
    /// Pushes a long, double or dynamic two-slot constant.
    20 LDC2_W "ldc2_w" CpU16 "" > "?" throws;
    /// Pushes int local.
    21 ILOAD "iload" Local8 "" > "i" silent;
    /// Pushes long local.
    22 LLOAD "lload" Local8 "" > "l" silent;
    /// Pushes float local.
    23 FLOAD "fload" Local8 "" > "f" silent;
    /// Pushes double local.
    24 DLOAD "dload" Local8 "" > "d" silent;
    /// Pushes reference local.
    25 ALOAD "aload" Local8 "" > "a" silent;
    /// Pushes int local 0.
    26 ILOAD_0 "iload_0" None "" > "i" silent;
    /// Pushes int local 1.
    27 ILOAD_1 "iload_1" None "" > "i" silent;
    /// Pushes int local 2.
    28 ILOAD_2 "iload_2" None "" > "i" silent;
    /// Pushes int local 3.
    29 ILOAD_3 "iload_3" None "" > "i" silent;
    /// Pushes long local 0.
    30 LLOAD_0 "lload_0" None "" > "l" silent;
    /// Pushes long local 1.
    31 LLOAD_1 "lload_1" None "" > "l" silent;
    /// Pushes long local 2.
    32 LLOAD_2 "lload_2" None "" > "l" silent;
    /// Pushes long local 3.
    33 LLOAD_3 "lload_3" None "" > "l" silent;
    /// Pushes float local 0.
    34 FLOAD_0 "fload_0" None "" > "f" silent;
    /// Pushes float local 1.
    35 FLOAD_1 "fload_1" None "" > "f" silent;
    /// Pushes float local 2.
    36 FLOAD_2 "fload_2" None "" > "f" silent;
    /// Pushes float local 3.
    37 FLOAD_3 "fload_3" None "" > "f" silent;
    /// Pushes double local 0.
    38 DLOAD_0 "dload_0" None "" > "d" silent;
    /// Pushes double local 1.
    39 DLOAD_1 "dload_1" None "" > "d" silent;
    /// Pushes double local 2.
    40 DLOAD_2 "dload_2" None "" > "d" silent;
    /// Pushes double local 3.
    41 DLOAD_3 "dload_3" None "" > "d" silent;
    /// Pushes reference local 0.
    42 ALOAD_0 "aload_0" None "" > "a" silent;
    /// Pushes reference local 1.
    43 ALOAD_1 "aload_1" None "" > "a" silent;
    /// Pushes reference local 2.
    44 ALOAD_2 "aload_2" None "" > "a" silent;
    /// Pushes reference local 3.
    45 ALOAD_3 "aload_3" None "" > "a" silent;
    /// Loads int array element.
    46 IALOAD "iaload" None "ai" > "i" throws;
    /// Loads long array element.
    47 LALOAD "laload" None "ai" > "l" throws;
    /// Loads float array element.
    48 FALOAD "faload" None "ai" > "f" throws;
    /// Loads double array element.
    49 DALOAD "daload" None "ai" > "d" throws;
    /// Loads reference array element.
    50 AALOAD "aaload" None "ai" > "a" throws;
    /// Loads byte or boolean array element.
    51 BALOAD "baload" None "ai" > "i" throws;
    /// Loads char array element.
    52 CALOAD "caload" None "ai" > "i" throws;
    /// Loads short array element.
    53 SALOAD "saload" None "ai" > "i" throws;
    /// Pops into int local.
    54 ISTORE "istore" Local8 "i" > "" silent;
    /// Pops into long local.
    55 LSTORE "lstore" Local8 "l" > "" silent;
    /// Pops into float local.
    56 FSTORE "fstore" Local8 "f" > "" silent;
    /// Pops into double local.
    57 DSTORE "dstore" Local8 "d" > "" silent;
    /// Pops into reference local.
    58 ASTORE "astore" Local8 "a" > "" silent;
    /// Pops into int local 0.
    59 ISTORE_0 "istore_0" None "i" > "" silent;
    /// Pops into int local 1.
    60 ISTORE_1 "istore_1" None "i" > "" silent;
    /// Pops into int local 2.
    61 ISTORE_2 "istore_2" None "i" > "" silent;
    /// Pops into int local 3.
    62 ISTORE_3 "istore_3" None "i" > "" silent;
    /// Pops into long local 0.
    63 LSTORE_0 "lstore_0" None "l" > "" silent;
    /// Pops into long local 1.
    64 LSTORE_1 "lstore_1" None "l" > "" silent;
    /// Pops into long local 2.
    65 LSTORE_2 "lstore_2" None "l" > "" silent;
    /// Pops into long local 3.
    66 LSTORE_3 "lstore_3" None "l" > "" silent;
    /// Pops into float local 0.
    67 FSTORE_0 "fstore_0" None "f" > "" silent;
    /// Pops into float local 1.
    68 FSTORE_1 "fstore_1" None "f" > "" silent;
    /// Pops into float local 2.
    69 FSTORE_2 "fstore_2" None "f" > "" silent;
    /// Pops into float local 3.
    70 FSTORE_3 "fstore_3" None "f" > "" silent;
    /// Pops into double local 0.
    71 DSTORE_0 "dstore_0" None "d" > "" silent;
    /// Pops into double local 1.
    72 DSTORE_1 "dstore_1" None "d" > "" silent;
    /// Pops into double local 2.
    73 DSTORE_2 "dstore_2" None "d" > "" silent;
    /// Pops into double local 3.
    74 DSTORE_3 "dstore_3" None "d" > "" silent;
    /// Pops into reference local 0.
    75 ASTORE_0 "astore_0" None "a" > "" silent;
    /// Pops into reference local 1.
    76 ASTORE_1 "astore_1" None "a" > "" silent;
    /// Pops into reference local 2.
    77 ASTORE_2 "astore_2" None "a" > "" silent;
    /// Pops into reference local 3.
    78 ASTORE_3 "astore_3" None "a" > "" silent;
    /// Stores int array element.
    79 IASTORE "iastore" None "aii" > "" throws;
    /// Stores long array element.
    80 LASTORE "lastore" None "ail" > "" throws;
    /// Stores float array element.
    81 FASTORE "fastore" None "aif" > "" throws;
    /// Stores double array element.
    82 DASTORE "dastore" None "aid" > "" throws;
    /// Stores reference array element.
    83 AASTORE "aastore" None "aia" > "" throws;
    /// Stores byte or boolean array element.
    84 BASTORE "bastore" None "aii" > "" throws;
    /// Stores char array element.
    85 CASTORE "castore" None "aii" > "" throws;
    /// Stores short array element.
    86 SASTORE "sastore" None "aii" > "" throws;
    /// Drops one slot.
    87 POP "pop" None "w" > "" silent;
    /// Drops two slots.
    88 POP2 "pop2" None "ww" > "" silent;
    /// A -> a a.
    89 DUP "dup" None "w" > "ww" silent;
    /// A b -> b a b.
    90 DUP_X1 "dup_x1" None "ww" > "www" silent;
    /// A b c -> c a b c.
    91 DUP_X2 "dup_x2" None "www" > "wwww" silent;
    /// A b -> a b a b.
    92 DUP2 "dup2" None "ww" > "wwww" silent;
    /// A b c -> b c a b c.
    93 DUP2_X1 "dup2_x1" None "www" > "wwwww" silent;
    /// A b c d -> c d a b c d.
    94 DUP2_X2 "dup2_x2" None "wwww" > "wwwwww" silent;
    /// A b -> b a.
    95 SWAP "swap" None "ww" > "ww" silent;
    /// Adds ints.
    96 IADD "iadd" None "ii" > "i" silent;
    /// Adds longs.
    97 LADD "ladd" None "ll" > "l" silent;
    /// Adds floats.
    98 FADD "fadd" None "ff" > "f" silent;
    /// Adds doubles.
    99 DADD "dadd" None "dd" > "d" silent;
    /// Subtracts ints.
    100 ISUB "isub" None "ii" > "i" silent;
    /// Subtracts longs.
    101 LSUB "lsub" None "ll" > "l" silent;
    /// Subtracts floats.
    102 FSUB "fsub" None "ff" > "f" silent;
    /// Subtracts doubles.
    103 DSUB "dsub" None "dd" > "d" silent;
    /// Multiplies ints.
    104 IMUL "imul" None "ii" > "i" silent;
    /// Multiplies longs.
    105 LMUL "lmul" None "ll" > "l" silent;
    /// Multiplies floats.
    106 FMUL "fmul" None "ff" > "f" silent;
    /// Multiplies doubles.
    107 DMUL "dmul" None "dd" > "d" silent;
    /// Divides ints; throws on a zero divisor.
    108 IDIV "idiv" None "ii" > "i" throws;
    /// Divides longs; throws on a zero divisor.
    109 LDIV "ldiv" None "ll" > "l" throws;
    /// Divides floats.
    110 FDIV "fdiv" None "ff" > "f" silent;
    /// Divides doubles.
    111 DDIV "ddiv" None "dd" > "d" silent;
    /// Takes the remainder of ints; throws on a zero divisor.
    112 IREM "irem" None "ii" > "i" throws;
    /// Takes the remainder of longs; throws on a zero divisor.
    113 LREM "lrem" None "ll" > "l" throws;
    /// Takes the remainder of floats.
    114 FREM "frem" None "ff" > "f" silent;
    /// Takes the remainder of doubles.
    115 DREM "drem" None "dd" > "d" silent;
    /// Negates int.
    116 INEG "ineg" None "i" > "i" silent;
    /// Negates long.
    117 LNEG "lneg" None "l" > "l" silent;
    /// Negates float.
    118 FNEG "fneg" None "f" > "f" silent;
    /// Negates double.
    119 DNEG "dneg" None "d" > "d" silent;
    /// Shifts int left.
    120 ISHL "ishl" None "ii" > "i" silent;
    /// Shifts long left.
    121 LSHL "lshl" None "li" > "l" silent;
    /// Shifts int right, keeping the sign.
    122 ISHR "ishr" None "ii" > "i" silent;
    /// Shifts long right, keeping the sign.
    123 LSHR "lshr" None "li" > "l" silent;
    /// Shifts int right, filling with zeros.
    124 IUSHR "iushr" None "ii" > "i" silent;
    /// Shifts long right, filling with zeros.
    125 LUSHR "lushr" None "li" > "l" silent;
    /// Bitwise and of ints.
    126 IAND "iand" None "ii" > "i" silent;
    /// Bitwise and of longs.
    127 LAND "land" None "ll" > "l" silent;
    /// Bitwise or of ints.
    128 IOR "ior" None "ii" > "i" silent;
    /// Bitwise or of longs.
    129 LOR "lor" None "ll" > "l" silent;
    /// Bitwise exclusive or of ints.
    130 IXOR "ixor" None "ii" > "i" silent;
    /// Bitwise exclusive or of longs.
    131 LXOR "lxor" None "ll" > "l" silent;
    /// Adds a constant to an int local.
    132 IINC "iinc" Iinc "" > "" silent;
    /// Converts int to long.
    133 I2L "i2l" None "i" > "l" silent;
    /// Converts int to float.
    134 I2F "i2f" None "i" > "f" silent;
    /// Converts int to double.
    135 I2D "i2d" None "i" > "d" silent;
    /// Converts long to int.
    136 L2I "l2i" None "l" > "i" silent;
    /// Converts long to float.
    137 L2F "l2f" None "l" > "f" silent;
    /// Converts long to double.
    138 L2D "l2d" None "l" > "d" silent;
    /// Converts float to int.
    139 F2I "f2i" None "f" > "i" silent;
    /// Converts float to long.
    140 F2L "f2l" None "f" > "l" silent;
    /// Converts float to double.
    141 F2D "f2d" None "f" > "d" silent;
    /// Converts double to int.
    142 D2I "d2i" None "d" > "i" silent;
    /// Converts double to long.
    143 D2L "d2l" None "d" > "l" silent;
    /// Converts double to float.
    144 D2F "d2f" None "d" > "f" silent;
    /// Truncates int to byte.
    145 I2B "i2b" None "i" > "i" silent;
    /// Truncates int to char.
    146 I2C "i2c" None "i" > "i" silent;
    /// Truncates int to short.
    147 I2S "i2s" None "i" > "i" silent;
    /// Compares longs: -1, 0 or 1.
    148 LCMP "lcmp" None "ll" > "i" silent;
    /// Compares floats; -1 if either is NaN.
    149 FCMPL "fcmpl" None "ff" > "i" silent;
    /// Compares floats; 1 if either is NaN.
    150 FCMPG "fcmpg" None "ff" > "i" silent;
    /// Compares doubles; -1 if either is NaN.
    151 DCMPL "dcmpl" None "dd" > "i" silent;
    /// Compares doubles; 1 if either is NaN.
    152 DCMPG "dcmpg" None "dd" > "i" silent;
    /// Branches if int == 0.
    153 IFEQ "ifeq" Branch16 "i" > "" silent;
    /// Branches if int != 0.
    154 IFNE "ifne" Branch16 "i" > "" silent;
    /// Branches if int < 0.
    155 IFLT "iflt" Branch16 "i" > "" silent;
    /// Branches if int >= 0.
    156 IFGE "ifge" Branch16 "i" > "" silent;
    /// Branches if int > 0.
    157 IFGT "ifgt" Branch16 "i" > "" silent;
    /// Branches if int <= 0.
    158 IFLE "ifle" Branch16 "i" > "" silent;
    /// Branches if int == int.
    159 IF_ICMPEQ "if_icmpeq" Branch16 "ii" > "" silent;
    /// Branches if int != int.
    160 IF_ICMPNE "if_icmpne" Branch16 "ii" > "" silent;
    /// Branches if int < int.
    161 IF_ICMPLT "if_icmplt" Branch16 "ii" > "" silent;
    /// Branches if int >= int.
    162 IF_ICMPGE "if_icmpge" Branch16 "ii" > "" silent;
    /// Branches if int > int.
    163 IF_ICMPGT "if_icmpgt" Branch16 "ii" > "" silent;
    /// Branches if int <= int.
    164 IF_ICMPLE "if_icmple" Branch16 "ii" > "" silent;
    /// Branches if reference == reference.
    165 IF_ACMPEQ "if_acmpeq" Branch16 "aa" > "" silent;
    /// Branches if reference != reference.
    166 IF_ACMPNE "if_acmpne" Branch16 "aa" > "" silent;
    /// Branches always.
    167 GOTO "goto" Branch16 "" > "" silent;
    /// Calls a subroutine (class files before 51).
    168 JSR "jsr" Branch16 "" > "r" silent;
    /// Returns from a subroutine (class files before 51).
    169 RET "ret" Local8 "" > "" silent;
    /// Branches by index in a table.
    170 TABLESWITCH "tableswitch" TableSwitch "i" > "" silent;
    /// Branches by sorted key.
    171 LOOKUPSWITCH "lookupswitch" LookupSwitch "i" > "" silent;
    /// Returns int from the method.
    172 IRETURN "ireturn" None "i" > "" throws;
    /// Returns long from the method.
    173 LRETURN "lreturn" None "l" > "" throws;
    /// Returns float from the method.
    174 FRETURN "freturn" None "f" > "" throws;
    /// Returns double from the method.
    175 DRETURN "dreturn" None "d" > "" throws;
    /// Returns reference from the method.
    176 ARETURN "areturn" None "a" > "" throws;
    /// Returns from a void method.
    177 RETURN "return" None "" > "" throws;
    /// Reads a static field.
    178 GETSTATIC "getstatic" CpU16 "" > "?" throws;
    /// Writes a static field.
    179 PUTSTATIC "putstatic" CpU16 "?" > "" throws;
    /// Reads an instance field.
    180 GETFIELD "getfield" CpU16 "a" > "?" throws;
    /// Writes an instance field.
    181 PUTFIELD "putfield" CpU16 "a?" > "" throws;
    /// Calls a method chosen by the receiver's class.
    182 INVOKEVIRTUAL "invokevirtual" CpU16 "a?" > "?" throws;
    /// Calls a constructor, private or superclass method.
    183 INVOKESPECIAL "invokespecial" CpU16 "a?" > "?" throws;
    /// Calls a static method.
    184 INVOKESTATIC "invokestatic" CpU16 "?" > "?" throws;
    /// Calls an interface method.
    185 INVOKEINTERFACE "invokeinterface" InvokeInterface "a?" > "?" throws;
    /// Calls a call site's target.
    186 INVOKEDYNAMIC "invokedynamic" InvokeDynamic "?" > "?" throws;
    /// Allocates an uninitialised object.
    187 NEW "new" CpU16 "" > "a" throws;
    /// Allocates a primitive array.
    188 NEWARRAY "newarray" NewArray "i" > "a" throws;
    /// Allocates a reference array.
    189 ANEWARRAY "anewarray" CpU16 "i" > "a" throws;
    /// Length of an array.
    190 ARRAYLENGTH "arraylength" None "a" > "i" throws;
    /// Throws.
    191 ATHROW "athrow" None "a" > "" throws;
    /// Checks a reference's type or throws.
    192 CHECKCAST "checkcast" CpU16 "a" > "a" throws;
    /// Tests a reference's type.
    193 INSTANCEOF "instanceof" CpU16 "a" > "i" throws;
    /// Locks a monitor.
    194 MONITORENTER "monitorenter" None "a" > "" throws;
    /// Unlocks a monitor.
    195 MONITOREXIT "monitorexit" None "a" > "" throws;
    /// Widens the next instruction's local index.
    196 WIDE "wide" Wide "?" > "?" silent;
    /// Allocates nested arrays.
    197 MULTIANEWARRAY "multianewarray" MultiANewArray "?" > "a" throws;
    /// Branches if reference == null.
    198 IFNULL "ifnull" Branch16 "a" > "" silent;
    /// Branches if reference != null.
    199 IFNONNULL "ifnonnull" Branch16 "a" > "" silent;
    /// `goto` with a wide offset.
    200 GOTO_W "goto_w" Branch32 "" > "" silent;
    /// `jsr` with a wide offset.
    201 JSR_W "jsr_w" Branch32 "" > "r" silent;

    // Reserved by JVMS 6.2.

    /// For debuggers; never in a class file.
    202 BREAKPOINT "breakpoint" None "" > "" throws;
    /// Reserved; never in a class file.
    254 IMPDEP1 "impdep1" None "" > "" throws;
    /// Reserved; never in a class file.
    255 IMPDEP2 "impdep2" None "" > "" throws;

    // Quick instructions: 203..=253. Only the VM writes them, over an instruction of the same length, once
    // its operand is resolved; the parser and the verifier refuse them in class files. Numbers that are not
    // listed here are free.

    /// Reads a byte or boolean instance field at the operand's offset.
    203 GETFIELD_B "getfield_b" FieldOffset "a" > "i" throws of GETFIELD;
    /// Reads a char instance field at the operand's offset.
    204 GETFIELD_C "getfield_c" FieldOffset "a" > "i" throws of GETFIELD;
    /// Reads a short instance field at the operand's offset.
    205 GETFIELD_S "getfield_s" FieldOffset "a" > "i" throws of GETFIELD;
    /// Reads a 32-bit (int, float, reference) instance field at the operand's offset.
    206 GETFIELD_W "getfield_w" FieldOffset "a" > "?" throws of GETFIELD;
    /// Reads a 64-bit (long, double) instance field at the operand's offset.
    207 GETFIELD_L "getfield_l" FieldOffset "a" > "?" throws of GETFIELD;
    /// Writes a boolean (masked to one bit) instance field at the operand's offset.
    208 PUTFIELD_Z "putfield_z" FieldOffset "ai" > "" throws of PUTFIELD;
    /// Writes a byte instance field at the operand's offset.
    209 PUTFIELD_B "putfield_b" FieldOffset "ai" > "" throws of PUTFIELD;
    /// Writes a char or short instance field at the operand's offset.
    210 PUTFIELD_C "putfield_c" FieldOffset "ai" > "" throws of PUTFIELD;
    /// Writes an int or float instance field at the operand's offset.
    211 PUTFIELD_W "putfield_w" FieldOffset "a?" > "" throws of PUTFIELD;
    /// Writes a 64-bit (long, double) instance field at the operand's offset.
    212 PUTFIELD_L "putfield_l" FieldOffset "a?" > "" throws of PUTFIELD;
    /// Writes a reference (with the write barrier) instance field at the operand's offset.
    213 PUTFIELD_A "putfield_a" FieldOffset "aa" > "" throws of PUTFIELD;
    /// Reads a volatile field of any type, described by the cache entry.
    214 GETFIELD_VOLATILE "getfield_volatile" Cache "a" > "?" throws of GETFIELD;
    /// Writes a volatile field of any type, described by the cache entry.
    215 PUTFIELD_VOLATILE "putfield_volatile" Cache "a?" > "" throws of PUTFIELD;
    /// Reads a byte or boolean static field in the operand's cache entry.
    216 GETSTATIC_B "getstatic_b" Cache "" > "i" silent of GETSTATIC;
    /// Reads a char static field in the operand's cache entry.
    217 GETSTATIC_C "getstatic_c" Cache "" > "i" silent of GETSTATIC;
    /// Reads a short static field in the operand's cache entry.
    218 GETSTATIC_S "getstatic_s" Cache "" > "i" silent of GETSTATIC;
    /// Reads a 32-bit (int, float, reference) static field in the operand's cache entry.
    219 GETSTATIC_W "getstatic_w" Cache "" > "?" silent of GETSTATIC;
    /// Reads a 64-bit (long, double) static field in the operand's cache entry.
    220 GETSTATIC_L "getstatic_l" Cache "" > "?" silent of GETSTATIC;
    /// Writes a boolean (masked to one bit) static field in the operand's cache entry.
    221 PUTSTATIC_Z "putstatic_z" Cache "i" > "" silent of PUTSTATIC;
    /// Writes a byte static field in the operand's cache entry.
    222 PUTSTATIC_B "putstatic_b" Cache "i" > "" silent of PUTSTATIC;
    /// Writes a char or short static field in the operand's cache entry.
    223 PUTSTATIC_C "putstatic_c" Cache "i" > "" silent of PUTSTATIC;
    /// Writes an int or float static field in the operand's cache entry.
    224 PUTSTATIC_W "putstatic_w" Cache "?" > "" silent of PUTSTATIC;
    /// Writes a 64-bit (long, double) static field in the operand's cache entry.
    225 PUTSTATIC_L "putstatic_l" Cache "?" > "" silent of PUTSTATIC;
    /// Writes a reference (with the write barrier) static field in the operand's cache entry.
    226 PUTSTATIC_A "putstatic_a" Cache "a" > "" silent of PUTSTATIC;
    /// Reads a volatile static of any type, described by the cache entry.
    227 GETSTATIC_VOLATILE "getstatic_volatile" Cache "" > "?" silent of GETSTATIC;
    /// Writes a volatile static of any type, described by the cache entry.
    228 PUTSTATIC_VOLATILE "putstatic_volatile" Cache "?" > "" silent of PUTSTATIC;
    /// Calls through the receiver's vtable.
    229 INVOKEVIRTUAL_V "invokevirtual_v" Cache "a?" > "?" throws of INVOKEVIRTUAL;
    /// Calls one known (final or private) method after a null check.
    230 INVOKEVIRTUAL_F "invokevirtual_f" Cache "a?" > "?" throws of INVOKEVIRTUAL;
    /// Signature-polymorphic call through its linked adapter.
    231 INVOKEVIRTUAL_HANDLE "invokevirtual_handle" Cache "a?" > "?" throws of INVOKEVIRTUAL;
    /// Calls the resolved method after a null check.
    232 INVOKESPECIAL_Q "invokespecial_q" Cache "a?" > "?" throws of INVOKESPECIAL;
    /// Calls the resolved method of an initialised class.
    233 INVOKESTATIC_Q "invokestatic_q" Cache "?" > "?" throws of INVOKESTATIC;
    /// `ldc_class_q` with a wide index.
    234 LDC_W_CLASS_Q "ldc_w_class_q" CpU16 "" > "a" silent of LDC_W;
    /// Calls through the receiver's itable.
    235 INVOKEINTERFACE_Q "invokeinterface_q" InvokeInterface "a?" > "?" throws of INVOKEINTERFACE;
    /// Interface call of a method of `java.lang.Object`, through the vtable.
    236 INVOKEINTERFACE_OBJECT "invokeinterface_object" InvokeInterface "a?" > "?" throws of INVOKEINTERFACE;
    /// Calls the linked call site's target.
    237 INVOKEDYNAMIC_Q "invokedynamic_q" InvokeDynamic "?" > "?" throws of INVOKEDYNAMIC;
    /// Allocates an instance of an initialised class without a finalizer.
    238 NEW_Q "new_q" Cache "" > "a" throws of NEW;
    /// Allocates an array of a resolved class.
    239 ANEWARRAY_Q "anewarray_q" Cache "i" > "a" throws of ANEWARRAY;
    /// Checks against a resolved class.
    240 CHECKCAST_Q "checkcast_q" Cache "a" > "a" throws of CHECKCAST;
    /// Tests against a resolved class.
    241 INSTANCEOF_Q "instanceof_q" Cache "a" > "i" silent of INSTANCEOF;
    /// Pushes a resolved reference constant.
    242 LDC_REF_Q "ldc_ref_q" CpU8 "" > "a" silent of LDC;
    /// `ldc_ref_q` with a wide index.
    243 LDC_W_REF_Q "ldc_w_ref_q" CpU16 "" > "a" silent of LDC_W;
    /// Returns from `Object.<init>`, registering the receiver if it has a finalizer.
    244 RETURN_REGISTER_FINALIZER "return_register_finalizer" None "" > "" throws of RETURN;
    /// Leaves the interpreter: the return address of its outermost frame.
    245 JAVA_EXIT "java_exit" None "" > "" silent of NOP;
    /// `aload_0; getfield_w` in one dispatch; the second instruction's bytes stay valid.
    246 ALOAD_0_GETFIELD_W "aload_0_getfield_w" FusedField "" > "?" throws of ALOAD_0;
    /// `aload_0; getfield_l` in one dispatch; the second instruction's bytes stay valid.
    247 ALOAD_0_GETFIELD_L "aload_0_getfield_l" FusedField "" > "?" throws of ALOAD_0;
    /// `iload; iload` in one dispatch; the second instruction's bytes stay valid.
    248 ILOAD_ILOAD "iload_iload" FusedLocals "" > "ii" silent of ILOAD;
    /// Pushes a one-word number, the bits of its resolution entry.
    249 LDC_WORD_Q "ldc_word_q" CpU8 "" > "?" silent of LDC;
    /// `ldc_word_q` with a wide index.
    250 LDC_W_WORD_Q "ldc_w_word_q" CpU16 "" > "?" silent of LDC_W;
    /// Pushes a two-word number, the bits of its resolution entry.
    251 LDC2_W_Q "ldc2_w_q" CpU16 "" > "?" silent of LDC2_W;
    /// `aload_0` that is followed by nothing to fuse with.
    252 ALOAD_0_PLAIN "aload_0_plain" None "" > "a" silent of ALOAD_0;
    /// Pushes the mirror of a resolved class.
    253 LDC_CLASS_Q "ldc_class_q" CpU8 "" > "a" silent of LDC;
}

//! Where fields lie in objects and in mirrors.

use crate::meta::BasicType;

/// A field to be placed.
pub(super) struct Placed {
    pub basic: BasicType,
    pub is_static: bool,
    pub offset: u32,
}

/// Result of placing the fields of one class.
pub(super) struct Layout {
    /// End of the instance fields, before rounding up to 8.
    pub fields_end: u32,
    /// Bytes of the statics, relative to their start; references come first.
    pub statics_bytes: u32,
    /// Number of static references.
    pub static_refs: u32,
}

const fn align(n: u32, to: u32) -> u32 {
    (n + to - 1) & !(to - 1)
}

/// Places fields by falling size, references together, using the gap that a superclass leaves
/// below an 8-byte boundary. Offsets of statics are relative to the start of the statics.
pub(super) fn place(fields: &mut [Placed], start: u32) -> Layout {
    let mut at = start;
    let has_wide = fields.iter().any(|f| !f.is_static && f.basic.size_shift() == 3);
    if has_wide && !at.is_multiple_of(8) {
        at = fill_gap(fields, at);
    }
    for (shift, refs) in [(3, false), (2, true), (2, false), (1, false), (0, false)] {
        for f in fields.iter_mut().filter(|f| !f.is_static && f.offset == 0) {
            if f.basic.size_shift() != shift || (f.basic == BasicType::Object) != refs {
                continue;
            }
            at = align(at, 1 << shift);
            f.offset = at;
            at += 1 << shift;
        }
    }
    let mut statics = 0;
    let mut static_refs = 0;
    for f in fields.iter_mut().filter(|f| f.is_static && f.basic == BasicType::Object) {
        f.offset = statics;
        statics += 4;
        static_refs += 1;
    }
    for shift in [3, 2, 1, 0] {
        for f in fields.iter_mut().filter(|f| f.is_static && f.basic != BasicType::Object) {
            if f.basic.size_shift() == shift {
                statics = align(statics, 1 << shift);
                f.offset = statics;
                statics += 1 << shift;
            }
        }
    }
    Layout { fields_end: at, statics_bytes: statics, static_refs }
}

/// Puts small fields below the next multiple of 8.
fn fill_gap(fields: &mut [Placed], mut at: u32) -> u32 {
    let end = align(at, 8);
    for shift in [2, 1, 0] {
        for f in fields.iter_mut().filter(|f| !f.is_static && f.offset == 0) {
            let size = 1 << shift;
            if f.basic.size_shift() == shift && align(at, size) + size <= end {
                at = align(at, size);
                f.offset = at;
                at += size;
            }
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(basic: BasicType) -> Placed {
        Placed { basic, is_static: false, offset: 0 }
    }

    #[test]
    fn wide_fields_leave_no_hole_behind_a_misaligned_superclass() {
        let mut f = [field(BasicType::Long), field(BasicType::Int), field(BasicType::Object)];
        let l = place(&mut f, 12);
        assert_eq!([f[0].offset, f[1].offset, f[2].offset], [16, 12, 24]);
        assert_eq!(l.fields_end, 28);
    }

    #[test]
    fn references_form_one_run() {
        let mut f = [field(BasicType::Object), field(BasicType::Byte), field(BasicType::Object)];
        let l = place(&mut f, 8);
        assert_eq!([f[0].offset, f[2].offset], [8, 12]);
        assert_eq!(f[1].offset, 16);
        assert_eq!(l.fields_end, 17);
    }

    #[test]
    fn statics_begin_with_the_references() {
        let mut f = [BasicType::Long, BasicType::Object, BasicType::Int].map(|basic| Placed {
            basic,
            is_static: true,
            offset: 0,
        });
        let l = place(&mut f, 8);
        assert_eq!([f[0].offset, f[1].offset, f[2].offset], [8, 0, 16]);
        assert_eq!((l.statics_bytes, l.static_refs, l.fields_end), (20, 1, 8));
    }
}

//! StackMapTable frames (JVMS 4.7.4), decoded as they are walked.

/// What a slot holds (JVMS 4.7.4, `verification_type_info`). Long and double stand for two slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VerificationType {
    /// Nothing usable.
    Top,
    /// An int, or a smaller integral type.
    Integer,
    /// A float.
    Float,
    /// A double.
    Double,
    /// A long.
    Long,
    /// The null reference.
    Null,
    /// The receiver of a constructor that has not called another one yet.
    UninitializedThis,
    /// A reference.
    Object {
        /// Class entry of its type.
        class: u16,
    },
    /// A new object whose constructor has not been called.
    Uninitialized {
        /// The pc of its `new`.
        offset: u16,
    },
}

/// The table can not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StackMapError {
    /// It ends inside a frame.
    #[error("truncated StackMapTable at byte {offset}")]
    Truncated {
        /// Bytes into the attribute's contents.
        offset: usize,
    },
    /// A frame type from the reserved range 128 to 246.
    #[error("reserved frame type {frame_type} at byte {offset}")]
    ReservedFrame {
        /// The type.
        frame_type: u8,
        /// Bytes into the attribute's contents.
        offset: usize,
    },
    /// A type's tag above 8.
    #[error("bad verification type tag {tag} at byte {offset}")]
    BadTag {
        /// The tag.
        tag: u8,
        /// Bytes into the attribute's contents.
        offset: usize,
    },
    /// Bytes follow the last frame.
    #[error("extra bytes after the last frame, at byte {offset}")]
    ExtraBytes {
        /// Bytes into the attribute's contents.
        offset: usize,
    },
}

/// A frame, relative to the one before (JVMS 4.7.4).
#[derive(Clone, Copy, Debug)]
pub struct StackMapFrame<'a> {
    /// The frame's number as in the file, 0 to 255.
    pub frame_type: u8,
    /// The first frame is at this pc; each other one at the pc before plus this plus 1.
    pub offset_delta: u16,
    /// What changes.
    pub kind: FrameKind<'a>,
}

/// What a frame changes.
#[derive(Clone, Copy, Debug)]
pub enum FrameKind<'a> {
    /// The same locals, an empty stack.
    Same,
    /// The same locals, one value on the stack.
    SameLocals1(VerificationType),
    /// The last 1 to 3 locals are gone, the stack is empty.
    Chop(u8),
    /// 1 to 3 more locals, the stack is empty.
    Append(VerificationTypes<'a>),
    /// All anew.
    Full {
        /// The locals.
        locals: VerificationTypes<'a>,
        /// The stack, bottom first.
        stack: VerificationTypes<'a>,
    },
}

/// A checked list of types, decoded as it is walked; at most as many as its length tells.
#[derive(Clone, Copy, Debug)]
pub struct VerificationTypes<'a> {
    bytes: &'a [u8],
    left: u16,
}

impl VerificationTypes<'_> {
    /// How many types follow.
    pub fn len(&self) -> usize {
        usize::from(self.left)
    }

    /// Whether no type follows.
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }
}

impl Iterator for VerificationTypes<'_> {
    type Item = VerificationType;

    fn next(&mut self) -> Option<VerificationType> {
        self.left = self.left.checked_sub(1)?;
        let mut cursor = Cursor { bytes: self.bytes, at: 0 };
        let kind = cursor.verification_type().ok()?;
        self.bytes = &self.bytes[cursor.at..];
        Some(kind)
    }
}

#[derive(Clone, Debug)]
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn u1(&mut self) -> Result<u8, StackMapError> {
        let value = self.bytes.get(self.at).copied();
        let value = value.ok_or(StackMapError::Truncated { offset: self.at })?;
        self.at += 1;
        Ok(value)
    }

    fn u2(&mut self) -> Result<u16, StackMapError> {
        Ok(u16::from_be_bytes([self.u1()?, self.u1()?]))
    }

    fn verification_type(&mut self) -> Result<VerificationType, StackMapError> {
        let offset = self.at;
        Ok(match self.u1()? {
            0 => VerificationType::Top,
            1 => VerificationType::Integer,
            2 => VerificationType::Float,
            3 => VerificationType::Double,
            4 => VerificationType::Long,
            5 => VerificationType::Null,
            6 => VerificationType::UninitializedThis,
            7 => VerificationType::Object { class: self.u2()? },
            8 => VerificationType::Uninitialized { offset: self.u2()? },
            tag => return Err(StackMapError::BadTag { tag, offset }),
        })
    }

    fn types(&mut self, count: u16) -> Result<VerificationTypes<'a>, StackMapError> {
        let start = self.at;
        for _ in 0..count {
            self.verification_type()?;
        }
        Ok(VerificationTypes { bytes: &self.bytes[start..self.at], left: count })
    }

    fn frame(&mut self) -> Result<StackMapFrame<'a>, StackMapError> {
        let offset = self.at;
        let frame_type = self.u1()?;
        let mut offset_delta = u16::from(frame_type & 63);
        if frame_type >= 247 {
            offset_delta = self.u2()?;
        }
        let kind = match frame_type {
            0..64 | 251 => FrameKind::Same,
            64..128 | 247 => FrameKind::SameLocals1(self.verification_type()?),
            128..247 => return Err(StackMapError::ReservedFrame { frame_type, offset }),
            248..251 => FrameKind::Chop(251 - frame_type),
            252..255 => FrameKind::Append(self.types(u16::from(frame_type - 251))?),
            255 => {
                let count = self.u2()?;
                let locals = self.types(count)?;
                let count = self.u2()?;
                FrameKind::Full { locals, stack: self.types(count)? }
            }
        };
        Ok(StackMapFrame { frame_type, offset_delta, kind })
    }
}

/// The frames of a StackMapTable, in order. The walk ends after the first error.
#[derive(Clone, Debug)]
pub struct StackMapTable<'a> {
    cursor: Cursor<'a>,
    left: u16,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    BadStart,
    Walking,
    Done,
}

impl<'a> StackMapTable<'a> {
    /// Over an attribute's contents.
    pub fn new(data: &'a [u8]) -> Self {
        let mut cursor = Cursor { bytes: data, at: 0 };
        let count = cursor.u2();
        let state = if count.is_ok() { State::Walking } else { State::BadStart };
        StackMapTable { cursor, left: count.unwrap_or(0), state }
    }

    /// How many frames are still to come, as the table claims.
    pub fn frames_left(&self) -> u16 {
        self.left
    }
}

impl<'a> Iterator for StackMapTable<'a> {
    type Item = Result<StackMapFrame<'a>, StackMapError>;

    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.cursor.at;
        let item = match self.state {
            State::Done => return None,
            State::BadStart => Err(StackMapError::Truncated { offset }),
            State::Walking if self.left > 0 => {
                self.left -= 1;
                self.cursor.frame()
            }
            State::Walking if offset < self.cursor.bytes.len() => {
                Err(StackMapError::ExtraBytes { offset })
            }
            State::Walking => {
                self.state = State::Done;
                return None;
            }
        };
        if item.is_err() {
            self.state = State::Done;
        }
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_frame() {
        let table = [
            0, 7, // count
            5, // same
            64, 1, // same locals, int
            247, 1, 0, 7, 0, 9, // extended, object
            249, 0, 2, // chop 2
            251, 0, 3, // same, extended
            253, 0, 4, 4, 8, 0, 1, // append long, uninitialized
            255, 0, 5, 0, 1, 6, 0, 1, 5, // full
        ];
        let frames: Vec<_> = StackMapTable::new(&table).map(Result::unwrap).collect();
        let deltas: Vec<_> = frames.iter().map(|frame| frame.offset_delta).collect();
        assert_eq!(deltas, [5, 0, 256, 2, 3, 4, 5]);
        assert!(matches!(
            frames[2].kind,
            FrameKind::SameLocals1(VerificationType::Object { class: 9 })
        ));
        assert!(matches!(frames[3].kind, FrameKind::Chop(2)));
        let FrameKind::Append(types) = frames[5].kind else { panic!() };
        let wanted = [VerificationType::Long, VerificationType::Uninitialized { offset: 1 }];
        assert_eq!(types.collect::<Vec<_>>(), wanted);
        let FrameKind::Full { locals, mut stack } = frames[6].kind else { panic!() };
        assert_eq!((locals.len(), stack.next()), (1, Some(VerificationType::Null)));
        for end in 0..table.len() {
            assert!(StackMapTable::new(&table[..end]).any(|frame| frame.is_err()), "{end}");
        }
    }

    #[test]
    fn errors_end_the_walk() {
        let reserved = StackMapTable::new(&[0, 2, 130, 1]).collect::<Vec<_>>();
        assert!(matches!(
            reserved[..],
            [Err(StackMapError::ReservedFrame { frame_type: 130, .. })]
        ));
        let extra = StackMapTable::new(&[0, 0, 1]).last();
        assert!(matches!(extra, Some(Err(StackMapError::ExtraBytes { offset: 2 }))));
        let tag = StackMapTable::new(&[0, 1, 64, 9]).last();
        assert!(matches!(tag, Some(Err(StackMapError::BadTag { tag: 9, offset: 3 }))));
    }
}

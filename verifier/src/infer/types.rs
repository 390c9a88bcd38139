//! The types of the inferring verifier: item, array dimensions and a detail, in four bytes (JVMS 4.10.2.2).

use std::borrow::Cow;
use std::collections::HashMap;

use classfile::{ClassFile, FieldType};

/// What a slot or an array's innermost element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Item {
    /// Nothing usable.
    Bogus,
    Void,
    Int,
    Float,
    Double,
    Long,
    /// Only as elements of arrays.
    Byte,
    Short,
    Char,
    Boolean,
    /// A class by its number; number 0 is that of null.
    Object,
    /// A new object, by the number of its `new` instruction.
    New,
    /// `this` before a constructor has been called.
    InitThis,
    /// A return address, by the number of the subroutine's first instruction.
    Return,
    /// The upper slots of wide values.
    Double2,
    Long2,
}

/// A type: 4 bits of item, 8 of dimensions, 20 of detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Info(u32);

/// The most details that fit.
const DETAIL_MASK: u32 = (1 << 20) - 1;

impl Info {
    pub(super) const BOGUS: Info = Info::scalar(Item::Bogus);
    pub(super) const VOID: Info = Info::scalar(Item::Void);
    pub(super) const INT: Info = Info::scalar(Item::Int);
    pub(super) const FLOAT: Info = Info::scalar(Item::Float);
    pub(super) const DOUBLE: Info = Info::scalar(Item::Double);
    pub(super) const LONG: Info = Info::scalar(Item::Long);
    pub(super) const NULL: Info = Info::scalar(Item::Object);
    pub(super) const INIT_THIS: Info = Info::scalar(Item::InitThis);

    pub(super) const fn new(item: Item, dimensions: u8, detail: u32) -> Info {
        Info((item as u32) << 28 | (dimensions as u32) << 20 | detail & DETAIL_MASK)
    }

    pub(super) const fn scalar(item: Item) -> Info {
        Info::new(item, 0, 0)
    }

    const fn item_bits(self) -> u32 {
        self.0 >> 28
    }

    pub(super) const fn is(self, item: Item) -> bool {
        self.item_bits() == item as u32
    }

    pub(super) const fn dimensions(self) -> u8 {
        (self.0 >> 20) as u8
    }

    pub(super) const fn detail(self) -> u32 {
        self.0 & DETAIL_MASK
    }

    /// Whether it is an object, null or an array.
    pub(super) const fn is_reference(self) -> bool {
        self.is(Item::Object) || self.dimensions() > 0
    }

    pub(super) const fn is_wide(self) -> bool {
        self.0 == Self::LONG.0 || self.0 == Self::DOUBLE.0
    }

    pub(super) const fn upper_half(self) -> Info {
        if self.0 == Self::LONG.0 { Info::scalar(Item::Long2) } else { Info::scalar(Item::Double2) }
    }

    /// The innermost element, which may be a small integral type.
    pub(super) const fn element(self) -> Info {
        Info(self.0 & !(0xff << 20))
    }

    pub(super) const fn with_dimensions(self, dimensions: u8) -> Info {
        Info(self.element().0 | (dimensions as u32) << 20)
    }

    /// What loading from the array gives.
    pub(super) fn component(self) -> Info {
        if self == Info::NULL {
            return self;
        }
        let component = self.with_dimensions(self.dimensions().saturating_sub(1));
        let small = [Item::Byte, Item::Short, Item::Char, Item::Boolean];
        if component.dimensions() == 0 && small.into_iter().any(|item| component.is(item)) {
            return Info::INT;
        }
        component
    }
}

/// The class names that types refer to, numbered from 1.
pub(super) struct Classes<'c, 'a> {
    class: &'c ClassFile<'a>,
    hidden_name: Option<&'c [u8]>,
    names: Vec<Cow<'a, [u8]>>,
    numbers: HashMap<Cow<'a, [u8]>, u32>,
}

impl<'c, 'a> Classes<'c, 'a> {
    pub(super) fn new(class: &'c ClassFile<'a>, hidden_name: Option<&'c [u8]>) -> Self {
        Classes { class, hidden_name, names: Vec::new(), numbers: HashMap::new() }
    }

    /// The type of a class that is no array.
    pub(super) fn object(&mut self, name: impl Into<Cow<'a, [u8]>>) -> Info {
        let name = name.into();
        if let Some(&number) = self.numbers.get(&name) {
            return Info::new(Item::Object, 0, number);
        }
        self.names.push(name.clone());
        let number = self.names.len() as u32;
        self.numbers.insert(name, number);
        Info::new(Item::Object, 0, number)
    }

    /// Whether more classes are named than can be told apart.
    pub(super) fn is_full(&self) -> bool {
        self.names.len() >= DETAIL_MASK as usize
    }

    pub(super) fn name(&self, class: Info) -> &[u8] {
        match class.detail().checked_sub(1) {
            Some(number) => &self.names[number as usize],
            None => b"",
        }
    }

    /// The name of a class, or the descriptor of an array.
    pub(super) fn internal_name(&self, kind: Info) -> Vec<u8> {
        let dimensions = usize::from(kind.dimensions());
        if dimensions == 0 {
            return self.name(kind).to_vec();
        }
        let letters = [
            (Item::Byte, b'B'),
            (Item::Short, b'S'),
            (Item::Char, b'C'),
            (Item::Boolean, b'Z'),
            (Item::Float, b'F'),
            (Item::Double, b'D'),
            (Item::Long, b'J'),
            (Item::Int, b'I'),
        ];
        let mut name = vec![b'['; dimensions];
        match letters.into_iter().find(|(item, _)| kind.is(*item)) {
            Some((_, letter)) => name.push(letter),
            None => {
                name.push(b'L');
                name.extend_from_slice(self.name(kind));
                name.push(b';');
            }
        }
        name
    }

    /// The type of values of a field type.
    pub(super) fn value(&mut self, kind: FieldType<'a>) -> Info {
        let item = match kind.element() {
            FieldType::Object(name) => {
                return self.object(name).with_dimensions(kind.dimensions() as u8);
            }
            FieldType::Float => Item::Float,
            FieldType::Double => Item::Double,
            FieldType::Long => Item::Long,
            _ if kind.dimensions() == 0 => Item::Int,
            FieldType::Byte => Item::Byte,
            FieldType::Short => Item::Short,
            FieldType::Char => Item::Char,
            FieldType::Boolean => Item::Boolean,
            _ => Item::Int,
        };
        Info::new(item, kind.dimensions() as u8, 0)
    }

    /// The type that a Class entry names.
    pub(super) fn class_entry(&mut self, index: u16) -> Info {
        match self.hidden_name {
            Some(hidden) if index == self.class.this_class => self.object(hidden.to_vec()),
            _ => {
                let name = self.class.constant_pool.class_name(index).unwrap_or_default();
                if name.first() != Some(&b'[') {
                    return self.object(name);
                }
                FieldType::parse(name).map_or(Info::BOGUS, |kind| self.value(kind))
            }
        }
    }
}

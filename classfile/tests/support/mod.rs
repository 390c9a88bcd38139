//! A small writer of class files, good and bad, for the tests.

/// A class file in parts; everything can be made wrong.
pub struct Spec {
    pub magic: u32,
    pub minor: u16,
    pub major: u16,
    /// Entries as bytes; a long or double is followed by an empty one.
    pub pool: Vec<Vec<u8>>,
    /// Written instead of the true number of entries plus one.
    pub pool_count: Option<u16>,
    pub flags: u16,
    pub this: u16,
    pub super_class: u16,
    pub interfaces: Vec<u16>,
    pub fields: Vec<Member>,
    pub methods: Vec<Member>,
    pub attributes: Vec<(u16, Vec<u8>)>,
    /// Written behind the last attribute.
    pub tail: Vec<u8>,
    /// How many bytes are cut off the end.
    pub cut: usize,
}

/// A field or method.
pub struct Member {
    pub flags: u16,
    pub name: u16,
    pub descriptor: u16,
    pub attributes: Vec<(u16, Vec<u8>)>,
}

/// Big-endian bytes of two-byte numbers.
pub fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn attributes(out: &mut Vec<u8>, attributes: &[(u16, Vec<u8>)]) {
    out.extend((attributes.len() as u16).to_be_bytes());
    for (name, data) in attributes {
        out.extend(name.to_be_bytes());
        out.extend((data.len() as u32).to_be_bytes());
        out.extend(data);
    }
}

impl Spec {
    /// `public super class T extends Object`, version 61, no members. Entries 1 to 4: "T", T,
    /// "java/lang/Object", Object.
    pub fn new() -> Spec {
        let mut spec = Spec {
            magic: 0xcafe_babe,
            minor: 0,
            major: 61,
            pool: Vec::new(),
            pool_count: None,
            flags: 0x21,
            this: 2,
            super_class: 4,
            interfaces: Vec::new(),
            fields: Vec::new(),
            methods: Vec::new(),
            attributes: Vec::new(),
            tail: Vec::new(),
            cut: 0,
        };
        spec.class("T");
        spec.class("java/lang/Object");
        spec
    }

    /// Appends an entry and answers its index.
    pub fn entry(&mut self, tag: u8, data: &[u8]) -> u16 {
        self.pool.push([&[tag], data].concat());
        self.pool.len() as u16
    }

    /// Appends an entry of two-byte numbers.
    pub fn refer(&mut self, tag: u8, indices: &[u16]) -> u16 {
        self.entry(tag, &words(indices))
    }

    pub fn utf8(&mut self, text: impl AsRef<[u8]>) -> u16 {
        let text = text.as_ref();
        self.entry(1, &[&(text.len() as u16).to_be_bytes(), text].concat())
    }

    pub fn class(&mut self, name: impl AsRef<[u8]>) -> u16 {
        let name = self.utf8(name);
        self.refer(7, &[name])
    }

    pub fn name_and_type(&mut self, name: &str, descriptor: &str) -> u16 {
        let parts = [self.utf8(name), self.utf8(descriptor)];
        self.refer(12, &parts)
    }

    /// Fieldref (9), Methodref (10) or InterfaceMethodref (11) in class T.
    pub fn member(&mut self, tag: u8, name: &str, descriptor: &str) -> u16 {
        let name_and_type = self.name_and_type(name, descriptor);
        self.refer(tag, &[2, name_and_type])
    }

    pub fn method_handle(&mut self, kind: u8, reference: u16) -> u16 {
        self.entry(15, &[&[kind], &words(&[reference])[..]].concat())
    }

    pub fn field(&mut self, flags: u16, name: &str, descriptor: &str) -> &mut Member {
        let (name, descriptor) = (self.utf8(name), self.utf8(descriptor));
        self.fields.push(Member { flags, name, descriptor, attributes: Vec::new() });
        self.fields.last_mut().unwrap()
    }

    pub fn method(&mut self, flags: u16, name: &str, descriptor: &str) -> &mut Member {
        let (name, descriptor) = (self.utf8(name), self.utf8(descriptor));
        self.methods.push(Member { flags, name, descriptor, attributes: Vec::new() });
        self.methods.last_mut().unwrap()
    }

    /// An attribute for a member or the code, with its name put in the pool.
    pub fn attribute(&mut self, name: &str, data: &[u8]) -> (u16, Vec<u8>) {
        (self.utf8(name), data.to_vec())
    }

    /// An attribute of the class.
    pub fn class_attribute(&mut self, name: &str, data: &[u8]) {
        let attribute = self.attribute(name, data);
        self.attributes.push(attribute);
    }

    /// Adds `static void m()` with this Code attribute.
    pub fn static_method(&mut self, code: &CodeSpec) {
        let attribute = self.attribute("Code", &code.bytes());
        self.method(9, "m", "()V").attributes.push(attribute);
    }

    /// The class file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = self.magic.to_be_bytes().to_vec();
        let count = self.pool_count.unwrap_or(self.pool.len() as u16 + 1);
        out.extend(words(&[self.minor, self.major, count]));
        out.extend(self.pool.iter().flatten());
        out.extend(words(&[self.flags, self.this, self.super_class]));
        out.extend(words(&[self.interfaces.len() as u16]));
        out.extend(words(&self.interfaces));
        for members in [&self.fields, &self.methods] {
            out.extend(words(&[members.len() as u16]));
            for member in members {
                out.extend(words(&[member.flags, member.name, member.descriptor]));
                attributes(&mut out, &member.attributes);
            }
        }
        attributes(&mut out, &self.attributes);
        out.extend(&self.tail);
        out.truncate(out.len() - self.cut);
        out
    }
}

/// A Code attribute's contents.
pub struct CodeSpec {
    pub max_stack: u16,
    pub max_locals: u16,
    pub code: Vec<u8>,
    pub handlers: Vec<[u16; 4]>,
    pub attributes: Vec<(u16, Vec<u8>)>,
    pub tail: Vec<u8>,
}

impl CodeSpec {
    /// `nop; return` with two locals.
    pub fn new() -> CodeSpec {
        CodeSpec {
            max_stack: 2,
            max_locals: 2,
            code: vec![0, 177],
            handlers: Vec::new(),
            attributes: Vec::new(),
            tail: Vec::new(),
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = words(&[self.max_stack, self.max_locals]);
        out.extend((self.code.len() as u32).to_be_bytes());
        out.extend(&self.code);
        out.extend(words(&[self.handlers.len() as u16]));
        out.extend(self.handlers.iter().flat_map(|handler| words(handler)));
        attributes(&mut out, &self.attributes);
        out.extend(&self.tail);
        out
    }
}

//! A tiny assembler for class files, broken ones above all: a line per instruction, nothing is checked.
//!
//! ```text
//! class 61 java/lang/Object          version and superclass; the class is called Made
//! implements java/lang/Runnable
//! field 2 x I
//! method 9 f ()V stack 2 locals 1    flags, name, descriptor
//!   ldc string:text                  constants: string: int: float: long: double: class: field: method:
//!   ifnull @7                        imethod: indy: or #index; branch targets are absolute
//!   bytes ff
//!   catch 0 4 7 any
//!   map 0001 40 07 {class:a/B}       the StackMapTable, in hexadecimal
//! ```

use std::collections::HashMap;

use classfile::opcode::{Format, by_mnemonic, info};

#[derive(Default)]
struct Pool {
    bytes: Vec<u8>,
    seen: HashMap<Vec<u8>, u16>,
    next: u16,
}

impl Pool {
    fn add(&mut self, entry: Vec<u8>) -> u16 {
        if let Some(&index) = self.seen.get(&entry) {
            return index;
        }
        let index = self.next.max(1);
        self.next = index + if matches!(entry[0], 5 | 6) { 2 } else { 1 };
        self.bytes.extend(&entry);
        self.seen.insert(entry, index);
        index
    }

    fn pair(&mut self, tag: u8, first: u16, second: u16) -> u16 {
        let (a, b) = (first.to_be_bytes(), second.to_be_bytes());
        self.add(vec![tag, a[0], a[1], b[0], b[1]])
    }

    fn utf8(&mut self, text: &str) -> u16 {
        let length = (text.len() as u16).to_be_bytes();
        self.add([&[1], &length[..], text.as_bytes()].concat())
    }

    fn named(&mut self, tag: u8, text: &str) -> u16 {
        let index = self.utf8(text).to_be_bytes();
        self.add(vec![tag, index[0], index[1]])
    }

    fn class(&mut self, name: &str) -> u16 {
        self.named(7, name)
    }

    fn name_and_type(&mut self, text: &str) -> u16 {
        let (name, descriptor) = text.split_once(':').expect("name:descriptor");
        let (name, descriptor) = (self.utf8(name), self.utf8(descriptor));
        self.pair(12, name, descriptor)
    }

    fn member(&mut self, tag: u8, text: &str) -> u16 {
        let (class, rest) = text.split_once('.').expect("class.name:descriptor");
        let (class, rest) = (self.class(class), self.name_and_type(rest));
        self.pair(tag, class, rest)
    }

    fn constant(&mut self, text: &str) -> u16 {
        if let Some(index) = text.strip_prefix('#') {
            return index.parse().expect("an index");
        }
        let (kind, value) = text.split_once(':').expect("kind:value");
        let number = |bytes: &[u8], tag: u8| [&[tag], bytes].concat();
        match kind {
            "string" => self.named(8, value),
            "class" => self.class(value),
            "field" => self.member(9, value),
            "method" => self.member(10, value),
            "imethod" => self.member(11, value),
            "int" => self.add(number(&value.parse::<i32>().unwrap().to_be_bytes(), 3)),
            "float" => self.add(number(&value.parse::<f32>().unwrap().to_be_bytes(), 4)),
            "long" => self.add(number(&value.parse::<i64>().unwrap().to_be_bytes(), 5)),
            "double" => self.add(number(&value.parse::<f64>().unwrap().to_be_bytes(), 6)),
            _ => panic!("{text}"),
        }
    }
}

#[derive(Default)]
struct Method {
    head: Vec<u8>,
    limits: Vec<u8>,
    code: Vec<u8>,
    handlers: Vec<u8>,
    handler_count: u16,
    map: Option<Vec<u8>>,
}

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    assert!(digits.len().is_multiple_of(2), "{text}");
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal"))
        .collect()
}

fn short(out: &mut Vec<u8>, value: u16) {
    out.extend(value.to_be_bytes());
}

/// The class file that the text describes.
pub fn assemble(text: &str) -> Vec<u8> {
    let mut pool = Pool::default();
    let (mut head, mut interfaces, mut fields) = (Vec::new(), Vec::new(), Vec::new());
    let (mut version, mut methods) = (61, Vec::<Method>::new());
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<_> = line.split_whitespace().collect();
        let number = |at: usize| words[at].parse::<u16>().unwrap_or_else(|_| panic!("{line}"));
        match words[0] {
            "class" => {
                version = number(1);
                head = vec![0, 0x21];
                short(&mut head, pool.class("Made"));
                short(&mut head, pool.class(words[2]));
            }
            "implements" => interfaces.push(pool.class(words[1])),
            "field" => {
                let entry = [number(1), pool.utf8(words[2]), pool.utf8(words[3]), 0];
                fields.push(entry);
            }
            "method" => {
                let mut method = Method::default();
                short(&mut method.head, number(1));
                short(&mut method.head, pool.utf8(words[2]));
                short(&mut method.head, pool.utf8(words[3]));
                short(&mut method.limits, number(5));
                short(&mut method.limits, number(7));
                methods.push(method);
            }
            _ => body_line(&mut pool, methods.last_mut().expect("a method"), &words),
        }
    }
    let mut out = vec![0xca, 0xfe, 0xba, 0xbe, 0, 0];
    short(&mut out, version);
    let methods = finish(&mut pool, &methods);
    short(&mut out, pool.next);
    out.extend(&pool.bytes);
    out.extend(head);
    short(&mut out, interfaces.len() as u16);
    interfaces.iter().for_each(|&index| short(&mut out, index));
    short(&mut out, fields.len() as u16);
    fields.iter().flatten().for_each(|&part| short(&mut out, part));
    out.extend(methods);
    out.extend([0, 0]);
    out
}

fn body_line(pool: &mut Pool, method: &mut Method, words: &[&str]) {
    match words[0] {
        "bytes" => method.code.extend(hex(&words[1..].concat())),
        "catch" => {
            method.handler_count += 1;
            for word in &words[1..4] {
                short(&mut method.handlers, word.parse().expect("a pc"));
            }
            let caught = if words[4] == "any" { 0 } else { pool.class(words[4]) };
            short(&mut method.handlers, caught);
        }
        "map" => {
            let mut text = String::new();
            for word in &words[1..] {
                match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
                    Some(constant) => text += &format!("{:04x}", pool.constant(constant)),
                    None => text += word,
                }
            }
            method.map = Some(hex(&text));
        }
        mnemonic => {
            let row = by_mnemonic(mnemonic).unwrap_or_else(|| panic!("{mnemonic}"));
            instruction(pool, &mut method.code, row.op, &words[1..]);
        }
    }
}

fn instruction(pool: &mut Pool, code: &mut Vec<u8>, op: u8, operands: &[&str]) {
    let pc = code.len() as i32;
    code.push(op);
    let number = |at: usize| operands[at].parse::<i32>().expect("a number");
    match info(op).format {
        Format::None => {}
        Format::I8 | Format::Local8 | Format::NewArray => code.push(number(0) as u8),
        Format::I16 => short(code, number(0) as u16),
        Format::Iinc => code.extend([number(0) as u8, number(1) as u8]),
        Format::CpU8 => code.push(pool.constant(operands[0]) as u8),
        Format::CpU16 => short(code, pool.constant(operands[0])),
        Format::Branch16 => {
            let target: i32 = operands[0][1..].parse().expect("@pc");
            short(code, (target - pc) as u16);
        }
        Format::InvokeInterface => {
            short(code, pool.constant(operands[0]));
            code.extend([number(1) as u8, 0]);
        }
        Format::MultiANewArray => {
            short(code, pool.constant(operands[0]));
            code.push(number(1) as u8);
        }
        _ => panic!("write it as bytes"),
    }
}

fn finish(pool: &mut Pool, methods: &[Method]) -> Vec<u8> {
    let (code_name, map_name) = (pool.utf8("Code"), pool.utf8("StackMapTable"));
    let mut out = Vec::new();
    short(&mut out, methods.len() as u16);
    for method in methods {
        let mut body = method.limits.clone();
        body.extend((method.code.len() as u32).to_be_bytes());
        body.extend(&method.code);
        short(&mut body, method.handler_count);
        body.extend(&method.handlers);
        short(&mut body, u16::from(method.map.is_some()));
        if let Some(map) = &method.map {
            short(&mut body, map_name);
            body.extend((map.len() as u32).to_be_bytes());
            body.extend(map);
        }
        out.extend(&method.head);
        short(&mut out, 1);
        short(&mut out, code_name);
        out.extend((body.len() as u32).to_be_bytes());
        out.extend(body);
    }
    out
}

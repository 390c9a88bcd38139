//! The StackMapTable as error messages list it, up to where it stops making sense.

use std::fmt::Write;

use classfile::Code;

/// Appends the section about the table, if the code has one.
pub(crate) fn write(out: &mut String, code: &Code<'_>) -> std::fmt::Result {
    let Some(data) = code.stack_map_table.filter(|data| !data.is_empty()) else { return Ok(()) };
    writeln!(out, "  Stackmap Table:")?;
    let mut list = Listing { data, at: 0, before: -1 };
    let count = list.u2().unwrap_or(0);
    for _ in 0..count {
        out.push_str("    ");
        if !list.write_frame(out)? {
            break;
        }
        out.push('\n');
    }
    Ok(())
}

struct Listing<'a> {
    data: &'a [u8],
    at: usize,
    /// The pc of the frame before.
    before: i32,
}

impl Listing<'_> {
    fn u1(&mut self) -> Option<u8> {
        let value = self.data.get(self.at).copied();
        self.at += 1;
        value
    }

    fn u2(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes([self.u1()?, self.u1()?]))
    }

    /// One frame; answers whether it is whole.
    fn write_frame(&mut self, out: &mut String) -> Result<bool, std::fmt::Error> {
        // HotSpot reads what follows the table in memory, which is most often zero.
        let whole = self.at < self.data.len();
        let kind = self.u1().unwrap_or(0);
        let mut delta = u16::from(kind & 63);
        let mut complete = whole;
        if kind >= 247 {
            let bytes = [0, 1].map(|ahead| self.data.get(self.at + ahead).copied());
            complete &= bytes[1].is_some();
            delta = u16::from_be_bytes(bytes.map(|byte| byte.unwrap_or(0)));
            self.at += 2;
        }
        let pc = self.before + 1 + i32::from(delta);
        self.before = pc;
        let (name, contents) = match kind {
            0..64 => ("same_frame", Some(String::new())),
            64..128 => ("same_locals_1_stack_item_frame", self.type_list(1)),
            247 => ("same_locals_1_stack_item_extended", self.type_list(1)),
            128..247 => return Ok(false),
            248..251 => ("chop_frame", Some(format!(",{}", 251 - kind))),
            251 => ("same_frame_extended", Some(String::new())),
            252..255 => ("append_frame", self.type_list(u16::from(kind - 251))),
            255 => ("full_frame", self.full()),
        };
        let Some(contents) = contents else {
            write!(out, "{name}(@{pc}), output truncated, Stackmap exceeds table size.")?;
            return Ok(false);
        };
        write!(out, "{name}(@{pc}{contents})")?;
        Ok(complete)
    }

    fn type_list(&mut self, count: u16) -> Option<String> {
        Some(format!(",{}", self.types(count)?))
    }

    fn full(&mut self) -> Option<String> {
        let count = self.u2()?;
        let locals = self.types(count)?;
        let count = self.u2()?;
        let stack = self.types(count)?;
        Some(format!(",{{{locals}}},{{{stack}}}"))
    }

    fn types(&mut self, count: u16) -> Option<String> {
        let shown: Option<Vec<_>> = (0..count).map(|_| self.one_type()).collect();
        Some(shown?.join(","))
    }

    fn one_type(&mut self) -> Option<String> {
        const PLAIN: [&str; 7] =
            ["Top", "Integer", "Float", "Double", "Long", "Null", "UninitializedThis"];
        let tag = self.u1()?;
        Some(match tag {
            7 => format!("Object[#{}]", self.u2()?),
            8 => format!("Uninitialized[#{}]", self.u2()?),
            _ => PLAIN.get(usize::from(tag)).map_or(format!("BAD:{tag}"), |&name| name.to_owned()),
        })
    }
}

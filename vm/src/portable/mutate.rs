//! Forged images, for tests: one or a few changes to a good one, at places that its structure names as well as anywhere,
//! with hashes that fit. What [`Portable::rebuild`] makes of them is what is tested.

use super::file::{self, Portable};
use super::format::*;

/// Where a generator's numbers come from (xorshift64*).
pub struct Random(u64);

impl Random {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Below `n`; 0 for 0.
    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 16) as usize % n.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a mut [T]) -> Option<&'a mut T> {
        let at = self.below(from.len());
        from.get_mut(at)
    }

    /// A number that is likely to matter near `n`.
    fn near(&mut self, n: u32) -> u32 {
        match self.below(8) {
            0 => 0,
            1 => n.wrapping_add(1),
            2 => n.wrapping_sub(1),
            3 => u32::MAX,
            4 => n ^ 1 << self.below(32),
            _ => self.below(n as usize * 2 + 2) as u32,
        }
    }
}

/// The bytes of a file that says something else than `image`; `kind` of the change for statistics.
///
/// # Panics
/// If `image` is not what [`Portable::write`] has written.
pub fn mutate(image: &[u8], seed: u64) -> (Vec<u8>, &'static str) {
    let mut random = Random::new(seed);
    if random.below(16) == 0 {
        return (damage(image, &mut random), "file");
    }
    let body = file::read_body(image).expect("a good image");
    if random.below(12) == 0 {
        return (packed(&damage(&body, &mut random)), "body");
    }
    let mut guest: Guest = postcard::from_bytes(&body).expect("a good image");
    let mut kind = "";
    for _ in 0..1 + random.below(3) * random.below(2) {
        kind = change(&mut guest, &mut random);
    }
    let portable = Portable::new(guest);
    let mut out = Vec::new();
    portable.write(&mut out).expect("memory");
    (out, kind)
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    file::write_body(body, &mut out).expect("memory");
    out
}

/// Bytes flipped, cut off or doubled.
fn damage(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + random.below(3) {
        let at = random.below(bytes.len());
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, random.next() as u8),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            _ if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            _ => {}
        }
    }
    bytes
}

fn change(guest: &mut Guest, random: &mut Random) -> &'static str {
    match random.below(24) {
        0..5 => {
            // Mostly references and lengths: numbers of one to three bytes.
            if let Some(byte) = random.pick(&mut guest.heap.data) {
                *byte ^= 1 << random.below(8);
            }
            "object data"
        }
        5 | 6 => {
            let (from, to) =
                (random.below(guest.heap.data.len()), random.below(guest.heap.data.len()));
            let count = 1 + random.below(3);
            for i in 0..count {
                if let (Some(&byte), Some(place)) =
                    (guest.heap.data.clone().get(from + i), guest.heap.data.get_mut(to + i))
                {
                    *place = byte;
                }
            }
            "object data moved"
        }
        7 | 8 => {
            if let Some(byte) = random.pick(&mut guest.heap.kinds) {
                *byte ^= 1 << random.below(8);
            }
            "object class"
        }
        9..14 => thread(guest, random),
        14..18 => class(guest, random),
        18 => {
            let last = guest.classes.len();
            if let Some(loader) = random.pick(&mut guest.loaders) {
                match random.below(4) {
                    0 => loader.object = random.near(loader.object),
                    1 => loader.classes.push(random.below(last + 1) as u32),
                    2 => drop(loader.classes.pop()),
                    _ => loader.unnamed_module = random.near(loader.unnamed_module),
                }
            }
            "loader"
        }
        19 => {
            let last = guest.heap.count;
            match random.below(3) {
                0 => guest.interned.push(random.below(last as usize + 2) as u32),
                1 => drop(random.pick(&mut guest.spare_errors).map(|o| *o = o.wrapping_add(3))),
                _ => guest.pending = random.below(last as usize) as u32,
            }
            "tables"
        }
        20 => {
            if let Some(monitor) = random.pick(&mut guest.monitors) {
                match random.below(5) {
                    0 => monitor.owner = random.near(monitor.owner),
                    1 => monitor.object = random.near(monitor.object),
                    2 => monitor.index = random.near(monitor.index),
                    3 => monitor.waiting.push(random.below(6) as u32),
                    _ => monitor.recursions = random.near(monitor.recursions),
                }
            }
            "monitor"
        }
        21 => {
            if let Some(module) = random.pick(&mut guest.modules) {
                match random.below(3) {
                    0 => module.object = random.near(module.object),
                    1 => module.reads.push(random.below(200) as u32),
                    _ => drop(module.exports.pop()),
                }
            }
            "module"
        }
        22 => {
            match random.below(4) {
                0 => guest.native.area.0 ^= 1 << random.below(40),
                1 => guest.native.area.1 ^= 1 << random.below(40),
                2 => drop(
                    random.pick(&mut guest.native.contents).map(|c| c.0 ^= 1 << random.below(40)),
                ),
                _ => drop(random.pick(&mut guest.native.contents).map(|c| c.1.push(1))),
            }
            "off-heap memory"
        }
        _ => {
            match random.below(5) {
                0 => guest.heap.count = random.near(guest.heap.count),
                1 => guest.settings.stack_bytes = u64::from(random.near(1 << 20)),
                2 => guest.next_ordinal = random.near(guest.next_ordinal),
                3 => guest.privileged = random.near(guest.privileged),
                _ => guest.boot_phase = random.near(guest.boot_phase),
            }
            "settings"
        }
    }
}

fn class(guest: &mut Guest, random: &mut Random) -> &'static str {
    let count = guest.classes.len();
    let Some(class) = random.pick(&mut guest.classes) else { return "class" };
    match random.below(7) {
        0 => class.state.0 = random.below(6) as u8,
        1 => class.ordinal = random.near(class.ordinal),
        2 => {
            if let Some(constant) = random.pick(&mut class.constants) {
                constant.1 = random.near(constant.1);
            }
        }
        3 => {
            if let Some((place, site)) = random.pick(&mut class.sites) {
                match random.below(3) {
                    0 => *place = random.near(*place),
                    1 => site.appendix = random.near(site.appendix),
                    _ => method(&mut site.method, random),
                }
            }
        }
        4 => {
            // One that has code of its own.
            let own = guest.classes.iter_mut().filter(|c| matches!(c.kind, ClassKind::File { .. }));
            let mut own: Vec<_> = own.collect();
            if let Some(class) = random.pick(&mut own)
                && let ClassKind::File { bytes, .. } = &mut class.kind
            {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
        }
        5 => {
            let (a, b) = (random.below(count), random.below(count));
            guest.classes.swap(a, b);
        }
        _ => match &mut class.kind {
            ClassKind::Primitive(basic) => *basic = random.below(16) as u8,
            ClassKind::Array(component) => *component = random.below(count + 1) as u32,
            ClassKind::Library { loader, hash, .. } => match random.below(2) {
                0 => *loader = random.below(4) as u32,
                _ => hash[0] ^= 1,
            },
            ClassKind::File { loader, hidden, .. } => match random.below(2) {
                0 => *loader = random.below(4) as u32,
                _ => *hidden = None,
            },
        },
    }
    "class"
}

fn method(method: &mut Method, random: &mut Random) {
    if let Method::Declared(class, index) = method {
        match random.below(2) {
            0 => *class = random.near(*class),
            _ => *index = random.near(u32::from(*index)) as u16,
        }
    }
}

fn thread(guest: &mut Guest, random: &mut Random) -> &'static str {
    let last = guest.heap.count + guest.classes.len() as u32;
    let Some(thread) = random.pick(&mut guest.threads) else { return "thread" };
    if random.below(4) == 0 {
        match random.below(6) {
            0 => thread.id = random.near(thread.id),
            1 => thread.java_thread = random.near(thread.java_thread),
            2 => thread.waits_for = None,
            3 => drop(thread.frames.pop()),
            4 => thread.has_permit = !thread.has_permit,
            _ => drop(thread.initializing.pop()),
        }
        return "thread";
    }
    let depth = thread.frames.len();
    let other = random.below(depth);
    let Some(at) = (depth > 0).then(|| random.below(depth)) else { return "frame" };
    match random.below(6) {
        0 => match &mut thread.frames[at].kind {
            FrameKind::Java { bci, .. } => *bci = random.near(*bci),
            FrameKind::Native(name) => method(name, random),
            FrameKind::Entry(after) => {
                *after = match random.below(3) {
                    0 => After::End,
                    1 => After::Again,
                    _ => After::Construct,
                };
            }
        },
        1 => {
            if let FrameKind::Java { method: name, .. } = &mut thread.frames[at].kind {
                method(name, random);
            }
        }
        2 => thread.frames[at].lock = random.below(last as usize) as u32,
        3 => thread.frames.swap(at, other),
        _ => {
            let frame = &mut thread.frames[at];
            let slots = if random.below(2) == 0 { &mut frame.locals } else { &mut frame.stack };
            if random.below(8) == 0 {
                let _ = slots.pop();
            } else if let Some(slot) = random.pick(slots) {
                *slot = match (random.below(3), *slot) {
                    (0, Slot::Reference(object)) => Slot::Word(u64::from(object)),
                    (0, Slot::Word(word)) => Slot::Reference(word as u32 % (last + 1)),
                    (1, Slot::Word(word)) => Slot::Word(word ^ 1 << random.below(64)),
                    _ => Slot::Reference(random.below(last as usize + 2) as u32),
                };
            }
        }
    }
    "frame"
}

//! Compression streams as values: exactly where they are, in the middle of a block or of a code.
//!
//! zlib tells its state to nobody, so this reads and writes it where zlib keeps it: [`InflateState`] and [`DeflateState`] are
//! laid out as the structures of the release that is linked statically ([`RELEASE`]), with the fields that count. Pointers
//! become distances, everything else is numbers and tables. All 64-bit little-endian machines lay it out alike. What does
//! not look as expected is refused, and never written over.

use std::ffi::{CStr, CString, c_int, c_uint, c_ulong, c_void};
use std::mem::{offset_of, size_of};

use libz_sys as z;
use serde::{Deserialize, Serialize};

use super::stream::{Stream, allocate};
use super::{Deflater, Inflater, Strategy, ZipError};

/// The release whose structures these are.
const RELEASE: &CStr = c"1.3.2";
/// Size of the window of 32 KiB, which is the only one that Java uses.
const WINDOW_BYTES: usize = 1 << 15;
/// Codes in an inflater's tables.
const CODES: usize = 852 + 592;
/// Entries of a deflater's hash table and symbols in its buffer (memory level 8).
const HASH_SIZE: usize = 1 << 15;
const SYMBOLS: usize = 1 << 14;
/// Bytes of the buffer for output that waits, per symbol.
const BYTES_PER_SYMBOL: usize = 4;

/// `struct inflate_state`
#[repr(C)]
struct InflateState {
    stream: *mut c_void,
    mode: c_int,
    last: c_int,
    wrap: c_int,
    has_dictionary: c_int,
    flags: c_int,
    max_distance: c_uint,
    check: c_ulong,
    total: c_ulong,
    header: *mut c_void,
    window_bits: c_uint,
    window_size: c_uint,
    window_has: c_uint,
    window_next: c_uint,
    window: *mut u8,
    hold: c_ulong,
    bits: c_uint,
    length: c_uint,
    offset: c_uint,
    extra: c_uint,
    length_code: *const u32,
    distance_code: *const u32,
    length_bits: c_uint,
    distance_bits: c_uint,
    counts: [c_uint; 4],
    next: *const u32,
    lengths: [u16; 320],
    work: [u16; 288],
    codes: [u32; CODES],
    sane: c_int,
    back: c_int,
    was: c_uint,
}

/// `struct tree_desc_s`
#[repr(C)]
struct Tree {
    tree: *mut u16,
    max_code: c_int,
    fixed: *const c_void,
}

/// `struct internal_state`
#[repr(C)]
struct DeflateState {
    stream: *mut c_void,
    status: c_int,
    pending: *mut u8,
    pending_size: c_ulong,
    pending_out: *mut u8,
    pending_count: c_ulong,
    wrap: c_int,
    header: *mut c_void,
    header_index: c_ulong,
    method: u8,
    last_flush: c_int,
    window_size: c_uint,
    window_bits: c_uint,
    window_mask: c_uint,
    window: *mut u8,
    window_bytes: c_ulong,
    previous: *mut u16,
    head: *mut u16,
    hash: [c_uint; 5],
    block_start: std::ffi::c_long,
    search: [c_uint; 13],
    trees: [[u16; 2]; 573 + 61 + 39],
    descriptions: [Tree; 3],
    counts: [u16; 16],
    heap: [c_int; 573],
    heap_ends: [c_int; 2],
    depth: [u8; 573],
    symbols: *mut u8,
    symbols_size: c_uint,
    symbols_at: [c_uint; 2],
    lengths: [c_ulong; 2],
    matches: c_uint,
    insert: c_uint,
    bit_buffer: u16,
    bits: [c_int; 2],
    high_water: c_ulong,
    slid: c_int,
}

/// Where a pointer into code tables points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Codes {
    /// To an entry of the stream's own.
    Own(u32),
    /// To those of blocks with fixed codes, which are constants of the library.
    Fixed,
}

/// What a stream keeps outside of its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Outside {
    total_in: u64,
    total_out: u64,
    data_type: i32,
    adler: u64,
    message: Option<String>,
}

/// An inflater in the middle of its work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedInflater {
    outside: Outside,
    /// The state's bytes, pointers left out.
    state: Vec<u8>,
    window: Option<Vec<u8>>,
    length_code: Codes,
    distance_code: Codes,
    next: Codes,
}

/// A deflater in the middle of its work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedDeflater {
    outside: Outside,
    state: Vec<u8>,
    /// Distance of what waits next in the buffer.
    pending_out: u32,
    /// Buffer, window, links and heads of the hash chains; zeros at the end left out.
    blocks: [Vec<u8>; 4],
}

fn is_known_release() -> bool {
    // SAFETY: the function answers a string constant.
    unsafe { CStr::from_ptr(z::zlibVersion()) == RELEASE }
}

fn outside(stream: &z::z_stream) -> Outside {
    // SAFETY: null, or a string constant of the library.
    let message = (!stream.msg.is_null()).then(|| unsafe { CStr::from_ptr(stream.msg) });
    Outside {
        total_in: stream.total_in,
        total_out: stream.total_out,
        data_type: stream.data_type,
        adler: stream.adler,
        message: message.map(|text| text.to_string_lossy().into_owned()),
    }
}

fn set_outside(stream: &mut z::z_stream, saved: &Outside) {
    stream.total_in = saved.total_in;
    stream.total_out = saved.total_out;
    stream.data_type = saved.data_type;
    stream.adler = saved.adler;
    if let Some(message) = saved.message.as_ref().and_then(|text| CString::new(&**text).ok()) {
        // zlib's own are constants, too; hardly any stream has one.
        stream.msg = message.into_raw();
    }
}

/// The bytes of a state, zero where the fields are that `pointers` names.
fn bytes_of<S>(state: &S, pointers: &[usize]) -> Vec<u8> {
    let start = std::ptr::from_ref(state).cast::<u8>();
    // SAFETY: zlib has the state from `allocate`, which clears all of it, padding included.
    let mut bytes = unsafe { std::slice::from_raw_parts(start, size_of::<S>()) }.to_vec();
    for &at in pointers {
        bytes[at..at + size_of::<usize>()].fill(0);
    }
    bytes
}

/// The other way round: all but pointers.
fn set_bytes<S>(state: &mut S, bytes: &[u8], pointers: &[usize]) -> Result<(), ZipError> {
    if bytes.len() != size_of::<S>() {
        return Err(ZipError::Invalid);
    }
    let start = std::ptr::from_mut(state).cast::<u8>();
    let mut at = 0;
    let mut ends = pointers.to_vec();
    ends.push(bytes.len());
    for end in ends {
        // SAFETY: within the state, between two pointers; zlib's numbers may have any value that it has given them.
        unsafe { std::ptr::copy_nonoverlapping(bytes[at..].as_ptr(), start.add(at), end - at) };
        at = end + size_of::<usize>();
    }
    Ok(())
}

const INFLATE_POINTERS: [usize; 6] = [
    offset_of!(InflateState, stream),
    offset_of!(InflateState, header),
    offset_of!(InflateState, window),
    offset_of!(InflateState, length_code),
    offset_of!(InflateState, distance_code),
    offset_of!(InflateState, next),
];

const TREES: usize = offset_of!(DeflateState, descriptions);

const DEFLATE_POINTERS: [usize; 14] = [
    offset_of!(DeflateState, stream),
    offset_of!(DeflateState, pending),
    offset_of!(DeflateState, pending_out),
    offset_of!(DeflateState, header),
    offset_of!(DeflateState, window),
    offset_of!(DeflateState, previous),
    offset_of!(DeflateState, head),
    TREES,
    TREES + offset_of!(Tree, fixed),
    TREES + size_of::<Tree>(),
    TREES + size_of::<Tree>() + offset_of!(Tree, fixed),
    TREES + 2 * size_of::<Tree>(),
    TREES + 2 * size_of::<Tree>() + offset_of!(Tree, fixed),
    offset_of!(DeflateState, symbols),
];

/// The state of an inflater, if it looks as it must.
fn inflate_state(stream: &mut Stream) -> Result<(&mut z::z_stream, &mut InflateState), ZipError> {
    if !is_known_release() {
        return Err(ZipError::Invalid);
    }
    let raw = stream.as_ptr();
    // SAFETY: the stream is initialised and lent to us alone; its state is of the release that was checked.
    let (stream, state) = unsafe { (&mut *raw, &mut *(*raw).state.cast::<InflateState>()) };
    let window = state.window_bits == 15 && matches!(state.window_size as usize, 0 | WINDOW_BYTES);
    let is_expected = state.stream == raw.cast() && state.header.is_null() && window;
    if is_expected { Ok((stream, state)) } else { Err(ZipError::Invalid) }
}

impl SavedInflater {
    /// The state of an inflater, which it keeps.
    ///
    /// # Errors
    /// [`ZipError::Invalid`] if zlib's state is not as known here.
    pub fn of(inflater: &mut Inflater) -> Result<SavedInflater, ZipError> {
        let (stream, state) = inflate_state(&mut inflater.0)?;
        let first = state.codes.as_ptr() as usize;
        let codes = |pointer: *const u32| match (pointer as usize).wrapping_sub(first) / 4 {
            index @ 0..=CODES => Codes::Own(index as u32),
            _ => Codes::Fixed,
        };
        // SAFETY: a window has that many bytes.
        let window = (!state.window.is_null())
            .then(|| unsafe { std::slice::from_raw_parts(state.window, WINDOW_BYTES) }.to_vec());
        Ok(SavedInflater {
            outside: outside(stream),
            window,
            length_code: codes(state.length_code),
            distance_code: codes(state.distance_code),
            next: codes(state.next),
            state: bytes_of(state, &INFLATE_POINTERS),
        })
    }

    /// An inflater that goes on from there.
    ///
    /// # Errors
    /// [`ZipError::Invalid`] if zlib's state is not as known here; [`ZipError::OutOfMemory`].
    pub fn restore(&self) -> Result<Inflater, ZipError> {
        let fixed = fixed_codes()?;
        let mut inflater = Inflater::new(true)?;
        let (stream, state) = inflate_state(&mut inflater.0)?;
        if let Some(saved) = &self.window {
            if saved.len() != WINDOW_BYTES {
                return Err(ZipError::Invalid);
            }
            // SAFETY: zlib frees it as one of its own, which it is: it comes from the stream's allocation function.
            let window =
                unsafe { allocate(std::ptr::null_mut(), 1, WINDOW_BYTES as c_uint) }.cast::<u8>();
            if window.is_null() {
                return Err(ZipError::OutOfMemory);
            }
            // SAFETY: it has just been allocated with this size.
            unsafe { std::ptr::copy_nonoverlapping(saved.as_ptr(), window, WINDOW_BYTES) };
            state.window = window;
        }
        set_bytes(state, &self.state, &INFLATE_POINTERS)?;
        let first = state.codes.as_ptr();
        let pointer = |codes: Codes, fixed: *const u32| match codes {
            Codes::Own(index) => first.wrapping_add((index as usize).min(CODES)),
            Codes::Fixed => fixed,
        };
        state.length_code = pointer(self.length_code, fixed.0);
        state.distance_code = pointer(self.distance_code, fixed.1);
        state.next = pointer(self.next, first);
        set_outside(stream, &self.outside);
        inflate_state(&mut inflater.0)?;
        Ok(inflater)
    }
}

/// Numbers of zlib for streams that have not begun: `HEAD`, `INIT_STATE`.
const INFLATE_BEGINS: c_int = 16_180;
const DEFLATE_BEGINS: c_int = 42;

/// A number of a saved state, at its place; nothing if the state is too short.
fn number(state: &[u8], at: usize) -> Option<c_int> {
    let bytes = state.get(at..at + size_of::<c_int>())?;
    Some(c_int::from_ne_bytes(bytes.try_into().ok()?))
}

impl SavedInflater {
    /// As [`SavedInflater::restore`], for bytes that nobody vouches for: of zlib's state only a few numbers are read, which a stream
    /// that has not begun is described by.
    ///
    /// # Errors
    /// [`ZipError::Invalid`] for one that has.
    pub fn restore_unbegun(&self) -> Result<Inflater, ZipError> {
        let number = |at| number(&self.state, at).ok_or(ZipError::Invalid);
        let begins = number(offset_of!(InflateState, mode))? == INFLATE_BEGINS
            && number(offset_of!(InflateState, window_has))? == 0
            && number(offset_of!(InflateState, bits))? == 0
            && (self.outside.total_in, self.outside.total_out) == (0, 0);
        match begins {
            true => Inflater::new(number(offset_of!(InflateState, wrap))? == 0),
            false => Err(ZipError::Invalid),
        }
    }
}

impl SavedDeflater {
    /// As [`SavedInflater::restore_unbegun`].
    ///
    /// # Errors
    /// [`ZipError::Invalid`] for one that has begun.
    pub fn restore_unbegun(&self) -> Result<Deflater, ZipError> {
        // Places in `search`.
        const START: usize = 3;
        const AHEAD: usize = 5;
        const LEVEL: usize = 9;
        const STRATEGY: usize = 10;
        let number = |at| number(&self.state, at).ok_or(ZipError::Invalid);
        let search = |i: usize| number(offset_of!(DeflateState, search) + i * size_of::<c_int>());
        let begins = number(offset_of!(DeflateState, status))? == DEFLATE_BEGINS
            && number(offset_of!(DeflateState, pending_count))? == 0
            && (search(START)?, search(AHEAD)?) == (0, 0)
            && (self.outside.total_in, self.outside.total_out) == (0, 0);
        let strategy = Strategy::from_java(search(STRATEGY)?).ok_or(ZipError::Invalid)?;
        match begins {
            true => {
                let nowrap = number(offset_of!(DeflateState, wrap))? == 0;
                Deflater::new(search(LEVEL)?, strategy, nowrap)
            }
            false => Err(ZipError::Invalid),
        }
    }
}

/// The library's tables for blocks with fixed codes: an inflater that has met such a block points to them.
fn fixed_codes() -> Result<(*const u32, *const u32), ZipError> {
    let mut inflater = Inflater::new(true)?;
    // The last block, with fixed codes: the first three bits.
    inflater.inflate(&[0b011], &mut [0; 1])?;
    let (_, state) = inflate_state(&mut inflater.0)?;
    Ok((state.length_code, state.distance_code))
}

/// The state of a deflater, if it looks as it must, and its four blocks of memory.
type DeflateParts<'a> = (&'a mut z::z_stream, &'a mut DeflateState, [(*mut u8, usize); 4]);

fn deflate_state(stream: &mut Stream) -> Result<DeflateParts<'_>, ZipError> {
    if !is_known_release() {
        return Err(ZipError::Invalid);
    }
    let raw = stream.as_ptr();
    // SAFETY: as in `inflate_state`.
    let (stream, state) = unsafe { (&mut *raw, &mut *(*raw).state.cast::<DeflateState>()) };
    let pending = SYMBOLS * BYTES_PER_SYMBOL;
    let trees = state.trees.as_ptr().cast::<u16>().cast_mut();
    let own = [0, 573, 573 + 61].map(|first: usize| trees.wrapping_add(2 * first));
    let is_expected = state.stream == raw.cast()
        && state.header.is_null()
        && state.pending_size as usize == pending
        && state.window_size as usize == WINDOW_BYTES
        && state.window_bytes as usize == 2 * WINDOW_BYTES
        && state.hash[1] as usize == HASH_SIZE
        && state.symbols_size as usize == SYMBOLS
        && state.symbols == state.pending.wrapping_add(SYMBOLS)
        && (state.pending_out as usize).wrapping_sub(state.pending as usize) <= pending
        && std::array::from_fn(|i| state.descriptions[i].tree) == own;
    if !is_expected {
        return Err(ZipError::Invalid);
    }
    let blocks = [
        (state.pending, pending),
        (state.window, 2 * WINDOW_BYTES),
        (state.previous.cast(), 2 * WINDOW_BYTES),
        (state.head.cast(), 2 * HASH_SIZE),
    ];
    Ok((stream, state, blocks))
}

impl SavedDeflater {
    /// The state of a deflater, which it keeps.
    ///
    /// # Errors
    /// [`ZipError::Invalid`] if zlib's state is not as known here.
    pub fn of(deflater: &mut Deflater) -> Result<SavedDeflater, ZipError> {
        let (stream, state, blocks) = deflate_state(&mut deflater.0)?;
        let blocks = blocks.map(|(start, bytes)| {
            // SAFETY: zlib has allocated as much for a stream with these sizes, cleared.
            let block = unsafe { std::slice::from_raw_parts(start, bytes) };
            let used = block.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            block[..used].to_vec()
        });
        Ok(SavedDeflater {
            outside: outside(stream),
            pending_out: (state.pending_out as usize - state.pending as usize) as u32,
            state: bytes_of(state, &DEFLATE_POINTERS),
            blocks,
        })
    }

    /// A deflater that goes on from there.
    ///
    /// # Errors
    /// [`ZipError::Invalid`] if zlib's state is not as known here; [`ZipError::OutOfMemory`].
    pub fn restore(&self) -> Result<Deflater, ZipError> {
        let mut deflater = Deflater::new(6, Strategy::Default, true)?;
        let (stream, state, blocks) = deflate_state(&mut deflater.0)?;
        for (saved, (start, bytes)) in self.blocks.iter().zip(blocks) {
            if saved.len() > bytes {
                return Err(ZipError::Invalid);
            }
            // SAFETY: zlib has allocated as much, and what is behind has never been written.
            unsafe {
                std::ptr::copy_nonoverlapping(saved.as_ptr(), start, saved.len());
                std::ptr::write_bytes(start.add(saved.len()), 0, bytes - saved.len());
            }
        }
        set_bytes(state, &self.state, &DEFLATE_POINTERS)?;
        state.pending_out = state.pending.wrapping_add(self.pending_out as usize);
        set_outside(stream, &self.outside);
        deflate_state(&mut deflater.0)?;
        Ok(deflater)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Flush;
    use super::*;

    fn sample(bytes: usize) -> Vec<u8> {
        let mut random = 7_u32;
        let mut data = Vec::with_capacity(bytes);
        while data.len() < bytes {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            match random >> 29 {
                0 | 1 => data.extend_from_slice(&random.to_le_bytes()),
                2 => data.extend_from_slice(&[b'a'; 300]),
                _ => data.extend_from_slice(b"words that are found again, "),
            }
        }
        data.truncate(bytes);
        data
    }

    /// Packs in steps; with `moving` each step is another deflater's, made of what was saved of the last one.
    fn pack(data: &[u8], level: i32, strategy: Strategy, nowrap: bool, moving: bool) -> Vec<u8> {
        let mut deflater = Deflater::new(level, strategy, nowrap).expect("deflater");
        let (mut packed, mut room) = (Vec::new(), [0; 333]);
        let (mut at, mut step, mut finished) = (0, 0, false);
        while !finished {
            let end = (at + 1 + step * 37 % 1500).min(data.len());
            let flush = match step % 50 {
                _ if end == data.len() => Flush::Finish,
                17 => Flush::Sync,
                40 => Flush::Full,
                _ => Flush::None,
            };
            let done = deflater.deflate(&data[at..end], &mut room, flush, None).expect("sound");
            packed.extend_from_slice(&room[..done.produced]);
            at += done.consumed;
            finished = done.finished;
            step += 1;
            if moving {
                let saved = SavedDeflater::of(&mut deflater).expect("a known state");
                deflater = saved.restore().expect("a deflater");
                assert_eq!(SavedDeflater::of(&mut deflater), Ok(saved));
            }
        }
        packed
    }

    fn unpack(packed: &[u8], nowrap: bool, moving: bool) -> Vec<u8> {
        let mut inflater = Inflater::new(nowrap).expect("inflater");
        let (mut data, mut room) = (Vec::new(), [0; 777]);
        let (mut at, mut step, mut finished) = (0, 0, false);
        while !finished {
            let end = (at + 1 + step * 13 % 97).min(packed.len());
            let done = inflater.inflate(&packed[at..end], &mut room).expect("sound");
            data.extend_from_slice(&room[..done.produced]);
            at += done.consumed;
            finished = done.finished;
            step += 1;
            if moving {
                let saved = SavedInflater::of(&mut inflater).expect("a known state");
                inflater = saved.restore().expect("an inflater");
                assert_eq!(SavedInflater::of(&mut inflater), Ok(saved));
            }
        }
        assert_eq!(
            inflater.adler(),
            if nowrap { inflater.adler() } else { super::super::adler32(1, &data) }
        );
        data
    }

    #[test]
    fn streams_go_on_from_anywhere() {
        let data = sample(150_000);
        for level in [0, 1, 3, 4, 6, 9] {
            for strategy in [Strategy::Default, Strategy::Filtered, Strategy::HuffmanOnly] {
                let nowrap = level % 2 == 0;
                let packed = pack(&data, level, strategy, nowrap, false);
                assert!(pack(&data, level, strategy, nowrap, true) == packed, "{level}");
                assert!(unpack(&packed, nowrap, true) == data, "{level} {strategy:?}");
            }
        }
    }

    #[test]
    fn blocks_with_fixed_codes() {
        let packed = pack(b"short", 6, Strategy::Default, true, true);
        assert_eq!(packed[0] & 7, 0b011, "the block has fixed codes");
        assert_eq!(unpack(&packed, true, true), b"short");
    }

    #[test]
    fn errors_are_kept() {
        let mut inflater = Inflater::new(false).expect("inflater");
        let error = inflater.inflate(b"no zlib", &mut [0; 9]).expect_err("no header");
        let saved = SavedInflater::of(&mut inflater).expect("a known state");
        let mut again = saved.restore().expect("an inflater");
        let ZipError::Data { message, .. } = error else { panic!("{error}") };
        let later = again.inflate(b"more", &mut [0; 9]).expect_err("still none");
        assert!(
            matches!(later, ZipError::Data { message: same, .. } if same == message),
            "{later}"
        );
    }

    #[test]
    fn streams_that_have_not_begun() {
        for (level, strategy, nowrap) in
            [(1, Strategy::Filtered, true), (9, Strategy::Default, false)]
        {
            let mut deflater = Deflater::new(level, strategy, nowrap).expect("deflater");
            let mut inflater = Inflater::new(nowrap).expect("inflater");
            let packed = pack(b"used before", level, strategy, nowrap, false);
            inflater.inflate(&packed, &mut [0; 99]).expect("sound");
            let saved = SavedInflater::of(&mut inflater).expect("a known state");
            assert_eq!(saved.restore_unbegun().err(), Some(ZipError::Invalid));
            inflater.reset().expect("again");
            deflater.deflate(b"x", &mut [0; 9], Flush::None, None).expect("sound");
            let saved = SavedDeflater::of(&mut deflater).expect("a known state");
            assert_eq!(saved.restore_unbegun().err(), Some(ZipError::Invalid));
            deflater.reset().expect("again");
            let saved = SavedInflater::of(&mut inflater).expect("a known state");
            let mut inflater = saved.restore_unbegun().expect("has not begun");
            let saved = SavedDeflater::of(&mut deflater).expect("a known state");
            let mut deflater = saved.restore_unbegun().expect("has not begun");
            let mut room = [0; 99];
            let done = deflater.deflate(b"used before", &mut room, Flush::Finish, None);
            assert_eq!(room[..done.expect("sound").produced], packed[..]);
            assert_eq!(inflater.inflate(&packed, &mut room).expect("sound").produced, 11);
        }
    }

    #[test]
    fn what_is_no_state_is_refused() {
        let saved = SavedInflater::of(&mut Inflater::new(true).expect("inflater"));
        let mut saved = saved.expect("a known state");
        saved.state.pop();
        assert!(saved.restore().is_err());
        let saved = SavedDeflater::of(&mut Deflater::new(1, Strategy::Default, true).expect("one"));
        let mut saved = saved.expect("a known state");
        saved.blocks[1] = vec![1; 1 << 20];
        assert!(saved.restore().is_err());
    }
}

//! `Deflater`.

use super::buffers::{Piece, work};
use super::table::{charge, lock};
use super::{pack, refuse};
use crate::state;
use crate::zip_stream::{Deflater, Flush, Strategy, ZipError};
use vm::{Handle, NativeMethod, Result, Thread};

fn init(t: &Thread, level: i32, strategy: i32, nowrap: bool) -> Result<i64> {
    charge(t, Deflater::MEMORY_BYTES)?;
    let made = Strategy::from_java(strategy).ok_or(ZipError::Invalid);
    match made.and_then(|strategy| Deflater::new(level, strategy, nowrap)) {
        Ok(stream) => Ok(state(t).zip.deflaters.insert(stream)),
        Err(error) => {
            t.vm().heap.sub_external(Deflater::MEMORY_BYTES);
            Err(refuse(t, &error))
        }
    }
}

fn end(t: &Thread, stream: i64) -> Result<()> {
    if state(t).zip.deflaters.remove(stream) {
        t.vm().heap.sub_external(Deflater::MEMORY_BYTES);
    }
    Ok(())
}

fn reset(t: &Thread, stream: i64) -> Result<()> {
    let stream = state(t).zip.deflaters.get(t, stream)?;
    let done = lock(t, &stream).reset();
    done.map_err(|error| refuse(t, &error))
}

fn adler(t: &Thread, stream: i64) -> Result<i32> {
    let stream = state(t).zip.deflaters.get(t, stream)?;
    let adler = lock(t, &stream).adler();
    Ok(adler as i32)
}

fn use_dictionary(t: &Thread, stream: i64, dictionary: Piece) -> Result<()> {
    let stream = state(t).zip.deflaters.get(t, stream)?;
    let dictionary = dictionary.to_vec(t);
    let done = lock(t, &stream).set_dictionary(&dictionary);
    done.map_err(|error| refuse(t, &error))
}

fn set_dictionary(t: &Thread, stream: i64, array: Handle, at: i32, n: i32) -> Result<()> {
    use_dictionary(t, stream, Piece::array(t, array, at, n)?)
}

fn set_dictionary_buffer(t: &Thread, stream: i64, address: i64, n: i32) -> Result<()> {
    use_dictionary(t, stream, Piece::native(t, address, n)?)
}

/// How a step goes: the flush mode, and as `params` the change that Java asks for: bit 0 whether,
/// bits 1 and 2 the strategy, the level from bit 3 on.
#[derive(Clone, Copy)]
struct How {
    flush: i32,
    params: i32,
}

fn deflate(t: &Thread, stream: i64, input: Piece, output: Piece, how: How) -> Result<i64> {
    let stream = state(t).zip.deflaters.get(t, stream)?;
    let change = (how.params & 1 != 0).then_some((how.params >> 3, (how.params >> 1) & 3));
    let change = match change {
        None => None,
        Some((level, strategy)) => match Strategy::from_java(strategy) {
            Some(strategy) => Some((level, strategy)),
            None => return Err(refuse(t, &ZipError::Internal(STREAM_ERROR))),
        },
    };
    let Some(flush) = Flush::from_java(how.flush) else {
        return Err(refuse(t, &ZipError::Internal(STREAM_ERROR)));
    };
    let mut deflater = lock(t, &stream);
    let step = work(
        t,
        input,
        output,
        // SAFETY: `work` gives spans of the guest that stay valid meanwhile.
        |input, output| unsafe { deflater.deflate_raw(input, output, flush, change) },
        |step| step.as_ref().map_or(0, |step| step.produced),
    );
    drop(deflater);
    match step {
        Ok(s) => Ok(pack(s.consumed, s.produced, s.finished, s.params_pending)),
        Err(error) => Err(refuse(t, &error)),
    }
}

/// zlib's code for a wrong parameter.
const STREAM_ERROR: i32 = -2;

#[allow(clippy::too_many_arguments, reason = "the native's signature")]
fn bytes_bytes(
    t: &Thread,
    _this: Handle,
    stream: i64,
    input: Handle,
    input_at: i32,
    input_n: i32,
    output: Handle,
    output_at: i32,
    output_n: i32,
    flush: i32,
    params: i32,
) -> Result<i64> {
    let input = Piece::array(t, input, input_at, input_n)?;
    let output = Piece::array(t, output, output_at, output_n)?;
    deflate(t, stream, input, output, How { flush, params })
}

#[allow(clippy::too_many_arguments, reason = "the native's signature")]
fn bytes_buffer(
    t: &Thread,
    _this: Handle,
    stream: i64,
    input: Handle,
    input_at: i32,
    input_n: i32,
    output: i64,
    output_n: i32,
    flush: i32,
    params: i32,
) -> Result<i64> {
    let input = Piece::array(t, input, input_at, input_n)?;
    let output = Piece::native(t, output, output_n)?;
    deflate(t, stream, input, output, How { flush, params })
}

#[allow(clippy::too_many_arguments, reason = "the native's signature")]
fn buffer_bytes(
    t: &Thread,
    _this: Handle,
    stream: i64,
    input: i64,
    input_n: i32,
    output: Handle,
    output_at: i32,
    output_n: i32,
    flush: i32,
    params: i32,
) -> Result<i64> {
    let input = Piece::native(t, input, input_n)?;
    let output = Piece::array(t, output, output_at, output_n)?;
    deflate(t, stream, input, output, How { flush, params })
}

#[allow(clippy::too_many_arguments, reason = "the native's signature")]
fn buffer_buffer(
    t: &Thread,
    _this: Handle,
    stream: i64,
    input: i64,
    input_n: i32,
    output: i64,
    output_n: i32,
    flush: i32,
    params: i32,
) -> Result<i64> {
    let input = Piece::native(t, input, input_n)?;
    let output = Piece::native(t, output, output_n)?;
    deflate(t, stream, input, output, How { flush, params })
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/util/zip/Deflater" {
            "init" "(IIZ)J" => full init;
            "setDictionary" "(J[BII)V" => full set_dictionary;
            "setDictionaryBuffer" "(JJI)V" => full set_dictionary_buffer;
            "deflateBytesBytes" "(J[BII[BIIII)J" => full bytes_bytes;
            "deflateBytesBuffer" "(J[BIIJIII)J" => full bytes_buffer;
            "deflateBufferBytes" "(JJI[BIIII)J" => full buffer_bytes;
            "deflateBufferBuffer" "(JJIJIII)J" => full buffer_buffer;
            "getAdler" "(J)I" => full adler;
            "reset" "(J)V" => full reset;
            "end" "(J)V" => full end;
        }
    }
}

//! `Inflater`.

use super::buffers::{Piece, work};
use super::table::{charge, lock};
use super::{pack, refuse};
use crate::java_io::nop;
use crate::state;
use crate::zip_stream::{Inflater, ZipError};
use vm::{Handle, NativeMethod, Result, Thread, exceptions};

fn init(t: &Thread, nowrap: bool) -> Result<i64> {
    charge(t, Inflater::MEMORY_BYTES)?;
    match Inflater::new(nowrap) {
        Ok(stream) => Ok(state(t).zip.inflaters.insert(stream)),
        Err(error) => {
            t.vm().heap.sub_external(Inflater::MEMORY_BYTES);
            Err(refuse(t, &error))
        }
    }
}

fn end(t: &Thread, stream: i64) -> Result<()> {
    if state(t).zip.inflaters.remove(stream) {
        t.vm().heap.sub_external(Inflater::MEMORY_BYTES);
    }
    Ok(())
}

fn reset(t: &Thread, stream: i64) -> Result<()> {
    let stream = state(t).zip.inflaters.get(t, stream)?;
    let done = lock(t, &stream).reset();
    done.map_err(|error| refuse(t, &error))
}

fn adler(t: &Thread, stream: i64) -> Result<i32> {
    let stream = state(t).zip.inflaters.get(t, stream)?;
    let adler = lock(t, &stream).adler();
    Ok(adler as i32)
}

fn use_dictionary(t: &Thread, stream: i64, dictionary: Piece) -> Result<()> {
    let stream = state(t).zip.inflaters.get(t, stream)?;
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

fn inflate(t: &Thread, this: Handle, stream: i64, input: Piece, output: Piece) -> Result<i64> {
    let stream = state(t).zip.inflaters.get(t, stream)?;
    let mut inflater = lock(t, &stream);
    let step = work(
        t,
        input,
        output,
        // SAFETY: `work` gives spans of the guest that stay valid meanwhile.
        |input, output| unsafe { inflater.inflate_raw(input, output) },
        |step| match step {
            Ok(step) => step.produced,
            Err(ZipError::Data { produced, .. }) => *produced,
            Err(_) => 0,
        },
    );
    drop(inflater);
    match step {
        Ok(s) => Ok(pack(s.consumed, s.produced, s.finished, s.needs_dict)),
        Err(ZipError::Data { message, consumed, produced }) => {
            let offsets = &state(t).io.offsets;
            let (input, output) = (offsets.inflater_in(t)?, offsets.inflater_out(t)?);
            let this = t.get(this);
            t.vm().set_u32(this, input, consumed as u32);
            t.vm().set_u32(this, output, produced as u32);
            let class = "java/util/zip/DataFormatException";
            Err(match message {
                "" => exceptions::throw_bare(t, class),
                message => exceptions::throw(t, class, message),
            })
        }
        Err(error) => Err(refuse(t, &error)),
    }
}

#[allow(clippy::too_many_arguments, reason = "the native's signature")]
fn bytes_bytes(
    t: &Thread,
    this: Handle,
    stream: i64,
    input: Handle,
    input_at: i32,
    input_n: i32,
    output: Handle,
    output_at: i32,
    output_n: i32,
) -> Result<i64> {
    let input = Piece::array(t, input, input_at, input_n)?;
    let output = Piece::array(t, output, output_at, output_n)?;
    inflate(t, this, stream, input, output)
}

#[allow(clippy::too_many_arguments, reason = "the native's signature")]
fn bytes_buffer(
    t: &Thread,
    this: Handle,
    stream: i64,
    input: Handle,
    input_at: i32,
    input_n: i32,
    output: i64,
    output_n: i32,
) -> Result<i64> {
    let input = Piece::array(t, input, input_at, input_n)?;
    let output = Piece::native(t, output, output_n)?;
    inflate(t, this, stream, input, output)
}

#[allow(clippy::too_many_arguments, reason = "the native's signature")]
fn buffer_bytes(
    t: &Thread,
    this: Handle,
    stream: i64,
    input: i64,
    input_n: i32,
    output: Handle,
    output_at: i32,
    output_n: i32,
) -> Result<i64> {
    let input = Piece::native(t, input, input_n)?;
    let output = Piece::array(t, output, output_at, output_n)?;
    inflate(t, this, stream, input, output)
}

#[allow(clippy::too_many_arguments, reason = "the native's signature")]
fn buffer_buffer(
    t: &Thread,
    this: Handle,
    stream: i64,
    input: i64,
    input_n: i32,
    output: i64,
    output_n: i32,
) -> Result<i64> {
    let input = Piece::native(t, input, input_n)?;
    let output = Piece::native(t, output, output_n)?;
    inflate(t, this, stream, input, output)
}

pub(super) fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/util/zip/Inflater" {
            "initIDs" "()V" => leaf nop;
            "init" "(Z)J" => full init;
            "setDictionary" "(J[BII)V" => full set_dictionary;
            "setDictionaryBuffer" "(JJI)V" => full set_dictionary_buffer;
            "inflateBytesBytes" "(J[BII[BII)J" => full bytes_bytes;
            "inflateBytesBuffer" "(J[BIIJI)J" => full bytes_buffer;
            "inflateBufferBytes" "(JJI[BII)J" => full buffer_bytes;
            "inflateBufferBuffer" "(JJIJI)J" => full buffer_buffer;
            "getAdler" "(J)I" => full adler;
            "reset" "(J)V" => full reset;
            "end" "(J)V" => full end;
        }
    }
}

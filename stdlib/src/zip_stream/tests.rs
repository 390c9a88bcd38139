use super::*;

/// Text with repeats and some disorder.
fn sample(length: usize) -> Vec<u8> {
    let mut state = 12345_u32;
    let mut bytes = Vec::new();
    while bytes.len() < length {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12345);
        bytes.extend_from_slice(format!("line {} of {}\n", state >> 24, state >> 9 & 7).as_bytes());
    }
    bytes.truncate(length);
    bytes
}

fn compress(mut deflater: Deflater, input: &[u8], chunk: usize) -> Vec<u8> {
    let (mut output, mut position) = (Vec::new(), 0);
    let mut buffer = vec![0; chunk];
    loop {
        let step = deflater
            .deflate(&input[position..], &mut buffer, Flush::Finish, None)
            .expect("deflate");
        position += step.consumed;
        output.extend_from_slice(&buffer[..step.produced]);
        if step.finished {
            return output;
        }
    }
}

fn decompress(inflater: &mut Inflater, input: &[u8]) -> Result<Vec<u8>, ZipError> {
    let (mut output, mut position) = (Vec::new(), 0);
    let mut buffer = [0; 1000];
    loop {
        let end = input.len().min(position + 700);
        let step = inflater.inflate(&input[position..end], &mut buffer)?;
        position += step.consumed;
        output.extend_from_slice(&buffer[..step.produced]);
        if step.finished || (step.consumed == 0 && step.produced == 0) {
            return Ok(output);
        }
    }
}

#[test]
fn round_trips_at_every_setting() {
    let input = sample(100_000);
    for level in -1..=9 {
        for strategy in [Strategy::Default, Strategy::Filtered, Strategy::HuffmanOnly] {
            for nowrap in [false, true] {
                let deflater = Deflater::new(level, strategy, nowrap).expect("deflater");
                let output = compress(deflater, &input, 4096);
                let mut inflater = Inflater::new(nowrap).expect("inflater");
                assert!(decompress(&mut inflater, &output).expect("sound") == input);
            }
        }
    }
}

#[test]
fn known_bytes() {
    let deflater = Deflater::new(-1, Strategy::Default, false).expect("deflater");
    let output = compress(deflater, b"hello hello hello hello", 100);
    assert_eq!(
        output,
        [
            0x78, 0x9c, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x27, 0x01, 0x68, 0x03,
            0x08, 0xb1
        ]
    );
}

/// CRC-32 of what `java.util.zip.Deflater` of JDK 17.0.15 (zlib 1.2.13) and 25.0.3 makes of `sample(100_000)`: a row
/// per level from -1, a column per strategy.
const HOTSPOT: [[u32; 3]; 11] = [
    [0xa57670f7, 0x5631dbb1, 0x4040b034],
    [0x1de46d0a, 0x1de46d0a, 0x1de46d0a],
    [0xb60bf05d, 0xb60bf05d, 0x4040b034],
    [0x9d09579c, 0x9d09579c, 0x4040b034],
    [0xbc5f9f19, 0xbc5f9f19, 0x4040b034],
    [0x6dfd8950, 0x55abd3bd, 0x4040b034],
    [0x570abf8c, 0xab100017, 0x4040b034],
    [0xa57670f7, 0x5631dbb1, 0x4040b034],
    [0x2e781724, 0x9b6b6908, 0x4040b034],
    [0x1ae3afed, 0x703035c1, 0x4040b034],
    [0x4e6f372c, 0x5388867f, 0x4040b034],
];

#[test]
fn the_same_bytes_as_hotspot() {
    let input = sample(100_000);
    for (level, row) in (-1..).zip(HOTSPOT) {
        for (strategy, expected) in
            [Strategy::Default, Strategy::Filtered, Strategy::HuffmanOnly].into_iter().zip(row)
        {
            let output =
                compress(Deflater::new(level, strategy, false).expect("deflater"), &input, 4096);
            assert_eq!(crc32(0, &output), expected, "level {level}, {strategy:?}");
        }
    }
}

#[test]
fn checksums() {
    assert_eq!(crc32(0, b"123456789"), 0xCBF4_3926);
    assert_eq!(crc32(crc32(0, b"1234"), b"56789"), 0xCBF4_3926);
    assert_eq!(crc32(7, b""), 7);
    assert_eq!(adler32(1, b"Wikipedia"), 0x11E6_0398);
    let mut deflater = Deflater::new(6, Strategy::Default, false).expect("deflater");
    assert_eq!(deflater.adler(), 1);
    deflater.deflate(b"Wikipedia", &mut [0; 64], Flush::None, None).expect("deflate");
    assert_eq!(deflater.adler(), 0x11E6_0398);
}

#[test]
fn damaged_data_have_zlibs_words() {
    let message = |nowrap, input: &[u8]| match decompress(
        &mut Inflater::new(nowrap).expect("inflater"),
        input,
    ) {
        Err(ZipError::Data { message, .. }) => message,
        other => panic!("{other:?}"),
    };
    assert_eq!(message(false, b"not zlib"), "incorrect header check");
    assert_eq!(message(false, &[0x79, 24]), "unknown compression method");
    assert_eq!(message(true, &[1, 1, 2, 3, 4]), "invalid stored block lengths");
    assert_eq!(message(true, &[7]), "invalid block type");
    let deflater = Deflater::new(6, Strategy::Default, false).expect("deflater");
    let mut output = compress(deflater, b"data", 100);
    *output.last_mut().expect("bytes") ^= 1;
    assert_eq!(message(false, &output), "incorrect data check");
}

#[test]
fn dictionaries() {
    let mut deflater = Deflater::new(6, Strategy::Default, false).expect("deflater");
    deflater.set_dictionary(b"hello world").expect("before the first byte");
    let output = compress(deflater, b"hello world, hello world", 100);
    let mut inflater = Inflater::new(false).expect("inflater");
    assert_eq!(inflater.set_dictionary(b"hello world"), Err(ZipError::Invalid));
    let mut buffer = [0; 100];
    let step = inflater.inflate(&output, &mut buffer).expect("asks");
    assert!(step.needs_dict && !step.finished);
    assert_eq!(inflater.adler(), adler32(1, b"hello world"));
    assert_eq!(inflater.set_dictionary(b"other"), Err(ZipError::Invalid));
    inflater.set_dictionary(b"hello world").expect("the wanted one");
    let step = inflater.inflate(&output[step.consumed..], &mut buffer).expect("sound");
    assert!(step.finished);
    assert_eq!(&buffer[..step.produced], b"hello world, hello world");
}

#[test]
fn changing_parameters_and_flushing() {
    let input = sample(400_000);
    let mut deflater = Deflater::new(1, Strategy::Default, true).expect("deflater");
    let mut output = Vec::new();
    let mut buffer = vec![0; 400_000];
    let mut put = |deflater: &mut Deflater, input: &[u8], room: usize, flush, change| {
        let step = deflater.deflate(input, &mut buffer[..room], flush, change).expect("deflate");
        output.extend_from_slice(&buffer[..step.produced]);
        step
    };
    let all = 400_000;
    assert_eq!(put(&mut deflater, &input[..1000], all, Flush::None, None).consumed, 1000);
    let change = Some((9, Strategy::HuffmanOnly));
    let step = put(&mut deflater, &input[1000..], 1, Flush::None, change);
    assert!(step.params_pending);
    let position = 1000 + step.consumed;
    let step = put(&mut deflater, &input[position..350_000], all, Flush::None, change);
    assert!(!step.params_pending);
    let position = position + step.consumed;
    put(&mut deflater, &input[position..360_000], all, Flush::Sync, None);
    put(&mut deflater, &input[360_000..370_000], all, Flush::Full, None);
    assert!(put(&mut deflater, &input[370_000..], all, Flush::Finish, None).finished);
    let mut inflater = Inflater::new(true).expect("inflater");
    assert!(decompress(&mut inflater, &output).expect("sound") == input);
    inflater.reset().expect("reset");
    assert!(decompress(&mut inflater, &output).expect("sound") == input);
    deflater.reset().expect("reset");
    assert_eq!(deflater.adler(), 1);
}

#[test]
fn parameters_out_of_range() {
    assert_eq!(Deflater::new(10, Strategy::Default, false).err(), Some(ZipError::Invalid));
    assert_eq!(Strategy::from_java(2), Some(Strategy::HuffmanOnly));
    assert_eq!(Strategy::from_java(3), None);
    assert_eq!(Flush::from_java(4), Some(Flush::Finish));
    assert_eq!(Flush::from_java(1), None);
}

#[test]
fn empty_slices_move_nothing() {
    let mut inflater = Inflater::new(false).expect("inflater");
    let step = inflater.inflate(&[], &mut []).expect("waits");
    assert_eq!(step, InflateStep { consumed: 0, produced: 0, finished: false, needs_dict: false });
    let mut deflater = Deflater::new(6, Strategy::Default, false).expect("deflater");
    let step = deflater.deflate(b"x", &mut [], Flush::Finish, None).expect("waits");
    assert_eq!(
        step,
        DeflateStep { consumed: 0, produced: 0, finished: false, params_pending: false }
    );
}

//! Sizes as Java's options spell them: `512k`, `1g`, `0x1000`.

/// The number of bytes; nothing for what is no size or too large to count.
pub fn parse(text: &str) -> Option<u64> {
    let (digits, unit) = match text.char_indices().last()? {
        (at, 'k' | 'K') => (&text[..at], 1 << 10),
        (at, 'm' | 'M') => (&text[..at], 1 << 20),
        (at, 'g' | 'G') => (&text[..at], 1 << 30),
        (at, 't' | 'T') => (&text[..at], 1 << 40),
        _ => (text, 1),
    };
    let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let (digits, radix) = hexadecimal.map_or((digits, 10), |digits| (digits, 16));
    // The parser of the library takes a sign, which is none of a size.
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes() {
        assert_eq!(parse("512"), Some(512));
        assert_eq!(parse("0"), Some(0));
        assert_eq!(
            (parse("3k"), parse("2M"), parse("1G")),
            (Some(3072), Some(2 << 20), Some(1 << 30))
        );
        assert_eq!((parse("1t"), parse("0x10k")), (Some(1 << 40), Some(16 << 10)));
        for bad in
            ["", "k", "1q", "-1", "+1", "1.5g", "foo", "99999999999999999999", "20000000t", "1é"]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}

//! A set of slot numbers of fixed capacity, without allocation up to 64.

/// Bits, one per slot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Bits {
    /// Up to 64 slots.
    Small(u64),
    /// More.
    Large(Box<[u64]>),
}

impl Bits {
    /// No bit of `len` is set.
    pub fn new(len: usize) -> Bits {
        if len <= 64 { Bits::Small(0) } else { Bits::Large(vec![0; len.div_ceil(64)].into()) }
    }

    /// The words, lowest first.
    #[inline]
    pub fn words(&self) -> &[u64] {
        match self {
            Bits::Small(word) => std::slice::from_ref(word),
            Bits::Large(words) => words,
        }
    }

    #[inline]
    fn words_mut(&mut self) -> &mut [u64] {
        match self {
            Bits::Small(word) => std::slice::from_mut(word),
            Bits::Large(words) => words,
        }
    }

    /// Whether bit `i` is set.
    #[inline]
    pub fn get(&self, i: usize) -> bool {
        self.words()[i / 64] >> (i % 64) & 1 != 0
    }

    /// Sets or clears bit `i`.
    #[inline]
    pub fn put(&mut self, i: usize, on: bool) {
        let word = &mut self.words_mut()[i / 64];
        *word = *word & !(1 << (i % 64)) | u64::from(on) << (i % 64);
    }

    /// Sets or clears all bits from `from` up to `to`.
    pub fn put_range(&mut self, from: usize, to: usize, on: bool) {
        let mut at = from;
        while at < to {
            let end = to.min((at / 64 + 1) * 64);
            let mask = (u64::MAX >> (64 - (end - at))) << (at % 64);
            let word = &mut self.words_mut()[at / 64];
            *word = if on { *word | mask } else { *word & !mask };
            at = end;
        }
    }

    /// Keeps the bits that `other` has too.
    pub fn intersect(&mut self, other: &Bits) {
        for (mine, theirs) in self.words_mut().iter_mut().zip(other.words()) {
            *mine &= theirs;
        }
    }

    /// Whether no bit is set.
    pub fn is_empty(&self) -> bool {
        self.words().iter().all(|&word| word == 0)
    }

    /// Numbers of the set bits, ascending.
    pub fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.words().iter().enumerate().flat_map(|(i, &word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(i * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn ranges_and_iteration() {
        for len in [40, 64, 200] {
            let mut bits = Bits::new(len);
            bits.put_range(3, len, true);
            bits.put_range(10, len - 1, false);
            bits.put(0, true);
            assert_eq!(bits.ones().collect::<Vec<_>>(), [0, 3, 4, 5, 6, 7, 8, 9, len - 1]);
            let mut other = Bits::new(len);
            other.put_range(0, 4, true);
            bits.intersect(&other);
            assert_eq!(bits.ones().collect::<Vec<_>>(), [0, 3]);
            assert!(bits.get(3) && !bits.get(4) && !bits.is_empty());
        }
    }
}

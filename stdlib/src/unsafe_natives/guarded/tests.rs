use super::*;
use std::ptr;

const PAGE_BYTES: usize = 4096;

/// Two pages, of which the second can not be accessed.
struct Pages(*mut u8);

impl Pages {
    fn new() -> Pages {
        install();
        // SAFETY: a new mapping, then a change of a part of it.
        unsafe {
            let (rights, kind) =
                (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
            let start = libc::mmap(ptr::null_mut(), 2 * PAGE_BYTES, rights, kind, -1, 0);
            assert_ne!(start, libc::MAP_FAILED);
            let pages = Pages(start.cast());
            assert_eq!(libc::mprotect(pages.at(PAGE_BYTES).cast(), PAGE_BYTES, libc::PROT_NONE), 0);
            pages
        }
    }

    fn at(&self, offset: usize) -> *mut u8 {
        self.0.wrapping_add(offset)
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: our own mapping.
        unsafe { libc::munmap(self.0.cast(), 2 * PAGE_BYTES) };
    }
}

#[test]
fn words_are_read_and_written_or_missing() {
    let pages = Pages::new();
    let value = 0x8899_aabb_ccdd_eeff_u64;
    for bytes in [1, 2, 4, 8] {
        let low = value & (u64::MAX >> (64 - 8 * bytes));
        for at in [0, 16, 33, PAGE_BYTES - bytes] {
            // SAFETY: no references to the pages.
            unsafe {
                assert_eq!(store(pages.at(at), bytes, value, Ordering::SeqCst), Ok(()));
                assert_eq!(load(pages.at(at), bytes, Ordering::SeqCst), Ok(low));
            }
        }
        for at in [PAGE_BYTES, PAGE_BYTES + 100, 2 * PAGE_BYTES - bytes] {
            // SAFETY: as above.
            unsafe {
                assert_eq!(store(pages.at(at), bytes, value, Ordering::Relaxed), Err(Fault));
                assert_eq!(load(pages.at(at), bytes, Ordering::SeqCst), Err(Fault));
            }
        }
    }
}

#[test]
fn words_are_exchanged_or_missing() {
    let pages = Pages::new();
    // SAFETY: no references to the pages.
    unsafe {
        assert_eq!(exchange(pages.at(8), 4, 0, 7), Ok(0));
        assert_eq!(exchange(pages.at(8), 4, 0, 9), Ok(7));
        assert_eq!(exchange(pages.at(8), 8, 7, u64::MAX), Ok(7));
        assert_eq!(load(pages.at(8), 8, Ordering::SeqCst), Ok(u64::MAX));
        assert_eq!(exchange(pages.at(PAGE_BYTES), 4, 0, 1), Err(Fault));
        assert_eq!(exchange(pages.at(PAGE_BYTES), 8, 0, 1), Err(Fault));
    }
}

#[test]
fn copies_end_where_memory_does() {
    let pages = Pages::new();
    let mut own = [0; 3 * PAGE_BYTES];
    // SAFETY: no references to the pages.
    unsafe {
        assert_eq!(fill(pages.at(0), 5, PAGE_BYTES), Ok(()));
        assert_eq!(copy(pages.at(0), own.as_mut_ptr(), PAGE_BYTES), Ok(()));
        assert_eq!(copy(pages.at(100), own.as_mut_ptr(), PAGE_BYTES), Err(Fault));
        assert_eq!(copy(own.as_ptr(), pages.at(100), PAGE_BYTES), Err(Fault));
        assert_eq!(fill(pages.at(100), 6, PAGE_BYTES), Err(Fault));
        assert_eq!(load(pages.at(PAGE_BYTES - 8), 1, Ordering::SeqCst), Ok(6));
        let mut seen = 0;
        assert_eq!(pieces(pages.at(0), PAGE_BYTES, |piece| seen += piece.len()), Ok(()));
        assert_eq!(pieces(pages.at(0), 2 * PAGE_BYTES, |piece| seen += piece.len()), Err(Fault));
        assert_eq!(seen, 2 * PAGE_BYTES);
    }
    assert!(own[..PAGE_BYTES].iter().all(|byte| *byte == 5));
}

#[test]
fn overlapping_spans_are_copied_whole() {
    for (from, to) in [(0, 1), (1, 0), (0, 5000), (5000, 0), (17, 17)] {
        let mut bytes: Vec<u8> = (0..20_000).map(|i| (i % 251) as u8).collect();
        let mut expected = bytes.clone();
        expected.copy_within(from..from + 10_000, to);
        let start = bytes.as_mut_ptr();
        // SAFETY: within the vector.
        let done = unsafe { copy(start.wrapping_add(from), start.wrapping_add(to), 10_000) };
        assert_eq!(done, Ok(()));
        assert_eq!(bytes, expected);
    }
}

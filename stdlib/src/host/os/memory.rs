//! Mapping files.

use std::ffi::c_void;

use rustix::mm::{self, MapFlags, MsyncFlags, ProtFlags};

use super::OsHost;
use crate::host::{Errno, Fd, MapAccess, Memory};

impl Memory for OsHost {
    fn page_size_bytes(&self) -> usize {
        rustix::param::page_size()
    }

    unsafe fn map_file(
        &self,
        fd: &Fd,
        address: usize,
        length: usize,
        offset: u64,
        access: MapAccess,
    ) -> Result<(), Errno> {
        let (protection, sharing) = match access {
            MapAccess::ReadOnly => (ProtFlags::READ, MapFlags::SHARED),
            MapAccess::ReadWrite => (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED),
            MapAccess::Private => (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE),
        };
        let address = address as *mut c_void;
        // SAFETY: the caller owns the range and vouches that nothing refers into it.
        unsafe { mm::mmap(address, length, protection, sharing | MapFlags::FIXED, fd, offset) }?;
        Ok(())
    }

    unsafe fn unmap_file(&self, address: usize, length: usize) -> Result<(), Errno> {
        let flags = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE;
        // SAFETY: the caller owns the range and vouches that nothing refers into it.
        unsafe { mm::mmap_anonymous(address as *mut c_void, length, ProtFlags::empty(), flags) }?;
        Ok(())
    }

    unsafe fn resident_pages(&self, address: usize, pages: &mut [bool]) -> Result<(), Errno> {
        let mut found = vec![0_u8; pages.len()];
        let length = pages.len() * self.page_size_bytes();
        // SAFETY: the caller vouches for the range; one byte per page is written to `found`.
        let code = unsafe { libc::mincore(address as *mut c_void, length, found.as_mut_ptr()) };
        if code != 0 {
            return Err(std::io::Error::last_os_error().into());
        }
        for (page, found) in pages.iter_mut().zip(found) {
            *page = found & 1 != 0;
        }
        Ok(())
    }

    unsafe fn advise(&self, address: usize, length: usize, will_need: bool) -> Result<(), Errno> {
        let advice = if will_need { mm::Advice::WillNeed } else { mm::Advice::LinuxDontNeed };
        // SAFETY: the caller vouches for the range; a file's pages come back from the file.
        Ok(unsafe { mm::madvise(address as *mut c_void, length, advice) }?)
    }

    unsafe fn sync_mapping(&self, address: usize, length: usize) -> Result<(), Errno> {
        // SAFETY: the caller vouches that the range is a mapping; `msync` changes no memory.
        Ok(unsafe { mm::msync(address as *mut c_void, length, MsyncFlags::SYNC) }?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::scratch::ScratchDir;
    use crate::host::{Descriptors, FileSystem, OpenFlags};

    #[test]
    fn mapping_at_an_address() {
        let scratch = ScratchDir::new();
        let fd = OsHost
            .open(&scratch.join("f"), OpenFlags::READ_WRITE | OpenFlags::CREATE, 0o600)
            .expect("open");
        let page = OsHost.page_size_bytes();
        OsHost.truncate(&fd, page as u64 * 2).expect("truncate");
        OsHost.pwrite(&fd, b"second", page as u64).expect("write");
        // The reservation is the test's own; it lives until the end of the test.
        let reserved = memmap2::MmapMut::map_anon(page * 4).expect("reservation");
        let address = reserved.as_ptr() as usize + page;
        // SAFETY: the range lies in the reservation, to which there is no reference.
        unsafe {
            OsHost.map_file(&fd, address, page, page as u64, MapAccess::ReadWrite).expect("map");
            assert_eq!(*(address as *const [u8; 6]), *b"second");
            *(address as *mut u8) = b'S';
            OsHost.sync_mapping(address, page).expect("msync");
        }
        let mut buffer = [0; 6];
        OsHost.pread(&fd, &mut buffer, page as u64).expect("read");
        assert_eq!(&buffer, b"Second");
        // SAFETY: as above.
        unsafe {
            OsHost
                .map_file(&fd, address, page, page as u64, MapAccess::Private)
                .expect("map again");
            *(address as *mut u8) = b'x';
            let unaligned = OsHost.map_file(&fd, address, page, 1, MapAccess::ReadOnly);
            assert_eq!(unaligned, Err(Errno::INVAL));
            OsHost.unmap_file(address, page).expect("unmap");
        }
        OsHost.pread(&fd, &mut buffer, page as u64).expect("read");
        assert_eq!(&buffer, b"Second", "a private change stays private");
    }
}

//! Places of the fields of library classes that the natives read and write, looked up once.

use std::sync::OnceLock;
use vm::exceptions;
use vm::link;
use vm::{ClassId, Result, Thread};

macro_rules! offsets {
    ($($name:ident = $class:literal . $field:literal : $descriptor:literal;)*) => {
        /// Byte offsets in the object, or in the mirror for a static field.
        #[derive(Default)]
        pub(crate) struct Offsets {
            $($name: OnceLock<u32>,)*
        }

        impl Offsets {
            $(
                /// The field's byte offset. May load the class at first: raw references are stale
                /// afterwards.
                #[inline]
                pub(crate) fn $name(&self, t: &Thread) -> Result<u32> {
                    match self.$name.get() {
                        Some(&offset) => Ok(offset),
                        None => resolve(t, $class, $field, $descriptor, &self.$name),
                    }
                }
            )*
        }
    };
}

offsets! {
    file_path = "java/io/File"."path": "Ljava/lang/String;";
    descriptor_fd = "java/io/FileDescriptor"."fd": "I";
    descriptor_append = "java/io/FileDescriptor"."append": "Z";
    input_fd = "java/io/FileInputStream"."fd": "Ljava/io/FileDescriptor;";
    output_fd = "java/io/FileOutputStream"."fd": "Ljava/io/FileDescriptor;";
    random_fd = "java/io/RandomAccessFile"."fd": "Ljava/io/FileDescriptor;";
    channel_fd = "sun/nio/ch/FileChannelImpl"."fd": "Ljava/io/FileDescriptor;";
    key_device = "sun/nio/ch/FileKey"."st_dev": "J";
    key_inode = "sun/nio/ch/FileKey"."st_ino": "J";
    prefer_ipv6 = "java/net/InetAddress"."preferIPv6Address": "I";
    inet_holder = "java/net/InetAddress"."holder": "Ljava/net/InetAddress$InetAddressHolder;";
    holder_address = "java/net/InetAddress$InetAddressHolder"."address": "I";
    holder_family = "java/net/InetAddress$InetAddressHolder"."family": "I";
    inet6_holder = "java/net/Inet6Address"."holder6": "Ljava/net/Inet6Address$Inet6AddressHolder;";
    holder6_bytes = "java/net/Inet6Address$Inet6AddressHolder"."ipaddress": "[B";
    holder6_scope = "java/net/Inet6Address$Inet6AddressHolder"."scope_id": "I";
    holder6_interface = "java/net/Inet6Address$Inet6AddressHolder"."scope_ifname": "Ljava/net/NetworkInterface;";
    holder6_interface_set = "java/net/Inet6Address$Inet6AddressHolder"."scope_ifname_set": "Z";
    inflater_in = "java/util/zip/Inflater"."inputConsumed": "I";
    inflater_out = "java/util/zip/Inflater"."outputConsumed": "I";
}

#[cold]
fn resolve(
    t: &Thread,
    class: &str,
    field: &str,
    descriptor: &str,
    cell: &OnceLock<u32>,
) -> Result<u32> {
    let class = link::class_by_name(t, class)?;
    let offset = field_offset(t, class, field, descriptor)?;
    Ok(*cell.get_or_init(|| offset))
}

/// The offset of a field of a class or its supertypes; a missing one is a `NoSuchFieldError`.
pub(crate) fn field_offset(
    t: &Thread,
    class: ClassId,
    field: &str,
    descriptor: &str,
) -> Result<u32> {
    let (name, descriptor) = (t.symbol(field), t.symbol(descriptor));
    match link::find_field(t.vm(), class, name, descriptor) {
        Some((_, found)) => Ok(found.offset),
        None => Err(exceptions::throw(t, "java/lang/NoSuchFieldError", field)),
    }
}

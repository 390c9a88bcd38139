//! `java.awt`: what colours, rectangles and images in memory ask of their native library before they work,
//! which is nothing: it would look up fields for its own use. Whatever draws or opens a window has no natives here.

use crate::java_lang::support::nop;
use vm::NativeMethod;

/// The natives of this module.
pub fn natives() -> Vec<NativeMethod> {
    vm::natives! {
        "java/awt/AWTEvent" { "initIDs" "()V" => leaf nop; }
        "java/awt/Color" { "initIDs" "()V" => leaf nop; }
        "java/awt/Cursor" { "initIDs" "()V" => leaf nop; }
        "java/awt/Dimension" { "initIDs" "()V" => leaf nop; }
        "java/awt/Event" { "initIDs" "()V" => leaf nop; }
        "java/awt/Font" { "initIDs" "()V" => leaf nop; }
        "java/awt/Insets" { "initIDs" "()V" => leaf nop; }
        "java/awt/Rectangle" { "initIDs" "()V" => leaf nop; }
        "java/awt/image/BufferedImage" { "initIDs" "()V" => leaf nop; }
        "java/awt/image/ColorModel" { "initIDs" "()V" => leaf nop; }
        "java/awt/image/IndexColorModel" { "initIDs" "()V" => leaf nop; }
        "java/awt/image/Kernel" { "initIDs" "()V" => leaf nop; }
        "java/awt/image/Raster" { "initIDs" "()V" => leaf nop; }
        "java/awt/image/SampleModel" { "initIDs" "()V" => leaf nop; }
        "java/awt/image/SinglePixelPackedSampleModel" { "initIDs" "()V" => leaf nop; }
        "java/awt/Toolkit" { "initIDs" "()V" => leaf nop; }
        "sun/awt/image/ByteComponentRaster" { "initIDs" "()V" => leaf nop; }
        "sun/awt/image/BytePackedRaster" { "initIDs" "()V" => leaf nop; }
        "sun/awt/image/IntegerComponentRaster" { "initIDs" "()V" => leaf nop; }
        "sun/awt/image/ShortComponentRaster" { "initIDs" "()V" => leaf nop; }
        "sun/java2d/Disposer" { "initIDs" "()V" => leaf nop; }
    }
}

//! File systems and image formats by their magic numbers.
//!
//! | offset | bytes | what | source |
//! | --- | --- | --- | --- |
//! | 0 | `eb ?? 90` or `e9`, geometry that fits | FAT | Microsoft, FAT specification 1.03, section 3 |
//! | 3 | `EXFAT   ` | exFAT | Microsoft, exFAT specification, section 3.1 |
//! | 3 | `NTFS    ` | NTFS | |
//! | 32 | `NXSB` | APFS container | Apple File System Reference, "Container" |
//! | 1024 | `10 20 f5 f2` | F2FS | Linux `include/linux/f2fs_fs.h` |
//! | 1024 | `H+`, `HX` | HFS Plus | Apple TN1150 |
//! | 1024 | `e2 e1 f5 e0` | EROFS | Linux `fs/erofs/erofs_fs.h` |
//! | 1080 | `53 ef` | ext2, ext3, ext4 | Linux documentation, "ext4 super block" |
//! | 0 | `3a ff 26 ed` | sparse image of Android | AOSP `libsparse/sparse_format.h` |
//! | 0 | `hsqs` | SquashFS | Linux `fs/squashfs/squashfs_fs.h` |
//! | 0 | `QFI fb`, `EVF 09 0d 0a ff 00`, `EVF2`, `KDMV` | QCOW2, Expert Witness, VMDK | |

/// What the first bytes of an image or a partition say that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSystem {
    /// ext2, ext3 or ext4.
    Ext,
    /// FAT12, FAT16 or FAT32.
    Fat,
    /// exFAT.
    ExFat,
    /// Known by name, and not read: the name, and what an examiner can do.
    Unread(&'static str, &'static str),
}

const MOUNT: &str = "mount it read-only on a system that reads it, and give the folder or a tar of it";
const CONVERT: &str = "convert it to a raw image (dd), and give that";
const UNPACK: &str = "make a raw image of it with simg2img, and give that";
const APFS: &str = "the data of an iPhone is encrypted file by file and cannot be read from an image: take an extraction of the file \
                    system; of an image that is not encrypted, export the files and give the folder";

/// `(offset, magic, what it is)`, tried in this order; FAT has no magic and is tried last.
const MAGICS: [(usize, &[u8], FileSystem); 14] = [
    (3, b"EXFAT   ", FileSystem::ExFat),
    (3, b"NTFS    ", FileSystem::Unread("an NTFS file system", MOUNT)),
    (32, b"NXSB", FileSystem::Unread("an APFS container", APFS)),
    (1024, &[0x10, 0x20, 0xf5, 0xf2], FileSystem::Unread("an F2FS file system", MOUNT)),
    (1024, b"H+\0\x04", FileSystem::Unread("an HFS Plus file system", MOUNT)),
    (1024, b"HX\0\x05", FileSystem::Unread("an HFSX file system", MOUNT)),
    (1024, &[0xe2, 0xe1, 0xf5, 0xe0], FileSystem::Unread("an EROFS file system", MOUNT)),
    (0, &[0x3a, 0xff, 0x26, 0xed], FileSystem::Unread("a sparse image of Android", UNPACK)),
    (0, b"hsqs", FileSystem::Unread("a SquashFS file system", MOUNT)),
    (0, b"QFI\xfb", FileSystem::Unread("a QCOW image", CONVERT)),
    (0, b"EVF\x09\x0d\x0a\xff\0", FileSystem::Unread("an Expert Witness image (E01)", CONVERT)),
    (0, b"EVF2\x0d\x0a\x81\0", FileSystem::Unread("an Expert Witness image (Ex01)", CONVERT)),
    (0, b"KDMV", FileSystem::Unread("a VMDK image", CONVERT)),
    (1080, &[0x53, 0xef], FileSystem::Ext),
];

/// Recognises a file system by its first 4096 bytes.
#[must_use]
pub fn file_system(head: &[u8]) -> Option<FileSystem> {
    let has = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|tail| tail.starts_with(magic));
    let known = MAGICS.iter().find(|(offset, magic, _)| has(*offset, magic));
    // Two bytes are a weak magic: what is near them has to fit.
    let known = known.filter(|(.., what)| *what != FileSystem::Ext || is_ext(head));
    known
        .map(|(.., what)| *what)
        .or_else(|| super::super::fat::is_boot_sector(head).then_some(FileSystem::Fat))
}

fn is_ext(head: &[u8]) -> bool {
    let word = |at: usize| {
        head.get(at..).and_then(|tail| tail.first_chunk::<4>()).map(|bytes| u32::from_le_bytes(*bytes))
    };
    let is_within =
        |at: usize, least: u32, most: u32| word(at).is_some_and(|found| (least..=most).contains(&found));
    let counts = is_within(1024, 1, u32::MAX) && is_within(1028, 1, u32::MAX);
    // First block, size of a block as a power of two, behaviour on errors (two bytes, then the minor revision), revision.
    let errors = word(1084).is_some_and(|found| found & 0xffff <= 3);
    counts && is_within(1044, 0, 1) && is_within(1048, 0, 6) && errors && is_within(1100, 0, 1)
}

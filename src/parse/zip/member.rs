//! One member of an archive: its name, what kind of entry it is, and where its bytes are.

use super::{Modified, Name};

/// A member, from its central header or, where there is none, from its local header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'a> {
    /// The name, unchecked: it may hold `..`, a drive, control characters.
    pub name: Name<'a>,
    /// File, folder, link or device, by the Unix mode where the archive has one.
    pub kind: EntryKind,
    /// Whether the writer separates folders with `\` (4.4.17.1 forbids it; MS-DOS and NTFS writers do it).
    pub is_dos: bool,
    /// When it was modified.
    pub modified: Modified,
    /// Where it is and how to read it.
    pub place: Place,
}

/// Where the bytes of a member are and what the archive claims about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Offset in the file of the local header.
    pub header_offset: u64,
    /// Bytes in the archive.
    pub compressed_size: u64,
    /// Bytes when unpacked; unknown for a member that was cut off before its data descriptor.
    pub size: Option<u64>,
    /// CRC-32 of the unpacked bytes; unknown likewise.
    pub crc32: Option<u32>,
    /// How it is compressed.
    pub method: Method,
    /// Whether general purpose bit 0 is set: a password is needed.
    pub encrypted: bool,
    /// CRC-32 of the bytes of the name: the local header has to have the same.
    pub name_crc32: u32,
}

impl Place {
    /// Where its header and its bytes are in the archive; the length of the name and of the extra field, which only the
    /// header itself has, is taken as its most.
    #[must_use]
    pub fn stored(&self) -> std::ops::Range<u64> {
        const MOST: u64 = 2 * 0xffff;
        let (start, end) = self.span();
        start..end.saturating_add(MOST)
    }

    /// Start of the header and the least that the member takes.
    pub(super) fn span(&self) -> (u64, u64) {
        let least = super::local::FIXED_LENGTH.saturating_add(self.compressed_size);
        (self.header_offset, self.header_offset.saturating_add(least))
    }
}

/// What kind of entry a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file, or nothing is said.
    File,
    /// A folder: the name ends with a separator, or the mode says so.
    Folder,
    /// A symbolic link; its target is its content.
    Link,
    /// A device, pipe or socket, with its mode.
    Special(u16),
}

/// The compression method (4.4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// 0: the bytes as they are.
    Stored,
    /// 8: deflate (RFC 1951).
    Deflate,
    /// Any other, by its number.
    Other(u16),
}

impl From<u16> for Method {
    fn from(number: u16) -> Self {
        match number {
            0 => Method::Stored,
            8 => Method::Deflate,
            other => Method::Other(other),
        }
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = match self {
            Method::Stored => return formatter.write_str("stored"),
            Method::Deflate => return formatter.write_str("deflate"),
            Method::Other(number) => *number,
        };
        let name = match number {
            1 => "shrink",
            2..=5 => "reduce",
            6 => "implode",
            9 => "deflate64",
            12 => "bzip2",
            14 => "lzma",
            20 | 93 => "zstandard",
            95 => "xz",
            98 => "ppmd",
            99 => "AES encryption",
            _ => "unknown",
        };
        write!(formatter, "{name} (method {number})")
    }
}

/// Unix file type bits of a mode (`sys/stat.h`).
const TYPE_BITS: u16 = 0o170_000;

impl EntryKind {
    /// From the name, the size and, for a writer on Unix, the mode in the upper half of the external attributes.
    pub(super) fn new(name: &[u8], size: u64, mode: Option<u16>) -> Self {
        match mode.map(|mode| mode & TYPE_BITS) {
            Some(0o120_000) => EntryKind::Link,
            Some(0o040_000) => EntryKind::Folder,
            // A name that ends with a separator and yet has bytes is read: the bytes count.
            None | Some(0 | 0o100_000) if size == 0 && name.ends_with(b"/") => EntryKind::Folder,
            None | Some(0 | 0o100_000) if size == 0 && name.ends_with(b"\\") => EntryKind::Folder,
            None | Some(0 | 0o100_000) => EntryKind::File,
            Some(other) => EntryKind::Special(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_tells_links_and_devices_from_files() {
        assert_eq!(EntryKind::new(b"a", 4, Some(0o120_777)), EntryKind::Link);
        assert_eq!(EntryKind::new(b"a", 0, Some(0o060_600)), EntryKind::Special(0o060_000));
        assert_eq!(EntryKind::new(b"a", 0, Some(0o100_644)), EntryKind::File);
    }

    #[test]
    fn a_name_with_a_separator_at_its_end_is_a_folder_unless_it_has_bytes() {
        assert_eq!(EntryKind::new(b"a/", 0, None), EntryKind::Folder);
        assert_eq!(EntryKind::new(b"a\\", 0, None), EntryKind::Folder);
        assert_eq!(EntryKind::new(b"a/", 1, None), EntryKind::File);
    }
}

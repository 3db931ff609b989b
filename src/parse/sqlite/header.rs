//! The database header: the first 100 bytes of page 1 (file format, section 1.3).
//!
//! ```text
//!   0 "SQLite format 3\0"      16 page size        18 write version   19 read version   20 reserved bytes a page
//!  21 payload fractions 64 32 32                   24 change counter  28 pages          32 first freelist trunk
//!  36 freelist pages           40 schema cookie    44 schema format   48 cache size     52 largest root (auto-vacuum)
//!  56 text encoding            60 user version     64 incremental     68 application id 92 version-valid-for
//! ```

use super::super::Parsed;
use super::text::Encoding;
use nom::Parser;
use nom::bytes::complete::{tag, take};
use nom::error::context;
use nom::number::complete::{be_u16, be_u32, u8};

/// The first 16 bytes of every database.
pub const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The least usable size of a page that SQLite accepts.
const LEAST_USABLE: u32 = 480;

/// The fields of the database header that reading depends on, or that a report tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileHeader {
    /// As stored: 1 stands for 65,536.
    pub page_size_field: u16,
    /// 1 for a rollback journal, 2 for a WAL.
    pub write_version: u8,
    /// 1 for a rollback journal, 2 for a WAL; SQLite refuses more.
    pub read_version: u8,
    /// Bytes at the end of every page that no b-tree uses.
    pub reserved: u8,
    /// Must be 64, 32, 32.
    pub fractions: [u8; 3],
    /// Counts transactions.
    pub change_counter: u32,
    /// Pages of the database, where [`FileHeader::declared_pages`] lets it count.
    pub page_count: u32,
    /// First trunk page of the freelist, or 0.
    pub freelist_trunk: u32,
    /// Pages on the freelist.
    pub freelist_count: u32,
    /// Changes with the schema.
    pub schema_cookie: u32,
    /// 1 to 4, and 0 in an empty database.
    pub schema_format: u32,
    /// Not 0 in an auto-vacuum database, which has pointer-map pages.
    pub largest_root: u32,
    /// As stored: 1, 2, 3, and 0 in an empty database.
    pub text_encoding: u32,
    /// `PRAGMA user_version`.
    pub user_version: u32,
    /// `PRAGMA application_id`.
    pub application_id: u32,
    /// The change counter at which the page count was written.
    pub version_valid_for: u32,
}

/// Reads the database header.
///
/// # Errors
/// Where the magic is another or the 100 bytes are not all there.
pub fn file_header(input: &[u8]) -> Parsed<'_, FileHeader> {
    let (input, _) = context("database header, magic", tag(&MAGIC[..])).parse(input)?;
    let (input, (page_size_field, write_version, read_version, reserved)) =
        context("database header, page size and versions", (be_u16, u8, u8, u8)).parse(input)?;
    let (input, (maximum, minimum, leaf)) =
        context("database header, payload fractions", (u8, u8, u8)).parse(input)?;
    let (input, (change_counter, page_count, freelist_trunk, freelist_count)) =
        context("database header, counts", (be_u32, be_u32, be_u32, be_u32)).parse(input)?;
    let (input, (schema_cookie, schema_format, _cache_size, largest_root)) =
        context("database header, schema", (be_u32, be_u32, be_u32, be_u32)).parse(input)?;
    let (input, (text_encoding, user_version, _incremental, application_id)) =
        context("database header, text encoding", (be_u32, be_u32, be_u32, be_u32)).parse(input)?;
    let (input, (_expansion, version_valid_for, _library)) =
        context("database header, version-valid-for", (take(20usize), be_u32, be_u32)).parse(input)?;
    let fractions = [maximum, minimum, leaf];
    let header = FileHeader {
        page_size_field,
        write_version,
        read_version,
        reserved,
        fractions,
        change_counter,
        page_count,
        freelist_trunk,
        freelist_count,
        schema_cookie,
        schema_format,
        largest_root,
        text_encoding,
        user_version,
        application_id,
        version_valid_for,
    };
    Ok((input, header))
}

/// The header at the start of a file, where there is one.
pub(crate) fn header_of(bytes: &[u8]) -> Option<FileHeader> {
    file_header(bytes).ok().map(|(_, header)| header)
}

/// A page size that SQLite can have: a power of two from 512 to 65,536.
pub(super) fn is_page_size(size: u32) -> bool {
    (512..=65_536).contains(&size) && size.is_power_of_two()
}

impl FileHeader {
    /// Bytes of a page, or nothing where the field holds no page size.
    pub fn page_size(&self) -> Option<u32> {
        let size = if self.page_size_field == 1 { 65_536 } else { u32::from(self.page_size_field) };
        is_page_size(size).then_some(size)
    }

    /// Bytes of a page that b-trees use. Where the header reserves more than SQLite allows, the whole page.
    pub fn usable_size(&self, page_size: u32) -> u32 {
        let usable = page_size.saturating_sub(u32::from(self.reserved));
        if usable < LEAST_USABLE { page_size } else { usable }
    }

    /// The page count of the header, where it is valid: written by the same transaction as the change counter.
    pub fn declared_pages(&self) -> Option<u32> {
        (self.page_count != 0 && self.change_counter == self.version_valid_for).then_some(self.page_count)
    }

    /// The encoding of all text. Anything but 2 and 3 is read as UTF-8, as SQLite does in an empty database.
    pub fn encoding(&self) -> Encoding {
        match self.text_encoding {
            2 => Encoding::Utf16Le,
            3 => Encoding::Utf16Be,
            _ => Encoding::Utf8,
        }
    }

    /// What is odd in the header, each with the offset of its field. None of it stops the reading.
    pub(super) fn oddities(&self) -> Vec<(u64, &'static str, String)> {
        let mut odd = Vec::new();
        if self.fractions != [64, 32, 32] {
            let found = format!("payload fractions are {:?}, expected 64, 32, 32", self.fractions);
            odd.push((21, "sqlite-header-fractions", found));
        }
        if self.read_version > 2 {
            let found = format!("read version is {}, SQLite reads up to 2", self.read_version);
            odd.push((19, "sqlite-header-version", found));
        }
        if self.page_size().is_some_and(|size| size.saturating_sub(u32::from(self.reserved)) < LEAST_USABLE) {
            let found = format!("{} bytes of each page are reserved: read as none", self.reserved);
            odd.push((20, "sqlite-header-reserved", found));
        }
        if self.schema_format > 4 {
            let found = format!("schema format is {}, SQLite knows 1 to 4", self.schema_format);
            odd.push((44, "sqlite-header-schema-format", found));
        }
        if self.text_encoding > 3 || (self.text_encoding == 0 && self.schema_format != 0) {
            let found = format!("text encoding is {}, expected 1 to 3: read as UTF-8", self.text_encoding);
            odd.push((56, "sqlite-header-encoding", found));
        }
        odd
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A header of page size 512 that SQLite accepts.
    pub(crate) fn sample() -> [u8; 100] {
        let mut bytes = [0; 100];
        bytes[..16].copy_from_slice(MAGIC);
        bytes[16..24].copy_from_slice(&[2, 0, 1, 1, 0, 64, 32, 32]);
        bytes[24..32].copy_from_slice(&[0, 0, 0, 3, 0, 0, 0, 9]);
        bytes[44..48].copy_from_slice(&[0, 0, 0, 4]);
        bytes[56..60].copy_from_slice(&[0, 0, 0, 1]);
        bytes[92..96].copy_from_slice(&[0, 0, 0, 3]);
        bytes
    }

    #[test]
    fn the_header_that_sqlite_writes_has_nothing_odd() {
        let bytes = sample();
        let (rest, header) = file_header(&bytes).unwrap();
        assert!(rest.is_empty());
        assert_eq!(header.page_size(), Some(512));
        assert_eq!(header.declared_pages(), Some(9));
        assert_eq!(header.oddities(), vec![]);
    }

    #[test]
    fn a_page_size_of_one_means_65536_and_other_non_powers_mean_nothing() {
        let mut bytes = sample();
        bytes[16..18].copy_from_slice(&[0, 1]);
        assert_eq!(file_header(&bytes).unwrap().1.page_size(), Some(65_536));
        for field in [[0, 0], [1, 0], [3, 0], [2, 1]] {
            bytes[16..18].copy_from_slice(&field);
            assert_eq!(file_header(&bytes).unwrap().1.page_size(), None, "{field:?}");
        }
    }

    #[test]
    fn the_page_count_counts_only_when_its_version_is_valid() {
        let mut bytes = sample();
        bytes[95] = 4;
        assert_eq!(file_header(&bytes).unwrap().1.declared_pages(), None);
    }

    #[test]
    fn a_header_of_99_bytes_and_another_magic_are_refused() {
        let mut bytes = sample();
        assert!(file_header(&bytes[..99]).is_err());
        bytes[15] = 1;
        assert!(file_header(&bytes).is_err());
    }

    #[test]
    fn each_odd_field_is_named_with_its_offset() {
        let mut bytes = sample();
        bytes[19] = 3;
        bytes[20] = 33;
        bytes[21] = 65;
        bytes[47] = 5;
        bytes[59] = 4;
        let header = file_header(&bytes).unwrap().1;
        let offsets: Vec<u64> = header.oddities().iter().map(|odd| odd.0).collect();
        assert_eq!(offsets, [21, 19, 20, 44, 56]);
        assert_eq!(header.usable_size(512), 512);
    }
}

//! The 100 bytes of the database header, field by field (file format, section 1.3).

use super::part::{FieldReader, Part, PartKind, big_endian};

/// Bytes of the header.
pub(super) const SIZE: usize = 100;

/// What a number of the header means.
type Meaning = fn(u64) -> String;

/// The fields between the magic and the reserved bytes, in order.
const FIELDS: &[(&str, usize, Meaning)] = &[
    ("page size", 2, page_size),
    ("write version", 1, version),
    ("read version", 1, version),
    ("reserved bytes of each page", 1, |count| count.to_string()),
    ("maximum embedded payload fraction", 1, |found| fraction(found, 64)),
    ("minimum embedded payload fraction", 1, |found| fraction(found, 32)),
    ("leaf payload fraction", 1, |found| fraction(found, 32)),
    ("change counter", 4, |count| format!("{count} transactions were counted")),
    ("page count", 4, |count| format!("{count} pages")),
    ("first freelist trunk page", 4, |page| page_or(page, "none: the freelist is empty")),
    ("freelist page count", 4, |count| format!("{count} pages are free")),
    ("schema cookie", 4, |count| format!("{count}, goes up with each change of the schema")),
    ("schema format", 4, |format| format!("{format}{}", if format > 4 { ": not 1 to 4" } else { "" })),
    ("default cache size", 4, |pages| format!("{} pages", signed(pages))),
    ("largest root page", 4, |page| page_or(page, "0: no auto-vacuum, no pointer-map pages")),
    ("text encoding", 4, encoding),
    ("user version", 4, |version| signed(version).to_string()),
    ("incremental vacuum", 4, |flag| if flag == 0 { "off".to_owned() } else { "on".to_owned() }),
    ("application id", 4, application),
];

/// The database header that page 1 begins with, as far as `bytes` goes.
pub(super) fn database_header(bytes: &[u8]) -> Part {
    let bytes = bytes.get(..SIZE).unwrap_or(bytes);
    let mut fields = FieldReader::new(bytes, 0);
    fields.bytes("magic", 16, |magic| match magic == super::super::header::MAGIC {
        true => "SQLite format 3, NUL".to_owned(),
        false => "not that of a SQLite database".to_owned(),
    });
    for (name, size, meaning) in FIELDS {
        fields.number(name, *size, meaning);
    }
    fields.bytes("reserved for expansion", 20, |zeros| match zeros.iter().all(|byte| *byte == 0) {
        true => "zeros, as they must be".to_owned(),
        false => "not all zero".to_owned(),
    });
    let counter = big_endian(bytes.get(24..28).unwrap_or(&[]));
    fields.number("version-valid-for", 4, |found| match found == counter {
        true => format!("{found}, the change counter: the page count is valid"),
        false => format!("{found}, not the change counter {counter}: the page count is not valid"),
    });
    fields.number("SQLite version number", 4, library);
    Part::group(PartKind::Structure, 0, fields.done(), "database header", "")
}

fn page_size(field: u64) -> String {
    match field {
        1 => "65536 bytes".to_owned(),
        512..=32_768 if field.is_power_of_two() => format!("{field} bytes"),
        _ => format!("{field}: no page size"),
    }
}

fn version(field: u64) -> String {
    match field {
        1 => "1: rollback journal".to_owned(),
        2 => "2: write-ahead log".to_owned(),
        other => format!("{other}: unknown"),
    }
}

fn fraction(found: u64, expected: u64) -> String {
    if found == expected { found.to_string() } else { format!("{found}, must be {expected}") }
}

fn page_or(page: u64, none: &str) -> String {
    if page == 0 { none.to_owned() } else { format!("page {page}") }
}

fn encoding(field: u64) -> String {
    match field {
        0 => "0: not yet chosen".to_owned(),
        1 => "1: UTF-8".to_owned(),
        2 => "2: UTF-16, low byte first".to_owned(),
        3 => "3: UTF-16, high byte first".to_owned(),
        other => format!("{other}: unknown"),
    }
}

/// A number of four bytes that SQLite reads with its sign.
fn signed(field: u64) -> i32 {
    u32::try_from(field).unwrap_or(u32::MAX).cast_signed()
}

fn application(field: u64) -> String {
    match field {
        0 => "0: none set".to_owned(),
        0x4750_4b47 => format!("{field}: GeoPackage"),
        other => other.to_string(),
    }
}

/// `SQLITE_VERSION_NUMBER` of the library that last wrote the file: 3 046 001 is 3.46.1.
fn library(number: u64) -> String {
    match number {
        0 => "0: not written (before SQLite 3.7.0)".to_owned(),
        _ => format!("{number}: SQLite {}.{}.{}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000),
    }
}

//! SEGB: the stream files of Apple's Biome (`Biome/streams/{public,restricted}/STREAM/local/N`, iOS 15 and later).
//!
//! ```text
//! version 1   header 56 bytes: u32 end of the entries … "SEGB"
//!             entry: i32 length, i32 state, f64 time, f64 time, u32 CRC-32, i32, payload; the next at a multiple of 8
//! version 2   header 32 bytes: "SEGB", i32 entries, f64 created, 16 bytes
//!             entry: u32 CRC-32, i32, payload; the next at a multiple of 4
//!             at the end of the file, for each entry: i32 its end, counted from byte 32; i32 state; f64 time
//! ```
//!
//! All little-endian; times are seconds since 2001. The document is `{ version, created, entries }`; an entry has `state` (`live`:
//! written, `deleted`, `unknown`), `entry_state` (the number), `time` and `time_2` (dates), `crc_valid`, `payload` (bytes, most often
//! a protobuf message). A deleted entry mostly holds zeros; where bytes are left, they are the payload.
//!
//! No vendor's documentation; <https://github.com/cclgroupltd/ccl-segb>.

mod entry;
mod v1;
mod v2;

use super::error::small_hex;
use super::tree::{Findings, place};
use super::{Document, Error, Node, Span, Value};

const MAGIC: &[u8] = b"SEGB";

/// Reads a stream file.
///
/// # Errors
/// [`Error::WrongKind`] where it has neither version's signature.
pub fn document(input: &[u8]) -> Result<Document<'_>, Error> {
    let mut findings = Findings::default();
    let members = if input.starts_with(MAGIC) {
        v2::stream(input, &mut findings)
    } else if input.get(v1::HEADER.saturating_sub(MAGIC.len())..v1::HEADER) == Some(MAGIC) {
        v1::stream(input, &mut findings)
    } else {
        return Err(Error::WrongKind { expected: "a SEGB stream", found: small_hex(input) });
    };
    let span = Span { offset: 0, length: place(input.len()) };
    Ok(Document { root: Node { value: Value::Map(members), span }, findings: findings.into_vec() })
}

/// Whether a file has the signature of one of the versions.
pub fn is_segb(input: &[u8]) -> bool {
    input.starts_with(MAGIC) || input.get(v1::HEADER.saturating_sub(MAGIC.len())..v1::HEADER) == Some(MAGIC)
}

#[cfg(test)]
mod tests;

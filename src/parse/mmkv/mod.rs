//! MMKV, Tencent's store of keys and values: a file that is appended to, so that it holds its own history.
//!
//! ```text
//! file   u32 bytes used · varint holder · for each: varint length, key · varint length, value (none: the key was removed)
//! .crc   u32 CRC-32 · u32 version · u32 sequence · 16 bytes vector (2) · u32 bytes used (3) · … · u64 flags (4)
//! ```
//!
//! The document is `{ version, sequence, entries }`; of a key the last entry that is used is `live` (or a removal), those before it
//! are `superseded` or `deleted`. Behind the bytes that are used a longer file may still lie from before the last rewriting: entries
//! of it that reach to its end have `residue`. The file does not say what a value is: `value` are the bytes, and beside them stand
//! the readings that fit: `text` (a length and UTF-8), `integer` (one varint), `double` (eight bytes), `float` (four).
//!
//! An encrypted file (its `.crc` has a vector) is opened with the key that its app gives to MMKV.
//! <https://github.com/Tencent/MMKV/wiki/design>, `Core/MMKVMetaInfo.hpp`, `Core/MiniPBCoder.cpp`.

mod entry;
mod meta;
mod sealed;

use super::error::small_hex;
use super::tree::Findings;
use super::{Document, Error, Node, Span, Value};
use entry::{Entry, entries, residue};
use meta::Meta;

/// Bytes of the size before the entries.
const HEADER: usize = 4;

/// Reads a file, with the bytes of its `.crc` where there are any; an encrypted one with the first key that fits.
///
/// # Errors
/// [`Error::WrongKind`] where it is none, [`Error::Unexpected`] where it is encrypted and no key fits.
pub fn document<'a>(input: &'a [u8], crc: Option<&[u8]>, keys: &[&[u8]]) -> Result<Document<'a>, Error> {
    let meta = crc.and_then(Meta::of);
    let mut findings = Findings::default();
    if crc.is_some() && meta.is_none() {
        findings.loss("mmkv-meta", 0, "the .crc file is too short to be one");
    }
    let end = end(input, meta.as_ref(), &mut findings)?;
    if let Some(meta) = &meta {
        check(meta, input.get(HEADER..end).unwrap_or(&[]), &mut findings);
    }
    if let Some(root) = read(input, end, meta.as_ref(), &mut findings) {
        return Ok(Document { root, findings: findings.into_vec() });
    }
    let opened = keys.iter().find_map(|key| sealed::decrypted(input, end, meta.as_ref(), key));
    let Some((bytes, method)) = opened else {
        let is_encrypted = meta.as_ref().is_some_and(Meta::is_encrypted) || !keys.is_empty();
        return Err(if is_encrypted { encrypted(input, keys.len()) } else { wrong(input) });
    };
    findings.note("mmkv-decrypted", HEADER, format!("{method}; every byte keeps its place"));
    let root = read(&bytes, end, meta.as_ref(), &mut findings).map(Node::into_owned);
    root.map(|root| Document { root, findings: findings.into_vec() }).ok_or_else(|| wrong(input))
}

/// Where the bytes that are used end.
fn end(input: &[u8], meta: Option<&Meta>, findings: &mut Findings) -> Result<usize, Error> {
    let claimed =
        input.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes)).ok_or_else(|| wrong(input))?;
    let claimed = meta.and_then(|meta| meta.used).unwrap_or(claimed);
    let end = usize::try_from(claimed).unwrap_or(usize::MAX).saturating_add(HEADER);
    if end > input.len() {
        findings.loss("mmkv-cut", 0, format!("{claimed} bytes are used, the file has {}", input.len()));
    }
    Ok(end.min(input.len()))
}

/// The entries of plain bytes; nothing where not one can be read of them.
fn read<'a>(input: &'a [u8], end: usize, meta: Option<&Meta>, findings: &mut Findings) -> Option<Node<'a>> {
    let (read, broken) = entries(input, (HEADER, end), meta.is_some_and(Meta::has_expiry));
    if read.is_empty() && broken.is_some() {
        return None;
    }
    if let Some(at) = broken {
        let rest = input.get(at..end).unwrap_or(&[]);
        findings.loss("mmkv-entry", at, format!("no whole entry here: {}", small_hex(rest)));
    }
    Some(root(input.len(), meta, (read, residue(input, end))))
}

fn wrong(input: &[u8]) -> Error {
    Error::WrongKind { expected: "an MMKV file", found: small_hex(input) }
}

fn encrypted(input: &[u8], keys: usize) -> Error {
    let tried = if keys == 0 { "" } else { ", and no key that is given opens it" };
    let found = format!(
        "{} (an encrypted store{tried}; needed: the key that the app gives to MMKV)",
        small_hex(input)
    );
    Error::Unexpected { offset: 4, what: "MMKV".to_owned(), expected: "plain entries".to_owned(), found }
}

fn check(meta: &Meta, used: &[u8], findings: &mut Findings) {
    let mut crc = flate2::Crc::new();
    crc.update(used);
    if crc.sum() != meta.crc32 {
        let message =
            format!("CRC-32 of the entries: expected {:#010x}, found {:#010x}", meta.crc32, crc.sum());
        findings.loss("mmkv-crc", HEADER, message);
    }
}

fn root<'a>(length: usize, meta: Option<&Meta>, (read, left): (Vec<Entry<'a>>, Vec<Entry<'a>>)) -> Node<'a> {
    let span = Span::between(0, length);
    let node = |value| Node { value, span };
    let number = |value: u32| Value::Integer(value.into());
    let mut members = Vec::new();
    if let Some(meta) = meta {
        members.push(("version".into(), node(number(meta.version))));
        members.push(("sequence".into(), node(number(meta.sequence))));
    }
    members.push(("entries".into(), node(Value::List(entry::nodes(read, left)))));
    node(Value::Map(members))
}

#[cfg(test)]
mod tests;

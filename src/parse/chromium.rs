//! Keys and values that Chromium writes into LevelDB: Local Storage, IndexedDB.
//!
//! ```text
//! Local Storage   key    "_" origin 00 string · "META:" origin · "METAACCESS:" origin · "VERSION"
//!                 value  string; of META and METAACCESS a protobuf message
//!                 string u8 (0 UTF-16LE, 1 ISO 8859-1) · text
//! IndexedDB       key    u8 widths (bbb database, bbb object store, bb index: bytes − 1) · the three numbers · the rest by what they are
//! ```
//!
//! `components/services/storage/dom_storage/local_storage_impl.cc`; `content/browser/indexed_db/docs/leveldb_coding_scheme.md`,
//! both in <https://chromium.googlesource.com/chromium/src>.

use std::borrow::Cow;

use super::error::small_hex;
use super::tree::{MAX_DEPTH, place};
use super::varint::size;
use super::{Document, Error, Node, Span, Value};

type Members<'a> = Vec<(Cow<'a, str>, Node<'a>)>;

fn wrong(expected: &'static str, input: &[u8]) -> Error {
    Error::WrongKind { expected, found: small_hex(input) }
}

fn whole<'a>(input: &[u8], value: Value<'a>) -> Document<'a> {
    let span = Span { offset: 0, length: place(input.len()) };
    Document { root: Node { value, span }, findings: Vec::new() }
}

fn named<'a>(name: &'static str, value: Value<'a>) -> (Cow<'a, str>, Node<'a>) {
    (Cow::Borrowed(name), Node { value, span: Span::default() })
}

/// Reads a key of Local Storage: `{ kind, origin, key }`, the kind `item`, `meta`, `meta_access` or `version`.
///
/// # Errors
/// [`Error::WrongKind`] where it is none.
pub fn local_storage_key(input: &[u8]) -> Result<Document<'_>, Error> {
    let kind = |kind: &'static str| named("kind", Value::Text(kind.into()));
    let origin = |bytes: &'_ [u8]| named("origin", Value::utf8(bytes).into_owned());
    let members: Members<'_> = match input {
        b"VERSION" => vec![kind("version")],
        [b'_', rest @ ..] => {
            let end = rest.iter().position(|byte| *byte == 0);
            let parts = end.and_then(|end| Some((rest.get(..end)?, rest.get(end.checked_add(1)?..)?)));
            let (bytes, key) = parts.ok_or_else(|| wrong("a key of Local Storage", input))?;
            vec![kind("item"), origin(bytes), named("key", prefixed(key)?)]
        }
        _ => {
            let meta = input.strip_prefix(b"META:").map(|rest| (kind("meta"), rest));
            let access = || input.strip_prefix(b"METAACCESS:").map(|rest| (kind("meta_access"), rest));
            let (kind, rest) = meta.or_else(access).ok_or_else(|| wrong("a key of Local Storage", input))?;
            vec![kind, origin(rest)]
        }
    };
    Ok(whole(input, Value::Map(members)))
}

/// Reads a string of Local Storage.
///
/// # Errors
/// [`Error::WrongKind`] where it begins with neither encoding.
pub fn local_storage_text(input: &[u8]) -> Result<Document<'_>, Error> {
    Ok(whole(input, prefixed(input)?))
}

fn prefixed<'a>(input: &[u8]) -> Result<Value<'a>, Error> {
    match input {
        [0, rest @ ..] => Ok(utf16(rest, u16::from_le_bytes)),
        [1, rest @ ..] => {
            Ok(Value::Text(rest.iter().map(|byte| char::from(*byte)).collect::<String>().into()))
        }
        _ => Err(wrong("a string of Local Storage", input)),
    }
}

/// UTF-16 text; where it is not valid the bytes are kept.
fn utf16<'a>(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Value<'a> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    match String::from_utf16(&units) {
        Ok(text) if rest.is_empty() => Value::Text(text.into()),
        _ => Value::InvalidText {
            bytes: Cow::Owned(bytes.to_vec()),
            reading: String::from_utf16_lossy(&units),
        },
    }
}

/// Reads a key of IndexedDB: `{ database, object_store, index, kind, … }`. The kinds `record`, `exists`, `blob` and `index` have
/// `key`; `database_name` has `origin` and `name`, `object_store_meta` has `store` and `meta` (0: the value is its name). Of any
/// other kind the `rest` is kept as it is.
///
/// # Errors
/// [`Error::WrongKind`] where it has not the three numbers.
pub fn indexeddb_key(input: &[u8]) -> Result<Document<'_>, Error> {
    let prefix = prefix(input).ok_or_else(|| wrong("a key of IndexedDB", input))?;
    let number = |value: u64| i64::try_from(value).map_or(Value::Unsigned(value), Value::Integer);
    let mut members: Members<'_> = vec![
        named("database", number(prefix.database)),
        named("object_store", number(prefix.object_store)),
        named("index", number(prefix.index)),
    ];
    let (kind, more) = match (prefix.database, prefix.object_store, prefix.index) {
        (0, ..) => global(prefix.rest),
        (_, 0, 0) => of_database(prefix.rest),
        (_, _, 1) => ("record", keyed(prefix.rest)),
        (_, _, 2) => ("exists", keyed(prefix.rest)),
        (_, _, 3) => ("blob", keyed(prefix.rest)),
        (_, _, 30..) => ("index", keyed(prefix.rest)),
        _ => ("other", None),
    };
    let kind = if more.is_some() { kind } else { "other" };
    members.push(named("kind", Value::Text(kind.into())));
    members.extend(more.unwrap_or_else(|| vec![named("rest", Value::Blob(Cow::Borrowed(prefix.rest)))]));
    Ok(whole(input, Value::Map(members)))
}

struct Prefix<'a> {
    database: u64,
    object_store: u64,
    index: u64,
    rest: &'a [u8],
}

fn prefix(input: &[u8]) -> Option<Prefix<'_>> {
    let (widths, rest) = input.split_first()?;
    let (database, rest) = number(rest, usize::from(widths >> 5).checked_add(1)?)?;
    let (object_store, rest) = number(rest, usize::from((widths >> 2) & 7).checked_add(1)?)?;
    let (index, rest) = number(rest, usize::from(widths & 3).checked_add(1)?)?;
    Some(Prefix { database, object_store, index, rest })
}

/// A little-endian number of so many bytes.
fn number(input: &[u8], width: usize) -> Option<(u64, &[u8])> {
    let (bytes, rest) = input.split_at_checked(width)?;
    let mut whole = [0; 8];
    whole.get_mut(..width)?.copy_from_slice(bytes);
    Some((u64::from_le_bytes(whole), rest))
}

/// The name of a database; its value is the number of it.
fn global<'a>(rest: &'a [u8]) -> (&'static str, Option<Members<'a>>) {
    let read = || {
        let rest = rest.strip_prefix(&[201])?;
        let (origin, rest) = counted_utf16(rest)?;
        let (name, rest) = counted_utf16(rest)?;
        rest.is_empty().then(|| vec![named("origin", origin), named("name", name)])
    };
    ("database_name", read())
}

fn of_database<'a>(rest: &'a [u8]) -> (&'static str, Option<Members<'a>>) {
    let read = || {
        let rest = rest.strip_prefix(&[50])?;
        let (store, width) = size(rest)?;
        let [meta] = rest.get(width..)? else { return None };
        let store = i64::try_from(store).ok()?;
        Some(vec![named("store", Value::Integer(store)), named("meta", Value::Integer((*meta).into()))])
    };
    ("object_store_meta", read())
}

fn counted_utf16<'a>(input: &[u8]) -> Option<(Value<'a>, &[u8])> {
    let (units, width) = size(input)?;
    let (text, rest) = input.get(width..)?.split_at_checked(units.checked_mul(2)?)?;
    Some((utf16(text, u16::from_be_bytes), rest))
}

fn keyed(rest: &[u8]) -> Option<Members<'_>> {
    // An index key is followed by a sequence number and the primary key: what follows the first key is kept.
    let (key, left) = key(rest, MAX_DEPTH)?;
    let mut members = vec![named("key", key)];
    if !left.is_empty() {
        members.push(named("rest", Value::Blob(Cow::Borrowed(left))));
    }
    Some(members)
}

/// An encoded key ("IDBKey" in the coding scheme).
fn key(input: &[u8], depth: usize) -> Option<(Value<'_>, &[u8])> {
    let (kind, rest) = input.split_first()?;
    let real = |rest: &'_ [u8]| rest.first_chunk::<8>().map(|bytes| f64::from_le_bytes(*bytes));
    match kind {
        0 => Some((Value::Null, rest)),
        1 => counted_utf16(rest),
        // A date is milliseconds since 1970, as a number is: which of the two stands in the byte before.
        2 | 3 => Some((Value::Real(real(rest)?), rest.get(8..)?)),
        4 => {
            let (count, width) = size(rest)?;
            let (mut keys, mut left) = (Vec::new(), rest.get(width..)?);
            let depth = depth.checked_sub(1)?;
            for _ in 0..count {
                let (value, after) = key(left, depth)?;
                keys.push(Node { value, span: Span::default() });
                left = after;
            }
            Some((Value::List(keys), left))
        }
        6 => {
            let (length, width) = size(rest)?;
            let (bytes, left) = rest.get(width..)?.split_at_checked(length)?;
            Some((Value::Blob(Cow::Borrowed(bytes)), left))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(document: &Document<'_>, name: &str) -> Value<'static> {
        document.root.value.member(name).unwrap_or_else(|| panic!("{name}")).value.clone().into_owned()
    }

    #[test]
    fn local_storage_keys_part_into_origin_and_key() {
        let item = local_storage_key(b"_https://a.example\0\x01key").unwrap();
        assert_eq!(member(&item, "origin"), Value::Text("https://a.example".into()));
        assert_eq!(member(&item, "key"), Value::Text("key".into()));
        let meta = local_storage_key(b"METAACCESS:https://a.example").unwrap();
        assert_eq!(member(&meta, "kind"), Value::Text("meta_access".into()));
        assert!(local_storage_key(b"other").is_err());
        assert!(local_storage_key(b"_origin without end").is_err());
    }

    #[test]
    fn local_storage_text_is_latin_1_or_utf_16() {
        assert_eq!(local_storage_text(b"\x01caf\xe9").unwrap().root.value, Value::Text("café".into()));
        assert_eq!(local_storage_text(b"\x00a\0\x15\x26").unwrap().root.value, Value::Text("a☕".into()));
        assert!(matches!(local_storage_text(b"\x00a\0b").unwrap().root.value, Value::InvalidText { .. }));
        assert!(local_storage_text(b"\x02").is_err());
    }

    #[test]
    fn indexeddb_keys_tell_what_they_are() {
        let record = indexeddb_key(b"\x00\x01\x02\x01\x01\x01\0a").unwrap();
        assert_eq!(member(&record, "kind"), Value::Text("record".into()));
        assert_eq!(member(&record, "object_store"), Value::Integer(2));
        assert_eq!(member(&record, "key"), Value::Text("a".into()));
        let name = indexeddb_key(b"\x00\0\0\0\xc9\x01\0o\x02\0d\0b").unwrap();
        assert_eq!(member(&name, "name"), Value::Text("db".into()));
        let other = indexeddb_key(b"\x00\x01\0\0\xff").unwrap();
        assert_eq!(member(&other, "rest"), Value::Blob(vec![0xff].into()));
        assert!(indexeddb_key(b"\x20\x01").is_err());
    }

    #[test]
    fn arrays_of_arrays_end_at_the_bound() {
        let deep: Vec<u8> = [[0, 1, 1, 1].as_slice(), &[4, 1].repeat(1000)].concat();
        assert_eq!(member(&indexeddb_key(&deep).unwrap(), "kind"), Value::Text("other".into()));
    }
}

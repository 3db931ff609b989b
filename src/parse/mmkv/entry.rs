//! Entries: a key and a value, each with its length before it.

use std::borrow::Cow;
use std::collections::HashMap;

use super::HEADER;
use crate::parse::varint::{size, varint};
use crate::parse::{Node, Span, Value};

/// One entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    start: usize,
    end: usize,
    key: &'a [u8],
    value: &'a [u8],
    value_start: usize,
    expires: Option<u32>,
}

/// The entries of the bytes that are used, and the offset of the first that is none.
pub(super) fn entries(
    input: &[u8],
    (start, end): (usize, usize),
    has_expiry: bool,
) -> (Vec<Entry<'_>>, Option<usize>) {
    let bytes = input.get(..end).unwrap_or(input);
    // The number of entries, as it would be in a file that is written once; a store that grows does not keep it.
    let Some((_, holder)) = bytes.get(start..).and_then(size) else {
        return (Vec::new(), (start < end).then_some(start));
    };
    let (mut read, mut at) = (Vec::new(), start.saturating_add(holder));
    while at < end {
        match entry(bytes, at) {
            Some(entry) => {
                at = entry.end;
                read.push(if has_expiry { entry.with_expiry() } else { entry });
            }
            None => return (read, Some(at)),
        }
    }
    (read, None)
}

fn entry(bytes: &[u8], at: usize) -> Option<Entry<'_>> {
    let (key_start, key_end) = counted(bytes, at)?;
    let (value_start, end) = counted(bytes, key_end)?;
    let key = bytes.get(key_start..key_end).filter(|key| !key.is_empty())?;
    Some(Entry { start: at, end, key, value: bytes.get(value_start..end)?, value_start, expires: None })
}

/// Bytes with their length before them: where they begin and end.
fn counted(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let (length, width) = size(bytes.get(at..)?)?;
    let start = at.checked_add(width)?;
    let end = start.checked_add(length).filter(|end| *end <= bytes.len())?;
    Some((start, end))
}

/// How far behind the used bytes an entry of the earlier content may begin: the rest of the one that was cut.
const SEARCH: usize = 1 << 16;

/// Entries of an earlier, longer content: a run of at least two that ends where nothing but zeros follows, each key of it text.
pub(super) fn residue(input: &[u8], end: usize) -> Vec<Entry<'_>> {
    let last = input.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
    if end < HEADER || last <= end {
        return Vec::new();
    }
    for start in end..last.min(end.saturating_add(SEARCH)) {
        let (mut read, mut at): (Vec<Entry<'_>>, usize) = (Vec::new(), start);
        while let Some(entry) = entry(input, at).filter(is_named) {
            at = entry.end;
            read.push(entry);
            if at >= last {
                break;
            }
        }
        if at >= last && read.len() > 1 {
            return read;
        }
    }
    Vec::new()
}

fn is_named(entry: &Entry<'_>) -> bool {
    std::str::from_utf8(entry.key).is_ok_and(|key| !key.chars().any(char::is_control))
}

/// The entries as rows, each with what became of its key.
pub(super) fn nodes<'a>(read: Vec<Entry<'a>>, left: Vec<Entry<'a>>) -> Vec<Node<'a>> {
    let mut last: HashMap<&[u8], (usize, bool)> = HashMap::new();
    for entry in &read {
        last.insert(entry.key, (entry.start, entry.value.is_empty()));
    }
    let state = |entry: &Entry<'_>| match last.get(entry.key) {
        Some((start, false)) if *start == entry.start => "live",
        Some((_, false)) => "superseded",
        _ => "deleted",
    };
    let used = read.into_iter().map(|entry| (entry, false));
    let rows = used.chain(left.into_iter().map(|entry| (entry, true)));
    rows.enumerate().map(|(number, (entry, residue))| entry.node(number, residue, state(&entry))).collect()
}

impl<'a> Entry<'a> {
    /// Takes the last four bytes of the value for the second in which it expires.
    fn with_expiry(mut self) -> Self {
        if let Some((value, expires)) = self.value.split_last_chunk::<4>() {
            (self.value, self.expires) = (value, Some(u32::from_le_bytes(*expires)));
        }
        self
    }

    fn node(self, number: usize, residue: bool, state: &'static str) -> Node<'a> {
        let span = Span::between(self.start, self.end);
        let node = |value| Node { value, span };
        let is_removal = self.value.is_empty() && self.expires.is_none();
        let kind = if is_removal { "remove" } else { "put" };
        let number = i64::try_from(number).map_or(Value::Null, Value::Integer);
        let mut members: Vec<(Cow<'a, str>, Node<'a>)> = vec![
            ("state".into(), node(Value::Text(state.into()))),
            ("kind".into(), node(Value::Text(kind.into()))),
            ("number".into(), node(number)),
            ("residue".into(), node(Value::Bool(residue))),
            ("key".into(), node(Value::utf8(self.key))),
        ];
        if !is_removal {
            let span = Span::between(self.value_start, self.value_start.saturating_add(self.value.len()));
            let of_value = |value| Node { value, span };
            members.push(("value".into(), of_value(Value::Blob(Cow::Borrowed(self.value)))));
            members
                .extend(readings(self.value).into_iter().map(|(name, value)| (name.into(), of_value(value))));
        }
        // 0: never.
        let expires = self.expires.filter(|second| *second != 0);
        members.extend(expires.map(|second| ("expires".into(), node(Value::Integer(second.into())))));
        node(Value::Map(members))
    }
}

/// What the bytes of a value can be.
fn readings(value: &[u8]) -> Vec<(&'static str, Value<'_>)> {
    let text = counted(value, 0).filter(|(_, end)| *end == value.len());
    let text = text.and_then(|(start, end)| std::str::from_utf8(value.get(start..end)?).ok());
    let integer = varint(value).filter(|read| read.length == value.len() && read.is_minimal());
    let double =
        value.first_chunk::<8>().filter(|_| value.len() == 8).map(|bytes| f64::from_le_bytes(*bytes));
    let float = value.first_chunk::<4>().filter(|_| value.len() == 4).map(|bytes| f32::from_le_bytes(*bytes));
    let mut fitting = Vec::new();
    fitting.extend(text.map(|text| ("text", Value::Text(Cow::Borrowed(text)))));
    fitting.extend(integer.map(|read| ("integer", Value::Integer(read.value.cast_signed()))));
    fitting.extend(double.map(|number| ("double", Value::Real(number))));
    fitting.extend(float.map(|number| ("float", Value::Real(number.into()))));
    fitting
}

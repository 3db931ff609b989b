//! The plain types of TL.

use std::borrow::Cow;

use super::Members;
use crate::parse::{Node, Span, Value};

/// Why a message could not be followed further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stop {
    /// The bytes end.
    #[error("the bytes end before the {0} does")]
    Short(&'static str),
    /// A constructor that this reader does not know.
    #[error("unknown constructor {constructor:08x} of a {what}")]
    Unknown { what: &'static str, constructor: u32 },
    /// An object whose fields this reader does not follow.
    #[error("a {0} is not followed")]
    Opaque(&'static str),
}

/// Walks over an object.
pub(super) struct Reader<'a> {
    input: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Reader { input, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.input.get(self.at..).unwrap_or(&[])
    }

    fn take<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Stop> {
        let bytes = self.rest().first_chunk::<N>().ok_or(Stop::Short(what))?;
        self.at = self.at.saturating_add(N);
        Ok(*bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Stop> {
        self.take("constructor").map(u32::from_le_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, Stop> {
        self.take("number").map(i32::from_le_bytes)
    }

    pub(super) fn i64(&mut self) -> Result<i64, Stop> {
        self.take("number").map(i64::from_le_bytes)
    }

    /// Text, padded to a multiple of four.
    pub(super) fn text(&mut self) -> Result<Value<'a>, Stop> {
        let rest = self.rest();
        let (length, width) = match rest {
            [254, low, middle, high, ..] => (u32::from_le_bytes([*low, *middle, *high, 0]), 4),
            [255, ..] => return Err(Stop::Opaque("text of 2^24 bytes")),
            [length, ..] => (u32::from(*length), 1),
            [] => return Err(Stop::Short("text")),
        };
        let end = usize::try_from(length).ok().and_then(|length| length.checked_add(width));
        let end = end.ok_or(Stop::Short("text"))?;
        let bytes = rest.get(width..end).ok_or(Stop::Short("text"))?;
        // The filling of the last text may be cut with the bytes.
        self.at = self.at.saturating_add(end.next_multiple_of(4)).min(self.input.len());
        Ok(Value::utf8(bytes))
    }

    /// Adds a member that was read from `start` up to here.
    pub(super) fn put(&self, members: &mut Members<'a>, name: &'static str, value: Value<'a>, start: usize) {
        let span = Span::between(start, self.at.max(start));
        let span = match &value {
            Value::Blob(bytes) => Span::between(start, start.saturating_add(bytes.len())),
            _ => span,
        };
        members.push((Cow::Borrowed(name), Node { value, span }));
    }
}

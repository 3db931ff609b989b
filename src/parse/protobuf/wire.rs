//! Tags and the bytes of a field (Protocol Buffers, "Message Structure").

use crate::parse::varint::{Varint, size, varint};

/// The bytes of a field, by its wire type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    Delimited(&'a [u8]),
    /// What stands between the tags of a group.
    Group(&'a [u8]),
}

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) number: u64,
    pub(super) wire: Wire<'a>,
    /// The bytes of its value, without tag and length.
    pub(super) value: &'a [u8],
    /// Whether each of its numbers is written in the shortest form, and its own is not reserved.
    pub(super) is_strict: bool,
    /// What follows.
    pub(super) rest: &'a [u8],
}

/// Field numbers take 29 bits; those from 19000 to 19999 no schema may use.
const MAX_NUMBER: u64 = (1 << 29) - 1;
const RESERVED: std::ops::RangeInclusive<u64> = 19_000..=19_999;

/// The field at the start of the input; `depth` bounds the nesting of groups.
pub(super) fn field(input: &[u8], depth: usize) -> Option<Field<'_>> {
    let tag = varint(input)?;
    let (number, kind) = (tag.value >> 3, tag.value & 7);
    if number == 0 || number > MAX_NUMBER {
        return None;
    }
    let after = input.get(tag.length..)?;
    let is_tag_strict = tag.is_minimal() && !RESERVED.contains(&number);
    let made = |(wire, value, rest, is_value_strict)| Field {
        number,
        wire,
        value,
        is_strict: is_tag_strict && is_value_strict,
        rest,
    };
    match kind {
        0 => whole_number(after).map(made),
        1 => fixed64(after).map(made),
        2 => delimited(after).map(made),
        3 => group(after, number, depth).map(made),
        5 => fixed32(after).map(made),
        _ => None,
    }
}

type Bytes<'a> = (Wire<'a>, &'a [u8], &'a [u8], bool);

fn whole_number(after: &[u8]) -> Option<Bytes<'_>> {
    let read: Varint = varint(after)?;
    let (value, rest) = after.split_at_checked(read.length)?;
    Some((Wire::Varint(read.value), value, rest, read.is_minimal()))
}

fn fixed64(after: &[u8]) -> Option<Bytes<'_>> {
    let (value, rest) = after.split_first_chunk::<8>()?;
    Some((Wire::Fixed64(*value), value, rest, true))
}

fn fixed32(after: &[u8]) -> Option<Bytes<'_>> {
    let (value, rest) = after.split_first_chunk::<4>()?;
    Some((Wire::Fixed32(*value), value, rest, true))
}

fn delimited(after: &[u8]) -> Option<Bytes<'_>> {
    let (length, width) = size(after)?;
    let is_strict = varint(after)?.is_minimal();
    let (value, rest) = after.get(width..)?.split_at_checked(length)?;
    Some((Wire::Delimited(value), value, rest, is_strict))
}

/// A group ends at the end tag (wire type 4) of its own number.
fn group(after: &[u8], number: u64, depth: usize) -> Option<Bytes<'_>> {
    let depth = depth.checked_sub(1)?;
    let mut left = after;
    loop {
        let tag = varint(left)?;
        if tag.value & 7 == 4 {
            let length = after.len().checked_sub(left.len())?;
            let value = after.get(..length)?;
            return (tag.value >> 3 == number).then_some(()).and(Some((
                Wire::Group(value),
                value,
                left.get(tag.length..)?,
                tag.is_minimal(),
            )));
        }
        left = field(left, depth)?.rest;
    }
}

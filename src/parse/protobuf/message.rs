//! Messages → maps: the rule that reads a field, and the readings that were asked for.

use std::borrow::Cow;

use super::REST;
use super::reading::{Asked, Reading, asked_of};
use super::wire::{Field, Wire, field};
use crate::parse::error::small_hex;
use crate::parse::tree::{Findings, offset_in};
use crate::parse::varint::varint;
use crate::parse::{Node, Span, Value};

/// How deep messages may nest; the deepest of real apps have about ten levels.
pub(super) const MAX_DEPTH: usize = 32;

type Members<'a> = Vec<(Cow<'a, str>, Node<'a>)>;

/// Reads messages of which it is known that they are some: what is no field in them is a loss.
pub(super) struct Reader<'a> {
    pub(super) input: &'a [u8],
    pub(super) findings: Findings,
}

impl<'a> Reader<'a> {
    /// The members of a message, and the bytes at its end that are no field.
    pub(super) fn message(&mut self, bytes: &'a [u8], asked: &[&str], depth: usize) -> Members<'a> {
        let (mut members, mut left) = (Vec::new(), bytes);
        while !left.is_empty() {
            let Some(read) = field(left, depth) else {
                self.rest(left, &mut members);
                break;
            };
            left = read.rest;
            let name = read.number.to_string();
            let Asked { readings, below } = asked_of(asked, &name);
            for (suffix, reading, inner) in readings {
                if let Some(value) = self.read_as(&read, reading, (&inner, depth)) {
                    members.push((format!("{name}:{suffix}").into(), self.node(value, &read)));
                }
            }
            let value = self.by_rule(&read, &below, depth);
            members.push((name.into(), self.node(value, &read)));
        }
        members
    }

    /// The value of a field as the rule of this reader gives it.
    fn by_rule(&mut self, read: &Field<'a>, asked: &[&str], depth: usize) -> Value<'a> {
        match read.wire {
            Wire::Varint(value) => number(value),
            Wire::Fixed64(bytes) => number(u64::from_le_bytes(bytes)),
            Wire::Fixed32(bytes) => Value::Integer(u32::from_le_bytes(bytes).into()),
            Wire::Group(bytes) => self.whole_or_bytes(bytes, asked, depth),
            Wire::Delimited(bytes) => match as_text(bytes) {
                Some(text) if !is_first_field(bytes) || !is_whole(bytes, depth) => {
                    Value::Text(Cow::Borrowed(text))
                }
                _ => self.whole_or_bytes(bytes, asked, depth),
            },
        }
    }

    fn whole_or_bytes(&mut self, bytes: &'a [u8], asked: &[&str], depth: usize) -> Value<'a> {
        match depth.checked_sub(1).filter(|depth| is_whole(bytes, *depth)) {
            Some(depth) => Value::Map(self.message(bytes, asked, depth)),
            None => Value::Blob(Cow::Borrowed(bytes)),
        }
    }

    fn rest(&mut self, left: &'a [u8], members: &mut Members<'a>) {
        let start = offset_in(self.input, left).unwrap_or(0);
        let message = format!("reading a field: expected a tag, found {}", small_hex(left));
        self.findings.loss("protobuf-not-a-field", start, message);
        let node = Node {
            value: Value::Blob(Cow::Borrowed(left)),
            span: Span::between(start, start.saturating_add(left.len())),
        };
        members.push((REST.into(), node));
    }

    fn node(&self, value: Value<'a>, read: &Field<'a>) -> Node<'a> {
        Node { value, span: span(self.input, read.value) }
    }

    /// The value in a reading that was asked for; one that the wire type does not have is a finding.
    fn read_as(
        &mut self,
        read: &Field<'a>,
        reading: Reading,
        (inner, depth): (&[&str], usize),
    ) -> Option<Value<'a>> {
        let value = match (reading, read.wire) {
            (Reading::Message, Wire::Delimited(bytes) | Wire::Group(bytes)) => {
                depth.checked_sub(1).map(|depth| Value::Map(self.message(bytes, inner, depth)))
            }
            (Reading::Text, Wire::Delimited(bytes)) => Some(Value::utf8(bytes)),
            (Reading::Bytes, Wire::Delimited(bytes) | Wire::Group(bytes)) => {
                Some(Value::Blob(Cow::Borrowed(bytes)))
            }
            (Reading::Packed, Wire::Delimited(bytes)) => packed(self.input, bytes),
            (Reading::Int, Wire::Varint(number)) => Some(Value::Integer(number.cast_signed())),
            (Reading::Int, Wire::Fixed64(bytes)) => Some(Value::Integer(i64::from_le_bytes(bytes))),
            (Reading::Int, Wire::Fixed32(bytes)) => Some(Value::Integer(i32::from_le_bytes(bytes).into())),
            (Reading::Sint, Wire::Varint(number)) => Some(Value::Integer(zigzag(number))),
            (Reading::Double, Wire::Fixed64(bytes)) => Some(Value::Real(f64::from_le_bytes(bytes))),
            (Reading::Float, Wire::Fixed32(bytes)) => Some(Value::Real(f32::from_le_bytes(bytes).into())),
            _ => None,
        };
        if value.is_none() {
            let name = Reading::ALL.iter().find(|(_, known)| *known == reading).map_or("", |(name, _)| name);
            let message =
                format!("field {} cannot be read as {name}: it is {}", read.number, kind(read.wire));
            self.findings.loss(
                "protobuf-other-wire-type",
                offset_in(self.input, read.value).unwrap_or(0),
                message,
            );
        }
        value
    }
}

fn kind(wire: Wire<'_>) -> &'static str {
    match wire {
        Wire::Varint(_) => "a varint",
        Wire::Fixed64(_) => "64 bits",
        Wire::Fixed32(_) => "32 bits",
        Wire::Delimited(_) => "length-delimited",
        Wire::Group(_) => "a group",
    }
}

fn span(input: &[u8], part: &[u8]) -> Span {
    let start = offset_in(input, part).unwrap_or(0);
    Span::between(start, start.saturating_add(part.len()))
}

/// Zigzag order: 0, -1, 1, -2, …
fn zigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg()
}

/// A list of varints that takes all of the bytes.
fn packed<'a>(input: &'a [u8], bytes: &'a [u8]) -> Option<Value<'a>> {
    let (mut numbers, mut left) = (Vec::new(), bytes);
    while !left.is_empty() {
        let read = varint(left)?;
        let (own, rest) = left.split_at_checked(read.length)?;
        numbers.push(Node { value: number(read.value), span: span(input, own) });
        left = rest;
    }
    Some(Value::List(numbers))
}

fn number<'a>(value: u64) -> Value<'a> {
    i64::try_from(value).map_or(Value::Unsigned(value), Value::Integer)
}

/// The text of bytes that are nothing else: valid UTF-8 without control characters.
fn as_text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.chars().any(is_control))
}

fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r')
}

/// Tab and line feed are the tags of a field 1.
fn is_first_field(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(b'\t' | b'\n'))
}

/// Whether bytes are a whole message by the strict rule.
pub(super) fn is_whole(bytes: &[u8], depth: usize) -> bool {
    let mut left = bytes;
    while !left.is_empty() {
        match field(left, depth).filter(|read| read.is_strict) {
            Some(read) => left = read.rest,
            None => return false,
        }
    }
    true
}

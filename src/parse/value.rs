//! The one value type that every reader of this room yields: a column of a SQLite row, a node of a property list, an
//! element of an XML document, a member of a decoded BLOB.

use std::borrow::Cow;

use super::Finding;
use super::tree::place;

/// A run of bytes in the file (or in the decoded BLOB) that a value was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Bytes from the start of the file.
    pub offset: u64,
    /// Bytes of the encoded value.
    pub length: u64,
}

/// A value with the bytes that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'a> {
    /// What was read.
    pub value: Value<'a>,
    /// Where it was read.
    pub span: Span,
}

/// What a tree reader made of one file: its values, and what it met on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Document<'a> {
    /// The outermost value.
    pub root: Node<'a>,
    /// What was odd or unreadable, in the order of reading. The value stands without what a loss names.
    pub findings: Vec<Finding>,
}

/// A value as its container stores it, before any meaning is given to it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// SQLite NULL, JSON `null`, ABX null.
    Null,
    /// A truth value of a format that has one (property list, JSON, ABX). SQLite has none.
    Bool(bool),
    /// A signed integer.
    Integer(i64),
    /// An unsigned integer above `i64::MAX` (binary property lists and JSON hold such).
    Unsigned(u64),
    /// An IEEE 754 double.
    Real(f64),
    /// Text that is valid in its encoding.
    Text(Cow<'a, str>),
    /// Text that is not valid in its encoding: the bytes as they stand, and a reading with replacement characters.
    InvalidText {
        /// The bytes as stored, in the encoding of the container.
        bytes: Cow<'a, [u8]>,
        /// The best reading of them; loses something by definition.
        reading: String,
    },
    /// Bytes.
    Blob(Cow<'a, [u8]>),
    /// A property-list date: seconds since 2001-01-01T00:00:00Z.
    Date(f64),
    /// A keyed archive's reference (property-list UID).
    Uid(u64),
    /// An ordered list.
    List(Vec<Node<'a>>),
    /// Named members in the order of the file. Keys may repeat where the format lets them (XML, JSON).
    Map(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Value<'a> {
    /// Text where the bytes are valid UTF-8, else the bytes with a reading.
    pub(crate) fn utf8(bytes: &'a [u8]) -> Value<'a> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(Cow::Borrowed(text)),
            Err(_) => Value::InvalidText {
                bytes: Cow::Borrowed(bytes),
                reading: String::from_utf8_lossy(bytes).into_owned(),
            },
        }
    }

    /// The text of a text value, or the reading of one that is not valid.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            Value::InvalidText { reading, .. } => Some(reading),
            _ => None,
        }
    }

    /// The first member of this name, where the value is a map.
    pub fn member(&self, name: &str) -> Option<&Node<'a>> {
        let Value::Map(members) = self else { return None };
        members.iter().find(|(key, _)| key == name).map(|(_, node)| node)
    }
}

impl Value<'_> {
    /// The same value, owning all its bytes.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Bool(value) => Value::Bool(value),
            Value::Integer(value) => Value::Integer(value),
            Value::Unsigned(value) => Value::Unsigned(value),
            Value::Real(value) => Value::Real(value),
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::InvalidText { bytes, reading } => {
                Value::InvalidText { bytes: Cow::Owned(bytes.into_owned()), reading }
            }
            Value::Blob(bytes) => Value::Blob(Cow::Owned(bytes.into_owned())),
            Value::Date(seconds) => Value::Date(seconds),
            Value::Uid(uid) => Value::Uid(uid),
            Value::List(nodes) => Value::List(nodes.into_iter().map(Node::into_owned).collect()),
            Value::Map(members) => Value::Map(
                members
                    .into_iter()
                    .map(|(key, node)| (Cow::Owned(key.into_owned()), node.into_owned()))
                    .collect(),
            ),
        }
    }
}

impl Span {
    /// The bytes from `start` up to `end`, both counted from the start of the file.
    pub(crate) fn between(start: usize, end: usize) -> Span {
        Span { offset: place(start), length: place(end.saturating_sub(start)) }
    }
}

impl Node<'_> {
    /// Moves the node and all below it by `distance` bytes: for a value that was read from a part of a file.
    pub(crate) fn moved_by(mut self, distance: u64) -> Self {
        self.span.offset = self.span.offset.saturating_add(distance);
        self.value = match self.value {
            Value::List(nodes) => {
                Value::List(nodes.into_iter().map(|node| node.moved_by(distance)).collect())
            }
            Value::Map(members) => {
                Value::Map(members.into_iter().map(|(key, node)| (key, node.moved_by(distance))).collect())
            }
            value => value,
        };
        self
    }

    /// The same node, owning all its bytes.
    pub fn into_owned(self) -> Node<'static> {
        Node { value: self.value.into_owned(), span: self.span }
    }
}

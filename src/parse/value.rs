//! The one value type that every reader of this room yields: a column of a SQLite row, a node of a property list, an
//! element of an XML document, a member of a decoded BLOB.

use std::borrow::Cow;

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

impl Node<'_> {
    /// The same node, owning all its bytes.
    pub fn into_owned(self) -> Node<'static> {
        Node { value: self.value.into_owned(), span: self.span }
    }
}

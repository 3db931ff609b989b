//! A value on its way from a container to the report, and the record that holds it.

use super::kinds::{Field, Kind};
use super::provenance::{RowReference, Sighting, State};
use super::time::Time;
use std::borrow::Cow;

/// A value as a container holds it, before a conversion gives it a meaning.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar<'a> {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number above `i64::MAX`.
    Unsigned(u64),
    /// A double.
    Real(f64),
    /// Text valid in its encoding.
    Text(Cow<'a, str>),
    /// Text that is not: its bytes and a reading that loses something.
    InvalidText {
        /// As stored.
        bytes: Cow<'a, [u8]>,
        /// With replacement characters.
        reading: String,
    },
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// Seconds since 2001-01-01T00:00:00Z, of a format that marks its dates.
    Date(f64),
}

impl Scalar<'_> {
    /// Whether there is nothing in it: null, empty text, no bytes.
    pub fn is_blank(&self) -> bool {
        match self {
            Scalar::Null => true,
            Scalar::Text(text) => text.is_empty(),
            Scalar::Bytes(bytes) => bytes.is_empty(),
            _ => false,
        }
    }

    /// The type, as a message names it. Never the content.
    pub fn type_name(&self) -> &'static str {
        match self {
            Scalar::Null => "null",
            Scalar::Bool(_) => "a truth value",
            Scalar::Integer(_) | Scalar::Unsigned(_) => "an integer",
            Scalar::Real(_) => "a real",
            Scalar::Text(_) => "text",
            Scalar::InvalidText { .. } => "text that is not valid in its encoding",
            Scalar::Bytes(_) => "bytes",
            Scalar::Date(_) => "a date",
        }
    }
}

/// What a field of a record holds.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue<'a> {
    /// Known to be empty.
    Null,
    /// Text.
    Text(Cow<'a, str>),
    /// Text that is not valid in its encoding: `{"text": reading, "bytes": hex}`.
    InvalidText {
        /// With replacement characters.
        reading: String,
        /// As stored.
        bytes: Cow<'a, [u8]>,
    },
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number above `i64::MAX`.
    Unsigned(u64),
    /// A number.
    Number(f64),
    /// Bytes: `{"blob": hex}`.
    Bytes(Cow<'a, [u8]>),
    /// A moment.
    Time(Time<'a>),
    /// Content withheld by `--content hash`: `{"sha256": hex}` of the text in UTF-8 (of the bytes, where it is not text).
    Hashed(String),
    /// Named members, in the order in which they are written.
    Object(Vec<(Cow<'a, str>, FieldValue<'a>)>),
    /// A list.
    List(Vec<FieldValue<'a>>),
}

impl<'a> From<Scalar<'a>> for FieldValue<'a> {
    /// The value as it is, no meaning given.
    fn from(scalar: Scalar<'a>) -> Self {
        match scalar {
            Scalar::Null => FieldValue::Null,
            Scalar::Bool(value) => FieldValue::Bool(value),
            Scalar::Integer(value) => FieldValue::Integer(value),
            Scalar::Unsigned(value) => FieldValue::Unsigned(value),
            Scalar::Real(value) => FieldValue::Number(value),
            Scalar::Text(text) => FieldValue::Text(text),
            Scalar::InvalidText { bytes, reading } => FieldValue::InvalidText { reading, bytes },
            Scalar::Bytes(bytes) => FieldValue::Bytes(bytes),
            Scalar::Date(seconds) => FieldValue::Time(Time::plist_date(seconds)),
        }
    }
}

impl FieldValue<'_> {
    /// The text of a plain text value.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            FieldValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A member of an object.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            FieldValue::Object(members) => {
                members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }
}

/// One normalized fact, ready to be written.
#[derive(Debug, Clone)]
pub struct Record<'a> {
    /// Stable identifier.
    pub id: String,
    /// What it is.
    pub kind: &'static Kind,
    /// The definition that made it.
    pub artifact: &'a str,
    /// Whether that definition is a candidate: what it maps is not confirmed against known data.
    pub is_candidate: bool,
    /// The position of its source among those of the definition: of two facts about the device the earlier source is believed.
    pub precedence: usize,
    /// The service: `sms`, `whatsapp`, …
    pub service: FieldValue<'a>,
    /// What we claim of the row.
    pub state: State,
    /// Fields, in the order of the kind's table.
    pub fields: Vec<(&'static Field, FieldValue<'a>)>,
    /// What the app holds beyond them, under the app's own names.
    pub extra: Vec<(&'a str, FieldValue<'a>)>,
    /// Raw codes of the fields that are labels: path of the field → code.
    pub raw: Vec<(String, FieldValue<'a>)>,
    /// Every row that contributed, the base row first.
    pub rows: Vec<RowReference<'a>>,
    /// Other places at which an equal version of the base row stands.
    pub seen_in: Vec<Sighting>,
}

impl Record<'_> {
    /// The value of a field of this record.
    pub fn field(&self, name: &str) -> Option<&FieldValue<'_>> {
        self.fields.iter().find(|(field, _)| field.name == name).map(|(_, value)| value)
    }
}
